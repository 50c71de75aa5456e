"""Wrong arguments of a call: refused before anything is sent, by a message that names the parameter."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from pyttributionio import Customer
from wire._both import KINDS, Kind, call_through

HALF = "a\ud800"
"""A lone surrogate: a str that no encoding of Unicode can carry."""


def nested(depth: int) -> Any:
    """Return lists within lists."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def cyclic_list() -> list[Any]:
    """Return a list that contains itself."""
    value: list[Any] = []
    value.append(value)
    return value


def cyclic_dict() -> dict[str, Any]:
    """Return a dict that contains itself."""
    value: dict[str, Any] = {}
    value["self"] = [value]
    return value


class Array:
    """Compares like an array: item by item, and the result has no truth value."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise ValueError("The truth value of an array with more than one element is ambiguous.")


# name: (error, what the message says, the arguments of client.tracking.event besides the right ones)
EVENT: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "empty event_key": (ValueError, "event_key is empty: it has to name something", {"event_key": ""}),
    "blank event_key": (ValueError, "event_key is blank: it has to name something", {"event_key": " \t\n"}),
    "None as event_key": (TypeError, "event_key is a str or an int, not NoneType", {"event_key": None}),
    "bytes as event_key": (TypeError, "event_key is a str or an int, not bytes", {"event_key": b"ev"}),
    "half event_key": (ValueError, "event_key has half of a surrogate pair at position 1", {"event_key": HALF}),
    "empty visitor_id": (ValueError, "visitor_id is empty: it has to name something", {"visitor_id": ""}),
    "blank visitor_id": (ValueError, "visitor_id is blank: it has to name something", {"visitor_id": "\u2003"}),
    "None as visitor_id": (TypeError, "visitor_id is a str or an int, not NoneType", {"visitor_id": None}),
    "bool as visitor_id": (TypeError, "visitor_id is a str or an int, not bool", {"visitor_id": True}),
    "half visitor_id": (ValueError, "visitor_id has half of a surrogate pair at position 1", {"visitor_id": HALF}),
    "empty client_id": (ValueError, "client_id is empty: it has to name something", {"client_id": ""}),
    "blank client_id": (ValueError, "client_id is blank: it has to name something", {"client_id": " "}),
    "float as client_id": (TypeError, "client_id is a str or an int, not float", {"client_id": 1.0}),
    "endless client_id": (ValueError, "client_id has too many digits", {"client_id": 10**5000}),
    "half client_id": (ValueError, "client_id has half of a surrogate pair at position 1", {"client_id": HALF}),
    "empty transaction_id": (ValueError, "transaction_id is empty: it has to name something", {"transaction_id": ""}),
    "bool as transaction_id": (TypeError, "transaction_id is a str or an int, not bool", {"transaction_id": False}),
    "half transaction_id": (ValueError, "transaction_id has half of a surrogate pair", {"transaction_id": HALF}),
    "number as url": (TypeError, "url is a str, not int", {"url": 1}),
    "zero as url": (TypeError, "url is a str, not int", {"url": 0}),
    "empty url": (ValueError, "url is empty: leave it out if it is not known", {"url": ""}),
    "blank url": (ValueError, "url is blank: leave it out if it is not known", {"url": " \t"}),
    "empty user_agent": (ValueError, "user_agent is empty: leave it out if it is not known", {"user_agent": ""}),
    "blank user_agent": (ValueError, "user_agent is blank: leave it out if it is not known", {"user_agent": "\u2003"}),
    "half url": (ValueError, "url has half of a surrogate pair at position 1", {"url": HALF}),
    "bytes as user_agent": (TypeError, "user_agent is a str, not bytes", {"user_agent": b"Firefox"}),
    "no bytes as user_agent": (TypeError, "user_agent is a str, not bytes", {"user_agent": b""}),
    "half user_agent": (ValueError, "user_agent has half of a surrogate pair at position 1", {"user_agent": HALF}),
    "naive created_at": (
        ValueError,
        "created_at 2018-03-02T14:13:20 has no time zone, so it could be any of 24 hours: use datetime.now(UTC)",
        {"created_at": datetime(2018, 3, 2, 14, 13, 20)},
    ),
    "created_at before 1970": (
        ValueError,
        "created_at 1969-12-31T23:59:59.999999+00:00 is not between 1970 and 9999",
        {"created_at": datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)},
    ),
    "created_at after 9999": (
        ValueError,
        "created_at 9999-12-31T23:59:59-01:00 is not between 1970 and 9999",
        {"created_at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-1)))},
    ),
    "first moment as created_at": (
        ValueError,
        "created_at 0001-01-01T00:00:00+14:00 is not between 1970 and 9999",
        {"created_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
    ),
    "seconds as created_at": (TypeError, "created_at is an aware datetime, not int", {"created_at": 1520000000}),
    "date as created_at": (TypeError, "created_at is an aware datetime, not date", {"created_at": date(2018, 3, 2)}),
    "text as created_at": (TypeError, "created_at is an aware datetime, not str", {"created_at": "2018-03-02"}),
    "text as is_informational": (TypeError, "is_informational is a bool, not str", {"is_informational": "no"}),
    "number as is_informational": (TypeError, "is_informational is a bool, not int", {"is_informational": 0}),
    "text as identify": (TypeError, "identify is a bool, not str", {"identify": "no"}),
    "None as identify": (TypeError, "identify is a bool, not NoneType", {"identify": None}),
}

META: dict[str, tuple[type[Exception], str, Any]] = {
    "list": (TypeError, "meta is a dict of JSON values, not list", [1]),
    "empty list": (TypeError, "meta is a dict of JSON values, not list", []),
    "text": (TypeError, "meta is a dict of JSON values, not str", "a"),
    "nan": (ValueError, "meta['a'][0] is nan, which is not a JSON number; leave it out", {"a": [float("nan")]}),
    "inf": (ValueError, "meta['a'] is inf, which is not a JSON number; leave it out", {"a": float("inf")}),
    "-inf": (ValueError, "meta['a']['b'] is -inf, which is not a JSON number", {"a": {"b": float("-inf")}}),
    "endless": (ValueError, "meta['n'] has more than 4300 digits", {"n": 10**5000}),
    "endless below zero": (ValueError, "meta['a'][1]['n'] has more than 4300 digits", {"a": [1, {"n": -(10**5000)}]}),
    "endless key": (TypeError, "the key <unprintable int> of meta is a str, not int", {10**5000: 1}),
    "bytearray": (TypeError, "meta['a'] is bytearray, which is not a JSON type", {"a": bytearray(b"b")}),
    "set": (TypeError, "meta['a'] is set, which is not a JSON type; use str, int,", {"a": {1}}),
    "bytes": (TypeError, "meta['a'] is bytes, which is not a JSON type; use str, int,", {"a": b"b"}),
    "datetime": (
        TypeError,
        "meta['a'] is datetime, which is not a JSON type",
        {"a": datetime(2018, 3, 2, tzinfo=UTC)},
    ),
    "object": (TypeError, "meta['a'][1] is object, which is not a JSON type", {"a": (1, object())}),
    "number as a key": (TypeError, "the key 1 of meta is a str, not int", {1: "a"}),
    "None as a key": (TypeError, "the key None of meta['a'] is a str, not NoneType", {"a": {None: 1}}),
    "half of a value": (ValueError, "meta['a'] has half of a surrogate pair at position 1", {"a": HALF}),
    "half of a key": (ValueError, r"the key 'a\ud800' of meta has half of a surrogate pair", {HALF: 1}),
    "list in itself": (ValueError, "is nested deeper than 100 levels, or contains itself", {"a": cyclic_list()}),
    "dict in itself": (ValueError, "is nested deeper than 100 levels, or contains itself", cyclic_dict()),
    "depth": (ValueError, "is nested deeper than 100 levels, or contains itself", {"a": nested(5000)}),
    "number as agent": (TypeError, "meta['agent'] is a str, not int", {"agent": 1}),
    "None as agent": (TypeError, "meta['agent'] is a str, not NoneType", {"agent": None}),
}
EVENT |= {f"{name} as meta": (error, text, {"meta": meta}) for name, (error, text, meta) in META.items()}
EVENT["two agents"] = (
    ValueError,
    "The user agent is given twice: as user_agent, and as 'agent' in meta. Leave one out.",
    {"user_agent": "Firefox", "meta": {"agent": "Firefox"}},
)
OF_PERSON = {"visitor_id", "client_id", "user_agent", "created_at", "meta"}
IDENTITY = {name: case for name, case in EVENT.items() if case[2].keys() <= OF_PERSON}

ID_TEXT = "client_id is a str or an int, not "
KNOWN = "the collections are 'pageviews', 'touchpoints', 'events', 'identities'"
READ: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "empty client_id": (ValueError, "client_id is empty: it has to name something", {"client_id": ""}),
    "blank client_id": (ValueError, "client_id is blank: it has to name something", {"client_id": "\u00a0\n"}),
    "None as client_id": (TypeError, f"{ID_TEXT}NoneType", {"client_id": None}),
    "True as client_id": (TypeError, f"{ID_TEXT}bool", {"client_id": True}),
    "float as client_id": (TypeError, f"{ID_TEXT}float", {"client_id": 42.0}),
    "bytes as client_id": (TypeError, f"{ID_TEXT}bytes", {"client_id": b"x"}),
    "half client_id": (ValueError, "client_id has half of a surrogate pair at position 1", {"client_id": HALF}),
    "unknown name": (ValueError, f"include has 'clicks' in it: {KNOWN}", {"include": ["events", "clicks"]}),
    "flag for a name": (ValueError, f"include has 'show_events' in it: {KNOWN}", {"include": ["show_events"]}),
    "all in a list": (ValueError, f"include has 'all' in it: {KNOWN}", {"include": ["all"]}),
    "half a name": (ValueError, rf"include has 'a\ud800' in it: {KNOWN}", {"include": [HALF]}),
    "list in a list": (ValueError, f"include has ['events'] in it: {KNOWN}", {"include": [["events"]]}),
    "dict in a list": (ValueError, "include has {} in it: " + KNOWN, {"include": [{}]}),
    "None in a list": (ValueError, f"include has None in it: {KNOWN}", {"include": [None]}),
    "bare text": (ValueError, "include is the text 'events': pass a list of 'pageviews'", {"include": "events"}),
    "empty text": (ValueError, "include is the text '': pass a list of 'pageviews'", {"include": ""}),
    "False": (TypeError, "include is a list, tuple or set of names, not bool", {"include": False}),
    "array": (TypeError, "include is a list, tuple or set of names, not Array", {"include": Array()}),
    "endless number": (ValueError, f"include has <unprintable int> in it: {KNOWN}", {"include": [10**5000]}),
    "number": (TypeError, "include is a list, tuple or set of names, not int", {"include": 4}),
    "bytes": (TypeError, "include is a list, tuple or set of names, not bytes", {"include": b"all"}),
    "bytearray": (TypeError, "include is a list, tuple or set of names, not bytearray", {"include": bytearray(b"all")}),
    "dict": (TypeError, "include is a list, tuple or set of names, not dict", {"include": {"events": True}}),
    "generator": (TypeError, "include is a list, tuple or set of names, not generator", {"include": (x for x in "a")}),
}


def refused(kind: Kind, error: type[Exception], text: str, do: Callable[[Any], Any]) -> None:
    """Assert that a call raises this error, and that nothing was sent."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"customer": {}})

    with pytest.raises(error) as caught:
        call_through(kind, handle, do)
    assert text in str(caught.value)
    assert type(caught.value) is error
    assert sent == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", EVENT)
