"""The shards that a process holds: its own one, and those of ended processes until their entries are delivered."""

import threading
from collections.abc import Callable
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import Final

from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox._config import OutboxConfig
from pyttributionio.outbox._stats import Counters
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.process.control_requests import answer_requests
from pyttributionio.outbox.storage import read_only
from pyttributionio.outbox.storage.directory import (
    ShardPath,
    acquire_shard,
    is_held,
    make_folder,
    shards,
    try_acquire_shard,
)
from pyttributionio.outbox.storage.disk import is_network
from pyttributionio.outbox.storage.locks import FileLock
from pyttributionio.outbox.storage.open_shard import OpenShard
from pyttributionio.outbox.storage.sqlite import SqliteStore
from pyttributionio.outbox.storage.store import Salvage, Store

_log = getLogger("pyttributionio.outbox")
_MAX_TAKEN_OVER: Final = 8
"""How many shards are taken over at the same time. Each is an open file, with some entries in memory."""
_TRY_AGAIN: Final = 60.0
"""Seconds until it is tried again to take over a shard that could not be opened."""
_FORK_TIMEOUT: Final = 5.0
"""Seconds that a fork waits for a thread that uses SQLite."""


def _waiting(path: ShardPath) -> int:
    try:
        return read_only.count(path).pending
    except OutboxCorruptError:
        # The process that takes it over repairs it. Until then the recorded number counts, or 1 if there is none.
        return max(1, path.recorded()[0])


