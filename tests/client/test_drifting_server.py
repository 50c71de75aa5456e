"""A server that changes its answers: a report for every field, and a clear error for a collection that is no list.

Table-driven over every field of every model in schemas/.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from pyttributionio import AsyncClient, Client, Drift, ResponseValidationError
from support.contract import COLLECTIONS
from support.faults import FaultServer, answer, connect
from support.from_schemas import target
from support.schemas import FILES, validator

PRIVATE: Final = "jane.private@mail.example"
PLACES: Final = {"customer.json": "", **{file: f".{name}[]" for name, file in COLLECTIONS.items()}}
"""Where an answer holds the objects that a file describes; `meta` is looked at inside an event."""
PLACES["meta.json"] = ".events[].meta"
FIELDS: Final = [(file, name, rule) for file in PLACES for name, rule in FILES[file]["properties"].items()]
IDS: Final = [f"{file.removesuffix('.json')}.{name}" for file, name, _ in FIELDS]
TIMES: Final = [(file, name) for file, name, rule in FIELDS if target(rule) == "time.json"]

OTHER_FORMS: Final[dict[str, object]] = {
    "true": True,
    "a number": 5,
    "a fraction": 0.5,
    "text": PRIVATE,
    "an array": [{"of": PRIVATE}],
    "an object": {"agent": [PRIVATE]},
    "milliseconds": 1519984800000,
    "a date": "2018-03-02",
    "the time of a mail": "Fri, 02 Mar 2018 10:00:00 GMT",
}
DRIFTS: Final = [
    pytest.param(file, name, "x-include-flag" in rule, value, id=f"{one}, {form}")
    for (file, name, rule), one in zip(FIELDS, IDS, strict=True)
    for form, value in OTHER_FORMS.items()
    if not validator(file).is_valid({name: value})
    # A wrong agent inside of meta is read on its own; an odd item of a collection is left out.
    and not (isinstance(value, dict) and name == "meta")
    and not (isinstance(value, list) and "x-include-flag" in rule)
]


def customer_with(file: str, members: dict[str, Any]) -> dict[str, Any]:
    """Make a customer in which the objects that a file describes have these members."""
    empty: dict[str, Any] = {name: [] for name in COLLECTIONS}
    if file == "customer.json":
        return empty | members
    if file == "meta.json":
        return empty | {"events": [{"meta": members}, {"meta": members}]}
    return empty | {name: [members, members] for name, described in COLLECTIONS.items() if described == file}


def objects_of(file: str, customer: Any) -> list[Any]:
    """Return the models that a file describes, out of the customer they were read with."""
    if file == "customer.json":
        return [customer]
    if file == "meta.json":
        return [event.meta for event in customer.events]
    return next(list(getattr(customer, name)) for name, described in COLLECTIONS.items() if described == file)


def read_twice(customer: dict[str, Any]) -> tuple[list[Any], list[Drift]]:
    """Read two equal answers with one client; return the customers or errors, and what was reported."""
    seen: list[Drift] = []
    results: list[Any] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"customer": customer}))
    client = Client("key", "hush", http_client=httpx.Client(transport=transport), on_drift=seen.append)
    for _ in range(2):
        try:
            results.append(client.customers.get("id", include="all"))
        except ResponseValidationError as error:
            results.append(error)
    return results, seen


def model_of(file: str) -> str:
    """Return the name of the model that a file describes."""
    title: str = FILES[file]["title"]
    return title


@pytest.mark.parametrize(("file", "name", "is_collection", "value"), DRIFTS)
def test_field_of_another_form(file: str, name: str, is_collection: bool, value: object) -> None:
    """It reads None, and all else is there. For a collection, an error says where, what, and not whose."""
    (first, second), seen = read_twice(customer_with(file, {name: value, "note": 1}))
    path = f"customer{PLACES[file]}.{name}"
    if not is_collection:
        for model in [*objects_of(file, first), *objects_of(file, second)]:
            assert (getattr(model, name), model.note) == (None, 1)
        assert [(drift.model, drift.path) for drift in seen if drift.kind == "unreadable_value"] == [
            (model_of(file), path)
        ]
    else:
        assert isinstance(first, ResponseValidationError)
        assert (first.path or "").startswith(path.replace("[]", "[0]"))
        assert f"{first.path} should be {first.expected}, and is a" in str(first)
        assert str(first) == str(second)
        assert [drift.path.replace("[]", "[0]") for drift in seen] == [first.path]
        assert PRIVATE not in str(first)
    assert PRIVATE not in "".join(drift.example for drift in seen)


@pytest.mark.parametrize(("file", "name", "rule"), FIELDS, ids=IDS)
def test_renamed_field_reads_none_and_the_new_name_is_reported(file: str, name: str, rule: dict[str, Any]) -> None:
    """Once, whatever its grade: no field of an answer is required."""
    document = customer_with(file, {f"{name}_v2": PRIVATE})
    collection = "x-include-flag" in rule
    if collection:
        del document[name]
    (first, _), seen = read_twice(document)
    for model in objects_of(file, first):
        assert getattr(model, name) == ([] if collection else None)
        assert getattr(model, f"{name}_v2") == PRIVATE
    told = {(drift.kind, drift.path) for drift in seen}
    assert len(told) == len(seen)
    path = f"customer{PLACES[file]}.{name}"
    missing = {("missing_collection", path)} if collection else set()
    unknown = (
        set() if file == "meta.json" else {("unknown_field", f"{path}_v2")}
    )  # callers put into meta what they like
    assert told == missing | unknown
    assert all(drift.model == model_of(file) and PRIVATE not in drift.example for drift in seen)


@pytest.mark.parametrize(("file", "name"), TIMES, ids=[f"{file.removesuffix('.json')}.{name}" for file, name in TIMES])
def test_time_in_another_form_that_can_be_read_is_no_drift(file: str, name: str) -> None:
    """Seconds, fractions of them, ISO 8601 with and without offset: one moment, whichever way a server writes it."""
    for form in (1519984800, 1519984800.0, "2018-03-02T10:00:00Z", "2018-03-02 10:00", "2018-03-02T11:00:00.0+01:00"):
        (first, _), seen = read_twice(customer_with(file, {name: form}))
        assert {getattr(model, name) for model in objects_of(file, first)} == {datetime(2018, 3, 2, 10, tzinfo=UTC)}
        assert seen == []


# Over real HTTP

AWRY: Final = {
    "id": 1.5,
    "first_seen": "2018-03-02",
    "last_seen_at": "Fri, 02 Mar 2018 10:00:00 GMT",
    "touchpoints": [{"channel": 5, "utm_id": PRIVATE}, {"channel": 6, "cost": "12 EUR"}, {}],
    "events": [{"name": 7, "url": "u"}, {"name": 8, "created_at": "2018-03-02 10:00"}],
    "identities": [],
}
REPORTED: Final = [
    ("missing_collection", "customer.pageviews"),
    ("unknown_field", "customer.first_seen"),
    ("unknown_field", "customer.touchpoints[].utm_id"),
    ("unreadable_value", "customer.events[].name"),
    ("unreadable_value", "customer.id"),
    ("unreadable_value", "customer.last_seen_at"),
    ("unreadable_value", "customer.touchpoints[].channel"),
    ("unreadable_value", "customer.touchpoints[].cost"),
]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_drift_on_the_wire_is_told_once_and_breaks_no_answer(kind: type[Any]) -> None:
    """Three answers over one connection: two that drift alike, and one whose collection is something else."""
    broken = AWRY | {"events": {"url": PRIVATE}}
    bodies = [answer(json.dumps({"customer": customer})) for customer in (AWRY, AWRY, broken)]
    seen: list[Drift] = []
    with FaultServer(*bodies) as server, connect(kind, server.url, on_drift=seen.append) as caller:
        for _ in range(2):
            customer = caller.get(include="all")
            assert (customer.id, customer.last_seen_at, customer.pageviews) == (None, None, [])
            assert [touchpoint.channel for touchpoint in customer.touchpoints] == [None] * 3
            assert [event.url for event in customer.events] == ["u", None]
            assert sorted((drift.kind, drift.path) for drift in seen) == REPORTED
        with pytest.raises(ResponseValidationError) as caught:
            caller.get(include="all")
    assert (caught.value.path, caught.value.expected) == ("customer.events", "an array")
    assert str(caught.value).endswith("customer.events should be an array, and is an object of 1 members")
    assert [(drift.kind, drift.path) for drift in seen[len(REPORTED) :]] == [("unreadable_answer", "customer.events")]
    assert PRIVATE not in repr(seen)
