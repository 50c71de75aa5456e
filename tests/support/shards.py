"""A shard that another process holds, as far as the outbox can tell."""

from pathlib import Path

from pyttributionio.outbox.storage.locks import FileLock


def hold(path: Path) -> FileLock:
    """Acquire the lock of a shard that is free."""
    lock = FileLock.try_acquire(path)
    assert lock is not None
    return lock
