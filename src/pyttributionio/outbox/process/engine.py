"""The work of an outbox in one process: its shards, its dispatcher and its threads."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from logging import ERROR
from typing import Final

from pyttributionio._core.types import Failure, Reply
from pyttributionio._errors import OutboxError, OutboxFullError
from pyttributionio._http.driver import Driver
from pyttributionio._http.exchange import FOREVER
from pyttributionio.outbox._config import OutboxConfig
from pyttributionio.outbox._log import log
from pyttributionio.outbox._stats import Counters, Health, OutboxStats
from pyttributionio.outbox.delivery.classify import unexpected
from pyttributionio.outbox.delivery.dispatcher import Dispatcher, Job
from pyttributionio.outbox.delivery.sender import Sender
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.delivery.workers import DeliveryThreads
from pyttributionio.outbox.process.health import Problems, health_of, stats_of, unusable_environment
from pyttributionio.outbox.process.ownership import ShardOwnership
from pyttributionio.outbox.storage.database import INTERRUPTED
from pyttributionio.outbox.storage.entries import NewEntry
from pyttributionio.outbox.storage.memory import MemoryStore
from pyttributionio.outbox.storage.store import Dropped, Store, StoreCount

_STOP_TIMEOUT: Final = 0.5
"""Seconds that closing waits for the threads. They are daemons, and their entries are stored."""
_TIDY_SECONDS: Final = 60.0
CLOSED: Final = "This outbox is closed. One outbox is meant for a whole program: close it when the program ends."


class Engine:
    """The parts of an outbox that belong to one process. A forked child makes an engine of its own.

    No file is opened and no thread is started before there is something to do.
    """

    def __init__(self, config: OutboxConfig) -> None:
        self.config = config
        self.clock = config.settings.clock
        self.counters = Counters()
        self.closed = False
        self._lock = threading.RLock()
        self._is_opening = False
        self._store: Store | None = None
        self._driver = Driver(config.settings, config.http_client)
        limit = 1 if config.manual else config.in_flight
        self.dispatcher = Dispatcher(
            limit,
            self.clock,
            config.hooks,
            self.counters,
            is_repeatable=config.settings.retry_posts == "always",
        )
        self.ownership = None if config.folder is None else ShardOwnership(config, config.folder, self.counters)
        self.threads = DeliveryThreads(
            self.dispatcher,
            self.clock,
            make_sender=self._sender,
            housekeep=self.housekeep,
            at_end=self.release,
            limit=config.in_flight,
        )
        self._last_tidy = 0.0
        self.is_full = False
        """Whether the last call found no room."""
        self.start_error: str | None = None
        """Why the threads could not be started at the last try."""
        self.store_error: str | None = None
        """Why the store could not be opened at the last try."""
        self._append_error: str | None = None
        """Why the store could not store the last entry, except for want of room."""
        self._count_error: str | None = None
        """Why a store could not be counted at the last try."""

    def store(self) -> Store:
        """Return the store for new entries. The first call opens it.

        Raises:
            OutboxError: It can't be opened, or the outbox is closed.
        """
        if self._store is not None:
            return self._store
        with self._opening():
            if self._store is None:
                if self.closed:
                    raise OutboxError(CLOSED)
                try:
                    self._store, name = self._open()
                except OutboxError as error:
                    self.store_error = str(error)
                    raise
                self.store_error = None
                self.dispatcher.sources.append(Source(self._store, name))
            return self._store

    def _replacement(self, store: Store) -> Store | None:
        """Return another store for one that failed because its file was lost; None if it was not lost."""
        if self.closed or self.ownership is None or not self.ownership.is_lost(store):
            return None
        with self._opening():
            if self._store is store:
                self._store = None
        return self.store()

    @contextmanager
    def _opening(self) -> Generator[None, None, None]:
        """Hold the lock; raise in a signal handler that interrupted its holder."""
        with self._lock:
            if self._is_opening:
                raise OutboxError(INTERRUPTED)
            self._is_opening = True
            try:
                yield
            finally:
                self._is_opening = False

    def _open(self) -> tuple[Store, str]:
        if self.ownership is not None:
            return self.ownership.acquire_own()
        make = self.config.make_store
        return (MemoryStore(self.config.max_bytes), "memory") if make is None else (make(), "store")

    def start(self) -> None:
        """Open the store and start the threads, unless that was done before.

        Raises:
            OutboxError: The store can't be opened, or the outbox is closed.
        """
        if self.closed:
            raise OutboxError(CLOSED)
        self.store()
        if self.config.manual:
            return
        with self._opening():
            if self.threads.is_running or self.closed:
                return
            try:
                self.threads.start()
                self.start_error = None
            except Exception as error:  # stored entries stay stored, and the next call tries again
                # Without a main thread, the interpreter ends. That is no problem.
                if self.start_error is None and threading.main_thread().is_alive():
                    log(ERROR, "The outbox can't start its threads (%s). Entries are stored, and wait.", error)
                self.start_error = str(error) or type(error).__name__

    def append(self, entry: NewEntry) -> bool:
        """Store an entry; return False if it waits already.

        Raises:
            OutboxFullError: There is no room for it.
            OutboxError: It could not be stored.
        """
        if self.closed:
            raise OutboxError(CLOSED)
        try:
            store = self._store or self.store()
            added = self._append(store, entry)
        except OutboxFullError:
            self.is_full = True
            self.counters.refused += 1
            raise
        except OutboxError as error:
            if str(error) != INTERRUPTED:
                self._append_error = str(error)
            raise
        self._append_error = None
        self._stored()
        return added

    def _stored(self) -> None:
        """Count a stored entry, and make the threads send it soon.

        The entry is stored, so the call must succeed: its caller would take an exception for a failure, and repeat it.
        """
        try:
            self.counters.accept()
            if self.threads.is_running:
                self.threads.wake()
            elif not self.config.manual:
                with suppress(OutboxError):  # this call interrupted another one, which starts the threads
                    self.start()
        except Exception as error:
            log(ERROR, "The outbox can't start to deliver a stored entry. The next call tries again.", error=error)

    def _append(self, store: Store, entry: NewEntry) -> bool:
        try:
            return self._append_or_make_room(store, entry)
        except OutboxFullError:
            raise
        except OutboxError:
            replacement = self._replacement(store)
            if replacement is None:
                raise
            return self._append_or_make_room(replacement, entry)

    def _append_or_make_room(self, store: Store, entry: NewEntry) -> bool:
        try:
            added = store.append(entry)
        except OutboxFullError as error:
            self.is_full = True
            return self._append_when_full(store, entry, error)
        self.is_full = False
        return added

    def _append_when_full(self, store: Store, entry: NewEntry, error: OutboxFullError) -> bool:
        if self.config.when_full == "drop_oldest":
            added, dropped = store.append_dropping(entry)
            with suppress(Exception):  # the entry is stored; a dropped one that is still sent does no harm
                self._forget(store, dropped)
            return added
        if self.config.when_full == "block":
            self.start()
            for _ in self.threads.waits(self.config.block_timeout):
                with suppress(OutboxFullError):
                    added = store.append(entry)
                    self.is_full = False
                    return added
        raise error

    def _forget(self, store: Store, dropped: Dropped) -> None:
        """Count dropped entries, and remove them from memory too."""
        if not dropped.count:
            return
        if not self.counters.dropped:
            log(ERROR, "The outbox is full, and drops its oldest entries (when_full='drop_oldest').")
        self.counters.dropped += dropped.count
        source = next((each for each in self.dispatcher.sources if each.store is store), None)
        if source is None:  # closed meanwhile
            return
        if self.threads.is_running:
            self.threads.call(lambda: source.remove(through=dropped.through))
        else:
            source.remove(through=dropped.through)

    def housekeep(self) -> None:
        """Take over shards of ended processes, and do the work that is due from time to time."""
        if self.ownership is not None:
            if self.ownership.has_lost_own() or self.ownership.has_lost_lock(self.dispatcher):
                self._store = None  # reopened later: another program may be removing the directory
            elif self._store is None and self.dispatcher.sources:
                self.store()
            self.ownership.update(self.dispatcher)
        self.dispatcher.ages.observe()
        now = self.clock.monotonic()
        if self.is_full or now - self._last_tidy >= _TIDY_SECONDS or not self._last_tidy:
            self._last_tidy = now
            if self.config.max_age is not None:
                self.dispatcher.expire(self.config.max_age)
            for source in [*self.dispatcher.sources]:
                source.store.tidy()

    def pending(self) -> int:
        """Return how many entries wait in shards of this process."""
        return sum(count.pending for count in self._counts())

    def waiting(self) -> int:
        """Return how many entries wait in shards of this process and in shards that no process holds."""
        return self.pending() if self.ownership is None else self.ownership.waiting(self.pending)

    def _counts(self) -> list[StoreCount]:
        counts: list[StoreCount] = []
        self._count_error = None
        for source in [*self.dispatcher.sources]:
            try:
                counts.append(source.store.count())
            except OutboxError as error:
                if source in self.dispatcher.sources:  # else it was closed just now
                    self._count_error = str(error)
        return counts

    def _store_errors(self) -> tuple[str, ...]:
        """Return why stores can't be used, each reason once."""
        shards = [] if self.ownership is None or self.closed else self.ownership.all_problems()
        own = (self._append_error, self._count_error, self.threads.store_error, self.store_error)
        return tuple(dict.fromkeys(each for each in (*own, *shards) if each is not None))

    def flush(self, timeout: float, *, give_up: bool = False) -> int:
        """Wait up to `timeout` seconds until all entries are delivered; return how many still wait.

        Without threads, the entries are sent in this thread.

        Args:
            timeout: The seconds.
            give_up: Whether to return at the first failure.
        """
        if not self.threads.is_running:
            self.pump(self.clock.monotonic() + timeout, give_up=give_up)
            return self.pending()
        failures = self.dispatcher.destination.failures
        self.threads.call(lambda: self.dispatcher.destination.probe_now(self.clock.monotonic()))
        waits = self.threads.waits(timeout)
        while (pending := self.pending()) and next(waits, False) and self.threads.is_running:
            if give_up and self.dispatcher.destination.failures > failures:
                break
        return pending

    def _sender(self) -> Sender:
        return Sender(self.config.settings, self._driver)

    def _post(self, sender: Sender, job: Job, deadline: float) -> Reply | Failure:
        try:
            return sender.post(job.endpoint, job.body, deadline)
        except Exception as error:
            if self.config.manual:  # the program asked for this request, so the exception is for the program
                raise
            return unexpected(error, unsent=sender.is_ours)

    def pump(self, deadline: float = FOREVER, *, give_up: bool = False) -> int:
        """Send all entries that are due, in this thread; return how many requests were made.

        No request begins after the deadline, and one that is under way then is ended.
        """
        self.store()
        sender, now = self._sender(), self.clock.monotonic
        failures, made = self.dispatcher.destination.failures, 0
        self.housekeep()
        self.dispatcher.retry_stores()
        try:
            while now() < deadline and (job := next(self.dispatcher.jobs(now()), None)):
                self.dispatcher.finished(job, self._post(sender, job, deadline), now())
                made += 1
                if give_up and self.dispatcher.destination.failures > failures:
                    break
        except BaseException:
            self.dispatcher.take_back()
            raise
        self.dispatcher.write(now(), at_once=True)
        self.dispatcher.raise_failure()
        return made

    def stats(self) -> OutboxStats:
        """Return the state of the outbox in this process."""
        return stats_of(self._counts(), self.counters, self.dispatcher)

    def health(self, max_age: float) -> Health:
        """Return the health. A server that is down is no problem until an entry has waited for `max_age` seconds."""
        stats = self.stats()
        is_unknown = stats.state == "unknown" and self.config.http_client is None and not self.closed
        found = Problems(
            closed=self.closed,
            is_full=self.is_full,
            start_error=self.start_error or self.threads.worker_error,
            store_errors=self._store_errors(),
            send_error=unusable_environment(self.config.settings) if is_unknown else None,
        )
        return health_of(stats, found, max_age)

    def close(self) -> None:
        """Deliver for up to `drain_on_exit` seconds, then release everything. By hand nothing is delivered."""
        if self.closed:
            return
        if self.dispatcher.sources and not self.config.manual:
            self.flush(self.config.drain_on_exit, give_up=True)
        self._stop(_STOP_TIMEOUT)

    def stop_without_waiting(self) -> None:
        """End the threads and release everything: the program has no reference to the outbox any more."""
        self._stop(0.0)

    def _stop(self, timeout: float) -> None:
        self.closed = True
        is_running = self.threads.is_running
        self.threads.stop(timeout)
        if not is_running:  # else the dispatcher thread releases everything at its end
            self.release()

    def release(self) -> None:
        """Close all files and connections, and release the locks."""
        if self.ownership is not None:
            self.ownership.release(self.dispatcher)
        elif self._store is not None:
            self._store.close()
        self._driver.close()

    def abandon(self) -> None:
        """Leave files and locks to the parent process, in a forked child."""
        self.closed = True
        if self.ownership is not None:
            self.ownership.abandon()

    def before_fork(self) -> None:
        """Wait until no thread uses SQLite: a forked child could never release the locks of SQLite."""
        if self.ownership is not None:
            self.ownership.before_fork()

    def after_fork_in_parent(self) -> None:
        """Let the threads continue."""
        if self.ownership is not None:
            self.ownership.after_fork_in_parent()
