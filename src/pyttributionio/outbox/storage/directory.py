"""The outbox's directory: one folder for each account, and in it one locked shard for each process."""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

from pyttributionio._core.settings import Settings, environment
from pyttributionio._errors import OutboxError
from pyttributionio.outbox.storage.locks import FileLock

_LOCK: Final = re.compile(r"shard-([0-9]{3,})\.lock")
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

    def record(self, count: int) -> None:
        """Record how many entries and dead letters are in it, to know the number if the file is damaged later."""
        with contextlib.suppress(OSError):
            self.folder.joinpath(f"{self.name}.count").write_text(f"{count}\n", encoding="utf-8")

    def recorded(self) -> int:
        """Return the number that was recorded last; 0 if there is none."""
        try:
            return int(self.folder.joinpath(f"{self.name}.count").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0

    def remove(self) -> None:
        """Delete an empty shard's files, except its lock file: two processes could lock the old and a new one."""
        for suffix in (".db", ".db-wal", ".db-shm", ".reserve", ".ballast", ".count"):
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
        OutboxError: It can't be created, or this user can't write to it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxError(f"the outbox's directory {folder} can't be created: {error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutboxError(f"this user can't write to the outbox's directory {folder}")


def shards(folder: Path) -> Iterator[ShardPath]:
    """Yield the shards of a folder by number."""
    found = [match for entry in folder.iterdir() if (match := _LOCK.fullmatch(entry.name))] if folder.is_dir() else []
    for number in sorted(int(match[1]) for match in found):
        yield ShardPath(folder, number)


def try_acquire_shard(path: ShardPath) -> FileLock | None:
    """Acquire a shard's lock; return None if another process holds it.

    Raises:
        OutboxError: Its file can't be locked.
    """
    try:
        return FileLock.try_acquire(path.lock)
    except OSError as error:
        raise OutboxError(f"{path.lock} can't be locked: {error}") from None


def is_held(path: ShardPath) -> bool:
    """Return whether a process holds a shard. This acquires and releases its lock."""
    lock = try_acquire_shard(path)
    if lock is not None:
        lock.release()
    return lock is None


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
