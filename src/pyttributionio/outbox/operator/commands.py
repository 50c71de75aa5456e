"""What operators do with an outbox's directory, whoever uses it: the functions behind the command line.

None takes the lock of a living process. A shard that nobody holds is changed here; of one that is held, the
change is asked for, and its process makes it.
"""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from pyttributionio._errors import OutboxError
from pyttributionio.outbox._events import StoredEntry, view
from pyttributionio.outbox.process.control_requests import Ask, Change, apply, ask, chunks
from pyttributionio.outbox.storage import read_only
from pyttributionio.outbox.storage.directory import ShardPath, default_directory, is_held, shards, try_hold
from pyttributionio.outbox.storage.disk import is_network
from pyttributionio.outbox.storage.locks import holder
from pyttributionio.outbox.storage.sqlite import SqliteStore
from pyttributionio.outbox.storage.store import Salvage

EntryState: TypeAlias = Literal["waiting", "dead"]
_PATIENCE: Final = 5.0
_NO_BOUND: Final = 2**46


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """One shard.

    Attributes:
        account: The folder it lies in: the public key and the tracking URL.
        shard: Its name.
        holder: The id of the process that holds it; None if nobody does, and the next process takes it over.
        pending: Entries that wait.
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
    """A whole directory.

    Attributes:
        directory: Where it is.
        shards: Its shards, by account and number.
        quarantine: Damaged files that were set aside; whoever has looked at them may delete them.
    """

    directory: Path
    shards: tuple[ShardStatus, ...]
    quarantine: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change.

    Attributes:
        changed: How many entries were changed.
        unanswered: Shards whose process did not answer in time; nothing was changed there.
    """

    changed: int
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of a shard that was looked over.

    Attributes:
        shard: Which.
        salvage: What was found; None where a living process holds it, and was asked to look it over itself.
        answered: Whether that process has done so.
    """

    shard: str
    salvage: Salvage | None
    answered: bool = True


def find_directory(directory: str | Path | None = None) -> Path:
    """Return the directory to work on: as given, from the environment, or the usual one.

    Raises:
        ValueError: None is known.
        OutboxError: There is no such directory.
    """
    found = default_directory() if directory is None else Path(directory)
    if not found.is_dir():
        raise OutboxError(f"there is no outbox at {found}: nothing was ever accepted there, or it is elsewhere")
    return found


def status(directory: Path) -> DirectoryStatus:
    """Tell how all shards are doing."""
    found = tuple(_status_of(path) for path in _all(directory))
    return DirectoryStatus(directory, found, tuple(sorted(directory.glob("*/*.damaged-*.db"))))


def _status_of(path: ShardPath) -> ShardStatus:
    owner = holder(path.lock) if is_held(path) else None
    try:
        count = read_only.count(path)
    except OutboxError as error:
        return ShardStatus(path.folder.name, path.name, owner, 0, 0, 0, None, str(error))
    oldest = None if count.oldest is None else datetime.fromtimestamp(count.oldest, UTC)
    return ShardStatus(path.folder.name, path.name, owner, count.pending, count.dead, count.size, oldest)


def entries(directory: Path, state: EntryState | None = None) -> Iterator[StoredEntry]:
    """Yield entries, shard by shard, oldest first; only waiting or dead ones, if asked for.

    Raises:
        OutboxError: A shard can't be read; what is readable in all others was yielded before.
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
    if state != "dead":
        for entry in read_only.waiting(path):
            yield view(entry, _label(path))
    if state != "waiting":
        for letter in read_only.dead(path):
            yield view(letter.entry, _label(path), letter.burial)


