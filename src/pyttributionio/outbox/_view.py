"""An entry as people look at it: in hooks, lists and `show`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pyttributionio.outbox._entry import Burial, DeadReason, Entry, Kind


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """What is known of one entry, waiting or dead.

    Attributes:
        transaction_id: As in its `Accepted`; what an operator names it by.
        state: Whether it waits for delivery, or is in the dead letters.
        kind: What was accepted.
        event_key: The event's key; None for an identity.
        visitor_id: Whose it is: entries of one visitor are delivered in order.
        accepted_at: When it was accepted.
        delivered_requests: How many of its requests were answered with a 2xx; an event with its identity has two.
        attempts: How many requests failed or were refused.
        last_error: What came of the last of them.
        bodies: The requests' bodies, as they are sent.
        reason: Why it is in the dead letters; None while it waits.
        status: The HTTP status that brought it there, if one did.
        answer: What the server said then.
        buried_at: When that was.
        shard: Where it lies.
        number: Its place there.
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
    reason: DeadReason | None
    status: int | None
    answer: str
    buried_at: datetime | None
    shard: str
    number: int


def view(entry: Entry, shard: str, burial: Burial | None = None) -> StoredEntry:
    """Return an entry as people look at it."""
    new = entry.new
    return StoredEntry(
        transaction_id=new.transaction_id,
        state="waiting" if burial is None else "dead",
        kind=entry.kind,
        event_key=new.event_key,
        visitor_id=new.lane,
        accepted_at=datetime.fromtimestamp(new.accepted_at, UTC),
        delivered_requests=entry.sent,
        attempts=entry.attempts,
        last_error=entry.last_error,
        bodies=(new.body,) if new.identity is None else (new.body, new.identity),
        reason=None if burial is None else burial.reason,
        status=None if burial is None else burial.status,
        answer="" if burial is None else burial.answer,
        buried_at=None if burial is None else datetime.fromtimestamp(burial.at, UTC),
        shard=shard,
        number=entry.number,
    )
