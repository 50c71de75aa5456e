"""What is sent when, and what becomes of it: everything but threads, sockets and clocks.

One thread at a time runs it: the keeper's, or whoever pumps an outbox by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from logging import getLogger
from typing import Final

from pyttributionio._core.clock import Clock
from pyttributionio._core.types import Failure, Reply
from pyttributionio._errors import OutboxError
from pyttributionio.outbox._events import Delivery, DestinationState, Hooks, StateChange, view
from pyttributionio.outbox._stats import Tally
from pyttributionio.outbox.delivery.classify import Fate, Verdict, judge
from pyttributionio.outbox.delivery.destination import LONGEST, SHORTEST, Destination
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.storage.entries import Burial, Entry

_log = getLogger("pyttributionio.outbox")
_NOTABLE: Final = 2
"""Failures in a row from which on the log tells of a pause: a single one may be a stray reset."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request that is due, and where its outcome belongs."""

    source: Source
    entry: Entry
    round: int
    endpoint: str
    body: bytes


class Dispatcher:
    """Choose requests, and act on their outcomes.

    Args:
        in_flight: How many requests may be under way at one time.
        clock: Tells the time, and draws the jitter.
        hooks: Told of what happens.
        tally: Where it is counted.
    """

    def __init__(self, in_flight: int, clock: Clock, hooks: Hooks, tally: Tally) -> None:
        self.sources: list[Source] = []
        self.destination = Destination(clock.random)
        self.in_flight = 0
        self._limit = in_flight
        self._clock = clock
        self._hooks = hooks
        self._tally = tally
        self._turn = 0
        self._told = False

    def jobs(self, now: float) -> Iterator[Job]:
        """Yield the requests that may go out now; the caller sends each and hands its outcome to `finished`."""
        for source in self.sources:
            source.read()
        while self.in_flight < self._limit and self.destination.allows(now):
            found = self._next(now)
            if found is None:
                return
            source, entry = found
            self.in_flight += 1
            endpoint, body = entry.next_request
            yield Job(source, entry, self.destination.send(), endpoint, body)

    def _next(self, now: float) -> tuple[Source, Entry] | None:
        """Return the next entry, the sources taking turns."""
        for _ in range(len(self.sources)):
            self._turn = (self._turn + 1) % len(self.sources)
            source = self.sources[self._turn]
            entry = source.lanes.next(now)
            if entry is not None:
                return source, entry
        return None

    def finished(self, job: Job, outcome: Reply | Failure, now: float) -> None:
        """Act on a request's outcome."""
        self.in_flight -= 1
        verdict = judge(outcome, self._clock.now(), maybe_sent=job.entry.maybe_sent)
        before = self.destination.state
        if verdict.fate in {Fate.DELIVERED, Fate.DEAD}:
            self.destination.answered(job.round)
        else:
            refused = verdict.fate is Fate.REFUSED
            self.destination.failed(job.round, now, reason=verdict.reason, asked=verdict.asked, refused=refused)
        self._settle(job, verdict, now)
        self._tell(before)

    def _settle(self, job: Job, verdict: Verdict, now: float) -> None:
        source, entry = job.source, job.entry
        if verdict.fate is Fate.DELIVERED:
            entry.sent += 1
            entry.maybe_sent = False
            if entry.is_delivered:
                source.lanes.done(entry)
                source.delivered(entry, now)
                self._delivered(entry)
            else:
                source.changed(entry, now)
                source.lanes.again(entry)
            return
        entry.attempts += 1
        entry.last_error = verdict.reason
        entry.maybe_sent = True
        self._tally.last_error = verdict.reason
        if source.was_removed(entry):
            source.lanes.done(entry)
        elif verdict.fate is Fate.DEAD:
            self._bury(source, entry, verdict, now)
        else:
            source.changed(entry, now)
            # The destination's pause holds all lanes; this one besides, in case that the entry is the cause.
            bound = min(LONGEST, SHORTEST * 2.0 ** min(entry.attempts, 16))
            source.lanes.failed(entry, now + self._clock.random() * bound)

    def _delivered(self, entry: Entry) -> None:
        self._tally.delivered += 1
        if self._hooks.on_delivered is not None:
            waited = max(0.0, self._clock.now().timestamp() - entry.new.accepted_at)
            self._hooks.delivered(Delivery(entry.new.transaction_id, entry.kind, entry.attempts, waited))

    def _bury(self, source: Source, entry: Entry, verdict: Verdict, now: float) -> None:
        burial = Burial("refused", verdict.status, verdict.answer, self._clock.now().timestamp())
        try:
            source.store.bury(entry, burial)
        except OutboxError as error:
            _log.error("A dead letter could not be written, so that its entry waits on: %s", error)
            source.lanes.failed(entry, now + LONGEST)
            return
        source.lanes.done(entry)
        self._tally.dead += 1
        _log.error(
            "The outbox's entry %s was refused with %s and is in the dead letters: %.200s",
            entry.new.transaction_id,
            verdict.reason,
            verdict.answer,
        )
        self._hooks.dead(view(entry, source.name, burial))

    def _tell(self, before: DestinationState) -> None:
        """Log a change of state once, and tell the hook of it."""
        destination = self.destination
        if destination.state != before:
            self._hooks.state(StateChange(before, destination.state, destination.reason))
        if destination.state == "open":
            if self._told:
                _log.info("The outbox delivers again.")
            self._told = False
        elif destination.state == "refused" and (before != "refused" or not self._told):
            self._told = True
            _log.error(
                "The outbox is refused (%s): check the public key, the account and tracking_url. "
                "Entries are kept; it tries again with one of them every %.0f s or sooner, unless the server asks for "
                "more.",
                destination.reason,
                LONGEST,
            )
        elif destination.failures >= _NOTABLE and not self._told:
            self._told = True
            _log.warning("The outbox can't deliver (%s): entries are kept, and wait.", destination.reason)

    def wants_more(self, now: float) -> bool:
        """Tell whether a new entry could go out at once; if not, its caller need not wake anyone."""
        return self.in_flight < self._limit and self.destination.allows(now)

    def wait(self, now: float) -> float | None:
        """Return the seconds until there is something to do that no outcome brings; None if there is nothing."""
        waits = [source.wait(now) for source in self.sources]
        if self.in_flight < self._limit:
            lanes = [each for source in self.sources if (each := source.lanes.wait(now)) is not None]
            if any(source.can_read for source in self.sources):
                lanes.append(0.0)
            probe = self.destination.wait(now)
            if lanes and (self.destination.state == "open" or probe is not None):
                waits.append(max(min(lanes), probe or 0.0))
        return min((each for each in waits if each is not None), default=None)

    @property
    def delivered_unwritten(self) -> int:
        """How many delivered entries are still in their stores."""
        return sum(source.delivered_unwritten for source in self.sources)

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Write back what is due to all stores; what can't be written is kept for the next time.

        Raises:
            OutboxError: A store could not be written.
        """
        for source in self.sources:
            source.write(now, at_once=at_once)

    def expire(self, now: datetime, max_age: float) -> None:
        """Move entries older than so many seconds to the dead letters."""
        at = now.timestamp()
        burial = Burial("expired", None, "", at)
        for source in self.sources:
            numbers = source.store.expire(at - max_age, burial)
            if numbers:
                source.remove(numbers)
                self._tally.dead += len(numbers)
                _log.error("%d entries of the outbox grew too old and are in the dead letters.", len(numbers))
