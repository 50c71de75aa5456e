"""A value of another type fails no answer: no field of an answer was ever observed (wire contract, reading rule 5)."""

import json
import pickle
import tracemalloc
from typing import Any

import pytest
from pydantic import BaseModel

from pyttributionio import Drift, DriftReport, Event, ResponseValidationError
from pyttributionio.models._base import Model
from pyttributionio.models._lenient import UnreadableError, read_leniently
from support.contract import FIELDS, GRADES
from support.reading import ALL, connect, loads_once, read, read_one, read_text

PRIVATE = "jane.private@mail.example"
UNREADABLE: dict[str, object] = {"object": {"nested": PRIVATE}, "array of objects": [{"a": 1}], "false": False}

# Fields


@pytest.mark.parametrize(("collection", "field"), FIELDS, ids=map(".".join, FIELDS))
@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_value_reads_as_none(collection: str, field: str, value: object) -> None:
    """The answer stands; the raw value is kept, and dumped once under the field's name."""
    if field == "meta" and isinstance(value, dict):
        value = [value]
    if field == "is_informational" and value is False:
        value = "false"
    document = {"id": "c", collection: [{}, {"unknown": 1, field: value}, {}]}
    customer = read(document, ALL)
    item = getattr(customer, collection)[1]
    assert getattr(item, field) is None
    assert item.model_extra == {"unknown": 1, field: value}
    assert field in item.model_fields_set
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == document
    assert loads_once(item.model_dump_json()).keys() == {*type(item).model_fields, "unknown"}
    assert item.model_dump()[field] == value


@pytest.mark.parametrize("field", sorted(GRADES["customer.json"].keys() - set(ALL)))
def test_unreadable_field_of_the_customer_reads_as_none(field: str) -> None:
    """Beside collections that are read as usual."""
    customer = read({field: [PRIVATE], "events": [{"url": "u"}], "id2": 1}, ["events"])
    assert getattr(customer, field) is None
    assert customer.model_extra == {"id2": 1, field: [PRIVATE]}
    assert customer.events[0].url == "u"


def test_many_unreadable_values_are_read_in_one_go() -> None:
    """On all levels at once, list positions told apart."""
    document = {
        "id": 1.5,
        "revenue": "much",
        "pageviews": [{"url": 1}, {"url": "u"}, {"url": 2, "created_at": "then", "aliases": ["a", True]}],
        "events": [{"revenue": [], "name": {}, "client_id": "c"}],
        "touchpoints": [{"cost": "free"}] * 3,
    }
    customer = read(document, ALL)
    assert [pageview.url for pageview in customer.pageviews] == [None, "u", None]
    assert (customer.pageviews[2].aliases, customer.events[0].client_id) == (None, "c")
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == document
    assert customer.model_dump(exclude_unset=True) == document


def test_innermost_field_is_removed() -> None:
    """The object around it is read, and keeps the raw value."""
    meta = {"agent": 5, "screen": "wide"}
    for collection in ("pageviews", "events", "identities"):
        item = read_one(collection, {"meta": meta, "id": 1})
        assert (item.meta.agent, item.meta.model_extra, item.model_extra) == (None, meta, {})
        assert loads_once(item.model_dump_json(exclude_unset=True)) == {"meta": meta, "id": "1"}


class Inner(Model, frozen=True):
    """Stands for an object that a schema may gain."""

    first: int | None = None
    second: int | None = None


class Outer(Model, frozen=True):
    """Has one, and a list of them."""

    inner: Inner | None = None
    several: list[Inner] | None = None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"inner": {"first": "x", "second": 1}}, {"first": "x"}),
        ({"inner": {"first": "x", "second": "y"}}, {"first": "x", "second": "y"}),
        ({"inner": {}, "several": [{}, {"first": "x"}, None]}, {}),
        ({"inner": {}, "several": {}}, {}),
    ],
    ids=["one field", "both fields", "a list that is no collection", "an object for such a list"],
)
def test_least_is_removed(sent: dict[str, Any], kept: object) -> None:
    """The innermost field; a list is removed whole, because only a collection is known to be one."""
    model = read_leniently(Outer, {"outer": sent}, "outer", str)
    assert model.inner
    assert (model.inner.model_extra, model.several) == (kept, None)
    assert loads_once(model.model_dump_json(exclude_unset=True)) == sent


class Report(BaseModel):
    """Stands for a model of a program, with its own fields and one of ours."""

    total: int
    best: Event | None = None


