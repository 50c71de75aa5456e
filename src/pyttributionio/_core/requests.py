"""From a caller's arguments to the request on the wire. Pure: no socket, no HTTP library."""

import secrets
import string
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypedDict, cast
from urllib.parse import quote, urlencode

from pydantic_core import to_json

from pyttributionio._core import credentials
from pyttributionio._core.credentials import key_of
from pyttributionio._core.settings import Server, Settings, checked_flag
from pyttributionio._core.types import APIRequest, Call, JSONValue
from pyttributionio._core.validation import checked_filled_text, checked_json, checked_text
from pyttributionio._shared.text import shown
from pyttributionio.models._base import Model, to_unix_seconds
from pyttributionio.models._facts import INCLUDE_FLAGS, IncludeName
from pyttributionio.models._generated import EventRequest, IdentityRequest, RequestMeta
from pyttributionio.models._times import LAST_SECOND

UNKNOWN_URL: Final = "URL unknown"
UNKNOWN_AGENT: Final = "User-Agent unknown"

_ALPHABET = string.ascii_lowercase + string.digits


class Person(NamedTuple):
    """The arguments that an identity and an event share: the person, the browser and the time."""

    client_id: str | int | None
    visitor_id: str | int
    user_agent: str | None
    created_at: datetime | None
    meta: Mapping[str, JSONValue] | None


class EventFields(NamedTuple):
    """The arguments of an event that its identity does not have."""

    event_key: str
    url: str | None = None
    transaction_id: str | int | None = None
    is_informational: bool = False


class IdentityMembers(TypedDict):
    """The members of an identity's JSON object, in the order in which they are sent. All of them are checked."""

    aliases: list[str]
    client_id: str
    public_key: str
    created_at: int
    meta: JSONValue | RequestMeta


class EventMembers(IdentityMembers):
    """The members of an event's JSON object. Only an identity's are the same."""

    event_public_key: str
    url: str
    transaction_id: str
    is_informational: bool


def random_client_id() -> str:
    """Return a random id of a person: 24 characters of a-z and 0-9, as version 0.5 made them."""
    # A random draw for each character would take longer than the rest of a request. 124 bits are needed; with 160,
    # the bias is below 2**-35.
    chance = int.from_bytes(secrets.token_bytes(20))
    characters: list[str] = []
    for _ in range(24):
        chance, index = divmod(chance, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)


def random_transaction_id() -> str:
    """Return a random id of an event, of 128 bits. Version 0.5 made it of person and second, and such ids collided."""
    return secrets.token_hex(16)


def checked_id(name: str, value: object) -> str:
    """Return an id as text; `name` is the parameter that an error names."""
    if type(value) is str and value.isascii() and not value.isspace() and value:
        return value  # the usual id needs no conversion
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{name} is a str or an int, not {type(value).__name__}")
    # With the methods of str and int: `str()` of an enum's member returns the member's name.
    try:
        text = checked_text(name, str.__str__(value) if isinstance(value, str) else int.__repr__(value))
    except ValueError as error:  # Python converts no int of more than 4,300 digits; its message names no argument
        raise error if isinstance(value, str) else ValueError(f"{name} has too many digits: {error}") from None
    if not text.strip():
        raise ValueError(f"{name} is {'blank' if text else 'empty'}: it has to name something")
    return text


def text_or(default: str, name: str, value: object) -> str:
    """Return a text that can be sent, or `default` if there is none; `name` is the name of the parameter."""
    return default if value is None else checked_filled_text(name, value)


def path_segment(text: str) -> str:
    """Return a text percent-encoded as one segment of a path (RFC 3986, section 3.3).

    `.` and `..` are encoded too. HTTP libraries and proxies remove such segments (RFC 3986, section 5.2.4), and the
    request would have another path.
    """
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")


def included(include: object) -> frozenset[IncludeName]:
    """Return the collections to read along, checked at run time for callers without a type checker."""
    if include is None:
        return frozenset()
    if isinstance(include, str) and include == "all":
        return frozenset(INCLUDE_FLAGS)
    known = ", ".join(map(repr, INCLUDE_FLAGS))
    if isinstance(include, str):
        raise ValueError(f'include is the text {shown(include)}: pass a list of {known}, or "all"')
    if not isinstance(include, Sequence | Set) or isinstance(include, bytes | bytearray):
        raise TypeError(f"include is a list, tuple or set of names, not {type(include).__name__}")
    names = set[IncludeName]()
    for item in cast("Collection[object]", include):
        if item not in tuple(INCLUDE_FLAGS):  # a tuple, because an unhashable item can't be looked up in a dict
            raise ValueError(
                f'include has {shown(item)} in it: the collections are {known}; all of them are include="all"'
            )
        names.add(item)
    return frozenset(names)


def include_flags(include: Set[IncludeName]) -> dict[str, str]:
    """Return the query that asks for some collections."""
    if len(include) == len(INCLUDE_FLAGS):
        # Several flags in one request were never observed. All of them together have a documented name.
        return {"show_all": "true"}
    return {flag: "true" for name, flag in INCLUDE_FLAGS.items() if name in include}


def call_request(
    settings: Settings,
    call: Call[Any],
    arguments: Mapping[str, object],
    *,
    query: Mapping[str, str] = MappingProxyType({}),
    body: bytes | None = None,
) -> APIRequest:
    """Return the request of a call. `arguments` has a value for each `{name}` in the call's path."""
    if call.is_private:
        check_secret(settings)
    segments = {name: path_segment(checked_id(name, value)) for name, value in arguments.items()}
    path = call.path.format(public_key=path_segment(settings.api_key or key_of(settings)), **segments)
    server = settings.base if call.is_private else settings.tracking
    return api_request(settings, call.method, server, path, query=query, body=body, private=call.is_private)


