"""What answers say when they are not what was promised: reads fail by name, accepted posts never do."""

import json
import pickle
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from pyttributionio import (
    Drift,
    Event,
    Identity,
    NotFoundError,
    PyttributionioError,
    RequestInfo,
    ResponseValidationError,
)
from support.faults import CUSTOMER, KINDS, FaultServer, answer, connect

MOMENT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)

UNREADABLE = {
    "html": (b"<!doctype html><p>Please log in", "", "JSON"),
    "cut-json": (b'{"customer": {"client_id": "c-', "", "JSON"),
    "text-behind-json": (b'{"customer": {}} trailing', "", "JSON"),
    "empty": (b"", "", "JSON"),
    "white-space": (b" \r\n ", "", "JSON"),
    "byte-order-mark-alone": (b"\xef\xbb\xbf", "", "JSON"),
    "half-a-utf-16": ('{"customer": {}}'.encode("utf-16")[:-1], "", "JSON"),
    "invalid-utf-8-outside-of-texts": (b'{"customer": {\xff}}', "", "JSON"),
    "latin-1-page": ("<p>Caf\xe9".encode("latin-1"), "", "JSON"),
    "control-character-in-text": (b'{"customer": {"x": "a\tb"}}', "", "JSON"),
    "nan": (b'{"customer": {"revenue": NaN}}', "", "JSON"),
    "infinity-in-an-unknown-field": (b'{"customer": {"x": [{"y": -Infinity}]}}', "", "JSON"),
    "endlessly-nested": (b'{"customer": {"x": ' + b"[" * 100_000, "", "JSON"),
    "nested-too-deep": (b'{"customer": {"x": ' + b"[" * 5000 + b"]" * 5000 + b"}}", "", "JSON"),
    "null": (b"null", "", 'an object with the key "customer"'),
    "text": (b'"customer"', "", 'an object with the key "customer"'),
    "number": (b"42", "", 'an object with the key "customer"'),
    "array": (b"[]", "", 'an object with the key "customer"'),
    "array-of-envelopes": (b'[{"customer": {}}]', "", 'an object with the key "customer"'),
    "no-envelope": (b'{"client_id": "c-1"}', "customer", "an object"),
    "empty-object": (b"{}", "customer", "an object"),
    "other-case": (b'{"Customer": {}}', "customer", "an object"),
    "null-customer": (b'{"customer": null}', "customer", "an object"),
    "array-customer": (b'{"customer": []}', "customer", "an object"),
    "text-customer": (b'{"customer": "c-1"}', "customer", "an object"),
    "object-for-array": (b'{"customer": {"events": {"0": {}}}}', "customer.events", "an array"),
    "text-for-array": (b'{"customer": {"events": "none"}}', "customer.events", "an array"),
    "false-for-array": (b'{"customer": {"touchpoints": false}}', "customer.touchpoints", "an array"),
    "too-large-a-number-for-array": (b'{"customer": {"events": 1e400}}', "customer.events", "an array"),
}

