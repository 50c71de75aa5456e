"""The outbox's bytes are the client's: it makes them without the models, which take most of the time of a call."""

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import from_json

from pyttributionio import Client
from pyttributionio._core.requests import EventFields, Person, event_body, identity_body, post_request
from pyttributionio.models._generated import EventRequest, IdentityRequest
from pyttributionio.outbox._requests import event_entry, identity_entry

SETTINGS = Client("KEY")._settings
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
ids = (texts.filter(lambda text: bool(text.strip()))) | st.integers() | own_texts | st.just(_Number.A)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    leaves | own_texts, lambda each: st.lists(each, max_size=3) | st.dictionaries(texts, each), max_leaves=8
)
metas = st.none() | st.dictionaries(texts.filter(lambda name: name != "agent"), values, max_size=4)
moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)) | st.just(MOMENT)
people = st.builds(Person, ids, ids, st.none() | texts | own_texts, moments, metas)


@given(people, st.builds(EventFields, ids, st.none() | texts | own_texts, ids, st.booleans()))
@example(Person("c", "v", None, MOMENT, {"agent": "Mozilla", "n": _Number.A}), EventFields(_Text("ev"), _Text("u"), 7))
def test_the_bytes_of_an_event_are_the_clients(person: Person, fields: EventFields) -> None:
    """Of the event and of its identity, for each argument that a call accepts. They are what the models describe."""
    identity = identity_body(SETTINGS, person)
    event = event_body(SETTINGS, fields, identity)
    entry, client_id = event_entry(SETTINGS, person, fields, identify=True)
    assert entry.body == post_request(SETTINGS, "events", event).body
    assert entry.identity == post_request(SETTINGS, "identities", identity).body
    assert identity_entry(SETTINGS, person)[0].body == entry.identity
    names = (entry.transaction_id, entry.event_key, entry.visitor_id, client_id)
    assert names == (event.transaction_id, event.event_public_key, event.aliases[0], event.client_id)
    assert [type(name) for name in names] == [str] * 4
    assert _read(EventRequest, entry.body, "event") == event
    assert _read(IdentityRequest, entry.identity or b"", "identity") == identity


def _read(model: type[EventRequest] | type[IdentityRequest], body: bytes, name: str) -> Any:
    members = from_json(body)[name]
    assert [*members] == [*model.model_fields]
    return model.model_validate(members)


def test_an_entry_has_one_moment_for_all_that_is_generated() -> None:
    """The id, the time of the event and the time of acceptance are of the outbox's clock."""
    still = SETTINGS._replace(clock=SETTINGS.clock._replace(now=lambda: MOMENT))
    entry, _ = event_entry(still, Person(None, "v", None, None, None), EventFields("ev"), identify=False)
    assert from_json(entry.body)["event"]["created_at"] == int(MOMENT.timestamp())
    assert int(entry.transaction_id.replace("-", "")[:12], 16) == int(MOMENT.timestamp() * 1000)
    assert entry.accepted_at == MOMENT.timestamp()