def test_answer_is_read_into_a_list_or_a_program_s_own_model() -> None:
    """Fields of our models are lenient there too; what a program requires of its own fields is an error."""
    events = read_leniently(list[Event], {"events": [{"url": 7}, {"id": 5}]}, "events", str)
    assert [(event.url, event.id, event.model_extra) for event in events] == [(None, None, {"url": 7}), (None, "5", {})]
    report = read_leniently(Report, {"total": 3, "best": {"url": 7, "revenue": 1}}, None, str)
    assert report.best
    assert (report.total, report.best.url, report.best.model_extra) == (3, None, {"url": 7})


UNREADABLE_ROOTS: dict[str, tuple[type[object], object, str, str]] = {
    "no list": (list[Event], {}, "", "an array"),
    "an item that is no object": (list[Event], [{}, None], "[1]", "an object"),
    "a field of the program": (
        Report,
        {"total": "many", "best": {"url": 7}},
        "total",
        "a valid integer, unable to parse string as an integer",
    ),
    "a missing field of the program": (Report, {"best": {}}, "total", "present"),
    "no object": (Event, [], "", "an object"),
}


@pytest.mark.parametrize(("kind", "document", "path", "expected"), UNREADABLE_ROOTS.values(), ids=UNREADABLE_ROOTS)
def test_what_a_program_requires_is_an_error(kind: type[object], document: object, path: str, expected: str) -> None:
    """With its place."""
    with pytest.raises(UnreadableError) as caught:
        read_leniently(kind, document, None, str)
    assert (caught.value.path, caught.value.expected.partition(" or ")[0]) == (path, expected)


ODD_LISTS: dict[str, str] = {
    "items that are no objects": json.dumps({"customer": {"events": [None] * 200_000}}),
    "aliases that are no ids": json.dumps({"customer": {"events": [{"aliases": [None] * 200_000}]}}),
    "objects with a wrong value": json.dumps({"customer": {"events": [{"url": 5}] * 20_000}}),
}


