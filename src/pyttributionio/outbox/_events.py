"""What programs see of the outbox: receipts, stored entries, deliveries, and the hooks that are called with them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import getLogger
from typing import Literal, TypeAlias, TypeVar

from pyttributionio.outbox.storage.entries import Burial, DeadReason, Entry, Kind

T = TypeVar("T")
_log = getLogger("pyttributionio.outbox")


DestinationState: TypeAlias = Literal["unknown", "open", "paused", "refused"]
"""unknown: nothing was answered yet; open: the last answer was a good one; paused: no answer, or "later";
refused: it answers 401, 403, 404 or the like, so that somebody has to look."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of a call that is stored, and will be delivered.

    Attributes:
        transaction_id: The event's transaction id, as every attempt will carry it. An identity has none on
            the wire; here it names the entry, for `pyttributionio outbox show` and the hooks.
        client_id: The person's id: as given, or the random one that was made.
        duplicate: Whether an event of this transaction id and event key was waiting already, so that
            nothing was added.
    """

    transaction_id: str
    client_id: str
    duplicate: bool = False


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


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry that was delivered whole.

    Attributes:
        transaction_id: As in its `Accepted`.
        kind: What it was.
        attempts: How many requests failed before.
        waited: Seconds from its acceptance to the answer.
    """

    transaction_id: str
    kind: Kind
    attempts: int
    waited: float


@dataclass(frozen=True, slots=True)
class StateChange:
    """The destination's state changed.

    Attributes:
        old: The state before.
        new: The state from now on.
        reason: What was wrong, where it is not open.
    """

    old: DestinationState
    new: DestinationState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Hooks:
    """The program's own functions, called from the outbox's thread; None for those it has not."""

    on_delivered: Callable[[Delivery], object] | None = None
    on_dead: Callable[[StoredEntry], object] | None = None
    on_state: Callable[[StateChange], object] | None = None

    def delivered(self, delivery: Delivery) -> None:
        """Tell of a delivery."""
        _call(self.on_delivered, delivery)

    def dead(self, entry: StoredEntry) -> None:
        """Tell of a dead letter."""
        _call(self.on_dead, entry)

    def state(self, change: StateChange) -> None:
        """Tell of a change of state."""
        _call(self.on_state, change)


def _call(hook: Callable[[T], object] | None, news: T) -> None:
    if hook is None:
        return
    try:
        hook(news)
    except Exception:
        _log.exception("A hook of the outbox raised; delivery goes on.")
