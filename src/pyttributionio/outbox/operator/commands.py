"""The functions behind the commands `pyttributionio outbox`. They work while other processes use the directory.

A shard that no process holds is changed here. The process that holds a shard gets a control request, and makes the
change itself. No function acquires the lock of a running process.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pyttributionio._core.clock import CLOCK
from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox._events import StoredEntry, stored_entry
from pyttributionio.outbox.process.control_requests import Change, ControlRequest, apply, send_request
from pyttributionio.outbox.storage import read_only
from pyttributionio.outbox.storage.directory import (
    ShardPath,
    check_folder,
    default_directory,
    expanded,
    is_held,
    shards,
    try_acquire_shard,
)
from pyttributionio.outbox.storage.disk import is_network
from pyttributionio.outbox.storage.entries import Entry
from pyttributionio.outbox.storage.locks import holder
from pyttributionio.outbox.storage.open_shard import OpenShard
from pyttributionio.outbox.storage.rows import batches
from pyttributionio.outbox.storage.sqlite import SqliteStore
from pyttributionio.outbox.storage.store import Salvage

EntryState: TypeAlias = Literal["waiting", "dead"]
_PATIENCE: Final = 5.0
_UNLIMITED: Final = 2**46


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """The state of one shard.

    Attributes:
        account: The name of its folder: the public key and the tracking URL.
        shard: Its name.
        holder: The id of the process that holds it; None if no process does. Then the next process takes it over.
        pending: Waiting entries.
        dead: Dead letters.
        size: Bytes in use.
        oldest: When the oldest waiting entry was accepted; None if none waits.
        problem: Why it can't be read; None if it can.
    """

    account: str
    shard: str
    holder: int | None
    pending: int
    dead: int
    size: int
    oldest: datetime | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DirectoryStatus:
    """The state of a directory.

    Attributes:
        directory: Its path.
        shards: Its shards, by account and number.
        quarantine: Damaged files that were replaced. They may be deleted.
    """

    directory: Path
    shards: tuple[ShardStatus, ...]
    quarantine: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """The result of a change.

    Attributes:
        changed: How many entries were changed.
        unanswered: Shards whose process did not answer in time. Nothing was changed there.
    """

    changed: int
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The result of checking one shard.

    Attributes:
        shard: Its name.
        salvage: The result; None if a running process holds the shard and got a control request.
        answered: Whether that process has checked it.
    """

    shard: str
    salvage: Salvage | None
    answered: bool = True


def find_directory(directory: str | Path | None = None) -> Path:
    """Return the directory to work on: the given one, or that of the environment, or the usual one.

    Raises:
        ValueError: No directory is known.
        OutboxError: It does not exist.
    """
    found = default_directory() if directory is None else expanded("directory", directory)
    if not found.is_dir():
        raise OutboxError(f"there is no outbox at {found}: no entry was ever accepted there, or it is elsewhere")
    return found


def status(directory: Path) -> DirectoryStatus:
    """Return the state of all shards."""
    found = tuple(_status_of(path) for path in _all(directory))
    return DirectoryStatus(directory, found, tuple(sorted(directory.glob("*/*.damaged-*.db"))))


def _status_of(path: ShardPath) -> ShardStatus:
    process = holder(path.lock) if is_held(path) else None
    try:
        count = read_only.count(path)
    except OutboxError as error:
        return ShardStatus(path.folder.name, path.name, process, 0, 0, 0, None, str(error))
    oldest = None if count.oldest is None else datetime.fromtimestamp(count.oldest, UTC)
    return ShardStatus(path.folder.name, path.name, process, count.pending, count.dead, count.size, oldest)


def entries(directory: Path, state: EntryState | None = None) -> Iterator[StoredEntry]:
    """Yield entries by shard, the oldest first.

    Args:
        directory: The directory.
        state: Only waiting entries or only dead letters; None for both.

    Raises:
        OutboxError: A shard can't be read. The entries of all other shards were yielded before.
    """
    unreadable: OutboxError | None = None
    for path in _all(directory):
        try:
            yield from _entries_of(path, state)
        except OutboxError as error:
            unreadable = unreadable or error
    if unreadable is not None:
        raise unreadable


def _entries_of(path: ShardPath, state: EntryState | None) -> Iterator[StoredEntry]:
    damaged = 0
    if state != "dead":
        for entry in read_only.waiting(path):
            damaged += entry is None
            if entry is not None:
                yield stored_entry(entry, _label(path))
    if state != "waiting":
        for letter in read_only.dead(path):
            damaged += letter is None
            if letter is not None:
                yield stored_entry(letter.entry, _label(path), letter.reason)
    if damaged:
        noun = "entry" if damaged == 1 else "entries"
        raise OutboxCorruptError(f"{path.database} has {damaged} unreadable {noun}: {read_only.SALVAGE}")


