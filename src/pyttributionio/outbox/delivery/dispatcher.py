"""The choice of the next requests, and the effects of their outcomes. It uses no threads, sockets or system clock.

One thread at a time runs it: the dispatcher thread, or the thread that calls `pump()`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from logging import ERROR, INFO, WARNING
from typing import Final, TypeVar

from pyttributionio._core.clock import Clock
from pyttributionio._core.types import Failure, Reply
from pyttributionio._errors import OutboxError
from pyttributionio._shared.text import one_line
from pyttributionio.outbox._events import Delivery, DestinationState, Hooks, StateChange, call_hook, stored_entry
from pyttributionio.outbox._log import log
from pyttributionio.outbox._stats import Counters
from pyttributionio.outbox.delivery.ages import Ages
from pyttributionio.outbox.delivery.classify import SENDING, Classification, Disposition, classify
from pyttributionio.outbox.delivery.destination import MAX_PAUSE, MIN_PAUSE, Destination
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.storage.entries import DeadLetterReason, Entry

_LOGGED_FROM: Final = 2
"""How many failures one after the other are logged as a pause. A single one may be a stray reset."""
_LONGEST_LOGGED: Final = 200
"""How many characters of an answer are logged."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request to send, and the entry it belongs to."""

    source: Source
    entry: Entry
    round: int
    endpoint: str
    body: bytes


_STORE_PAUSE: Final = 1.0
"""Seconds until a store that could not be read is tried again."""
T = TypeVar("T")


