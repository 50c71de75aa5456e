"""The shards a process holds: its own, and those of dead processes until their entries are delivered."""

import threading
from collections.abc import Callable
from logging import getLogger
from pathlib import Path
from typing import Final, Protocol

from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox._config import Plan
from pyttributionio.outbox._stats import Tally
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.process.control_requests import answer_all
from pyttributionio.outbox.storage import read_only
from pyttributionio.outbox.storage.directory import (
    HeldShard,
    ShardPath,
    is_held,
    make_folder,
    shards,
    take_shard,
    try_hold,
)
from pyttributionio.outbox.storage.disk import is_network
from pyttributionio.outbox.storage.sqlite import SqliteStore
from pyttributionio.outbox.storage.store import Salvage

_log = getLogger("pyttributionio.outbox")
_MOST: Final = 8
"""Shards that are taken over at one time: each is an open file with a window in memory."""
_PATIENCE: Final = 5.0
"""Seconds to wait before a fork for a thread that is inside SQLite."""


class _Lock(Protocol):
    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...


class _Holding:
    """A shard of ours, opened."""

    def __init__(self, held: HeldShard, store: SqliteStore) -> None:
        self.held = held
        self.store = store
        self._recorded: int | None = None
        self._inode = store.path.stat().st_ino

    def record(self) -> None:
        """Write down how much is in it, if that has changed."""
        count = self.store.size
        if count != self._recorded:
            self._recorded = count
            self.held.path.record(count)

    @property
    def is_in_place(self) -> bool:
        """Whether the file is still where it was: who deletes an open file leaves its process a nameless one."""
        try:
            return self.store.path.stat().st_ino == self._inode
        except OSError:
            return False

    def free(self, *, remove: bool = False) -> None:
        """Close the file, delete it if asked to, and free the lock."""
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
        # Who takes it over mends it. Until then: what was last written down of it, and never nothing.
        return max(1, path.recorded())


