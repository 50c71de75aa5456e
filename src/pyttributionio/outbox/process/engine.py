"""An outbox's work in one process: its shard, the shards it took over, and the threads."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from logging import getLogger

from pyttributionio._errors import OutboxError, OutboxFullError
from pyttributionio.outbox._config import Plan
from pyttributionio.outbox._stats import OutboxStats, Tally
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.delivery.lines import FOREVER, LineOpener
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.delivery.workers import Sender
from pyttributionio.outbox.process.ownership import Adoption
from pyttributionio.outbox.storage.database import INTERRUPTED
from pyttributionio.outbox.storage.entries import NewEntry
from pyttributionio.outbox.storage.memory import MemoryStore
from pyttributionio.outbox.storage.store import Dropped, Store, StoreCount

_log = getLogger("pyttributionio.outbox")
_LOOK_FOR_ROOM = 0.05
_PATIENCE = 0.5
"""Seconds that closing gives the threads to end; they are daemons, and what they have is stored."""
CLOSED = "This outbox is closed. Make a new one; an outbox is made for a whole program, so close it at its end."


class Engine:
    """All that belongs to one process. A forked child gets an engine of its own, and leaves this one alone.

    Nothing is opened and no thread is started until there is something to do.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tally = Tally()
        self.closed = False
        self._lock = threading.RLock()
        self._is_opening = False
        self._store: Store | None = None
        self._lines = LineOpener(plan.settings, plan.http_client)
        self.dispatcher = Dispatcher(1 if plan.manual else plan.in_flight, plan.clock, plan.hooks, self.tally)
        self.adoption = None if plan.folder is None else Adoption(plan, plan.folder, self.tally)
        self.sender = Sender(
            self.dispatcher,
            open_line=self._lines.direct,
            housekeep=self.housekeep,
            at_end=self.let_go,
            limit=plan.in_flight,
        )
        self._last_tidy = 0.0
        self.is_full = False
        """Whether there was no room for the last call."""

    def store(self) -> Store:
        """Return this process's own store, opened on first use.

        Raises:
            OutboxError: It can't be opened, or the outbox is closed.
        """
        if self._store is not None:
            return self._store
        with self._opening():
            if self._store is None:
                if self.closed:
                    raise OutboxError(CLOSED)
                self._store, name = self._open()
                self.dispatcher.sources.append(Source(self._store, name))
            return self._store

    @contextmanager
    def _opening(self) -> Generator[None, None, None]:
        """Hold the lock; not for a signal handler that has interrupted its holder, which would see things half done."""
        with self._lock:
            if self._is_opening:
                raise OutboxError(INTERRUPTED)
            self._is_opening = True
            try:
                yield
            finally:
                self._is_opening = False

    def _open(self) -> tuple[Store, str]:
        if self.adoption is not None:
            return self.adoption.take_own()
        make = self.plan.make_store
        return (MemoryStore(self.plan.max_bytes), "memory") if make is None else (make(), "store")

    def start(self) -> None:
        """Open the store and start the threads, if that is still to be done.

        Raises:
            OutboxError: The store can't be opened.
        """
        self.store()
        if self.plan.manual:
            return
        with self._opening(), suppress(RuntimeError):  # the interpreter is ending; what is stored stays stored
            if not self.sender.is_running and not self.closed:
                self.sender.start()

    def append(self, entry: NewEntry) -> bool:
        """Store an entry; return False if it was waiting already.

        Raises:
            OutboxFullError: There is no room for it.
            OutboxError: It could not be stored.
        """
        if self.closed:
            raise OutboxError(CLOSED)
        store = self._store or self.store()
        try:
            added = store.append(entry)
            self.is_full = False
        except OutboxFullError:
            self.is_full = True
            try:
                added = self._append_when_full(store, entry)
            except OutboxFullError:
                self.tally.full += 1
                raise
        self.tally.accept()
        if self.sender.is_running:
            self.sender.wake()
        elif not self.plan.manual:
            self.start()
        return added

    def _append_when_full(self, store: Store, entry: NewEntry) -> bool:
        if self.plan.when_full == "drop_oldest":
            added, dropped = store.append_dropping(entry)
            if dropped.count:
                self._forget(store, dropped)
            return added
        ends = time.monotonic() + self.plan.block_timeout
        while True:
            left = ends - time.monotonic()
            again = self.plan.when_full == "block" and left > 0
            if again:
                self.start()
                with self.sender.moved:
                    self.sender.moved.wait(min(left, _LOOK_FOR_ROOM))
            try:
                return store.append(entry)
            except OutboxFullError:
                if not again:
                    raise

    def _forget(self, store: Store, dropped: Dropped) -> None:
        """Count what was dropped, and take it out of memory too."""
        if not self.tally.dropped:
            _log.error("The outbox is full, and drops its oldest entries (when_full='drop_oldest').")
        self.tally.dropped += dropped.count
        source = next(each for each in self.dispatcher.sources if each.store is store)
        if self.sender.is_running:
            self.sender.call(lambda: source.remove(through=dropped.through))
        else:
            source.remove(through=dropped.through)

    def housekeep(self) -> None:
        """Take over what dead processes left, and what else is to be done now and then."""
        if self.adoption is not None:
            if self.adoption.has_lost_own():
                self._store = None
                self.store()
            self.adoption.look(self.dispatcher)
        now = time.monotonic()
        if self.is_full or now - self._last_tidy >= 60.0 or not self._last_tidy:
            self._last_tidy = now
            if self.plan.max_age is not None:
                self.dispatcher.expire(self.plan.clock.now(), self.plan.max_age)
            for source in [*self.dispatcher.sources]:
                source.store.tidy()

    def pending(self) -> int:
        """Return how many entries wait here."""
        return sum(count.pending for count in self._counts())

    def left(self) -> int:
        """Return how many entries wait here, and in shards that nobody holds and this process is to take over."""
        return self.pending() if self.adoption is None else self.adoption.left(self.pending)

    def _counts(self) -> list[StoreCount]:
        counts: list[StoreCount] = []
        for source in [*self.dispatcher.sources]:
            with suppress(OutboxError):  # one that was taken over may be done with just now
                counts.append(source.store.count())
        return counts

    def flush(self, timeout: float, *, give_up: bool = False) -> int:
        """Wait until everything is delivered, for at most so many seconds; return how many entries are left.

        Without threads, it is sent in this one.

        Args:
            timeout: Seconds.
            give_up: Whether to return as soon as the server turns out not to be well.
        """
        ends = time.monotonic() + timeout
        if not self.sender.is_running:
            self.pump(ends, give_up=give_up)
            return self.pending()
        failures = self.dispatcher.destination.failures
        self.sender.call(lambda: self.dispatcher.destination.hurry(time.monotonic()))
        while (left := self.pending()) and (remaining := ends - time.monotonic()) > 0 and self.sender.is_running:
            if give_up and self.dispatcher.destination.failures > failures:
                break
            with self.sender.moved:
                self.sender.moved.wait(min(remaining, _LOOK_FOR_ROOM))
        return left

    def pump(self, ends: float | None = None, *, give_up: bool = True) -> int:
        """Send in this thread all that is due, one request after the other; return how many were made.

        None begins after `ends`, and those under way end then.
        """
        self.store()
        clock, line = self.plan.clock, self._lines.through_client()
        failures, made = self.dispatcher.destination.failures, 0
        line.ends = FOREVER if ends is None else ends
        self.housekeep()
        while time.monotonic() < line.ends and (job := next(self.dispatcher.jobs(clock.monotonic()), None)):
            self.dispatcher.finished(job, line.post(job.endpoint, job.body), clock.monotonic())
            made += 1
            if give_up and ends is not None and self.dispatcher.destination.failures > failures:
                break
        self.dispatcher.write(clock.monotonic(), at_once=True)
        return made

    def stats(self) -> OutboxStats:
        """Tell how things stand."""
        counts, tally = self._counts(), self.tally
        oldest = min((count.oldest for count in counts if count.oldest is not None), default=None)
        return OutboxStats(
            pending=sum(count.pending for count in counts),
            oldest_age=None if oldest is None else max(0.0, self.plan.clock.now().timestamp() - oldest),
            in_flight=self.dispatcher.in_flight,
            dead=sum(count.dead for count in counts),
            size=sum(count.size for count in counts),
            accepted=tally.accepted,
            delivered=tally.delivered,
            buried=tally.dead,
            dropped=tally.dropped,
            refused=tally.full,
            unreadable=sum(salvage.unreadable for salvage in tally.salvages),
            state=self.dispatcher.destination.state,
            last_error=tally.last_error,
            shards=tuple(source.name for source in self.dispatcher.sources),
        )

    def close(self, patience: float) -> int:
        """Deliver what can be delivered within so many seconds, then let go of everything; return what is left.

        Nothing is delivered by hand: closing is no request to send.
        """
        if self.closed:
            return 0
        left = self.pending()
        if self._store is not None and not self.plan.manual:
            left = self.flush(patience, give_up=True)
        self.closed = True
        if not self.sender.is_running:
            self.let_go()
        else:
            self.sender.stop(_PATIENCE)
        return left

    def dismiss(self) -> None:
        """End without waiting for anything: nobody holds this outbox any more."""
        self.closed = True
        if self.sender.is_running:
            self.sender.stop(patience=0.0)
        else:
            self.let_go()

    def let_go(self) -> None:
        """Close all files and connections, and free the locks."""
        if self.adoption is not None:
            self.adoption.let_go(self.dispatcher)
        elif self._store is not None:
            self._store.close()
        self._lines.close()

    def abandon(self) -> None:
        """In a forked child: leave files and locks to the parent, and let go of its connections."""
        self.closed = True
        self.sender.abandon()
        if self.adoption is not None:
            self.adoption.abandon()

    def hold(self) -> None:
        """Before a fork: see to it that no thread is inside SQLite, whose locks the child could never free."""
        if self.adoption is not None:
            self.adoption.hold()

    def resume(self) -> None:
        """After a fork, in the parent."""
        if self.adoption is not None:
            self.adoption.resume()
