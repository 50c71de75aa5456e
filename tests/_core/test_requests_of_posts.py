"""What is posted, against the wire contract: bodies, ids, times, repetition."""

import json
import re
from collections import deque
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio import Client, Event, Identity
from pyttributionio._core.calls import POST_IDENTITY
from pyttributionio._core.requests import Person, enveloped, identity_body, random_client_id
from pyttributionio.sandbox import Sandbox
from support.datetimes import AT
from wire._both import KEY, KINDS, SECRET, Kind, call_server
from wire._server import RawServer, answer, body, target

MOMENT = datetime(2018, 3, 2, 14, 13, 20, tzinfo=UTC)


def identity_sent(person: Person) -> Any:
    """Return the inner object of an identity's body, as a server reads it."""
    of_client = Client(KEY)._settings
    return json.loads(enveloped(POST_IDENTITY, identity_body(of_client, person)))["identity"]


class Plain(str, Enum):  # noqa: UP042 (what programs from before 3.11 have)
    """A member whose str() is its name, unlike a StrEnum's."""

    A = "customer-42"


class Text(StrEnum):
    """Text by another way."""

    A = "customer-42"


class Number(IntEnum):
    """A number by name."""

    A = 42


class PlainNumber(int, Enum):
    """A member whose str() is its name."""

    A = 42


@pytest.mark.parametrize(
    ("member", "expected"), [(Plain.A, "customer-42"), (Text.A, "customer-42"), (Number.A, "42"), (PlainNumber.A, "42")]
)
def test_id_that_is_an_enum_member_is_its_value(client: Client, member: Any, expected: str) -> None:
    """An enum that is text or a number counts as that text or number, in paths and bodies."""
    sent = client.tracking.event(member, visitor_id=member, client_id=member, transaction_id=member)
    assert (sent.event_public_key, sent.aliases, sent.client_id, sent.transaction_id) == (
        expected,
        [expected],
        expected,
        expected,
    )
    assert client.customers.get(member).client_id == expected


@pytest.mark.parametrize("kind", KINDS)
def test_posts_have_the_contract_s_members_in_its_order(kind: Kind) -> None:
    """Keys, types and values of both bodies, and no secret anywhere in either request."""
    with RawServer() as server:
        call_server(
            kind,
            server.url,
            lambda c: c.tracking.event(
                "ev_signup",
                visitor_id="visitor-1",
                client_id=42,
                url="https://shop.example/",
                user_agent="Firefox",
                transaction_id=7,
                created_at=MOMENT,
            ),
        )
    event, identity = server.requests
    assert [target(request) for request in server.requests] == ["/events", "/identities"]
    assert body(event) == (
        b'{"event":{"aliases":["visitor-1"],"client_id":"42","event_public_key":"ev_signup",'
        b'"url":"https://shop.example/","public_key":"KEY","transaction_id":"7","is_informational":false,'
        b'"created_at":1520000000,"meta":{"agent":"Firefox"}}}'
    )
    assert body(identity) == (
        b'{"identity":{"aliases":["visitor-1"],"client_id":"42","public_key":"KEY",'
        b'"created_at":1520000000,"meta":{"agent":"Firefox"}}}'
    )
    assert not [request for request in server.requests if b"secret" in request.lower() or SECRET.encode() in request]


@pytest.mark.parametrize("kind", KINDS)
def test_event_without_identify_is_one_request(kind: Kind) -> None:
    """identify=False posts the event alone."""
    with RawServer() as server:
        call_server(kind, server.url, lambda c: c.tracking.event("ev", visitor_id="v", identify=False))
    assert [target(request) for request in server.requests] == ["/events"]


@pytest.mark.parametrize("kind", KINDS)
def test_raw_calls_send_what_the_plain_ones_send(kind: Kind) -> None:
    """The answer is all that differs."""
    person: dict[str, Any] = {"client_id": "c", "visitor_id": "v", "created_at": MOMENT, "meta": {"plan": "pro"}}
    event = {**person, "transaction_id": "t", "url": "u", "is_informational": True}
    with RawServer() as server:
        call_server(kind, server.url, lambda c: [c.tracking.event("ev", **event), c.tracking.identity(**person)])
        raws = call_server(
            kind,
            server.url,
            lambda c: [
                c.tracking.with_raw_response.event("ev", **event),
                c.tracking.with_raw_response.identity(**person),
            ],
        )
    assert server.requests[:3] == server.requests[3:]
    assert [type(raw.parse()) for raw in raws] == [Event, Identity]


@pytest.mark.parametrize("given_texts", [{}, {"url": None, "user_agent": None}])
def test_unknown_url_and_agent_are_said_to_be_unknown(client: Client, given_texts: dict[str, Any]) -> None:
    """Where the caller has none, the wire has the texts that the old wrapper sent."""
    event = client.tracking.event("ev", visitor_id="v", **given_texts)
    assert (event.url, event.meta and event.meta.agent) == ("URL unknown", "User-Agent unknown")


