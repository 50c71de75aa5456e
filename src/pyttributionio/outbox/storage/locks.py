"""Locks on files that the operating system frees when their process dies, however it dies."""

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # the byte that is locked lies beyond the text, which others may then read

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        # flock, not lockf: closing any other descriptor of the file would free the latter, and a
        # second outbox in one process would get it too.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A lock that is held from `try_take` until `release`, or the end of the process.

    No library's: on release, and when garbage is collected, they unlock explicitly, and in a forked
    child that would free the lock of the parent, whose descriptor it is.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def try_take(cls, path: Path) -> "FileLock | None":
        """Take the lock on a file, made where there is none; return None if another has it.

        Raises:
            OSError: The file can't be opened, or locks don't work there.
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
        with contextlib.suppress(OSError):  # for people and operators only: who has it
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(descriptor)

    def release(self) -> None:
        """Free the lock; twice is fine."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # frees it, unless a forked child still holds the descriptor

    abandon = release
    """After a fork, in the child: the parent keeps the lock, for it still has the descriptor."""


def holder(path: Path) -> int | None:
    """Return the id of the process that took a lock last, as it wrote it down."""
    try:
        return int(path.read_text(encoding="utf-8", errors="replace").strip() or 0) or None
    except (OSError, ValueError):
        return None
