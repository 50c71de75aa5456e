"""What an outbox counts, and how it shows it."""

import threading
from dataclasses import dataclass, field

from pyttributionio.outbox._destination import DestinationState
from pyttributionio.outbox._store import Salvage


@dataclass(slots=True)
class Tally:
    """What happened in this process so far."""

    accepted: int = 0
    delivered: int = 0
    dead: int = 0
    dropped: int = 0
    full: int = 0
    last_error: str | None = None
    salvages: list[Salvage] = field(default_factory=list[Salvage])
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def accept(self) -> None:
        """Count an accepted entry; callers are in many threads, and in signal handlers."""
        with self._lock:
            self.accepted += 1


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """How an outbox is doing, as one process sees it.

    Attributes:
        pending: Entries that wait here: of this process, and of dead ones whose shards it took over.
        oldest_age: Seconds since the oldest of them was accepted; None if none waits.
        in_flight: Requests under way.
        dead: Dead letters in these shards.
        size: Bytes these shards take up.
        accepted: Entries accepted since this outbox was made.
        delivered: Entries delivered since then, others' included.
        buried: Entries moved to the dead letters since then.
        dropped: Entries removed since then to make room, by `when_full="drop_oldest"`.
        refused: Calls refused since then because there was no room.
        unreadable: Entries lost to damaged files since then, as far as that can be counted.
        state: The destination's state.
        last_error: What went wrong last with a delivery; None if nothing did.
        shards: The names of the shards.
    """

    pending: int
    oldest_age: float | None
    in_flight: int
    dead: int
    size: int
    accepted: int
    delivered: int
    buried: int
    dropped: int
    refused: int
    unreadable: int
    state: DestinationState
    last_error: str | None
    shards: tuple[str, ...]
