"""What the outbox has to know of the disk it lives on: its kind, its room, and a reserve for the worst hour."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pyttributionio._errors import OutboxFullError

NETWORK: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "gfs2", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "ocfs2", "smb3", "smbfs", "virtiofs"}
)
"""File systems on which SQLite's shared memory, and so its write-ahead log, can't be trusted."""
PAGE: Final = 4096
_RESERVE: Final = 64 * 1024 * 1024
"""Bytes of a file system that new entries never take: the log grows into them while old ones are deleted."""
_BALLAST: Final = 256 * 1024
_LOOK_EVERY: Final = 64


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """Return the kind of file system a path is on, such as "ext4"; None where the system does not tell."""
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
    """Tell whether a path is on a file system that other machines share."""
    return file_system(path) in NETWORK


class Room:
    """The free space around a file, looked at now and then, for asking costs a system call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        total = shutil.disk_usage(folder).total
        self.reserve = min(_RESERVE, total // 4)
        self.log_pages = max(16, min(2000, self.reserve // PAGE // 8))
        """How many pages the log may hold before it is written back; a small disk gets a small log."""
        self._calls, self._bytes = 0, 0

    def check(self, size: int, reusable: Callable[[], int], *, anew: bool = False) -> None:
        """Refuse so many bytes if they would eat into the reserve.

        Args:
            size: How many bytes.
            reusable: Tells how many bytes the file has already that are free in it.
            anew: Whether to look at the disk however lately that was done.

        Raises:
            OutboxFullError: They would.
        """
        self._calls -= 1
        self._bytes -= size
        if self._calls > 0 and self._bytes > 0 and not anew:
            return
        free = shutil.disk_usage(self._folder).free
        left = free + reusable() - self.reserve
        # The log and the ballast need real room, whatever is free within the file.
        if left < size or free < self.reserve // 4:
            raise OutboxFullError(
                f"the file system of {self._folder} has {free:,} bytes left, and the outbox keeps "
                f"{self.reserve:,} to be able to delete; nothing was stored"
            )
        self._calls, self._bytes = _LOOK_EVERY, left // 4


class Ballast:
    """A file that takes up room, so that there is some to give back when a full disk forbids even deletes."""

    def __init__(self, path: Path, room: Room) -> None:
        self._path = path
        self._size = min(_BALLAST, room.reserve // 2)

    def take(self) -> None:
        """Take up the room, if it is not taken yet and there is enough left."""
        with contextlib.suppress(OSError):
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < 4 * self._size:
                return
            self._path.write_bytes(os.urandom(self._size))  # zeros could be stored as nothing

    def give_back(self) -> bool:
        """Free the room; tell whether there was any to free."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
