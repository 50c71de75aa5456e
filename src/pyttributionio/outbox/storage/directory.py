"""The outbox's directory: a folder an account, in it a shard a process, each under its lock."""

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
_LONGEST_NAME: Final = 120
_MOST_SHARDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ShardPath:
    """Where a shard lies."""

    folder: Path
    number: int

    @property
    def name(self) -> str:
        """What people call it."""
        return f"shard-{self.number:03d}"

    @property
    def lock(self) -> Path:
        """The file that is locked."""
        return self.folder / f"{self.name}.lock"

    @property
    def database(self) -> Path:
        """The file that holds the entries."""
        return self.folder / f"{self.name}.db"

    def state(self) -> tuple[tuple[int, int], ...]:
        """Return what changes whenever something is stored in it."""
        found: list[tuple[int, int]] = []
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                about = self.database.with_name(self.database.name + suffix).stat()
                found.append((about.st_mtime_ns, about.st_size))
        return tuple(found)

    def record(self, count: int) -> None:
        """Write down how many entries and dead letters are in it: of a damaged file nobody could tell."""
        with contextlib.suppress(OSError):
            self.folder.joinpath(f"{self.name}.count").write_text(f"{count}\n", encoding="utf-8")

    def recorded(self) -> int:
        """Return what was last written down; 0 if nothing was."""
        try:
            return int(self.folder.joinpath(f"{self.name}.count").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0

    def remove(self) -> None:
        """Delete an empty shard's files; the lock stays, for deleting it would let two have one."""
        for suffix in (".db", ".db-wal", ".db-shm", ".ballast", ".count"):
            self.folder.joinpath(self.name + suffix).unlink(missing_ok=True)


@dataclass(slots=True)
class HeldShard:
    """A shard that is this process's."""

    path: ShardPath
    lock: FileLock


def default_directory() -> Path:
    """Return the directory from the environment, or the usual one of this operating system.

    Raises:
        ValueError: There is none, for platformdirs is not installed.
    """
    given = environment("OUTBOX_DIRECTORY")
    if given is not None:
        return Path(given)
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

    Entries hold the public key, but not the server. With a folder each, a program that talks to a
    sandbox can never deliver there what another accepted for the vendor.
    """
    name = f"{settings.api_key}@{settings.tracking}".replace("://", "+")
    safe = quote(name, safe="@+-._")
    if len(safe) > _LONGEST_NAME:
        safe = f"{safe[:_LONGEST_NAME]}~{sha256(name.encode()).hexdigest()[:16]}"
    return directory / safe


def make_folder(folder: Path) -> None:
    """Make a folder that only this user can read: entries are about people.

    Raises:
        OutboxError: It can't be made, or not written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxError(f"the outbox's directory {folder} can't be made: {error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutboxError(f"the outbox's directory {folder} can't be written to by this user")


def shards(folder: Path) -> Iterator[ShardPath]:
    """Yield the shards of a folder, in order."""
    found = [match for entry in folder.iterdir() if (match := _LOCK.fullmatch(entry.name))] if folder.is_dir() else []
    for number in sorted(int(match[1]) for match in found):
        yield ShardPath(folder, number)


def try_hold(path: ShardPath) -> HeldShard | None:
    """Take a shard, unless another has it.

    Raises:
        OutboxError: Locks don't work there.
    """
    try:
        lock = FileLock.try_take(path.lock)
    except OSError as error:
        raise OutboxError(f"{path.lock} can't be locked: {error}") from None
    return None if lock is None else HeldShard(path, lock)


def is_held(path: ShardPath) -> bool:
    """Tell whether anybody holds a shard: by trying its lock, and freeing it at once."""
    held = try_hold(path)
    if held is not None:
        held.lock.release()
    return held is None


def take_shard(folder: Path) -> HeldShard:
    """Take the first free shard, so that there are never more than processes at one time.

    Raises:
        OutboxError: None can be taken.
    """
    for number in range(_MOST_SHARDS):
        held = try_hold(ShardPath(folder, number))
        if held is not None:
            return held
    raise OutboxError(f"{folder} has {_MOST_SHARDS} shards, and all of them are taken")
