"""Posted identities, events and pageviews: checked against the API's contract, with their ids as text.

Each function raises ShapeError if a member of the contract is missing or wrong; the message names the member.
Unknown members are kept.
"""

from dataclasses import dataclass

from pyttributionio.sandbox.values.bodies import JSONObject, JSONValue

# Members that are posted with a pageview and that its answer does not have, or has under other names.
_POSTED_ONLY = frozenset({"visitor_id", "user_agent", "public_key"})
LAST_SECOND = 253_402_300_799
"""The last Unix second of the year 9999: datetime has no later one."""


class ShapeError(ValueError):
    """A member is missing, or has a type or value that the contract does not allow (422)."""


@dataclass(frozen=True)
class Identity:
    """A posted identity; `created_at` in Unix seconds."""

    client_id: str
    aliases: tuple[str, ...]
    created_at: int
    document: JSONObject


@dataclass(frozen=True)
class Event:
    """A posted event; `created_at` in Unix seconds."""

    client_id: str
    aliases: tuple[str, ...]
    transaction_id: str
    created_at: int
    document: JSONObject

    @property
    def key(self) -> str:
        """The event's key as text."""
        return str(self.document["event_public_key"])


@dataclass(frozen=True)
class Pageview:
    """A pageview; `created_at` in Unix seconds."""

    visitor_id: str
    created_at: int
    url: str
    referrer: str | None
    document: JSONObject


def member_object(parent: JSONValue, name: str) -> JSONObject:
    """Return the object inside an envelope such as `{"event": {...}}`."""
    value = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(value, dict):
        raise ShapeError(f"{name}: expected an object")
    return value


def read_public_key(members: JSONObject) -> str:
    """Return the public key; it is read before the other members are checked."""
    return _text(members, "public_key")


def read_identity(members: JSONObject) -> Identity:
    """Check the object that `POST /identities` has under `identity`."""
    client_id, aliases = _id(members, "client_id"), _aliases(members)
    _check_meta(members)
    document: JSONObject = {**members, "client_id": client_id, "aliases": list(aliases)}
    return Identity(client_id, aliases, _seconds(members), document)


def read_event(members: JSONObject) -> Event:
    """Check the object that `POST /events` has under `event`."""
    ids = {name: _id(members, name) for name in ("client_id", "transaction_id", "event_public_key")}
    aliases = _aliases(members)
    if not isinstance(members.get("url"), str):
        raise ShapeError("url: expected text")
    if not isinstance(members.get("is_informational"), bool):
        raise ShapeError("is_informational: expected true or false")
    _check_meta(members)
    document: JSONObject = {**members, **ids, "aliases": list(aliases)}
    return Event(ids["client_id"], aliases, ids["transaction_id"], _seconds(members), document)


def read_pageview(members: JSONObject, *, now: int) -> Pageview:
    """Check one pageview.

    Args:
        members: An item of the list that `POST /_sandbox/pageviews` accepts.
        now: The pageview's time if it has none of its own, in Unix seconds.
    """
    visitor_id = _id(members, "visitor_id")
    url, referrer = _text(members, "url"), _optional_text(members, "referrer")
    document: JSONObject = {
        **{name: value for name, value in members.items() if name not in _POSTED_ONLY},
        "url": url,
        "referrer": referrer,
        "title": _optional_text(members, "title"),
        "meta": {"agent": _optional_text(members, "user_agent")},
        "aliases": [visitor_id],
    }
    created_at = now if members.get("created_at") is None else _seconds(members)
    return Pageview(visitor_id, created_at, url, referrer, document)


def read_pageviews(body: JSONValue, *, now: int) -> list[Pageview]:
    """Check the body of `POST /_sandbox/pageviews`, before any of it is stored.

    Args:
        body: `{"pageviews": [...]}`.
        now: The time of those that have none, in Unix seconds.
    """
    items = body.get("pageviews") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise ShapeError("pageviews: expected an array")
    pageviews: list[Pageview] = []
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            raise ShapeError(f"pageviews[{position}]: expected an object")
        try:
            pageviews.append(read_pageview(item, now=now))
        except ShapeError as error:
            raise ShapeError(f"pageviews[{position}].{error}") from None
    return pageviews


def _id(members: JSONObject, name: str) -> str:
    return _id_text(members.get(name), name)


def _aliases(members: JSONObject) -> tuple[str, ...]:
    values = members.get("aliases")
    if not isinstance(values, list) or not values:
        raise ShapeError("aliases: expected an array of at least one visitor id")
    return tuple(_id_text(value, f"aliases[{n}]") for n, value in enumerate(values))


def _id_text(value: JSONValue, at: str) -> str:
    # A bool is an int in Python, but not an id.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise ShapeError(f"{at}: expected an id: text that is not empty, or a whole number")


def _text(members: JSONObject, name: str) -> str:
    value = members.get(name)
    if isinstance(value, str) and value:
        return value
    raise ShapeError(f"{name}: expected text that is not empty")


def _optional_text(members: JSONObject, name: str) -> str | None:
    value = members.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ShapeError(f"{name}: expected text or null")


def _seconds(members: JSONObject) -> int:
    value = members.get("created_at")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_SECOND:
        return value
    raise ShapeError("created_at: expected whole seconds since the Unix epoch")


def _check_meta(members: JSONObject) -> None:
    meta = members.get("meta")
    if not isinstance(meta, dict) or not isinstance(meta.get("agent"), str):
        raise ShapeError("meta: expected an object whose agent is text")