def test_event_refuses(name: str, kind: Kind) -> None:
    """A wrong argument of an event is found before the event is sent."""
    error, text, arguments = EVENT[name]
    given = {"event_key": "ev", "visitor_id": "v"} | arguments
    refused(kind, error, text, lambda c: c.tracking.event(given.pop("event_key"), **given))


@pytest.mark.parametrize("name", IDENTITY)
def test_identity_refuses(name: str) -> None:
    """An identity has the same rules as an event."""
    error, text, arguments = IDENTITY[name]
    refused("sync", error, text, lambda c: c.tracking.identity(**{"visitor_id": "v"} | arguments))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", READ)
def test_read_refuses(name: str, kind: Kind) -> None:
    """A wrong argument of a read is found before the read is sent."""
    error, text, arguments = READ[name]
    given = {"client_id": "c"} | arguments
    refused(kind, error, text, lambda c: c.customers.get(given["client_id"], include=given.get("include", ())))


@pytest.mark.parametrize("kind", KINDS)
def test_raw_calls_refuse_alike(kind: Kind) -> None:
    """The calls with raw responses have the same rules."""
    empty = "is empty: it has to name something"
    refused(kind, ValueError, f"client_id {empty}", lambda c: c.customers.with_raw_response.get(""))
    refused(kind, ValueError, f"event_key {empty}", lambda c: c.tracking.with_raw_response.event("", visitor_id="v"))
    refused(kind, ValueError, f"visitor_id {empty}", lambda c: c.tracking.with_raw_response.identity(visitor_id=""))


