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
        oldest_age: Seconds since the oldest of them was accepted; None if none waits.
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


def diagnose(stats: OutboxStats, *, closed: bool, full: bool, start_error: str | None, max_age: float) -> Health:
    """Return the health. A server that is down for some time is no problem: an outbox is made for that.

    Args:
        stats: The state of the outbox.
        closed: Whether it is closed.
        full: Whether the last call found no room.
        start_error: Why the threads could not be started; None if they could.
        max_age: Seconds after which a waiting entry is a problem.
    """
    problems: list[str] = []
    if closed:
        problems.append("The outbox is closed.")
    if full:
        problems.append("The outbox is full: new calls are refused or push out old ones.")
    if start_error is not None:
        problems.append(f"The threads of the outbox can't be started ({start_error}): entries are stored, and wait.")
    if stats.state == "refused":
        problems.append(
            f"Requests are refused or can't be sent ({stats.last_error}): "
            "check the public key, tracking_url, the proxy and the certificates."
        )
    if stats.oldest_age is not None and stats.oldest_age > max_age:
        problems.append(
            f"The oldest entry has waited for {stats.oldest_age:.0f} s ({stats.last_error or 'no answer yet'})."
        )
    return Health(not problems, tuple(problems))
