"""The counters of an outbox, the statistics made from them, and its health."""

import threading
from dataclasses import dataclass, field

from pyttributionio.outbox._events import DestinationState
from pyttributionio.outbox.storage.store import Salvage


@dataclass(slots=True)
class Counters:
    """What happened in this process so far."""

    accepted: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    dropped: int = 0
    refused: int = 0
    last_error: str | None = None
    salvages: list[Salvage] = field(default_factory=list[Salvage])
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def accept(self) -> None:
        """Count an accepted entry. Threads and signal handlers may do so at the same time."""
        with self._lock:
            self.accepted += 1


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """The state of an outbox in one process.

    Attributes:
        pending: Waiting entries in this process's shards. Those of ended processes whose shards it took over count.
        oldest_age: Seconds since the oldest of them was accepted, or since a later jump of the clock; None if none
            waits.
        in_flight: Requests under way.
        dead: Dead letters in these shards.
        size: Bytes that these shards use.
        accepted: Entries accepted since this outbox was made.
        delivered: Entries delivered since then, those of ended processes included.
        dead_lettered: Entries moved to the dead letters since then.
        dropped: Entries removed since then to make room, by `when_full="drop_oldest"`.
        refused: Calls refused since then because there was no room.
        unreadable: Entries lost to damaged files since then, as far as they can be counted.
        state: The destination's state.
        last_error: The last failure of a delivery; None if there was none.
        shards: The names of the shards.
    """

    pending: int
    oldest_age: float | None
    in_flight: int
    dead: int
    size: int
    accepted: int
    delivered: int
    dead_lettered: int
    dropped: int
    refused: int
    unreadable: int
    state: DestinationState
    last_error: str | None
    shards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The health of an outbox, for a readiness probe.

    Attributes:
        ok: Whether calls are accepted and no problem needs a person.
        problems: One sentence for each problem; empty if there is none.
    """

    ok: bool
    problems: tuple[str, ...]