def show(directory: Path, transaction_id: str) -> list[StoredEntry]:
    """Return the entries of a transaction id, or of its beginning.

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
    """Let dead letters wait for delivery again.

    Args:
        directory: Where.
        transaction_ids: Which; None means all.
        patience: Seconds to wait for the answer of a process that holds a shard.

    Raises:
        OutboxError: A shard can't be read or written.
    """
    return _change(directory, "retry", "dead", transaction_ids, patience)


def drop(
    directory: Path, transaction_ids: Collection[str] | None, *, state: EntryState, patience: float = _PATIENCE
) -> Changed:
    """Remove waiting entries or dead letters for good.

    Args:
        directory: Where.
        transaction_ids: Which; None means all.
        state: Whether waiting entries are meant, or dead letters.
        patience: Seconds to wait for the answer of a process that holds a shard.

    Raises:
        OutboxError: A shard can't be read or written.
    """
    return _change(directory, "drop" if state == "waiting" else "drop_dead", state, transaction_ids, patience)


def salvage(directory: Path, *, patience: float = _PATIENCE) -> list[Salvaged]:
    """Look every shard over, page by page and row by row; move what is readable out of damaged ones.

    Args:
        directory: Where.
        patience: Seconds to wait for the answer of a process that holds a shard.

    Returns:
        What came of each shard.

    Raises:
        OutboxCorruptError: What is readable in a shard could not be saved.
        OutboxError: A shard can't be opened.
    """
    return [_salvage(path, patience) for path in _all(directory)]


def _salvage(path: ShardPath, patience: float) -> Salvaged:
    told: list[Salvage] = []  # opening a damaged file mends it already
    done = _carry_out(path, Ask("salvage"), patience, told.append)
    if done is not None and done.here:
        return Salvaged(_label(path), told[-1] if told else Salvage(damaged=False))
    return Salvaged(_label(path), None, answered=done is not None)


def _all(directory: Path) -> Iterator[ShardPath]:
    for folder in sorted(each for each in directory.iterdir() if each.is_dir()):
        yield from shards(folder)


def _label(path: ShardPath) -> str:
    return f"{path.folder.name}/{path.name}"


def _with_store(path: ShardPath, work: Callable[[SqliteStore], object], on_damage: Callable[[Salvage], object]) -> bool:
    """Do something to a shard that nobody holds; return False if someone does."""
    held = try_hold(path)
    if held is None:
        return False
    try:
        if path.database.exists():
            log = not is_network(path.folder)
            store = SqliteStore(
                path.database,
                full_sync=True,
                log=log,
                max_bytes=_NO_BOUND,
                on_damage=on_damage,
                expected=path.recorded(),
            )
            try:
                work(store)
            finally:
                store.close()
    finally:
        held.lock.release()
    return True


def _change(
    directory: Path, change: Change, state: EntryState, transaction_ids: Collection[str] | None, patience: float
) -> Changed:
    changed, unanswered = 0, list[str]()
    wanted = None if transaction_ids is None else frozenset(transaction_ids)
    for path in _all(directory):
        found = read_only.waiting(path) if state == "waiting" else (letter.entry for letter in read_only.dead(path))
        named = [(each.number, each.new.transaction_id) for each in found]
        named = [each for each in named if wanted is None or each[1] in wanted]
        for chunk in chunks(named):
            done = _carry_out(path, Ask(change, chunk), patience)
            if done is None:
                unanswered.append(_label(path))
                break
            changed += done.changed
    return Changed(changed, tuple(unanswered))


class _Done(NamedTuple):
    changed: int
    here: bool


def _carry_out(
    path: ShardPath, wanted: Ask, patience: float, on_damage: Callable[[Salvage], object] = lambda _: None
) -> _Done | None:
    """Change a shard that nobody holds, or have its process do it; return None if that did not answer."""
    ends = time.monotonic() + patience
    changed = 0

    def work(store: SqliteStore) -> None:
        nonlocal changed
        changed, _ = apply(store, wanted)

    while not _with_store(path, work, on_damage):
        answer = ask(path, wanted, ends - time.monotonic())
        if answer is not None:
            return _Done(answer, here=False)
        if time.monotonic() >= ends:
            return None
        # Let go meanwhile: its process has ended, or another operator only looked whether anyone held it.
    return _Done(changed, here=True)