def show(directory: Path, transaction_id: str) -> list[StoredEntry]:
    """Return the entries with a transaction id; if there are none, those whose id begins with it.

    Raises:
        OutboxError: None was found, and a shard can't be read.
    """
    found: list[StoredEntry] = []
    try:
        for each in entries(directory):
            if each.transaction_id.startswith(transaction_id):
                found.append(each)
    except OutboxError:
        if not found:
            raise
    return [each for each in found if each.transaction_id == transaction_id] or found


def retry(directory: Path, transaction_ids: Collection[str] | None = None, *, patience: float = _PATIENCE) -> Changed:
    """Move dead letters back to the waiting entries.

    Args:
        directory: The directory.
        transaction_ids: The dead letters; None for all.
        patience: Seconds to wait for the answer of a process that holds a shard.

    Raises:
        OutboxError: A shard can't be read or written.
    """
    return _change(directory, "retry", "dead", transaction_ids, patience)


def drop(
    directory: Path, transaction_ids: Collection[str] | None, *, state: EntryState, patience: float = _PATIENCE
) -> Changed:
    """Delete waiting entries or dead letters for good.

    Args:
        directory: The directory.
        transaction_ids: The entries; None for all.
        state: Whether to delete waiting entries or dead letters.
        patience: Seconds to wait for the answer of a process that holds a shard.

    Raises:
        OutboxError: A shard can't be read or written.
    """
    return _change(directory, "drop" if state == "waiting" else "drop_dead", state, transaction_ids, patience)


def salvage(directory: Path, *, patience: float = _PATIENCE) -> list[Salvaged]:
    """Check every page and every row of all shards; move the readable entries out of damaged files.

    Args:
        directory: The directory.
        patience: Seconds to wait for the answer of a process that holds a shard.

    Returns:
        The result of each shard.

    Raises:
        OutboxCorruptError: The readable entries of a shard could not be saved.
        OutboxError: A shard can't be opened.
    """
    return [_salvage(path, patience) for path in _all(directory)]


def _salvage(path: ShardPath, patience: float) -> Salvaged:
    found: list[Salvage] = []  # a damaged file is repaired when it is opened
    done, is_here = _carry_out(path, ControlRequest("salvage"), patience, found.append)
    if is_here:
        return Salvaged(_label(path), found[-1] if found else Salvage(damaged=False))
    return Salvaged(_label(path), None, answered=done is not None)


def _all(directory: Path) -> Iterator[ShardPath]:
    for folder in _folders(directory):
        yield from shards(folder)


def _folders(directory: Path) -> list[Path]:
    try:
        return sorted(each for each in directory.iterdir() if each.is_dir() and not each.is_symlink())
    except OSError as error:
        raise OutboxError(f"the outbox's directory {directory} can't be read: {error}") from None


def _label(path: ShardPath) -> str:
    return f"{path.folder.name}/{path.name}"


def _with_store(path: ShardPath, work: Callable[[SqliteStore], object], on_damage: Callable[[Salvage], object]) -> bool:
    """Call a function with the store of a shard; return False if another process holds the shard."""
    check_folder(path.folder)
    lock = try_acquire_shard(path)
    if lock is None:
        return False
    if not path.database.exists():
        lock.release()
        return True
    wal = not is_network(path.folder)
    shard = OpenShard(path, lock, full_sync=True, wal=wal, max_bytes=_UNLIMITED, on_damage=on_damage)
    try:
        work(shard.store)
    finally:
        shard.release()
    return True


def _change(
    directory: Path, change: Change, state: EntryState, transaction_ids: Collection[str] | None, patience: float
) -> Changed:
    changed, unanswered = 0, list[str]()
    wanted = None if transaction_ids is None else frozenset(transaction_ids)
    for path in _all(directory):
        named = [(each.number, each.new.transaction_id) for each in _readable(path, state)]
        named = [each for each in named if wanted is None or each[1] in wanted]
        for batch in batches(named):
            done, _ = _carry_out(path, ControlRequest(change, tuple(batch)), patience)
            if done is None:
                unanswered.append(_label(path))
                break
            changed += done
    return Changed(changed, tuple(unanswered))


def _readable(path: ShardPath, state: EntryState) -> Iterator[Entry]:
    """Yield the readable entries of a state."""
    if state == "waiting":
        yield from (entry for entry in read_only.waiting(path) if entry is not None)
    else:
        yield from (letter.entry for letter in read_only.dead(path) if letter is not None)


def _carry_out(
    path: ShardPath, request: ControlRequest, patience: float, on_damage: Callable[[Salvage], object] = lambda _: None
) -> tuple[int | None, bool]:
    """Change a shard here, or send the request to its process.

    Returns:
        How many entries were changed, or None if that process did not answer; and whether it was done here.
    """
    deadline = CLOCK.monotonic() + patience
    changed = 0

    def work(store: SqliteStore) -> None:
        nonlocal changed
        changed, _ = apply(store, request)

    while not _with_store(path, work, on_damage):
        answer = send_request(path, request, deadline - CLOCK.monotonic())
        if answer is not None:
            return answer, False
        if CLOCK.monotonic() >= deadline:
            return None, False
        # No process holds the shard any more: it has ended, or an operator held the shard for a moment.
    return changed, True
