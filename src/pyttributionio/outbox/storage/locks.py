"""Locks on files. The operating system releases them when their process ends, in whatever way it ends."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

from pyttributionio.outbox.storage.files import open_own, read_own

_TRIES: Final = 5

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

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor: int | None = descriptor
        self._path = path

    @classmethod
    def try_acquire(cls, path: Path) -> "FileLock | None":
        """Lock a file, which is created if needed; return None if another process holds the lock.

        Raises:
            OSError: The file can't be opened, is a link, or its file system has no locks.
        """
        for _ in range(_TRIES):
            lock = cls(open_own(path, os.O_RDWR | os.O_CREAT), path)
            if not lock._try_lock():
                return None
            # Between opening and locking, another file may have got this name.
            if lock.is_in_place:
                lock._name_process()
                return lock
            lock.release()
        return None

    @classmethod
    def is_held(cls, path: Path) -> bool:
        """Return whether a process holds the lock of a file. This neither creates nor changes the file.

        Raises:
            OSError: The file can't be opened, is a link, or its file system has no locks.
        """
        try:
            lock = cls(open_own(path, os.O_RDWR), path)
        except FileNotFoundError:
            return False
        if not lock._try_lock():
            return True
        lock.release()
        return False

    def _try_lock(self) -> bool:
        """Lock the open file; if that is impossible, close it."""
        assert self._descriptor is not None
        try:
            _lock(self._descriptor)
        except (BlockingIOError, PermissionError):
            self.release()
            return False
        except BaseException:
            self.release()
            raise
        return True

    def _name_process(self) -> None:
        """Write the id of this process into the file. It is for people only."""
        assert self._descriptor is not None
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    @property
    def is_in_place(self) -> bool:
        """Whether the locked file still has its name. If it was replaced, another process can lock the new file."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.lstat())
        except OSError:
            return False

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
        return int(read_own(path).strip() or 0) or None
    except (OSError, ValueError):
        return None