@pytest.mark.parametrize("body", ODD_LISTS.values(), ids=ODD_LISTS)
def test_many_odd_values_take_little_memory(body: str) -> None:
    """No error is kept for each: one takes more than a thousand bytes."""
    seen = DriftReport()
    client = connect(body, on_drift=seen)
    read({"events": [{"url": 5}, None]}, ["events"])
    tracemalloc.start()
    try:
        client.customers.get("id", include=["events"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(drift.times for drift in seen) in {1, 20_000, 200_000}
    assert peak < 200 * len(body)


def test_unreadable_value_can_be_replaced_in_a_copy() -> None:
    """The raw value gives way to the new one, and stays in the original."""
    customer = read({"revenue": "much", "id": 1.5, "note": "a"})
    changed = customer.model_copy(update={"revenue": 5, "note": "b"})
    assert (changed.revenue, changed.id) == (5, None)
    assert loads_once(changed.model_dump_json(exclude_unset=True)) == {"revenue": 5, "id": 1.5, "note": "b"}
    assert (customer.revenue, customer.model_extra) == (None, {"revenue": "much", "id": 1.5, "note": "a"})


def test_unreadable_value_is_shown_in_the_repr() -> None:
    """As it came, and cut, so that a developer sees why the field reads None."""
    assert repr(read({"revenue": "much"})) == "Customer(revenue='much')"


# Collections

ODD_ITEMS: dict[str, list[object]] = {
    "null": [{"url": "u"}, None, {"url": 7, "id": 5}],
    "PHP's empty object": [[], {"url": "u"}, {"url": 7, "id": 5}],
    "text, a number and a boolean": ["x", {"url": "u"}, 5, False, {"url": 7, "id": 5}],
}


@pytest.mark.parametrize("items", ODD_ITEMS.values(), ids=ODD_ITEMS)
def test_item_that_is_no_object_is_left_out(items: list[object]) -> None:
    """The others are read, with what is odd in them. The whole list is kept, and dumped as it came."""
    seen: list[Drift] = []
    customer = read({"id": 1, "events": items}, ["events"], on_drift=seen.append)
    assert [(event.url, event.id) for event in customer.events] == [("u", None), (None, "5")]
    assert customer.events[1].model_extra == {"url": 7}
    assert customer.model_extra == {"events": items}
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == {"id": "1", "events": items}
    assert {(drift.kind, drift.path) for drift in seen} == {
        ("unreadable_value", "customer.events[]"),
        ("unreadable_value", "customer.events[].url"),
    }
    with pytest.raises(ResponseValidationError) as caught:
        read({"events": items}, ["events"], strict=True)
    assert caught.value.path == "customer.events[]"


@pytest.mark.parametrize("name", ALL)
def test_empty_object_reads_as_an_empty_collection(name: str) -> None:
    """As PHP writes an empty array; with drift, and dumped as it came."""
    seen: list[Drift] = []
    customer = read({name: {}}, [name], on_drift=seen.append)
    assert getattr(customer, name) == []
    assert (customer.model_extra, customer.model_fields_set) == ({name: {}}, {name})
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == {name: {}}
    assert seen == [Drift("Customer", f"customer.{name}", "unreadable_value", "an object of 0 members")]


@pytest.mark.parametrize("value", [{}, [{}, None]], ids=["object", "odd item"])
def test_collection_that_was_read_in_part_is_there_in_copies(value: object) -> None:
    """In a pickle, a copy and a deep one. A copy with other items has only those."""
    customer = read({"events": value}, ["events"])
    assert isinstance(customer.events, list)
    for same in (pickle.loads(pickle.dumps(customer)), customer.model_copy(), customer.model_copy(deep=True)):
        assert same == customer
        assert (same.events, same.model_extra) == (customer.events, {"events": value})
    changed = customer.model_copy(update={"events": [Event(url="u")]})
    assert (changed.events[0].url, changed.model_extra) == ("u", {})
    assert f"{customer!r}".startswith("CustomerWithEvents(events=")
    assert "events" in dir(customer)


# What fails


WRONG: dict[str, tuple[object, str]] = {
    "an object with members": ({"0": {}}, "an object of 1 members"),
    "false": (False, "a boolean"),
    "a number": (5, "a number"),
    "text": (PRIVATE, f'a string of {len(PRIVATE)} characters, "jane.pri…"'),
    "empty text": ("", "an empty string"),
}


@pytest.mark.parametrize(("events", "found"), WRONG.values(), ids=WRONG)
def test_collection_that_is_no_list_fails_the_answer(events: object, found: str) -> None:
    """With the path, the expectation and a cut value; no exception behind it, whose text could show more."""
    with pytest.raises(ResponseValidationError) as caught:
        read({"id": True, "events": events}, ["events"])
    error = caught.value
    assert (error.path, error.expected, error.status_code, error.attempts) == ("customer.events", "an array", 200, 1)
    assert "customer.events should be an array, and is " in str(error)
    assert str(error).endswith(found)
    assert (error.__cause__, error.__context__) == (None, None)
    assert json.loads(error.body) == {"customer": {"id": True, "events": events}}
    assert read({"events": events}).model_extra == {"events": events}  # not asked for


BODIES: dict[str, tuple[bytes, str, str]] = {
    "HTML": (b"<html><body>Bad gateway</body></html>", "", "JSON"),
    "empty": (b"", "", "JSON"),
    "cut": (b'{"customer": {"id": "1"', "", "JSON"),
    "bottomless": (b'{"customer": ' + b"[" * 9999 + b"]" * 9999 + b"}", "", "JSON"),
    "null": (b"null", "", 'an object with the key "customer"'),
    "array": (b"[]", "", 'an object with the key "customer"'),
    "text": (b'"customer"', "", 'an object with the key "customer"'),
    "no customer": (b'{"error": "none"}', "customer", "an object"),
    "customer is null": (b'{"customer": null}', "customer", "an object"),
    "customer is an array": (b'{"customer": []}', "customer", "an object"),
    "customer is text": (b'{"customer": "x"}', "customer", "an object"),
}


@pytest.mark.parametrize(("body", "path", "expected"), BODIES.values(), ids=BODIES)
def test_body_that_holds_no_customer_fails(body: bytes, path: str, expected: str) -> None:
    """Always under our own root; the body is in the error, as text."""
    with pytest.raises(ResponseValidationError) as caught:
        read_text(body)
    assert (caught.value.path, caught.value.expected) == (path, expected)
    assert caught.value.body == body.decode(errors="replace")


def test_members_beside_the_customer_are_ignored() -> None:
    """The envelope may grow."""
    assert read_text('{"meta": {"page": 1}, "customer": {"id": "1"}, "links": []}').id == "1"
    customer: Any = read_text('{"meta": {"page": 1}, "customer": {"id": 1.5}}')
    assert customer.model_extra == {"id": 1.5}