def test_agent_may_stand_in_meta(client: Client) -> None:
    """A caller who builds `meta` whole need not take the agent out of it."""
    identity = client.tracking.identity(visitor_id="v", meta={"agent": "Firefox", "plan": "pro"})
    assert identity.meta is not None
    assert identity.meta.model_dump() == {"agent": "Firefox", "plan": "pro"}


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


def test_any_sequence_in_meta_is_a_list() -> None:
    """As its type says."""
    sent = identity_sent(Person("c", "v", "Firefox", None, {"seen": deque([1, range(2)])}))
    assert sent["meta"]["seen"] == [1, [0, 1]]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(TEXT, JSON).filter(lambda m: "agent" not in m))
def test_meta_arrives_as_it_was_given(meta: dict[str, Any]) -> None:
    """Any JSON object a caller has is the one the server reads, the agent before it."""
    sent = identity_sent(Person("c", "v", "Firefox", None, meta))
    assert sent["meta"] == {"agent": "Firefox", **meta}


@settings(deadline=None)
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),
    st.integers(-23 * 60, 23 * 60),
)
def test_time_is_sent_as_the_whole_second_it_lies_in(naive: datetime, offset: int) -> None:
    """Whatever the zone, and never rounded up to a second that had not begun."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    seconds = identity_sent(Person("c", "v", None, moment, None))["created_at"]
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), 0, id="first"),
        pytest.param(datetime.max.replace(tzinfo=UTC), 253402300799, id="last"),
        pytest.param(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0, id="first-elsewhere"),
    ],
)
def test_first_and_last_second_can_be_sent(moment: datetime, seconds: int) -> None:
    """The range is closed at both ends."""
    assert identity_sent(Person("c", "v", None, moment, None))["created_at"] == seconds


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_datetime_is_a_time(kind: Kind) -> None:
    """A subclass such as pendulum's has operators of its own. The result has a plain datetime."""
    with RawServer() as server:
        found = [
            call_server(kind, server.url, lambda c: c.tracking.event("ev", visitor_id="v", created_at=AT)),
            call_server(kind, server.url, lambda c: c.tracking.identity(visitor_id="v", created_at=AT)),
        ]
    sent = [next(iter(json.loads(body(request)).values()))["created_at"] for request in server.requests]
    assert sent == [1520000000] * 3
    assert [(type(each.created_at), each.created_at) for each in found] == [(datetime, MOMENT)] * 2
    with pytest.raises(ValueError, match="created_at a moment of 2018 has no time zone"):
        Client(KEY).tracking.event("ev", visitor_id="v", created_at=AT.replace(tzinfo=None))


def test_two_events_of_one_person_in_one_second_both_arrive(client: Client, sandbox: Sandbox) -> None:
    """Their transaction ids differ."""
    sent = [client.tracking.event("ev", visitor_id="v", client_id="c", created_at=MOMENT) for _ in range(2)]
    kept = client.customers.get("c", include=["events"]).events
    assert len({event.transaction_id for event in kept}) == 2
    assert {event.transaction_id for event in kept} == {event.transaction_id for event in sent}


@pytest.mark.parametrize("kind", KINDS)
def test_event_and_identity_of_an_unnamed_person_carry_one_id(kind: Kind) -> None:
    """The random id is made once for both, in the old wrapper's alphabet; the next event has another."""
    with RawServer() as server:
        for _ in range(2):
            call_server(kind, server.url, lambda c: c.tracking.event("ev", visitor_id="v"))
    ids = [next(iter(json.loads(body(request)).values()))["client_id"] for request in server.requests]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert len(ids[0]) == 24
    assert ids[0].isalnum()
    assert ids[0] == ids[0].lower()


@pytest.mark.parametrize("kind", KINDS)
def test_retried_event_is_byte_identical(kind: Kind) -> None:
    """A server that said 503 gets the same bytes again."""
    again = answer(503, headers={"Retry-After": "0"})
    with RawServer(again, again, answer(202), again, answer(202)) as server:
        call_server(kind, server.url, lambda c: c.tracking.event("ev", visitor_id="v"))
    first, second, third, fourth, fifth = server.requests
    assert first == second == third
    assert fourth == fifth
    assert [target(request) for request in server.requests] == ["/events"] * 3 + ["/identities"] * 2


def test_time_of_the_result_is_the_time_sent() -> None:
    """Whole seconds are what the wire carries, so that is what comes back without an echo."""
    with RawServer(answer()) as server:
        base = server.url
        with Client(KEY, base_url=f"{base}/api/v1", tracking_url=base) as client:
            moment = MOMENT.replace(microsecond=999_999)
            assert client.tracking.event("ev", visitor_id="v", created_at=moment).created_at == MOMENT
            assert client.tracking.identity("c", visitor_id="v", created_at=moment).created_at == MOMENT


def test_made_up_client_ids_look_like_the_old_wrappers() -> None:
    """24 characters of a-z and 0-9, all of them used, and no two alike."""
    made = [random_client_id() for _ in range(500)]
    assert all(re.fullmatch("[a-z0-9]{24}", each) for each in made)
    assert len({*made}) == 500
    assert len({*"".join(made)}) == 36