@pytest.mark.parametrize("kind", KINDS)
def test_include_of_none_reads_no_collection(kind: Kind) -> None:
    """A wrapper may pass on what it was not given."""
    urls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(200, json={"customer": {}})

    found = [
        call_through(kind, handle, lambda c: c.customers.get("c", include=None)),
        call_through(kind, handle, lambda c: c.customers.get("c")),
        call_through(kind, handle, lambda c: c.customers.with_raw_response.get("c", include=None)).parse(),
    ]
    assert [type(each) for each in found] == [Customer] * 3
    assert len({*urls}) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_longest_numbers_of_meta_are_sent_and_shown(kind: Kind) -> None:
    """The last numbers that Python writes by default, and the event that has them can be printed."""
    meta = {"n": 10**4300 - 1, "m": -(10**4300 - 1)}
    event = call_through(
        kind, lambda _: httpx.Response(200), lambda c: c.tracking.event("ev", visitor_id="v", meta=meta)
    )
    assert event.meta.model_extra == meta
    assert "ev" in repr(event)


@pytest.mark.parametrize("kind", KINDS)
def test_deepest_meta_that_is_allowed_is_sent(kind: Kind) -> None:
    """A hundred levels are refused one level later."""
    meta = {"a": nested(99)}
    assert call_through(kind, lambda _: httpx.Response(200), lambda c: c.tracking.identity(visitor_id="v", meta=meta))
    refused(kind, ValueError, "nested deeper", lambda c: c.tracking.identity(visitor_id="v", meta={"a": nested(100)}))


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_secret_reading_is_refused_and_tracking_works(kind: Kind) -> None:
    """The message says that a secret is needed and where to put it; posts need none."""
    sent: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(204)

    with pytest.raises(ValueError, match=r"api_secret=.*PYTTRIBUTIONIO_API_SECRET.*Tracking works without"):
        call_through(kind, handle, lambda c: c.customers.get("c"), api_secret=None)
    assert sent == []
    call_through(kind, handle, lambda c: c.tracking.event("ev", visitor_id="v"), api_secret=None)
    assert sent == ["https://api.attribution.io/events", "https://api.attribution.io/identities"]


@pytest.mark.parametrize("kind", KINDS)
def test_calls_take_no_further_positional_arguments(kind: Kind) -> None:
    """Beyond the one natural argument, a caller names what it gives."""
    text = "takes from 1 to 2 positional arguments but 3 were given"
    refused(kind, TypeError, text, lambda c: c.tracking.identity("c", "v"))
    text = "takes 2 positional arguments but 3"
    refused(kind, TypeError, text, lambda c: c.tracking.event("ev", "v", visitor_id="v"))
    refused(kind, TypeError, text, lambda c: c.customers.get("c", ["events"]))
