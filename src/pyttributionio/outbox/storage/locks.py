"""Locks on files. The operating system releases them when their process ends, in whatever way it ends."""

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # the locked byte lies behind the text, so that others can read the text

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        # flock, not lockf. A lock of lockf is released when any descriptor of the file is closed, and a
        # second outbox in the same process would get it too.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A lock that is held from `try_acquire` until `release`, or until the process ends.

    The classes of lock libraries unlock explicitly, when they are released and when they are garbage. In a forked
    child that would release the lock of the parent process, which shares the descriptor.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def try_acquire(cls, path: Path) -> "FileLock | None":
        """Lock a file, which is created if needed; return None if another process holds the lock.

        Raises:
            OSError: The file can't be opened, or its file system has no locks.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        with contextlib.suppress(OSError):  # only for people: which process holds it
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(descriptor)

    def release(self) -> None:
        """Release the lock. Releasing it twice is fine."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # releases it, unless a forked child holds the descriptor too

    abandon = release
    """In a forked child: the parent process keeps the lock, because its descriptor stays open."""


def holder(path: Path) -> int | None:
    """Return the id of the last process that acquired a lock, as it stands in the file."""
    try:
        return int(path.read_text(encoding="utf-8", errors="replace").strip() or 0) or None
    except (OSError, ValueError):
        return None
