"""The outbox's directory: one folder for each account, and in it one locked shard for each process."""

import contextlib
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

from pyttributionio._core.settings import Settings, environment
from pyttributionio._errors import OutboxError
from pyttributionio.outbox.storage.files import HAS_USERS, check_own, open_own, overwrite_own, read_own
from pyttributionio.outbox.storage.locks import FileLock
from pyttributionio.outbox.storage.schema import MIGRATIONS

_SHARD: Final = re.compile(r"shard-([0-9]{3,})\.(?:lock|db)")
_FILES: Final = (".db", ".db-wal", ".db-shm", ".db-journal", ".reserve", ".ballast", ".count")
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_MAX_NAME: Final = 120
_MAX_SHARDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ShardPath:
    """The place of a shard."""

    folder: Path
    number: int

    @property
    def name(self) -> str:
        """Its name, such as shard-000."""
        return f"shard-{self.number:03d}"

    @property
    def lock(self) -> Path:
        """The file whose lock its process holds."""
        return self.folder / f"{self.name}.lock"

    @property
    def database(self) -> Path:
        """The file with the entries."""
        return self.folder / f"{self.name}.db"

    def state(self) -> tuple[tuple[int, int], ...]:
        """Return a value that changes with each write to the shard."""
        found: list[tuple[int, int]] = []
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                status = self.database.with_name(self.database.name + suffix).stat()
                found.append((status.st_mtime_ns, status.st_size))
        return tuple(found)

    def record(self, count: int, *, is_closed: bool = False, create: bool = True) -> None:
        """Record how many entries and dead letters are in it, to know the number if the file is damaged later.

        Args:
            count: How many.
            is_closed: Whether the file is closed. Then the number is exact, until a process opens this very file.
            create: Whether to create the record if it is missing. Another program may be removing the folder.
        """
        with contextlib.suppress(OSError):
            closed = f"{self.database.stat().st_ino} {len(MIGRATIONS)}\n" if is_closed else ""
            overwrite_own(self.folder / f"{self.name}.count", f"{count}\n{closed}".encode(), create=create)

    def recorded(self) -> tuple[int, bool]:
        """Return the number that was recorded last, or 0 if there is none; and whether it is exact."""
        try:
            count, *closed = read_own(self.folder / f"{self.name}.count").split()
            known = [self.database.stat().st_ino, len(MIGRATIONS)]
            return max(0, int(count)), [int(each) for each in closed] == known
        except (OSError, ValueError):
            return 0, False

    def check_files(self, *, set_mode: bool = False) -> None:
        """Check that all of its files belong to the user of the folder and are no links.

        Args:
            set_mode: Whether to let only this user read them.

        Raises:
            OutboxError: One of them does not, or is one.
        """
        for suffix in (".lock", *_FILES):
            path = self.folder / f"{self.name}{suffix}"
            try:
                check_own(path, set_mode=set_mode)
            except OSError as error:
                raise OutboxError(f"{path} can't be used: {error}") from None

    def remove(self) -> None:
        """Delete an empty shard's files, except its lock file: two processes could lock the old and a new one."""
        for suffix in _FILES:
            self.folder.joinpath(self.name + suffix).unlink(missing_ok=True)


def expanded(name: str, given: object) -> Path:
    """Return a directory as an absolute path. A `~` at its beginning is the user's home, as in a shell.

    The path is absolute from now on, because the program may change its working directory later.

    Args:
        name: The argument or the variable that names it.
        given: Its path.

    Raises:
        ValueError: It is empty, or begins with the home of an unknown user, or the working directory is gone.
        TypeError: It is not a path.
    """
    text: object = os.fspath(cast("os.PathLike[str]", given)) if isinstance(given, os.PathLike) else given
    if not isinstance(text, str):
        raise TypeError(f"{name} is the path of a directory (a str or a Path), not {type(text).__name__}")
    if not text or "\0" in text:
        problem = "has a NUL character in it" if text else "is empty"
        raise ValueError(f"{name} {problem}: pass the path of a directory on a local disk")
    path = os.path.expanduser(text)  # noqa: PTH111 (Path.expanduser raises a RuntimeError for an unknown user)
    if path.startswith("~"):
        raise ValueError(
            f"{name} {text!r} begins with the home directory of an unknown user: pass an absolute path, or "
            f"{'./' + text!r} as text for a folder of that name in the working directory"
        )
    try:
        return Path(path).absolute()
    except OSError as error:
        raise ValueError(
            f"{name} {text!r} is a relative path, and the working directory can't be read ({error}): "
            "pass an absolute path"
        ) from None


def default_directory() -> Path:
    """Return the directory from the environment, or the usual one of this operating system.

    Raises:
        ValueError: The environment has none, and platformdirs is not installed.
    """
    given = environment("OUTBOX_DIRECTORY")
    if given is not None:
        return expanded("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", given)
    try:
        from platformdirs import user_state_path
    except ImportError:
        raise ValueError(
            "No directory for the outbox: pass directory=..., set the environment variable "
            "PYTTRIBUTIONIO_OUTBOX_DIRECTORY, or install pyttributionio[outbox], which knows the usual place."
        ) from None
    return user_state_path("pyttributionio", appauthor=False) / "outbox"


