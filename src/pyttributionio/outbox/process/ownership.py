"""The shards that a process holds: its own one, and those of ended processes until their entries are delivered."""

import threading
from collections.abc import Callable
from logging import getLogger
from pathlib import Path
from typing import Final, Protocol

from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox._config import OutboxConfig
from pyttributionio.outbox._stats import Counters
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.process.control_requests import answer_requests
from pyttributionio.outbox.storage import read_only
from pyttributionio.outbox.storage.directory import (
    HeldShard,
    ShardPath,
    acquire_shard,
    is_held,
    make_folder,
    shards,
    try_acquire_shard,
)
from pyttributionio.outbox.storage.disk import is_network
from pyttributionio.outbox.storage.sqlite import SqliteStore
from pyttributionio.outbox.storage.store import Salvage

_log = getLogger("pyttributionio.outbox")
_MAX_TAKEN_OVER: Final = 8
"""How many shards are taken over at the same time. Each is an open file, with some entries in memory."""
_FORK_TIMEOUT: Final = 5.0
"""Seconds that a fork waits for a thread that uses SQLite."""


class _Lock(Protocol):
    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...


class _OpenShard:
    """A held shard and its open store."""

    def __init__(self, held: HeldShard, store: SqliteStore) -> None:
        self.held = held
        self.store = store
        self._recorded: int | None = None
        self._inode = store.path.stat().st_ino

    def record(self) -> None:
        """Record how many entries it has, if that has changed."""
        count = self.store.size
        if count != self._recorded:
            self._recorded = count
            self.held.path.record(count)

    @property
    def is_in_place(self) -> bool:
        """Whether the file still has its name. A deleted file stays open without one."""
        try:
            return self.store.path.stat().st_ino == self._inode
        except OSError:
            return False

    def release(self, *, remove: bool = False) -> None:
        """Close the file, delete it if asked to, and release the lock."""
        try:
            if self.is_in_place:
                self.record()
            self.store.close()
            if remove:
                self.held.path.remove()
        finally:
            self.held.lock.release()


def _waiting(path: ShardPath) -> int:
    try:
        return read_only.count(path).pending
    except OutboxCorruptError:
        # The process that takes it over repairs it. Until then the recorded number counts, or 1 if there is none.
        return max(1, path.recorded())


class ShardOwnership:
    """Acquire the shards of this process, take over those of ended processes, and release both."""

    def __init__(self, config: OutboxConfig, folder: Path, counters: Counters) -> None:
        self._config = config
        self._folder = folder
        self._counters = counters
        self._can_use_wal = not is_network(folder.parent)
        self._own: _OpenShard | None = None
        self._taken_over: dict[int, _OpenShard] = {}
        self._last_deleted = 0
        """The key of the last shard whose file was deleted. These keys are negative, so they are no shard's number."""
        self._unchanged: dict[int, object] = {}
        """The states of the shards that have nothing to deliver."""
        self._lock = threading.RLock()
        """Held while a file is opened or closed. Reentrant, because a signal handler may interrupt its holder."""
        self._fork_locks: list[_Lock] = []

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
            held = acquire_shard(self._folder)
            try:
                self._own = _OpenShard(held, self._open(held.path))
            except BaseException:
                held.lock.release()
                raise
        return self._own.store, held.path.name

    def _open(self, path: ShardPath) -> SqliteStore:
        return SqliteStore(
            path.database,
            full_sync=self._config.durability == "power",
            wal=self._can_use_wal,
            max_bytes=self._config.max_bytes,
            on_damage=lambda salvage: self._report_damage(path, salvage),
            expected=path.recorded(),
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
        own = self._own
        if own is None or own.is_in_place:
            return False
        _log.error(
            "The outbox's file %s was deleted while it was in use. Its entries are still delivered, if this "
            "process runs long enough. New entries go to a new file.",
            own.store.path,
        )
        with self._lock:
            self._last_deleted -= 1
            self._taken_over[self._last_deleted] = own
            self._own = None
        return True

    def update(self, dispatcher: Dispatcher) -> None:
        """Release the shards that are delivered, answer control requests, and take over shards of ended processes."""
        for source in [*dispatcher.sources]:
            number = next((n for n, each in self._taken_over.items() if each.store is source.store), None)
            if number is not None and source.is_idle:
                dispatcher.sources.remove(source)
                with self._lock:
                    self._release_delivered(number, self._taken_over.pop(number))
        for shard in (self._own, *self._taken_over.values()):
            if shard is not None and shard.is_in_place:
                shard.record()
                source = next(each for each in dispatcher.sources if each.store is shard.store)
                answer_requests(shard.held.path, source)
        for path in shards(self._folder):
            if len(self._taken_over) >= _MAX_TAKEN_OVER:
                return
            ours = path.number in self._taken_over or (self._own is not None and self._own.held.path == path)
            state = path.state()
            if not ours and state and self._unchanged.get(path.number) != state:
                with self._lock:
                    self._take_over(path, dispatcher)

    def _take_over(self, path: ShardPath, dispatcher: Dispatcher) -> None:
        held = try_acquire_shard(path)
        if held is None:
            return
        try:
            shard = _OpenShard(held, self._open(path))
        except OutboxError as error:
            _log.error("The shard %s of an ended process can't be taken over: %s", path.database, error)
            self._unchanged[path.number] = path.state()
            held.lock.release()
            return
        except BaseException:
            held.lock.release()
            raise
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

    def _release_delivered(self, number: int, shard: _OpenShard) -> None:
        """Release a shard without waiting entries. Its file is deleted, unless it has dead letters."""
        is_empty = False  # if the file can't be read
        try:
            count = shard.store.count()
            is_empty = count.pending == count.dead == 0
        finally:
            shard.release(remove=is_empty and shard.is_in_place)
        if not is_empty:
            self._unchanged[number] = shard.held.path.state()

    def waiting(self, pending: Callable[[], int]) -> int:
        """Return how many entries wait: in shards of this process (`pending` counts them), and in those of none."""
        with self._lock:  # while a shard is taken over, it would be counted in neither
            return pending() + sum(_waiting(path) for path in shards(self._folder) if not is_held(path))

    def release(self, dispatcher: Dispatcher) -> None:
        """Close and release all shards."""
        dispatcher.sources.clear()
        with self._lock:
            for shard in (self._own, *self._taken_over.values()):
                if shard is not None:
                    shard.release()
            self._own = None
            self._taken_over.clear()

    def before_fork(self) -> None:
        """Acquire the locks of all stores, so that no thread uses SQLite during the fork."""
        own: list[_Lock] = [self._lock] if self._lock.acquire(timeout=_FORK_TIMEOUT) else []
        # After that lock is held: a shard may have been taken over meanwhile.
        stores = [each.store.database.lock for each in (self._own, *self._taken_over.values()) if each]
        self._fork_locks = [*own, *(lock for lock in stores if lock.acquire(timeout=_FORK_TIMEOUT))]

    def after_fork_in_parent(self) -> None:
        """Release the locks of all stores."""
        while self._fork_locks:
            self._fork_locks.pop().release()

    def abandon(self) -> None:
        """Leave files and locks to the parent process, in a forked child."""
        for shard in (self._own, *self._taken_over.values()):
            if shard is not None:
                shard.store.database.abandon()
                shard.held.lock.abandon()