class Dispatcher:
    """Choose requests, and apply their outcomes.

    Args:
        in_flight: How many requests may be under way at the same time.
        clock: The source of time and of the random part of pauses.
        hooks: The program's functions to call.
        counters: The counters to increase.
        is_repeatable: Whether a request that may have arrived may be sent again.
    """

    def __init__(
        self, in_flight: int, clock: Clock, hooks: Hooks, counters: Counters, *, is_repeatable: bool = True
    ) -> None:
        self.sources: list[Source] = []
        self.destination = Destination(clock.random)
        self.ages = Ages(clock)
        self.in_flight = 0
        self._limit = in_flight
        self._clock = clock
        self._hooks = hooks
        self._counters = counters
        self._is_repeatable = is_repeatable
        self._turn = 0
        self._pause_logged = False

    def jobs(self, now: float) -> Iterator[Job]:
        """Yield the requests that may be sent now. The caller sends each, and calls `finished` with its outcome."""
        for source in self.sources:
            self._use(source, now, source.read)
        while self.in_flight < self._limit and self.destination.allows(now):
            found = self._next(now)
            if found is None:
                return
            source, entry = found
            if not self._is_repeatable and not self._note_sending(source, entry, now):
                continue
            self.in_flight += 1
            endpoint, body = entry.next_request
            yield Job(source, entry, self.destination.send(), endpoint, body)

    def _next(self, now: float) -> tuple[Source, Entry] | None:
        """Return the next entry. The sources take turns."""
        for _ in range(len(self.sources)):
            self._turn = (self._turn + 1) % len(self.sources)
            source = self.sources[self._turn]
            entry = self._use(source, now, partial(source.queues.next, now))
            if entry is not None:
                return source, entry
        return None

    def _note_sending(self, source: Source, entry: Entry, now: float) -> bool:
        """Write that an entry is being sent; return False if that was written before, so it may have arrived.

        Raises:
            OutboxError: It could not be written. The entry waits.
        """
        if entry.last_error == SENDING:
            reason = "the process, or the call, ended while it was being sent"
            entry.last_error = reason
            self._dead_letter(source, entry, Classification(Disposition.UNCERTAIN, reason), now)
            return False
        before, entry.last_error = entry.last_error, SENDING
        try:
            source.store.release([entry])
        except OutboxError:
            entry.last_error = before
            source.queues.failed(entry, now + MAX_PAUSE)
            raise
        return True

    def _use(self, source: Source, now: float, work: Callable[[], T]) -> T | None:
        """Read from a store. One that fails is left alone for a while, and does not stop the others."""
        if now < source.retry_at:
            return None
        try:
            result = work()
            source.failure = None
        except OutboxError as error:
            if source.failure is None:
                log(ERROR, "The outbox can't read the entries of %s: %s", source.name, error)
            source.failure, source.retry_at = error, now + _STORE_PAUSE
            return None
        return result

    def retry_stores(self) -> None:
        """Read from all stores again at once, also from those that failed."""
        for source in self.sources:
            source.retry_at = 0.0

    def raise_failure(self) -> None:
        """Raise the failure of a store that could not be read the last time, if there is one."""
        for source in self.sources:
            if source.failure is not None:
                raise source.failure

    def finished(self, job: Job, outcome: Reply | Failure, now: float) -> None:
        """Apply a request's outcome."""
        self.in_flight -= 1
        found = classify(outcome, self._clock.now(), maybe_sent=job.entry.maybe_sent, is_repeatable=self._is_repeatable)
        before = self.destination.state
        if found.disposition in {Disposition.DELIVERED, Disposition.DEAD}:
            self.destination.answered(job.round)
        else:
            refused = found.disposition is Disposition.REFUSED
            self.destination.failed(job.round, now, reason=found.reason, retry_after=found.retry_after, refused=refused)
        if found.disposition is Disposition.DELIVERED:
            self._delivered(job, now)
        else:
            self._not_delivered(job, found, now)
        self._report_state(before)

    def take_back(self) -> None:
        """Make all jobs due again: an exception has ended the loop that ran them, so they have no outcome."""
        self.in_flight = 0
        self.destination.take_back()
        for source in self.sources:
            source.queues.take_back()

    def _delivered(self, job: Job, now: float) -> None:
        source, entry = job.source, job.entry
        entry.delivered_requests += 1
        entry.maybe_sent = False
        entry.last_error = None if entry.last_error == SENDING else entry.last_error
        if not entry.is_delivered and not source.was_removed(entry):
            source.changed(entry, now)
            source.queues.again(entry)
            return
        source.delivered(entry, now)  # first: if `done` is interrupted, the entry is sent again, and not kept for ever
        source.queues.done(entry)
        self._counters.delivered += 1
        if self._hooks.on_delivered is not None:
            waited = self.ages.of(entry.new.accepted_at)
            call_hook(self._hooks.on_delivered, Delivery(entry.new.transaction_id, entry.kind, entry.attempts, waited))

    def _not_delivered(self, job: Job, found: Classification, now: float) -> None:
        source, entry = job.source, job.entry
        entry.attempts += 1
        entry.last_error = found.reason
        entry.maybe_sent = True
        self._counters.last_error = found.reason
        if source.was_removed(entry):
            source.queues.done(entry)
        elif found.disposition in {Disposition.DEAD, Disposition.UNCERTAIN}:
            self._dead_letter(source, entry, found, now)
        else:
            source.changed(entry, now)
            # The pause of the destination stops all queues. This queue waits longer: the entry may be the cause.
            bound = min(MAX_PAUSE, MIN_PAUSE * 2.0 ** min(entry.attempts, 16))
            source.queues.failed(entry, now + self._clock.random() * bound)

    def _dead_letter(self, source: Source, entry: Entry, found: Classification, now: float) -> None:
        reason = DeadLetterReason(found.cause, found.status, found.answer, self._clock.now().timestamp())
        try:
            source.store.dead_letter(entry, reason)
        except OutboxError as error:
            log(ERROR, "A dead letter could not be written, so its entry goes on waiting: %s", error)
            source.queues.failed(entry, now + MAX_PAUSE)
            return
        source.queues.done(entry)
        self._counters.dead_lettered += 1
        text = "was refused with %s and is a dead letter now: %s"
        if found.disposition is Disposition.UNCERTAIN:
            text = "may have arrived (%s). It is a dead letter now, so that it is not sent twice. %s"
        transaction_id, said = one_line(entry.new.transaction_id), one_line(found.answer[:_LONGEST_LOGGED])
        log(ERROR, f"The outbox's entry %s {text}", transaction_id, found.reason, said)
        call_hook(self._hooks.on_dead, stored_entry(entry, source.name, reason))

    def _report_state(self, before: DestinationState) -> None:
        """Log a change of state once, and call the hook."""
        destination = self.destination
        if destination.state != before:
            call_hook(self._hooks.on_state, StateChange(before, destination.state, destination.reason))
        if destination.state == "open":
            if self._pause_logged:
                log(INFO, "The outbox delivers again.")
            self._pause_logged = False
        elif destination.state == "refused" and (before != "refused" or not self._pause_logged):
            self._pause_logged = True
            log(
                ERROR,
                "The outbox's requests are refused or can't be sent (%s): check the public key, the account, "
                "tracking_url, the proxy and the certificates. Entries are kept. One of them is tried again every "
                "%.0f s or sooner, unless the server asks for a longer pause.",
                destination.reason,
                MAX_PAUSE,
            )
        elif destination.failures >= _LOGGED_FROM and not self._pause_logged:
            self._pause_logged = True
            log(WARNING, "The outbox can't deliver (%s). Entries are kept, and wait.", destination.reason)

    def wants_more(self, now: float) -> bool:
        """Return whether a new entry could be sent at once. If not, no thread has to be woken for it."""
        return self.in_flight < self._limit and self.destination.allows(now)

    def wait(self, now: float) -> float | None:
        """Return the seconds until there is something to do; None if only an outcome can change that."""
        waits = [source.wait(now) for source in self.sources]
        if self.in_flight < self._limit:
            working = [source for source in self.sources if source.retry_at <= now]
            entries = [each for source in working if (each := source.queues.wait(now)) is not None]
            if any(source.can_read for source in working):
                entries.append(0.0)
            probe = self.destination.wait(now)
            if entries and (self.destination.state == "open" or probe is not None):
                waits.append(max(min(entries), probe or 0.0))
        return min((each for each in waits if each is not None), default=None)

    def write(self, now: float, *, at_once: bool = False) -> bool:
        """Write the changes that are due to all stores. Those that can't be written are kept for the next try.

        Returns:
            Whether delivered entries were removed.

        Raises:
            OutboxError: A store could not be written.
        """
        removed, failure = False, None
        for source in self.sources:
            try:
                removed = source.write(now, at_once=at_once) or removed
            except OutboxError as error:  # the changes of the others are written first
                failure = failure or error
        if failure is not None:
            raise failure
        return removed

    def expire(self, max_age: float) -> None:
        """Move entries that have waited longer than some seconds to the dead letters."""
        bounds = self.ages.too_old(max_age)
        if bounds is None:
            return
        reason = DeadLetterReason("expired", None, "", self._clock.now().timestamp())
        for source in self.sources:
            numbers = source.store.expire(bounds.before, reason, accepted_since=bounds.since)
            if numbers:
                source.remove(numbers)
                self._counters.dead_lettered += len(numbers)
                log(ERROR, "%d entries of the outbox expired (max_age_days) and are dead letters now.", len(numbers))