def account_folder(directory: Path, settings: Settings) -> Path:
    """Return the folder of one account at one tracking URL.

    An entry contains the public key, but not the server. Because each server has a folder of its own, a program
    that uses a sandbox can't deliver to it the entries that another program accepted for the vendor.
    """
    name = f"{settings.api_key}@{settings.tracking}".replace("://", "+")
    safe = quote(name, safe="@+-._")
    if len(safe) > _MAX_NAME:
        safe = f"{safe[:_MAX_NAME]}~{sha256(name.encode()).hexdigest()[:16]}"
    return directory / safe


def make_folder(folder: Path) -> None:
    """Create a folder that only this user can read, because entries are personal data.

    Raises:
        OutboxError: It can't be created, this user can't write to it, or others can.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxError(f"the outbox's directory {folder} can't be created: {error}") from None
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Check that a folder belongs to this user, and that no other user can put files into it.

    Raises:
        OutboxError: It does not, or others can, or this user can't write to it.
    """
    try:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutboxError(f"this user can't write to the outbox's directory {folder}")
        if stat.S_ISLNK(folder.lstat().st_mode):
            raise OutboxError(
                f"the outbox's directory {folder} is a symbolic link: remove the link, or give the outbox the "
                "directory in which the link's target is"
            )
        if sys.platform != "win32" and HAS_USERS:
            _check_permissions(folder)
    except OSError as error:
        raise OutboxError(f"the outbox's directory {folder} can't be used: {error}") from None


if sys.platform != "win32":  # which has other permissions

    def _check_permissions(folder: Path) -> None:
        status, parent = folder.stat(), folder.parent.stat()
        mode = stat.S_IMODE(status.st_mode)
        if mode & stat.S_ISGID and mode & stat.S_IWGRP and not mode & stat.S_IWOTH:
            # Kubernetes does this to a volume with an fsGroup. The checks of each file remain.
            folder.chmod(mode := mode & ~stat.S_IRWXG)
        if status.st_uid != os.geteuid() and _new_file(folder).st_uid != status.st_uid:
            raise OutboxError(
                f"the outbox's directory {folder} belongs to another user (id {status.st_uid}; this process has the id "
                f"{os.geteuid()}): run this program as that user, or give the outbox another directory"
            )
        if mode & _OTHERS_MAY_WRITE and not _new_file(folder).st_mode & _OTHERS_MAY_WRITE:
            raise OutboxError(
                f"other users can write to the outbox's directory {folder} (mode {mode:o}): if all files in it are "
                f"yours, run `chmod 700 {folder}`; if not, give the outbox another directory"
            )
        everyone = parent.st_mode & stat.S_IWOTH and not parent.st_mode & stat.S_ISVTX
        if everyone and not _new_file(folder).st_mode & stat.S_IWOTH:
            raise OutboxError(
                f"every user can replace folders in {folder.parent} (mode {stat.S_IMODE(parent.st_mode):o}), where the "
                f"outbox's directory is: run `chmod o-w {folder.parent}`, or give the outbox another directory"
            )


def _new_file(folder: Path) -> os.stat_result:
    """Return the status of a new private file. Some file systems have the same owner and mode for all files."""
    path = folder / f"probe-{secrets.token_hex(8)}"
    descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)
        path.unlink()


def shards(folder: Path) -> Iterator[ShardPath]:
    """Yield the shards of a folder by number."""
    try:
        found = {int(match[1]) for entry in folder.iterdir() if (match := _SHARD.fullmatch(entry.name))}
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutboxError(f"the outbox's directory {folder} can't be read: {error}") from None
    for number in sorted(found):
        yield ShardPath(folder, number)


def try_acquire_shard(path: ShardPath) -> FileLock | None:
    """Acquire a shard's lock; return None if another process holds it.

    Raises:
        OutboxError: Its file can't be locked, or one of its files is not the outbox's own.
    """
    path.check_files(set_mode=True)
    try:
        return FileLock.try_acquire(path.lock)
    except OSError as error:
        raise OutboxError(f"{path.lock} can't be locked: {error}") from None


def is_held(path: ShardPath) -> bool:
    """Return whether a process holds a shard. This acquires and releases its lock.

    Raises:
        OutboxError: Its file can't be locked.
    """
    try:
        return FileLock.is_held(path.lock)
    except OSError as error:
        raise OutboxError(f"{path.lock} can't be locked: {error}") from None


def acquire_shard(folder: Path) -> tuple[ShardPath, FileLock]:
    """Acquire the first free shard, so that there are never more shards than processes at the same time.

    Raises:
        OutboxError: No shard can be acquired.
    """
    for number in range(_MAX_SHARDS):
        path = ShardPath(folder, number)
        lock = try_acquire_shard(path)
        if lock is not None:
            return path, lock
    raise OutboxError(f"{folder} has {_MAX_SHARDS} shards, and other processes hold all of them")
