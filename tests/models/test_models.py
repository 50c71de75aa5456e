"""Models are frozen records of what the server said: nothing is lost, and nothing is shown whole."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from pyttributionio import (
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    Event,
    Identity,
    Meta,
    Model,
    Pageview,
    Touchpoint,
)
from support.reading import ALL, loads_once, read, read_one

ODD_NAMES = ["model_config", "copy", "__class__", "__dict__", "model_fields_set", "json", "self", "", "ä b", "\x1b[2J"]
KINDS: list[type[Model]] = [Customer, Event, Identity, Meta, Pageview, Touchpoint, CustomerWithAll]

# Unknown fields, null and absent


def test_unknown_field_is_readable_as_attribute() -> None:
    """What the schemas don't name is kept as it came."""
    touchpoint = read_one("touchpoints", {"utm_id": {"a": [1, None]}, "channel": "email"})
    assert touchpoint.utm_id == {"a": [1, None]}
    assert touchpoint.model_extra == {"utm_id": {"a": [1, None]}}


@pytest.mark.parametrize("name", ODD_NAMES)
def test_unknown_field_may_have_any_name(name: str) -> None:
    """A name that Python or pydantic uses is kept in model_extra, dumped back, and breaks nothing."""
    document = {"id": "1", name: [1, "two"], "events": [{name: None, "meta": {name: True}}]}
    customer = read(document, ["events"])
    assert customer.model_extra == {name: [1, "two"]}
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == document
    assert customer.model_dump(exclude_unset=True) == document
    assert type(customer) is CustomerWithEvents
    assert copy.deepcopy(customer) == pickle.loads(pickle.dumps(customer)) == customer.model_copy() == customer


def test_unknown_numbers_keep_their_digits() -> None:
    """Also those beyond what a float holds."""
    assert json.loads(read({"n": 2**53 + 1}).model_dump_json(exclude_unset=True)) == {"n": 2**53 + 1}


def test_null_and_absent_are_told_apart() -> None:
    """Both read as None; model_fields_set and the dump without unset fields say which it was."""
    event = read_one("events", {"name": None, "url": None})
    assert (event.name, event.url, event.revenue) == (None, None, None)
    assert event.model_fields_set == {"name", "url"}
    assert event.model_dump_json(exclude_unset=True) == '{"name":null,"url":null}'


@pytest.mark.parametrize("kind", KINDS)
def test_null_is_allowed_for_every_field(kind: type[Model]) -> None:
    """And so is an object that has none at all."""
    for name in kind.model_fields:
        model = kind.model_validate_json(json.dumps({name: None}))
        assert model.model_fields_set == {name}
        assert getattr(model, name) == ([] if name in ALL else None)
    assert kind.model_validate_json("{}").model_fields_set == set()


def test_number_stays_the_number_it_was() -> None:
    """Money is not turned into a float, nor a float into an int."""
    assert [read({"revenue": value}).model_dump_json(exclude_unset=True) for value in (5, 5.0, 2**53 + 1)] == [
        '{"revenue":5}',
        '{"revenue":5.0}',
        '{"revenue":9007199254740993}',
    ]


# Frozen


def test_model_is_frozen() -> None:
    """Neither a field, nor an unknown one, nor a new one can be set or deleted."""
    event = read_one("events", {"url": "https://shop.example/", "unknown": 1})
    for name in ("url", "unknown", "new"):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(event, name, 2)
    for name in ("url", "unknown"):
        with pytest.raises(ValidationError, match="frozen"):
            delattr(event, name)
    assert event.model_dump(exclude_unset=True) == {"url": "https://shop.example/", "unknown": 1}


def test_changed_copy_leaves_the_original() -> None:
    """`model_copy(update=...)` is the way to one, for known and unknown fields."""
    event = read_one("events", {"url": "a", "unknown": 1})
    changed = event.model_copy(update={"url": "b", "unknown": 2})
    assert changed.model_dump(exclude_unset=True) == {"url": "b", "unknown": 2}
    assert event.model_dump(exclude_unset=True) == {"url": "a", "unknown": 1}


# Copies, equality, hash


