"""The records that programs get from an outbox, and the hooks that receive them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import ERROR
from typing import Literal, TypeAlias, TypeVar

from pyttributionio.outbox._log import log
from pyttributionio.outbox.storage.entries import DeadLetterCause, DeadLetterReason, Entry, Kind

T = TypeVar("T")


DestinationState: TypeAlias = Literal["unknown", "open", "paused", "refused"]
"""The state of the server, or of the way to it.

unknown: there was no answer yet. open: the last answer was a success. paused: there was no answer, or one that
asks to try later. refused: the server answers 401, 403, 404 or the like, or requests can't be sent because of the
proxy, the certificates or the `http_client`; a person has to act.
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of a call whose entry is stored and will be delivered.

    Attributes:
        transaction_id: The event's transaction id, the same in every attempt. An identity has none on the wire;
            here it identifies the entry for `pyttributionio outbox show` and for hooks.
        client_id: The person's id: the given one, or the random one that was generated.
        duplicate: Whether an event of this transaction id and event key was waiting already. Then nothing was
            added.
    """

    transaction_id: str
    client_id: str
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A waiting entry or a dead letter, as operators and hooks see it.

    Attributes:
        transaction_id: The transaction id of its `Accepted`.
        state: Whether it waits for delivery or is a dead letter.
        kind: The kind of call.
        event_key: The event's key; None for an identity.
        visitor_id: The visitor. Entries of one visitor are delivered in order.
        accepted_at: When it was accepted.
        delivered_requests: How many of its requests got a 2xx. An event with its identity has two requests.
        attempts: How many requests failed or were refused.
        last_error: The result of the last failed request.
        bodies: The bodies of its requests, as they are sent.
        cause: Why it is a dead letter; None while it waits.
        status: The HTTP status that made it a dead letter, if there was one.
        answer: The text of the server's answer then.
        dead_lettered_at: When it became a dead letter.
        shard: The shard that contains it.
        number: Its number in that shard.
    """

    transaction_id: str
    state: Literal["waiting", "dead"]
    kind: Kind
    event_key: str | None
    visitor_id: str
    accepted_at: datetime
    delivered_requests: int
    attempts: int
    last_error: str | None
    bodies: tuple[bytes, ...]
    cause: DeadLetterCause | None
    status: int | None
    answer: str
    dead_lettered_at: datetime | None
    shard: str
    number: int


def stored_entry(entry: Entry, shard: str, reason: DeadLetterReason | None = None) -> StoredEntry:
    """Return the public record of an entry; `reason` is given for a dead letter."""
    new = entry.new
    return StoredEntry(
        transaction_id=new.transaction_id,
        state="waiting" if reason is None else "dead",
        kind=entry.kind,
        event_key=new.event_key,
        visitor_id=new.visitor_id,
        accepted_at=datetime.fromtimestamp(new.accepted_at, UTC),
        delivered_requests=entry.delivered_requests,
        attempts=entry.attempts,
        last_error=entry.last_error,
        bodies=(new.body,) if new.identity is None else (new.body, new.identity),
        cause=None if reason is None else reason.cause,
        status=None if reason is None else reason.status,
        answer="" if reason is None else reason.answer,
        dead_lettered_at=None if reason is None else datetime.fromtimestamp(reason.at, UTC),
        shard=shard,
        number=entry.number,
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry whose requests were all delivered.

    Attributes:
        transaction_id: The transaction id of its `Accepted`.
        kind: The kind of call.
        attempts: How many requests failed before.
        waited: Seconds from its acceptance to the last answer.
    """

    transaction_id: str
    kind: Kind
    attempts: int
    waited: float


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of the destination's state.

    Attributes:
        old: The state before.
        new: The state now.
        reason: Why it is not open, if it is not.
    """

    old: DestinationState
    new: DestinationState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Hooks:
    """Functions of the program that the outbox's thread calls; None for those that are not given."""

    on_delivered: Callable[[Delivery], object] | None = None
    on_dead: Callable[[StoredEntry], object] | None = None
    on_state: Callable[[StateChange], object] | None = None


def call_hook(hook: Callable[[T], object] | None, record: T) -> None:
    """Call a hook, if there is one. Its exceptions are logged."""
    if hook is None:
        return
    try:
        hook(record)
    except Exception as error:
        log(ERROR, "A hook of the outbox raised; delivery goes on.", error=error)
