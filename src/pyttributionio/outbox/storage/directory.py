"""The outbox's directory: one folder for each account, and in it one locked shard for each process."""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
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


@dataclass(slots=True)
class HeldShard:
    """A shard whose lock this process holds."""

    path: ShardPath
    lock: FileLock


def default_directory() -> Path:
    """Return the directory from the environment, or the usual one of this operating system.

    Raises:
        ValueError: The environment has none, and platformdirs is not installed.
    """
    given = environment("OUTBOX_DIRECTORY")
    if given is not None:
        return Path(os.path.expanduser(given))  # noqa: PTH111 (Path.expanduser raises for an unknown user)
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


def try_acquire_shard(path: ShardPath) -> HeldShard | None:
    """Acquire a shard; return None if another process holds it.

    Raises:
        OutboxError: Its file can't be locked.
    """
    try:
        lock = FileLock.try_acquire(path.lock)
    except OSError as error:
        raise OutboxError(f"{path.lock} can't be locked: {error}") from None
    return None if lock is None else HeldShard(path, lock)


def is_held(path: ShardPath) -> bool:
    """Return whether a process holds a shard. This acquires and releases its lock."""
    held = try_acquire_shard(path)
    if held is not None:
        held.lock.release()
    return held is None


def acquire_shard(folder: Path) -> HeldShard:
    """Acquire the first free shard, so that there are never more shards than processes at the same time.

    Raises:
        OutboxError: No shard can be acquired.
    """
    for number in range(_MAX_SHARDS):
        held = try_acquire_shard(ShardPath(folder, number))
        if held is not None:
            return held
    raise OutboxError(f"{folder} has {_MAX_SHARDS} shards, and other processes hold all of them")
