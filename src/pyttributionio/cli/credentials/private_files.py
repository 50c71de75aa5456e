"""Files that only their owner can read, in a folder that only the owner can enter."""

import contextlib
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Final

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077
_LARGEST: Final = 1_000_000
_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
HAS_MODES: Final = sys.platform != "win32"
"""Whether the modes of files protect them. On Windows, the folder's access list does."""


class NotPrivateError(Exception):
    """A file or folder is not private; the message says why, and what to do."""


def read(path: Path) -> bytes | None:
    """Return the content of a private file, or None if there is no file.

    Raises:
        NotPrivateError: Others can read or change it, or it is not a file of this user.
        OSError: It can't be read.
    """
    try:
        # A pipe in its place must not block.
        number = os.open(path, os.O_RDONLY | _NO_LINKS | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError:
        _refuse_link(path)
        raise
    with os.fdopen(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise NotPrivateError(f"{path} is not a file: remove it")
        _check(path, status)
        return file.read(_LARGEST)


def write(path: Path, content: bytes) -> None:
    """Write a private file as a whole: a reader sees the old content or the new one.

    Raises:
        NotPrivateError: The folder is not a folder of this user.
        OSError: It can't be written.
    """
    _make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, _FILE_MODE)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def remove(path: Path) -> bool:
    """Remove a file, and return whether there was one."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=_FOLDER_MODE)
    _refuse_link(folder)
    status = folder.stat(follow_symlinks=False)
    if not stat.S_ISDIR(status.st_mode):
        raise NotPrivateError(f"{folder} is not a folder: remove it")
    _check_owner(folder, status)
    if HAS_MODES and status.st_mode & _OTHERS:
        folder.chmod(_FOLDER_MODE, follow_symlinks=os.chmod not in os.supports_follow_symlinks)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise NotPrivateError(f"{path} is a link: links are not followed here; replace it with what it points to")


def _check(path: Path, status: os.stat_result) -> None:
    _check_owner(path, status)
    if HAS_MODES and status.st_mode & _OTHERS:
        raise NotPrivateError(
            f"other users can access {path} (mode {stat.S_IMODE(status.st_mode):04o}): run `chmod 600 {path}`, and "
            "change the secret if they may have read it"
        )


def _check_owner(path: Path, status: os.stat_result) -> None:
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        raise NotPrivateError(
            f"{path} belongs to the user {status.st_uid}, and this is the user {os.geteuid()}: run the command as "
            "that user, or remove it"
        )
