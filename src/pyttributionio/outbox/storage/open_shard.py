"""A shard that this process holds: its lock, its open store, and the record of how many entries it has."""

import os
from collections.abc import Callable

from pyttributionio.outbox.storage.directory import ShardPath, try_acquire_shard
from pyttributionio.outbox.storage.locks import FileLock
from pyttributionio.outbox.storage.sqlite import SqliteStore
from pyttributionio.outbox.storage.store import Salvage


class OpenShard:
    """A held shard and its open store. If the store can't be opened, the lock is released.

    Args:
        path: The shard.
        lock: Its lock, which this process has acquired.
        full_sync: Whether an accepted entry is on the disk.
        wal: Whether to use a write-ahead log.
        max_bytes: How large the file may become.
        on_damage: Called with the result of each repair.

    Raises:
        OutboxError: The file can't be opened.
        OutboxCorruptError: It is damaged, and its readable rows could not be saved.
    """

    def __init__(
        self,
        path: ShardPath,
        lock: FileLock,
        *,
        full_sync: bool,
        wal: bool,
        max_bytes: int,
        on_damage: Callable[[Salvage], object],
    ) -> None:
        self.path = path
        self.lock = lock
        try:
            expected, is_exact = path.recorded()
            self.store = SqliteStore(
                path.database,
                full_sync=full_sync,
                wal=wal,
                max_bytes=max_bytes,
                on_damage=on_damage,
                expected=expected,
                is_exact=is_exact,
            )
        except BaseException:
            lock.release()
            raise
        self._recorded: int | None = None
        self._lock_was_missing = False
        self.record()  # at once: from now on, the number of a closed file is not exact any more

    def record(self) -> None:
        """Record how many entries it has, if that has changed."""
        count, is_first = self.store.size, self._recorded is None
        if count != self._recorded:
            self._recorded = count
            self.path.record(count, create=is_first)

    @property
    def is_in_place(self) -> bool:
        """Whether the file still has its name. A deleted file stays open without one."""
        return self.store.database.is_in_place

    def keeps_lock(self) -> bool:
        """Return whether no other process can acquire this shard. If the lock file was replaced, acquire the new one.

        Raises:
            OutboxError: The new lock file can't be locked.
        """
        if self.lock.is_in_place:
            self._lock_was_missing = False
            return True
        if not (self._lock_was_missing or self.path.lock.exists()):
            self._lock_was_missing = True  # another program may be removing the folder: it is created in the next round
            return True
        lock = try_acquire_shard(self.path)
        if lock is None:
            return False
        self.lock.release()
        self.lock = lock
        return True

    def release(self, *, delete_if_empty: bool = False) -> bool:
        """Close the file and release the lock.

        Args:
            delete_if_empty: Whether to delete the file if it has no entries.

        Returns:
            Whether the file was deleted.
        """
        is_deleted = False
        try:
            if delete_if_empty and self.lock.is_in_place:
                is_deleted = self.store.delete_if_empty(self._delete_open)
        finally:
            try:
                self._close(is_deleted=is_deleted)
            finally:
                self.lock.release()
        return is_deleted

    def _delete_open(self) -> None:
        """Delete the open file, except on Windows, where that is impossible. There `_close` deletes it."""
        if os.name != "nt":
            self.path.remove()

    def _close(self, *, is_deleted: bool) -> None:
        is_in_place = self.is_in_place
        count = self.store.recounted()
        self.store.close()
        if is_deleted and os.name == "nt":
            self.path.remove()
        elif is_in_place:
            self.path.record(count, is_closed=self.lock.is_in_place)
