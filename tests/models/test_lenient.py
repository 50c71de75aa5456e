"""Leniency follows the evidence: an observed field of another type fails the answer, an assumed one does not."""

import json
from typing import Any

import pytest

from pyttributionio import ResponseValidationError
from pyttributionio.models._base import Model
from pyttributionio.models._facts import ASSUMED_FIELDS
from pyttributionio.models._lenient import read_leniently
from support.contract import ASSUMED, GRADES, OBSERVED
from support.reading import ALL, loads_once, read, read_one, read_text

PRIVATE = "jane.private@mail.example"
UNREADABLE: dict[str, object] = {"object": {"nested": PRIVATE}, "array of objects": [{"a": 1}], "false": False}

# Assumed


@pytest.mark.parametrize(("collection", "field"), ASSUMED, ids=map(".".join, ASSUMED))
@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_assumed_value_reads_as_none(collection: str, field: str, value: object) -> None:
    """The answer stands; the raw value is kept, and dumped once under the field's name."""
    if field == "meta" and isinstance(value, dict):
        value = {"agent": 5, **value}
    document = {"id": "c", collection: [{}, {"unknown": 1, field: value}, {}]}
    customer = read(document, ALL)
    item = getattr(customer, collection)[1]
    assert getattr(item, field) is None
    assert item.model_extra == {"unknown": 1, field: value}
    assert field in item.model_fields_set
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == document
    assert loads_once(item.model_dump_json()).keys() == {*type(item).model_fields, "unknown"}
    assert item.model_dump()[field] == value


@pytest.mark.parametrize("field", [name for name, grade in GRADES["customer.json"].items() if grade == "assumed"])
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


def test_assumed_object_goes_whole_if_its_inside_is_unreadable() -> None:
    """A pageview's meta is assumed, so a wrong observed field in it can't fail the answer."""
    meta = {"agent": 5, "screen": "wide"}
    pageview = read_one("pageviews", {"meta": meta, "url": "u"})
    assert (pageview.meta, pageview.url, pageview.model_extra) == (None, "u", {"meta": meta})
    with pytest.raises(ResponseValidationError) as caught:
        read_one("events", {"meta": meta})
    assert caught.value.path == "customer.events[0].meta.agent"


class Inner(Model, frozen=True):
    """Stands for a model that a schema may gain: one field of each grade."""

    certain: int | None = None
    guessed: int | None = None


class Outer(Model, frozen=True):
    """Holds it in an assumed field."""

    inner: Inner | None = None


@pytest.mark.parametrize(
    ("sent", "inside", "outside"),
    [
        ({"certain": 1, "guessed": "x"}, {"guessed": "x"}, {}),
        ({"certain": "x", "guessed": 1}, None, {"inner": {"certain": "x", "guessed": 1}}),
        ({"certain": "x", "guessed": "y"}, None, {"inner": {"certain": "x", "guessed": "y"}}),
        ({"guessed": "y", "certain": "x"}, None, {"inner": {"guessed": "y", "certain": "x"}}),
    ],
    ids=["the innermost", "the outer one", "both", "both, in the other order"],
)
def test_least_is_taken_away(
    monkeypatch: pytest.MonkeyPatch, sent: dict[str, object], inside: object, outside: dict[str, object]
) -> None:
    """Of nested assumed fields the innermost that holds all that is wrong; what goes stays whole."""
    monkeypatch.setitem(ASSUMED_FIELDS, "Inner", frozenset({"guessed"}))  # type: ignore[arg-type]  # a dict behind it
    monkeypatch.setitem(ASSUMED_FIELDS, "Outer", frozenset({"inner"}))  # type: ignore[arg-type]
    model = read_leniently(Outer, json.dumps({"outer": {"inner": sent}}).encode(), "outer", str)
    assert (model.inner and model.inner.model_extra) == inside
    assert model.model_extra == outside
    assert loads_once(model.model_dump_json(exclude_unset=True)) == {"inner": sent}


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


# Observed


@pytest.mark.parametrize(("collection", "field"), OBSERVED, ids=map(".".join, OBSERVED))
def test_observed_field_of_another_type_fails_the_answer(collection: str, field: str) -> None:
    """With its path, and never with the whole value; null is always allowed."""
    assert getattr(read_one(collection, {field: None}), field) is None
    wrong: object = PRIVATE if field in {"aliases", "created_at", "meta", "is_informational"} else {"a": PRIVATE}
    with pytest.raises(ResponseValidationError) as caught:
        read({"id": True, collection: [{}, {field: wrong}]}, ALL)
    assert caught.value.path == f"customer.{collection}[1].{field}"
    assert f"{caught.value.path} should be {caught.value.expected}, and is " in str(caught.value)
    assert PRIVATE not in str(caught.value)


AN_ID = "text or a whole number"
WRONG: dict[str, tuple[object, str, str, str]] = {
    "number for text": ([{"url": 5}], ".events[0].url", "text", "a number"),
    "text for bool": ([{"is_informational": "true"}], ".events[0].is_informational", "true or false", '"t…"'),
    "bool for id": ([{"client_id": True}], ".events[0].client_id", AN_ID, "a boolean"),
    "float in ids": ([{"aliases": ["a", 1.5]}], ".events[0].aliases[1]", AN_ID, "a number"),
    "text for ids": ([{"aliases": "a"}], ".events[0].aliases", "an array", 'a string of 1 characters, "…"'),
    "text for time": (
        [{"created_at": "then"}],
        ".events[0].created_at",
        "Unix seconds or ISO 8601 text",
        'a string of 4 characters, "t…"',
    ),
    "array for object": ([{"meta": [1, 2]}], ".events[0].meta", "an object", "an array of 2"),
    "number deep inside": ([{}, {"meta": {"agent": 5}}], ".events[1].meta.agent", "text", "a number"),
    "null for an item": ([{}, None], ".events[1]", "an object", "null"),
    "text for an item": ([PRIVATE], ".events[0]", "an object", f'a string of {len(PRIVATE)} characters, "jane.pri…"'),
    "object for a collection": ({"0": {}}, ".events", "an array", "an object of 1 members"),
    "false for a collection": (False, ".events", "an array", "a boolean"),
}


@pytest.mark.parametrize(("events", "path", "expected", "found"), WRONG.values(), ids=WRONG)
def test_error_says_where_and_what(events: object, path: str, expected: str, found: str) -> None:
    """The path, the expectation and a cut value; no exception behind it, whose text could show more."""
    with pytest.raises(ResponseValidationError) as caught:
        read({"events": events}, ["events"])
    error = caught.value
    assert (error.path, error.expected, error.status_code, error.attempts) == (f"customer{path}", expected, 200, 1)
    assert f"customer{path} should be {expected}, and is " in str(error)
    assert str(error).endswith(found)
    assert (error.__cause__, error.__context__) == (None, None)
    assert json.loads(error.body) == {"customer": {"events": events}}


BODIES: dict[str, tuple[bytes, str, str]] = {
    "HTML": (b"<html><body>Bad gateway</body></html>", "", "JSON"),
    "empty": (b"", "", "JSON"),
    "cut": (b'{"customer": {"id": "1"', "", "JSON"),
    "invalid UTF-8": (b'{"customer": {"id": "\xff"}}', "", "JSON"),
    "half a surrogate pair": (b'{"customer": {"id": "\\ud800"}}', "", "JSON"),
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
