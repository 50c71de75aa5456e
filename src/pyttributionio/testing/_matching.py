"""The fields of the assertions: which events and identities they match, and what a failed one says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias, cast

from typing_extensions import TypedDict

from pyttributionio._core.types import JSONValue
from pyttributionio.models import Event, Identity
from pyttributionio.testing._requests import RecordedRequest, read_of

_LONGEST: Final = 20
"""How many requests a failed assertion lists."""

Recorded: TypeAlias = Event | Identity


class IdentityMatch(TypedDict, total=False):
    """The fields of an identity that an assertion compares, by the names of the call's arguments.

    Attributes:
        visitor_id: One of its visitor ids.
        aliases: All of its visitor ids.
        user_agent: The visitor's user agent.
        created_at: When it happened, in whole seconds.
        meta: Members of its `meta` object; it may have others.
    """

    visitor_id: str | int
    aliases: Sequence[str]
    user_agent: str
    created_at: datetime
    meta: Mapping[str, JSONValue]


class EventMatch(IdentityMatch, total=False):
    """The fields of an event that an assertion compares, by the names of the call's arguments.

    Attributes:
        client_id: The person's id.
        url: The page on which it happened.
        transaction_id: The id that no other event has.
        is_informational: Whether it is recorded without being counted.
    """

    client_id: str | int
    url: str
    transaction_id: str | int
    is_informational: bool


def check_names(assertion: str, fields: Mapping[str, object], allowed: Iterable[str]) -> None:
    """Raise for a field that does not exist. Without a type checker, it would match nothing."""
    allowed = sorted(allowed)
    for name in fields:
        if name not in allowed:
            raise TypeError(f"{assertion}() has no field {name!r}; it has {', '.join(allowed)}")


def differences(found: Recorded, fields: Mapping[str, object]) -> list[str]:
    """Return how an event or an identity differs from the given fields."""
    return [
        f"{name} is {_value(found, name)!r}"
        for name, expected in fields.items()
        if not _matches(_value(found, name), name, expected)
    ]


def _value(found: Recorded, name: str) -> object:
    meta = {} if found.meta is None else found.meta.model_dump()
    match name:
        case "visitor_id":
            return found.aliases
        case "user_agent":
            return meta.get("agent")
        case "meta":
            return meta
        case _:
            return getattr(found, name)


def _matches(value: object, name: str, expected: object) -> bool:
    match name:
        case "visitor_id":
            return str(expected) in cast("Sequence[str]", value or [])
        case "client_id" | "transaction_id":
            return value == str(expected)
        case "aliases":
            return value == [*cast("Iterable[str]", expected)]
        case "created_at":
            return value == cast("datetime", expected).replace(microsecond=0)
        case "meta":
            members = cast("Mapping[str, object]", value)
            given = cast("Mapping[str, object]", expected)
            return all(key in members and members[key] == each for key, each in given.items())
        case _:
            return value == expected


def shown_fields(fields: Mapping[str, object]) -> str:
    """Return the fields of an assertion as text."""
    return "".join(f", {name}={value!r}" for name, value in fields.items())


def listing(requests: Sequence[RecordedRequest]) -> str:
    """Return the requests as text, one a line, for a failed assertion."""
    if not requests:
        return "Nothing was sent."
    lines = [f"  {number}. {_line(request)}" for number, request in enumerate(requests[:_LONGEST], 1)]
    if len(requests) > _LONGEST:
        lines.append(f"  ... and {len(requests) - _LONGEST} more, see .requests")
    return "\n".join([f"{len(requests)} request{'s were' if len(requests) > 1 else ' was'} sent:", *lines])


def _line(request: RecordedRequest) -> str:
    outcome = request.error if request.status is None else str(request.status)
    read = read_of(request)
    if read is not None:
        return f"read of {read.client_id!r}, include={[*read.include]} -> {outcome}"
    for name in ("event", "identity"):
        members = request.posted(name)
        if members is not None:
            return f"{name} {_members(members)} -> {outcome}"
    return f"{request.method} {request.path} {request.body.decode('utf-8', 'replace')[:200]} -> {outcome}"


def _members(members: Mapping[str, object]) -> str:
    key = members.get("event_public_key")
    rest = {name: value for name, value in members.items() if name not in {"event_public_key", "public_key"}}
    return " ".join([*([] if key is None else [repr(key)]), *(f"{name}={value!r}" for name, value in rest.items())])