ACCEPTED = {
    "empty": answer(),
    "white-space": answer(" \n"),
    "no-content": answer(status=204),
    "text": answer("OK"),
    "html": answer("<h1>thanks</h1>", 202),
    "null": answer("null"),
    "true": answer("true", 201),
    "array": answer("[]"),
    "empty-object": answer("{}"),
    "foreign-json": answer('{"status": "queued", "id": 7}', 202),
    "null-echo": answer('{"event": null, "identity": null}'),
    "text-echo": answer('{"event": "stored", "identity": "stored"}'),
    "array-echo": answer('{"event": [], "identity": []}', 201),
    "cut": answer('{"event": {"id": 1'),
    "invalid-utf-8": answer(b'{"event": \xff}'),
    "endlessly-nested": answer(b"[" * 100_000),
    "a-million-empty-objects": answer(b'{"event": {"x": [' + b"{}," * 999_999 + b"{}]}}"),
}
"""Answers to a post that say no more than "accepted"."""


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.mark.parametrize(("body", "path", "expected"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_read_that_cannot_be_read_says_where_and_what(kind: Any, body: bytes, path: str, expected: str) -> None:
    """Every such answer is a ResponseValidationError with path, expectation and body; it is not tried again."""
    with FaultServer(answer(body)) as server, connect(kind, server.url) as caller:
        with pytest.raises(ResponseValidationError) as caught:
            caller.get(include="all")
        error = caught.value
        assert isinstance(error, PyttributionioError)
        assert (error.path, error.expected) == (path, expected)
        assert error.body == body.decode("utf-8", errors="replace")
        assert (error.status_code, error.attempts) == (200, 1)
        assert error.request == RequestInfo("GET", f"{server.url}/api/v1/KEY/customers/c-1?show_all=true")
        assert f"was answered 200, but {path or 'the body'} should be {expected}, and is " in str(error)
        assert len(str(error)) < 400
        assert error.__cause__ is error.__context__ is None
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [201, 202, 203, 206, 299])
def test_any_2xx_is_read(kind: Any, status: int) -> None:
    """A proxy may change 200 to another success."""
    data = answer('{"customer": {"id": 9007199254740993}}', status)
    with FaultServer(data) as server, connect(kind, server.url) as caller:
        assert caller.get().id == "9007199254740993"


def test_a_read_answered_with_no_content_is_unreadable(kind: Any) -> None:
    """204 is a success that brings no customer."""
    with FaultServer(answer(status=204)) as server, connect(kind, server.url) as caller:
        with pytest.raises(ResponseValidationError) as caught:
            caller.get()
        assert (caught.value.status_code, caught.value.expected, caught.value.body) == (204, "JSON", "")


def test_a_missing_content_type_or_a_wrong_one_does_not_matter(kind: Any) -> None:
    """The bytes count: servers label JSON as text, and as nothing."""
    acts = [answer('{"customer": {}}', headers=[("Content-Type", "text/html; charset=utf-16")]), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url) as caller:
        assert caller.get().client_id is None
        assert caller.get().client_id == "c-1"


@pytest.mark.parametrize("levels", [100, 199, 300, 500])
@pytest.mark.parametrize(("opening", "closing"), ["[]", ('{"a":', "}")], ids=["arrays", "objects"])
def test_deeply_nested_values_are_kept(kind: Any, levels: int, opening: str, closing: str) -> None:
    """An unknown field of hundreds of levels is read, shown and dumped, with the times in its neighbours."""
    nested = opening * levels + "1" + closing * levels
    body = f'{{"customer": {{"events": [{{"x": {nested}, "created_at": 0}}]}}}}'
    with FaultServer(answer(body)) as server, connect(kind, server.url) as caller:
        customer = caller.get(include=["events"])
    dumped = f'{{"events":[{{"created_at":"1970-01-01T00:00:00Z","x":{nested}}}]}}'
    assert customer.model_dump_json(exclude_unset=True) == dumped
    assert customer.model_dump(mode="json", exclude_unset=True) == json.loads(dumped)
    assert customer.events[0].model_dump()["x"] == json.loads(nested)
    assert json.loads(customer.model_dump_json(indent=1, exclude_unset=True)) == json.loads(dumped)
    assert len(repr(customer)) < 160
    if levels < 400 or sys.version_info >= (3, 12):  # before that, pickle itself ends at 480 levels of plain lists
        assert pickle.loads(pickle.dumps(customer)) == customer


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED)
def test_an_accepted_post_returns_what_was_sent(kind: Any, data: bytes) -> None:
    """A 2xx is a success whatever its body is; where no echo can be read, the result is what was sent."""
    with FaultServer(data) as server, connect(kind, server.url) as caller:
        event = caller.event(
            client_id="c-1", transaction_id="t-1", created_at=MOMENT, user_agent="UA", meta={"plan": "gold"}
        )
        identity = caller.identity("c-1", created_at=MOMENT, user_agent="UA")
        assert [request.target for request in server.requests] == ["/events", "/identities", "/identities"]
    assert event == Event.model_validate(
        {
            "aliases": ["v-1"],
            "client_id": "c-1",
            "event_public_key": "ev",
            "url": "URL unknown",
            "public_key": "KEY",
            "transaction_id": "t-1",
            "is_informational": False,
            "created_at": MOMENT,
            "meta": {"agent": "UA", "plan": "gold"},
        }
    )
    assert identity == Identity.model_validate(
        {
            "aliases": ["v-1"],
            "client_id": "c-1",
            "public_key": "KEY",
            "created_at": MOMENT,
            "meta": {"agent": "UA"},
        }
    )