class Adoption:
    """Take shards, look for orphans, and let go of both."""

    def __init__(self, plan: Plan, folder: Path, tally: Tally) -> None:
        self._plan = plan
        self._folder = folder
        self._tally = tally
        self._log_is_safe = not is_network(folder.parent)
        self._own: _Holding | None = None
        self._taken: dict[int, _Holding] = {}
        self._lost = 0
        """The number of the last shard whose file was deleted: they go below those of all others."""
        self._nothing_new: dict[int, object] = {}
        self._gate = threading.RLock()  # a signal handler may come by here while we do
        """Held while a file is opened or closed."""
        self._held_locks: list[_Lock] = []

    def take_own(self) -> tuple[SqliteStore, str]:
        """Take a shard for this process.

        Raises:
            OutboxError: None can be taken or opened.
        """
        make_folder(self._folder)
        if not self._log_is_safe:
            _log.warning(
                "The outbox's directory %s is on a network file system: it works without a write-ahead log there, "
                "more slowly, and only as safely as that file system locks. A local disk is better.",
                self._folder,
            )
        with self._gate:
            held = take_shard(self._folder)
            try:
                self._own = _Holding(held, self._open(held.path))
            except BaseException:
                held.lock.release()
                raise
        return self._own.store, held.path.name

    def _open(self, path: ShardPath) -> SqliteStore:
        return SqliteStore(
            path.database,
            full_sync=self._plan.durability == "power",
            log=self._log_is_safe,
            max_bytes=self._plan.max_bytes,
            on_damage=lambda salvage: self._damaged(path, salvage),
            expected=path.recorded(),
        )

    def _damaged(self, path: ShardPath, salvage: Salvage) -> None:
        self._tally.salvages.append(salvage)
        _log.error(
            "The outbox's file %s was damaged: %d entries were saved, %d are unreadable. The damaged file is %s.",
            path.database,
            salvage.saved,
            salvage.unreadable,
            salvage.quarantine,
        )

    def has_lost_own(self) -> bool:
        """Tell whether somebody deleted our file; then it is one of those to be finished, and a new one is due."""
        own = self._own
        if own is None or own.is_in_place:
            return False
        _log.error(
            "The outbox's file %s was deleted while it was in use. What waits in it is still delivered, if this "
            "process lives that long; new entries go to a new file.",
            own.store.path,
        )
        with self._gate:
            self._lost -= 1
            self._taken[self._lost] = own
            self._own = None
        return True

    def look(self, dispatcher: Dispatcher) -> None:
        """Let go of shards that are done, and take over those whose process has died."""
        for source in [*dispatcher.sources]:
            number = next((n for n, each in self._taken.items() if each.store is source.store), None)
            if number is not None and source.is_idle:
                dispatcher.sources.remove(source)
                with self._gate:
                    self._finish(number, self._taken.pop(number))
        for holding in (self._own, *self._taken.values()):
            if holding is not None and holding.is_in_place:
                holding.record()
                answer_all(holding.held.path, next(each for each in dispatcher.sources if each.store is holding.store))
        for path in shards(self._folder):
            if len(self._taken) >= _MOST:
                return
            ours = path.number in self._taken or (self._own is not None and self._own.held.path == path)
            state = path.state()
            if not ours and state and self._nothing_new.get(path.number) != state:
                with self._gate:
                    self._take(path, dispatcher)

    def _take(self, path: ShardPath, dispatcher: Dispatcher) -> None:
        held = try_hold(path)
        if held is None:
            return
        try:
            holding = _Holding(held, self._open(path))
        except OutboxError as error:
            _log.error("The shard %s of a dead process can't be taken over: %s", path.database, error)
            self._nothing_new[path.number] = path.state()
            held.lock.release()
            return
        except BaseException:
            held.lock.release()
            raise
        try:
            is_empty = holding.store.count().pending == 0
        except BaseException:
            holding.free()
            raise
        if is_empty:
            self._finish(path.number, holding)
            return
        self._taken[path.number] = holding
        dispatcher.sources.append(Source(holding.store, path.name))

    def _finish(self, number: int, holding: _Holding) -> None:
        """Let go of a shard without waiting entries; dead letters keep its file alive."""
        has_dead = True  # as long as nobody knows
        try:
            has_dead = holding.store.count().dead > 0
        finally:
            holding.free(remove=not has_dead and holding.is_in_place)
        if has_dead:
            self._nothing_new[number] = holding.held.path.state()

    def left(self, pending: Callable[[], int]) -> int:
        """Return how many entries wait in shards of ours, which `pending` tells, and in those that nobody holds."""
        with self._gate:  # one that is just being taken over would be in neither
            return pending() + sum(_waiting(path) for path in shards(self._folder) if not is_held(path))

    def let_go(self, dispatcher: Dispatcher) -> None:
        """Close everything; an emptied shard of another's is deleted, our own stays for the next process."""
        dispatcher.sources.clear()
        with self._gate:
            for holding in (self._own, *self._taken.values()):
                if holding is not None:
                    holding.free()
            self._own = None
            self._taken.clear()

    def hold(self) -> None:
        """Before a fork: take the stores' locks, so that no thread is inside SQLite."""
        gate: list[_Lock] = [self._gate] if self._gate.acquire(timeout=_PATIENCE) else []
        # Only now: a shard may have been taken over while we waited.
        locks = [each.store.database.lock for each in (self._own, *self._taken.values()) if each]
        self._held_locks = [*gate, *(lock for lock in locks if lock.acquire(timeout=_PATIENCE))]

    def resume(self) -> None:
        """After a fork, in the parent: free them again."""
        while self._held_locks:
            self._held_locks.pop().release()

    def abandon(self) -> None:
        """After a fork, in the child: files and locks are the parent's."""
        for holding in (self._own, *self._taken.values()):
            if holding is not None:
                holding.store.database.abandon()
                holding.held.lock.abandon()