def whole() -> Any:
    """Read a customer with all that a model can hold: unknown, unreadable, null and nested values."""
    return read(
        {
            "id": 2**53 + 1,
            "revenue": "none",
            "unknown": {"deep": ["a"]},
            "client_id": None,
            "created_at": 1520000000.5,
            "events": [{"id": True, "meta": {"agent": "x", "more": 1}, "aliases": [1]}],
            "touchpoints": None,
        },
        ["events", "touchpoints"],
    )


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda model: model.model_copy(),
    "model_copy deep": lambda model: model.model_copy(deep=True),
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "pickle protocol 2": lambda model: pickle.loads(pickle.dumps(model, protocol=2)),
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_copy_is_equal_in_every_way(duplicate: Callable[[Any], Any]) -> None:
    """The class, what was set, what was unreadable, and the dumps."""
    model = whole()
    other = duplicate(model)
    assert other is not model
    assert other == model
    assert type(other) is type(model)
    assert other.model_fields_set == model.model_fields_set
    assert other.model_extra == model.model_extra == {"unknown": {"deep": ["a"]}, "revenue": "none"}
    assert (other.revenue, other.events[0].id) == (None, None)
    assert other.model_dump_json() == model.model_dump_json()
    assert repr(other) == repr(model)


def test_deep_copy_shares_nothing() -> None:
    """A plain copy shares what lies inside, as Python's copies do."""
    model = whole()
    assert copy.copy(model).events is model.events
    assert copy.deepcopy(model).events is not model.events
    assert copy.deepcopy(model).unknown["deep"] is not model.unknown["deep"]


def test_equality_looks_at_class_fields_and_extras() -> None:
    """Two answers that say the same are equal; a model is not equal to its dump."""
    assert Event(url="a") == Event(url="a")
    assert Event(url="a") != Event(url="b")
    assert read_one("events", {"x": 1}) != read_one("events", {"x": 2})
    assert read_one("events", {"revenue": "1"}) != read_one("events", {"revenue": "2"})
    assert Event(id="1") != Identity(id="1")
    assert Customer() != CustomerWithEvents()
    assert Event(url="a") != {"url": "a"}


def test_flat_models_are_hashable() -> None:
    """Equal ones have one hash, also with unreadable values; a model that holds a list has none."""
    one, two = (read_one("touchpoints", {"channel": "email", "cost": "free", "x": 1}) for _ in range(2))
    assert len({one, two, Touchpoint(channel="email")}) == 2
    for model in (Event(aliases=["a"]), CustomerWithEvents()):
        with pytest.raises(TypeError, match="unhashable"):
            hash(model)


# repr

LONG = "https://shop.example/?" + "q" * 5000
CROWDED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "10,000 pageviews": ({"id": 1, "pageviews": [{"url": LONG}] * 10_000}, ["pageviews"]),
    "all collections": ({name: [{}] * 1000 for name in ALL}, [*ALL]),
    "a long id": ({"id": "9" * 5000}, []),
    "a long unknown value": ({"unknown": {"deep": [LONG] * 100}}, []),
    "a long unknown name": ({LONG: 1}, []),
    "1,000 unknown fields": ({f"field_{number}": LONG for number in range(1000)}, []),
    "a long unreadable value": ({"revenue": [LONG] * 10}, []),
    "wide characters": ({"id": "\x00" * 5000, "client_id": "😀" * 5000}, []),
}


@pytest.mark.parametrize(("document", "include"), CROWDED.values(), ids=CROWDED)
def test_repr_fits_two_lines_of_a_terminal(document: dict[str, Any], include: list[str]) -> None:
    """Whatever the server sent; and str() is the same."""
    customer = read(document, include)
    assert len(repr(customer)) <= 158
    assert str(customer) == repr(customer) == f"{customer}"
    assert "\n" not in repr(customer)


def test_repr_shows_what_is_set() -> None:
    """Values cut, lists by their length, times as the API writes them; what is None is left out."""
    customer = read(
        {"id": 7, "created_at": 1520000000, "revenue": None, "events": [{}, {}], "note": "n" * 60}, ["events"]
    )
    assert repr(customer) == (
        "CustomerWithEvents(id='7', events=[2 items], created_at=2018-03-02T14:13:20Z, note='" + "n" * 38 + "…)"
    )
    event = read_one("events", {"meta": {"agent": "x"}, "is_informational": False})
    assert repr(event) == "Event(is_informational=False, meta=Meta(agent='x'))"
    assert repr(Event()) == "Event()"


