"""What an outbox counts, how it shows it, and whether it is healthy."""

import threading
from dataclasses import dataclass, field

from pyttributionio.outbox._events import DestinationState
from pyttributionio.outbox.storage.store import Salvage


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


@dataclass(frozen=True, slots=True)
class Health:
    """The answer to a probe.

    Attributes:
        ok: Whether calls are accepted, and nothing needs a person.
        problems: What is wrong, a sentence each; empty if all is well.
    """

    ok: bool
    problems: tuple[str, ...]


def diagnose(stats: OutboxStats, *, closed: bool, full: bool, max_age: float) -> Health:
    """Return what is wrong; a server that is down for a while is not, for that is what the outbox is for.

    Args:
        stats: How things stand.
        closed: Whether the outbox takes no more calls.
        full: Whether there is no room for another entry.
        max_age: Seconds from which on the oldest entry has waited too long.
    """
    problems: list[str] = []
    if closed:
        problems.append("The outbox is closed.")
    if full:
        problems.append("The outbox is full: new calls are refused or push out old ones.")
    if stats.state == "refused":
        problems.append(f"The server refuses this account ({stats.last_error}): check the public key and tracking_url.")
    if stats.oldest_age is not None and stats.oldest_age > max_age:
        problems.append(
            f"The oldest entry has waited for {stats.oldest_age:.0f} s ({stats.last_error or 'no answer yet'})."
        )
    return Health(not problems, tuple(problems))
