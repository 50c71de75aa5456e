"""Answers as the contract allows them, for property tests: written by hand from its tables, not from schemas/."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MODELS: Final[dict[str, dict[str, str]]] = {
    "customer": {
        "id": "id",
        "client_id": "id",
        "created_at": "time",
        "updated_at": "time",
        "first_seen_at": "time",
        "last_seen_at": "time",
        "revenue": "number",
        "pageviews": "pageview",
        "touchpoints": "touchpoint",
        "events": "event",
        "identities": "identity",
    },
    "pageview": {
        "id": "id",
        "url": "text",
        "referrer": "text",
        "title": "text",
        "created_at": "time",
        "meta": "meta",
        "aliases": "ids",
    },
    "touchpoint": {
        "id": "id",
        "cost": "number",
        "created_at": "time",
        **dict.fromkeys(["channel", "source", "medium", "campaign", "term", "content", "keyword"], "text"),
        **dict.fromkeys(["referrer", "landing_page", "url"], "text"),
    },
    "event": {
        "id": "id",
        "name": "text",
        "event_public_key": "id",
        "client_id": "id",
        "aliases": "ids",
        "url": "text",
        "transaction_id": "id",
        "is_informational": "bool",
        "public_key": "text",
        "created_at": "time",
        "meta": "meta",
        "revenue": "number",
        "attributed_to": "text",
    },
    "identity": {
        "id": "id",
        "client_id": "id",
        "aliases": "ids",
        "public_key": "text",
        "created_at": "time",
        "meta": "meta",
    },
    "meta": {"agent": "text"},
}
"""What each field of each model holds: a kind of VALUES, or another model (a list of it, but for `meta`)."""

IDS = st.text() | st.integers(-(10**40), 10**40)
TIMES = (
    st.integers(0, 253402300799)
    | st.integers(0, 2**52).map(lambda microseconds: microseconds / 10**6)
    | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
    | st.datetimes().map(lambda moment: f"{moment:%H:%M:%S.%f}").map(lambda clock: f"2018-03-02 {clock} -0530")
)
VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "id": IDS,
    "ids": st.lists(IDS, max_size=3),
    "text": st.text(),
    "bool": st.booleans(),
    "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    "time": TIMES,
}


def valid(model: str) -> st.SearchStrategy[dict[str, Any]]:
    """Make objects that the contract allows: any fields, any of them null, and some that it does not name."""
    members: dict[str, st.SearchStrategy[Any]] = {}
    for name, kind in MODELS[model].items():
        if kind == "meta":
            value: st.SearchStrategy[Any] = valid("meta")
        elif kind in MODELS:
            value = st.lists(valid(kind), max_size=2)
        else:
            value = VALUES[kind]
        members[name] = st.none() | value
    unknown = st.dictionaries(st.text(max_size=8).filter(lambda name: name not in members), JSON, max_size=2)
    return st.builds(lambda known, extra: {**extra, **known}, st.fixed_dictionaries({}, optional=members), unknown)


def as_read(model: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what a dump of a valid document holds: ids as text, times in UTC, null collections as empty ones."""
    return {name: _as_read(MODELS[model].get(name), value) for name, value in document.items()}


def _as_read(kind: str | None, value: Any) -> Any:
    if kind in {"pageview", "touchpoint", "event", "identity"}:
        return [as_read(kind, item) for item in value or []]
    if value is None or kind is None:
        return value
    if kind == "meta":
        return as_read(kind, value)
    if kind == "id":
        return str(value)
    if kind == "ids":
        return [str(item) for item in value]
    return utc(value) if kind == "time" else value


def utc(value: float | str) -> str:
    """Return a moment as ISO 8601 text with Z, with microseconds where it has any."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else EPOCH + timedelta(seconds=value)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