class ShardOwnership:
    """Acquire the shards of this process, take over those of ended processes, and release both."""

    def __init__(self, config: OutboxConfig, folder: Path, counters: Counters) -> None:
        self._config = config
        self._folder = folder
        self._clock = config.settings.clock
        self._counters = counters
        self._can_use_wal = not is_network(folder.parent)
        self._own: OpenShard | None = None
        self._taken_over: dict[int, OpenShard] = {}
        self._last_deleted = 0
        """The key of the last shard whose file was deleted. These keys are negative, so they are no shard's number."""
        self._unchanged: dict[int, object] = {}
        """The states of the shards that have nothing to deliver."""
        self.problems: dict[int, str] = {}
        """Why shards of ended processes could not be taken over."""
        self._next_try: dict[int, float] = {}
        self._lock = threading.RLock()
        """Held while a file is opened or closed. Reentrant, because a signal handler may interrupt its holder."""
        self._fork_locks: list[threading.RLock] = []

    def acquire_own(self) -> tuple[SqliteStore, str]:
        """Acquire a shard for the entries of this process; return its store and its name.

        Raises:
            OutboxError: No shard can be acquired or opened.
        """
        make_folder(self._folder)
        if not self._can_use_wal:
            _log.warning(
                "The outbox's directory %s is on a network file system. It works there without a write-ahead log: it "
                "is slower, and only as safe as the locks of that file system. Use a local disk.",
                self._folder,
            )
        with self._lock:
            path, lock = acquire_shard(self._folder)
            self._own = self._open(path, lock)
        return self._own.store, path.name

    def _open(self, path: ShardPath, lock: FileLock) -> OpenShard:
        """Open a shard; if that fails, its lock is released."""
        return OpenShard(
            path,
            lock,
            full_sync=self._config.durability == "power",
            wal=self._can_use_wal,
            max_bytes=self._config.max_bytes,
            on_damage=lambda salvage: self._report_damage(path, salvage),
        )

    def _report_damage(self, path: ShardPath, salvage: Salvage) -> None:
        self._counters.salvages.append(salvage)
        _log.error(
            "The outbox's file %s was damaged: %d entries were saved, %d are unreadable. The damaged file is %s.",
            path.database,
            salvage.saved,
            salvage.unreadable,
            salvage.quarantine,
        )

    def has_lost_own(self) -> bool:
        """Return whether the own file was deleted. Then its entries are still delivered, and a new shard is needed."""
        with self._lock:
            own = self._own
            if own is None or own.is_in_place:
                return False
            _log.error(
                "The outbox's file %s was deleted or replaced while it was in use. Its entries are still delivered, if "
                "this process runs long enough. New entries go to a new file.",
                own.store.path,
            )
            self._last_deleted -= 1
            self._taken_over[self._last_deleted] = own
            self._own = None
        return True

    def is_lost(self, store: Store) -> bool:
        """Return whether a store is not this process's own one any more."""
        return self.has_lost_own() or self._own is None or self._own.store is not store

    def has_lost_lock(self, dispatcher: Dispatcher) -> bool:
        """Release the shards whose lock another process holds; return whether the own shard is one of them.

        The lock file was replaced, so that two processes hold the same shard. The one with the new file keeps it.
        """
        with self._lock:
            lost = [shard for shard in self._shards() if shard.is_in_place and not self._keeps_lock(shard)]
            for shard in lost:
                _log.error(
                    "The lock file %s was replaced, and another process holds the new one. It delivers the entries of "
                    "this shard now. New entries go to another file.",
                    shard.path.lock,
                )
                source = next((each for each in dispatcher.sources if each.store is shard.store), None)
                if source is not None:
                    dispatcher.sources.remove(source)
                    with suppress(OutboxError):  # then they are sent once more
                        source.write(0.0, at_once=True)
                self._taken_over = {n: each for n, each in self._taken_over.items() if each is not shard}
                shard.release()
            if self._own not in lost:
                return False
            self._own = None
        return True

    def _keeps_lock(self, shard: OpenShard) -> bool:
        try:
            return shard.keeps_lock()
        except OutboxError as error:
            _log.error("The outbox has lost a lock: %s", error)
            return False

    def _shards(self) -> list[OpenShard]:
        return [shard for shard in (self._own, *self._taken_over.values()) if shard is not None]

    def update(self, dispatcher: Dispatcher) -> None:
        """Release the shards that are delivered, answer control requests, and take over shards of ended processes."""
        for source in [*dispatcher.sources]:
            number = next((n for n, each in self._taken_over.items() if each.store is source.store), None)
            if number is not None and source.is_idle:
                dispatcher.sources.remove(source)
                with self._lock:
                    self._release_delivered(number, self._taken_over.pop(number))
        for shard in self._shards():
            if shard.is_in_place:
                shard.record()
                found = next((each for each in dispatcher.sources if each.store is shard.store), None)
                with suppress(OutboxError):  # the store keeps its problem, and the request waits
                    if found is not None:
                        answer_requests(shard.path, found)
        for path in shards(self._folder):
            if len(self._taken_over) >= _MAX_TAKEN_OVER:
                return
            ours = path.number in self._taken_over or (self._own is not None and self._own.path == path)
            state = path.state()
            if not ours and state and self._unchanged.get(path.number) != state and self._may_try(path):
                with self._lock:
                    self._take_over(path, dispatcher)

    def _may_try(self, path: ShardPath) -> bool:
        """Return whether a shard that could not be taken over may be tried now."""
        return path.number not in self.problems or self._clock.monotonic() >= self._next_try[path.number]

    def _take_over(self, path: ShardPath, dispatcher: Dispatcher) -> None:
        """Take over a shard, if no process holds it. One that can't be opened must not keep others from it."""
        try:
            lock = try_acquire_shard(path)
            shard = None if lock is None else self._open(path, lock)
            self.problems.pop(path.number, None)
            if shard is not None:
                self._use(path, shard, dispatcher)
        except OutboxError as error:
            self._report_failure(path, error)

    def _use(self, path: ShardPath, shard: OpenShard, dispatcher: Dispatcher) -> None:
        """Deliver the entries of a shard, or release it if it has none."""
        try:
            is_empty = shard.store.count().pending == 0
        except BaseException:
            shard.release()
            raise
        if is_empty:
            self._release_delivered(path.number, shard)
            return
        self._taken_over[path.number] = shard
        dispatcher.sources.append(Source(shard.store, path.name))

    def _report_failure(self, path: ShardPath, error: OutboxError) -> None:
        if path.number not in self.problems:
            _log.error("The shard %s of an ended process can't be taken over: %s", path.database, error)
        self.problems[path.number] = str(error)
        self._next_try[path.number] = self._clock.monotonic() + _TRY_AGAIN

    def _release_delivered(self, number: int, shard: OpenShard) -> None:
        """Release a shard without waiting entries. Its file is deleted, unless it has dead letters or new entries."""
        try:
            is_deleted = shard.release(delete_if_empty=shard.is_in_place)
        except OutboxError as error:  # it is released, and kept
            self._report_failure(shard.path, error)
            return
        if not is_deleted and shard.store.waiting == 0:
            self._unchanged[number] = shard.path.state()

    def all_problems(self) -> list[str]:
        """Return why shards can't be used: those of this process, and those that it can't take over."""
        own = [shard.store.problem for shard in self._shards()]
        return [*(each for each in own if each is not None), *self.problems.values()]

    def waiting(self, pending: Callable[[], int]) -> int:
        """Return how many entries wait: in shards of this process (`pending` counts them), and in those of none."""
        with self._lock:  # while a shard is taken over, it would be counted in neither
            return pending() + sum(_waiting(path) for path in shards(self._folder) if not is_held(path))

    def release(self, dispatcher: Dispatcher) -> None:
        """Close and release all shards."""
        dispatcher.sources.clear()
        with self._lock:
            for shard in self._shards():
                shard.release()
            self._own = None
            self._taken_over.clear()

    def before_fork(self) -> None:
        """Acquire the locks of all stores, so that no thread uses SQLite during the fork."""
        own = [self._lock] if self._lock.acquire(timeout=_FORK_TIMEOUT) else []
        # After that lock is held: a shard may have been taken over meanwhile.
        stores = [each.store.database.lock for each in self._shards()]
        self._fork_locks = [*own, *(lock for lock in stores if lock.acquire(timeout=_FORK_TIMEOUT))]

    def after_fork_in_parent(self) -> None:
        """Release the locks of all stores."""
        while self._fork_locks:
            self._fork_locks.pop().release()

    def abandon(self) -> None:
        """Leave files and locks to the parent process, in a forked child."""
        for shard in self._shards():
            shard.store.database.abandon()
            shard.lock.abandon()