def check_secret(settings: Settings) -> None:
    """Raise if a call of the private API can't be made, because there is no secret."""
    if credentials.is_recording or settings.disabled:  # a disabled client raises an error of its own
        return
    if settings.api_secret is None:
        key_of(settings)  # without a key too, this is the first thing to say
        raise ValueError(
            "Calls of the private API, such as reading a customer, need the account's secret: pass api_secret=..., or "
            "set the environment variable PYTTRIBUTIONIO_API_SECRET. Tracking works without it."
        )
    if settings.api_secret.lost:
        raise ValueError(
            "This client was unpickled, and a pickle does not contain the secret. Set the environment variable "
            "PYTTRIBUTIONIO_API_SECRET where it is unpickled, or make the client there."
        )


def api_request(
    settings: Settings,
    method: Literal["GET", "POST"],
    server: Server,
    path: str,
    *,
    query: Mapping[str, str] = MappingProxyType({}),
    body: bytes | None = None,
    private: bool = False,
    encoding: str = "gzip, deflate",
) -> APIRequest:
    """Return a request, with the further parameters and headers of the settings.

    The public API never gets the secret (wire contract, "Public API"). Every attempt sends the same bytes.
    """
    if settings.extra_query:
        query = {**query, **dict(settings.extra_query)}
    return APIRequest(
        method,
        server.origin,
        f"{server.path}/{path}",
        query=urlencode(query, quote_via=quote) if query else "",
        body=body,
        private=private,
        encoding=encoding,
        headers=settings.extra_headers,
        is_repeatable=method == "GET" or settings.retry_posts == "always",
    )


def enveloped(call: Call[Any], body: Model | IdentityMembers) -> bytes:
    """Return the bytes of a post's body: the object under the key of the call."""
    return b'{"%s":%s}' % ((call.envelope or "").encode("ascii"), to_json(body))


def identity_members(settings: Settings, person: Person) -> IdentityMembers:
    """Return the members of the inner object of POST /identities. Without a client id, it gets a random one.

    They need no validation by the model: every value was checked or made here. A test compares both.
    """
    client_id = person.client_id
    return {
        "aliases": [checked_id("visitor_id", person.visitor_id)],
        "client_id": random_client_id() if client_id is None else checked_id("client_id", client_id),
        "public_key": settings.api_key or key_of(settings),
        "created_at": checked_time(settings.clock.now() if person.created_at is None else person.created_at),
        "meta": checked_meta(person.user_agent, person.meta),
    }


def event_members(settings: Settings, fields: EventFields, identity: IdentityMembers) -> EventMembers:
    """Return the members of the inner object of POST /events, for the very person and moment of its identity."""
    transaction_id = fields.transaction_id
    return {
        "aliases": identity["aliases"],
        "client_id": identity["client_id"],
        "event_public_key": checked_id("event_key", fields.event_key),
        "url": text_or(UNKNOWN_URL, "url", fields.url),
        "public_key": settings.api_key or key_of(settings),
        "transaction_id": (
            random_transaction_id() if transaction_id is None else checked_id("transaction_id", transaction_id)
        ),
        "is_informational": checked_flag("is_informational", fields.is_informational),
        "created_at": identity["created_at"],
        "meta": identity["meta"],
    }


def identity_body(settings: Settings, person: Person) -> IdentityRequest:
    """Return the inner object of POST /identities as a model; see `identity_members`."""
    return IdentityRequest.model_validate(identity_members(settings, person))


def event_body(settings: Settings, fields: EventFields, identity: IdentityRequest) -> EventRequest:
    """Return the inner object of POST /events as a model; see `event_members`."""
    members: IdentityMembers = {
        "aliases": identity.aliases,
        "client_id": identity.client_id,
        "public_key": identity.public_key,
        "created_at": to_unix_seconds(identity.created_at),
        "meta": identity.meta,
    }
    return EventRequest.model_validate(event_members(settings, fields, members))


def checked_time(created_at: object) -> int:
    """Return a time in whole seconds, as it is sent. It needs a time zone, and lies between 1970 and 9999."""
    if not isinstance(created_at, datetime):
        raise TypeError(f"created_at is an aware datetime, not {type(created_at).__name__}")
    if created_at.tzinfo is None or created_at.utcoffset() is None:
        raise ValueError(
            f"created_at {created_at.isoformat()} has no time zone, so it could be any of 24 hours: use "
            "datetime.now(UTC), or created_at.replace(tzinfo=...) with the zone it was taken in"
        )
    seconds = to_unix_seconds(created_at)
    if not 0 <= seconds <= LAST_SECOND:
        raise ValueError(f"created_at {created_at.isoformat()} is not between 1970 and 9999: use a time in that range")
    return seconds


def checked_meta(user_agent: object, meta: object) -> JSONValue:
    """Return the `meta` object: the caller's members, and the user agent as `agent`."""
    if meta is not None and not isinstance(meta, Mapping):
        raise TypeError(f"meta is a dict of JSON values, not {type(meta).__name__}")
    agent = text_or(UNKNOWN_AGENT, "user_agent", user_agent)
    if meta is None:
        return {"agent": agent}
    given = cast("Mapping[object, object]", meta)
    if user_agent is not None and "agent" in given:
        raise ValueError("The user agent is given twice: as user_agent, and as 'agent' in meta. Leave one out.")
    if "agent" in given:
        checked_text("meta['agent']", given["agent"])
    return checked_json("meta", {"agent": agent, **given})