def test_an_echo_is_laid_over_what_was_sent(kind: Any) -> None:
    """What the server says counts: ids it made, values it changed, fields nobody knew; the rest is as sent."""
    echo = {
        "event": {
            "id": 9007199254740993,
            "name": "Signed up",
            "url": "https://shop.example/",
            "created_at": "2024-02-29T12:30:16Z",
            "aliases": [17, "v-1"],
            "colour": "red",
        }
    }
    with FaultServer(answer(json.dumps(echo), 201), answer()) as server, connect(kind, server.url) as caller:
        event = caller.event(client_id="c-1", transaction_id="t-1", created_at=MOMENT, url="https://shop.example")
    assert (event.id, event.name, event.url) == ("9007199254740993", "Signed up", "https://shop.example/")
    assert event.created_at == MOMENT.replace(second=16)
    assert event.aliases == ["17", "v-1"]
    assert event.model_extra == {"colour": "red"}
    assert (event.client_id, event.transaction_id, event.event_public_key) == ("c-1", "t-1", "ev")


def test_an_identitys_echo_is_laid_over_what_was_sent(kind: Any) -> None:
    """Identities alike; a value of another type is kept as it came, and its field reads as None."""
    data = answer('{"identity": {"id": {"$oid": "a1"}, "client_id": 42}}')
    with FaultServer(data) as server, connect(kind, server.url) as caller:
        identity = caller.identity("c-1")
    assert identity.client_id == "42"
    assert identity.aliases == ["v-1"]
    assert identity.id is None
    assert identity.model_dump()["id"] == {"$oid": "a1"}


def test_a_value_of_an_echo_that_cannot_be_read_leaves_what_was_sent(kind: Any) -> None:
    """The program keeps its ids. The raw value is kept and dumped, and is drift."""
    found: list[Drift] = []
    odd: dict[str, Any] = {"client_id": 1.5, "aliases": {}, "meta": [], "created_at": "then", "url": None}
    data = answer(json.dumps({"event": odd | {"id": True}}))
    with FaultServer(data) as server, connect(kind, server.url, on_drift=found.append) as caller:
        event = caller.event(client_id="c-1", created_at=MOMENT, user_agent="UA", identify=False)
    assert (event.client_id, event.aliases, event.created_at) == ("c-1", ["v-1"], MOMENT)
    assert (event.meta and event.meta.agent, event.url, event.id) == ("UA", None, None)
    dumped = event.model_dump()
    assert {name: dumped[name] for name in odd} == odd
    assert {(drift.kind, drift.path) for drift in found} == {
        ("unreadable_value", f"event.{name}") for name in ("client_id", "aliases", "meta", "created_at", "id")
    }


def test_an_event_takes_its_own_echo_and_not_its_identitys(kind: Any) -> None:
    """The second answer of the call says nothing of the event."""
    acts = [answer('{"event": {"id": 1}}'), answer('{"event": {"id": 2}, "identity": {"id": 3}}')]
    with FaultServer(*acts) as server, connect(kind, server.url) as caller:
        assert caller.event().id == "1"


def test_an_unreadable_echo_is_reported_as_drift(kind: Any) -> None:
    """It is ignored, and not in silence for who listens."""
    found: list[Drift] = []
    acts = [answer("thanks"), answer('{"identity": []}'), answer('{"identity": {"x": 1}}')]
    with FaultServer(*acts) as server, connect(kind, server.url, on_drift=found.append) as caller:
        caller.event(identify=False)
        caller.identity()
        caller.identity()
    assert [(drift.model, drift.path, drift.kind) for drift in found] == [
        ("Event", "event", "unreadable_echo"),
        ("Identity", "identity", "unreadable_echo"),
        ("Identity", "identity.x", "unknown_field"),
    ]


def test_an_empty_answer_to_a_post_is_no_drift(kind: Any) -> None:
    """Nothing was echoed, so nothing was unreadable."""
    found: list[Drift] = []
    with FaultServer(answer(), answer(" ")) as server, connect(kind, server.url, on_drift=found.append) as caller:
        caller.event()
    assert found == []


def test_strictness_does_not_fail_an_accepted_post(kind: Any) -> None:
    """`strict=True` is about reads: raising for a post that was accepted would make callers send it twice."""
    data = answer('{"event": {"surprise": 1, "url": 7}}')
    with FaultServer(data) as server, connect(kind, server.url, strict=True) as caller:
        assert caller.event(client_id="c-1").client_id == "c-1"


@pytest.mark.parametrize("body", ["", "<h1>Not found</h1>", '{"error": "no"}', "null", "\xff"])
def test_an_errors_body_is_text_whatever_it_is(kind: Any, body: str) -> None:
    """Bodies of errors are never parsed, so none of them can hide the status."""
    content = body.encode("latin-1")
    with FaultServer(answer(content, 404)) as server, connect(kind, server.url) as caller:
        with pytest.raises(NotFoundError) as caught:
            caller.get()
        assert caught.value.body == content.decode("utf-8", errors="replace")
