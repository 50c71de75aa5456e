"""The outbox's bytes are the client's: it makes them without the models, which take most of the time of a call."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outbox._helpers import StillClock
from pyttributionio import Client
from pyttributionio.outbox import Outbox

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5)))


class _Text(str):
    """Text of a program's own type."""

    __slots__ = ()

    def __str__(self) -> str:
        return "another text"


class _Plain(str, Enum):  # noqa: UP042 (what programs from before 3.11 have)
    A = "a"


class _Modern(StrEnum):
    A = "a"


class _Number(IntEnum):
    A = 42


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
own_texts = st.sampled_from([_Text("x"), _Plain.A, _Modern.A])
filled = texts.filter(lambda text: bool(text.strip()))
ids = filled | st.integers() | own_texts | st.just(_Number.A)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    leaves | own_texts, lambda each: st.lists(each, max_size=3) | st.dictionaries(texts, each), max_leaves=8
)
metas = st.none() | st.dictionaries(texts.filter(lambda name: name != "agent"), values, max_size=4)
moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)) | st.just(MOMENT)
given_arguments = st.fixed_dictionaries(
    {
        "event_key": ids,
        "visitor_id": ids,
        "client_id": ids,
        "transaction_id": ids,
        "created_at": moments,
        "is_informational": st.booleans(),
        "url": st.none() | filled | own_texts,
        "user_agent": st.none() | filled | own_texts,
        "meta": metas,
    }
)
SPECIAL = {
    "event_key": _Text("ev"),
    "visitor_id": _Number.A,
    "client_id": _Plain.A,
    "transaction_id": 7,
    "created_at": MOMENT,
    "meta": {"agent": "Mozilla", "n": _Number.A, "deep": [{"x": 1.5, "y": None}]},
}


@dataclass
class Recorder:
    """The vendor's place: it keeps the path and the body of each post."""

    posts: list[tuple[str, bytes]] = field(default_factory=list)

    def client(self) -> Client:
        """Return a client that posts to it."""
        return Client("KEY", http_client=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.posts.append((request.url.path, request.content))
        return httpx.Response(200, json={})


@given(given_arguments)
@example(SPECIAL)
def test_the_bytes_of_an_event_are_the_clients(arguments: dict[str, Any]) -> None:
    """Of the event and of its identity, for each argument that a call accepts."""
    direct, stored = Recorder(), Recorder()
    direct.client().tracking.event(**arguments)
    outbox = Outbox(stored.client(), durability="memory", manual=True)
    outbox.event(**arguments)
    assert outbox.pump() == 2
    assert stored.posts == direct.posts


@given(given_arguments)
@example(SPECIAL)
def test_the_bytes_of_an_identity_are_the_clients(arguments: dict[str, Any]) -> None:
    """Its arguments are some of an event's."""
    direct, stored = Recorder(), Recorder()
    own = {name: arguments.get(name) for name in ("client_id", "visitor_id", "created_at", "user_agent", "meta")}
    direct.client().tracking.identity(**own)
    outbox = Outbox(stored.client(), durability="memory", manual=True)
    outbox.identity(**own)
    assert outbox.pump() == 1
    assert stored.posts == direct.posts


@pytest.mark.parametrize("clock", [StillClock(), StillClock(seconds=1e9 + 0.999)])
def test_an_event_has_one_moment_for_all_that_is_generated(clock: StillClock) -> None:
    """The id, the time of the event and the time of acceptance are of the outbox's clock, in whole seconds."""
    recorder = Recorder()
    outbox = Outbox(recorder.client(), durability="memory", manual=True, clock=clock.clock())
    name = outbox.event("ev", visitor_id="v", identify=False).transaction_id
    assert outbox.stats().oldest_age == 0
    outbox.pump()
    moment = clock.clock().now().timestamp()
    assert json.loads(recorder.posts[0][1])["event"]["created_at"] == int(moment)
    assert int(name.replace("-", "")[:12], 16) == int(moment * 1000)
