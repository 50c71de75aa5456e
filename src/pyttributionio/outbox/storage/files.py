"""The outbox's own files and folders. Links that another user may have put in their place are never followed."""

import contextlib
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Final

from pyttributionio._errors import OutboxError

_OTHERS_MAY_USE: Final = stat.S_IRWXG | stat.S_IRWXO
_MODE: Final = 0o600
_FLAGS: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
"""O_NONBLOCK: opening a named pipe would wait for its other end."""
HAS_USERS: Final = hasattr(os, "geteuid")
"""Windows has other permissions, and a user's folders are private there."""


def open_own(path: Path, flags: int) -> int:
    """Open a file of the outbox; return its descriptor. A new file is readable by this user only.

    Raises:
        OSError: It can't be opened, or is a link or no regular file.
    """
    descriptor = os.open(path, flags | _FLAGS, _MODE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file")
    return descriptor


def read_own(path: Path) -> bytes:
    """Return the content of a file of the outbox.

    Raises:
        OSError: It can't be read, or is a link or no regular file.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        return file.read()


def write_own(path: Path, content: bytes) -> None:
    """Write a file of the outbox at once. A link in its place is replaced, and the file it leads to is not touched.

    Raises:
        OSError: It can't be written.
    """
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(open_own(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(content)
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def overwrite_own(path: Path, content: bytes, *, create: bool) -> None:
    """Write a file of the outbox in its place. Readers may see a part of it.

    Args:
        path: The file.
        content: Its new content.
        create: Whether to create it if it is missing.

    Raises:
        OSError: It can't be written, or is a link or no regular file.
    """
    with os.fdopen(open_own(path, os.O_WRONLY | (os.O_CREAT if create else 0)), "wb") as file:
        file.write(content)
        file.truncate()


def is_own(path: Path) -> bool:
    """Return whether a path is a regular file, and no link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def check_own(path: Path, *, set_mode: bool) -> None:
    """Check one file of the outbox.

    Args:
        path: The file. It may be missing.
        set_mode: Whether to let only its user read it.

    Raises:
        OutboxError: It is a link or no regular file, or belongs to another user.
        OSError: Its permissions can't be read or changed.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "no regular file"
        raise OutboxError(f"{path} is {kind}, and the outbox uses only files of its own: move it away, and try again")
    if status.st_uid != path.parent.stat().st_uid:
        raise OutboxError(f"{path} belongs to another user (id {status.st_uid}): move it away, and try again")
    if sys.platform != "win32" and set_mode and HAS_USERS and status.st_mode & _OTHERS_MAY_USE:
        descriptor = open_own(path, os.O_RDONLY)
        try:
            with contextlib.suppress(PermissionError):  # of a file system without permissions
                os.fchmod(descriptor, _MODE)
        finally:
            os.close(descriptor)
