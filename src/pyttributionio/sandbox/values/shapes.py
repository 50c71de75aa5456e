"""The objects that are posted: JSON values checked against the contract, ids made text."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyttributionio.sandbox.values.bodies import JSONObject, JSONValue

# What is posted with a pageview, and is not the pageview's own in an answer.
_NOT_OF_A_PAGEVIEW = frozenset({"visitor_id", "user_agent", "public_key"})
LAST_SECOND = 253_402_300_799  # the end of the year 9999, which is where datetime ends


class ShapeError(ValueError):
    """A member is missing or has another shape than the contract gives it (422)."""


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


@dataclass(frozen=True)
class Pageview:
    """A pageview; `created_at` in Unix seconds."""

    visitor_id: str
    created_at: int
    url: str
    referrer: str | None
    document: JSONObject


def member_object(parent: JSONValue, name: str) -> JSONObject:
    """Take the object out of its envelope, such as `{"event": {...}}`.

    Raises:
        ShapeError: The parent is not an object, or its member is not.
    """
    value = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(value, dict):
        raise ShapeError(f"{name}: expected an object")
    return value


def read_public_key(members: JSONObject) -> str:
    """Take the public key, before anything else is looked at.

    Raises:
        ShapeError: It is missing or not text.
    """
    return _filled(members, "public_key")


def read_identity(members: JSONObject) -> Identity:
    """Check what `POST /identities` wraps in `identity`; unknown members are kept.

    Raises:
        ShapeError: A member of the contract is missing or has another shape.
    """
    client_id, aliases = _id(members, "client_id"), _aliases(members)
    _check_meta(members)
    return Identity(
        client_id=client_id,
        aliases=aliases,
        created_at=_seconds(members),
        document={**members, "client_id": client_id, "aliases": list(aliases)},
    )


def read_event(members: JSONObject) -> Event:
    """Check what `POST /events` wraps in `event`; unknown members are kept.

    Raises:
        ShapeError: A member of the contract is missing or has another shape.
    """
    ids = {name: _id(members, name) for name in ("client_id", "transaction_id", "event_public_key")}
    aliases = _aliases(members)
    if not isinstance(members.get("url"), str):
        raise ShapeError("url: expected text")
    if not isinstance(members.get("is_informational"), bool):
        raise ShapeError("is_informational: expected true or false")
    _check_meta(members)
    return Event(
        client_id=ids["client_id"],
        aliases=aliases,
        transaction_id=ids["transaction_id"],
        created_at=_seconds(members),
        document={**members, **ids, "aliases": list(aliases)},
    )


def read_pageview(members: JSONObject, *, now: int) -> Pageview:
    """Check one pageview to load; unknown members are kept.

    Args:
        members: As `POST /_sandbox/pageviews` takes them.
        now: Its time where it has none, in Unix seconds.

    Raises:
        ShapeError: A member is missing or has another shape.
    """
    visitor_id = _id(members, "visitor_id")
    url, referrer = _filled(members, "url"), _optional(members, "referrer")
    extra = {k: v for k, v in members.items() if k not in _NOT_OF_A_PAGEVIEW}
    return Pageview(
        visitor_id=visitor_id,
        created_at=now if members.get("created_at") is None else _seconds(members),
        url=url,
        referrer=referrer,
        document={
            **extra,
            "url": url,
            "referrer": referrer,
            "title": _optional(members, "title"),
            "meta": {"agent": _optional(members, "user_agent")},
            "aliases": [visitor_id],
        },
    )


def read_pageviews(body: JSONValue, *, now: int) -> list[Pageview]:
    """Check the whole of what `POST /_sandbox/pageviews` takes, before any of it is stored.

    Args:
        body: `{"pageviews": [...]}`.
        now: The time of those that have none, in Unix seconds.

    Raises:
        ShapeError: It is not a list of pageviews; the message names the first wrong one.
    """
    items = body.get("pageviews") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise ShapeError("pageviews: expected an array")
    return list(_each_pageview(items, now))


def _each_pageview(items: list[JSONValue], now: int) -> Iterable[Pageview]:
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            raise ShapeError(f"pageviews[{position}]: expected an object")
        try:
            yield read_pageview(item, now=now)
        except ShapeError as error:
            raise ShapeError(f"pageviews[{position}].{error}") from None


def _id(members: JSONObject, name: str) -> str:
    return _id_text(members.get(name), name)


def _aliases(members: JSONObject) -> tuple[str, ...]:
    values = members.get("aliases")
    if not isinstance(values, list) or not values:
        raise ShapeError("aliases: expected an array of at least one visitor id")
    return tuple(_id_text(value, f"aliases[{n}]") for n, value in enumerate(values))


def _id_text(value: JSONValue, at: str) -> str:
    # A bool is an int to Python, but no id to anyone.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise ShapeError(f"{at}: expected an id, which is text that is not empty, or a whole number")


def _filled(members: JSONObject, name: str) -> str:
    value = members.get(name)
    if isinstance(value, str) and value:
        return value
    raise ShapeError(f"{name}: expected text that is not empty")


def _optional(members: JSONObject, name: str) -> str | None:
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
