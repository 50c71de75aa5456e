"""The disk below the outbox: the kind of its file system, its free space, and a reserve file."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pyttributionio._errors import OutboxFullError
from pyttributionio.outbox.storage.files import is_own, open_own

NETWORK: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "gfs2", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "ocfs2", "smb3", "smbfs", "virtiofs"}
)
"""File systems on which SQLite's shared memory, and so its write-ahead log, does not work reliably."""
PAGE: Final = 4096
_KEPT_FREE: Final = 64 * 1024 * 1024
"""Bytes of a file system that new entries never use. The log needs them while old entries are deleted."""
_RESERVE_FILE: Final = 256 * 1024
_CALLS_PER_CHECK: Final = 64


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """Return the type of the file system of a path, such as "ext4"; None if this system has no list of mounts."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    parents = {str(each) for each in (path.resolve(), *path.resolve().parents)}
    best, kind = "", None
    for line in lines:
        _, point, found, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        # The last of several mounts on one point hides the others.
        if point in parents and len(point) >= len(best):
            best, kind = point, found
    return kind


def is_network(path: Path) -> bool:
    """Return whether a path is on a network file system."""
    return file_system(path) in NETWORK


class FreeSpace:
    """The free space around a file. It is measured in some calls only: each measurement is a system call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        total = shutil.disk_usage(folder).total
        self.kept_free = min(_KEPT_FREE, total // 4)
        self.wal_pages = max(16, min(2000, self.kept_free // PAGE // 8))
        """How many pages the log may have before it is written back. A small disk gets a small log."""
        self._calls, self._bytes = 0, 0

    def check(self, size: int, reusable: Callable[[], int], *, now: bool = False) -> None:
        """Raise if a number of bytes would use the space that is kept free.

        Args:
            size: The number of bytes.
            reusable: Returns how many bytes are free inside the file.
            now: Whether to measure in this call.

        Raises:
            OutboxFullError: There is no space for them.
        """
        self._calls -= 1
        self._bytes -= size
        if self._calls > 0 and self._bytes > 0 and not now:
            return
        free = shutil.disk_usage(self._folder).free
        usable = free + reusable() - self.kept_free
        # The log and the reserve file need space outside the file.
        if usable < size or free < self.kept_free // 4:
            raise OutboxFullError(
                f"the file system of {self._folder} has {free:,} bytes left, and the outbox keeps "
                f"{self.kept_free:,} free to be able to delete; nothing was stored"
            )
        self._calls, self._bytes = _CALLS_PER_CHECK, usable // 4


class ReserveFile:
    """A file that uses some space, to be deleted when a full disk makes even deletes fail."""

    def __init__(self, path: Path, free_space: FreeSpace) -> None:
        self._path = path
        self._size = min(_RESERVE_FILE, free_space.kept_free // 2)
        self._is_wanted = True
        """Whether the file has to be created. It is not created again if others delete it, such as with its folder."""

    def create(self) -> None:
        """Create the file, unless that was done or the disk has too little space."""
        if not self._is_wanted:
            return
        with contextlib.suppress(OSError):
            earlier = self._path.with_suffix(".ballast")  # its name before version 1.0
            if is_own(earlier):
                earlier.replace(self._path)
            if not self._path.exists():
                if shutil.disk_usage(self._path.parent).free < 4 * self._size:
                    return
                with os.fdopen(open_own(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                    file.write(os.urandom(self._size))  # a file system may store zeros as nothing
            self._is_wanted = False

    def delete(self) -> bool:
        """Delete the file; return whether it existed."""
        self._is_wanted = True
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