FIRST: list[tuple[str, dict[str, Any], str]] = [
    (
        "events",
        {
            "id": 1,
            "name": "Purchase",
            "url": "https://shop.example/thanks",
            "aliases": ["v"],
            "client_id": "c-42",
            "campaign": "spring",
            "revenue": 49.5,
            "created_at": 1520000000,
            "event_public_key": "ev_purchase",
        },
        "Event(created_at=2018-03-02T14:13:20Z, event_public_key='ev_purchase', revenue=49.5, campaign='spring', "
        "name='Purchase', client_id='c-42', id='1', ",
    ),
    (
        "touchpoints",
        {
            "id": 1,
            "landing_page": LONG,
            "referrer": LONG,
            "campaign": "spring",
            "source": "google",
            "channel": "paid_search",
            "revenue": 12,
            "created_at": 1520000000,
        },
        "Touchpoint(created_at=2018-03-02T14:13:20Z, channel='paid_search', revenue=12, campaign='spring', "
        "source='google', id='1', ",
    ),
    (
        "pageviews",
        {"id": 1, "referrer": LONG, "title": "Socks", "url": "https://shop.example/", "created_at": 1520000000},
        "Pageview(created_at=2018-03-02T14:13:20Z, url='https://shop.example/', title='Socks', referrer=",
    ),
    (
        "identities",
        {"id": 1, "public_key": "KEY", "aliases": ["v-1", "v-2"], "client_id": "c-42", "created_at": 1520000000},
        "Identity(created_at=2018-03-02T14:13:20Z, client_id='c-42', aliases=[2 items], id='1', public_key='KEY')",
    ),
]


@pytest.mark.parametrize(("collection", "document", "expected"), FIRST, ids=[each for each, *_ in FIRST])
def test_repr_begins_with_what_a_reader_looks_for(collection: str, document: dict[str, Any], expected: str) -> None:
    """Time, key or channel, revenue, campaign, whatever the server's order; then the rest, cut."""
    item = read_one(collection, document)
    assert repr(item).startswith(expected)
    assert str(item) == repr(item)
    assert len(repr(item)) <= 158
    kind = type(item)

    class Own(kind, frozen=True):  # type: ignore[misc, valid-type]
        """A user's subclass."""

    assert repr(Own(**document)).startswith(expected.replace(kind.__name__, "Own", 1))


def test_repr_of_values_that_have_none() -> None:
    """Python writes no number of 5,000 digits, and a log line must not raise."""
    event = Event.model_validate({"weight": 10**5000, "sizes": [10**5000], "odd": {"a": 10**5000}})
    assert repr(event) == "Event(weight=<unprintable int>, sizes=[1 item], odd=<unprintable dict>)"


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "", "a=1, b"])
def test_repr_quotes_odd_names(name: str) -> None:
    """A server's field name moves no cursor and fakes no field."""
    assert repr(read({name: 1})) == f"Customer({name!r}=1)"


# Made by hand


def test_user_makes_models_for_tests() -> None:
    """With keyword arguments, nested, with fields of their own; numbers as ids are text here too."""
    when = datetime(2024, 1, 1, tzinfo=UTC)
    made = CustomerWithEvents.model_validate(
        {"client_id": 42, "plan": "pro", "events": [Event(name="signed up", created_at=when)]}
    )
    assert (made.client_id, made.events[0].name, made.model_extra) == ("42", "signed up", {"plan": "pro"})
    sent = {"client_id": 42, "plan": "pro", "events": [{"name": "signed up", "created_at": 1704067200}]}
    assert made == read(sent, ["events"])
    assert CustomerWithEvents().events == []


@pytest.mark.parametrize("kind", KINDS)
def test_json_schema_can_be_made(kind: type[Model]) -> None:
    """For users who document their own services with these models: what is read, and what is dumped."""
    assert kind.model_json_schema(mode="validation")["type"] == "object"
    dumped = kind.model_json_schema(mode="serialization")["properties"]
    if "created_at" in dumped:
        assert {"type": "string", "format": "date-time"} in dumped["created_at"]["anyOf"]
