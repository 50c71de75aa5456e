"""What operators do with an outbox's directory, whoever uses it: the functions behind the command line.

None takes the lock of a living process. A shard that nobody holds is changed here; of one that is held, the
change is asked for, and its process makes it.
"""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pyttributionio._client import AsyncClient, Client
from pyttributionio._errors import OutboxError
from pyttributionio.outbox import _peek
from pyttributionio.outbox._disk import is_network
from pyttributionio.outbox._locks import holder
from pyttributionio.outbox._mailbox import Ask, Change, apply, ask, chunks
from pyttributionio.outbox._outbox import Outbox
from pyttributionio.outbox._shards import ShardPath, default_directory, shards, try_hold
from pyttributionio.outbox._sqlite_store import SqliteStore
from pyttributionio.outbox._store import Salvage
from pyttributionio.outbox._view import StoredEntry, view

EntryState: TypeAlias = Literal["waiting", "dead"]
_PATIENCE: Final = 5.0
_NO_BOUND: Final = 2**46
_LOOK_EVERY: Final = 0.1


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
    owner = holder(path.lock) if _is_held(path) else None
    try:
        count = _peek.count(path)
    except OutboxError as error:
        return ShardStatus(path.folder.name, path.name, owner, 0, 0, 0, None, str(error))
    oldest = None if count.oldest is None else datetime.fromtimestamp(count.oldest, UTC)
    return ShardStatus(path.folder.name, path.name, owner, count.pending, count.dead, count.size, oldest)


def entries(directory: Path, state: EntryState | None = None) -> Iterator[StoredEntry]:
    """Yield entries, shard by shard, oldest first; only waiting or dead ones, if asked for.

    Raises:
        OutboxError: A shard can't be read.
    """
    for path in _all(directory):
        if state != "dead":
            for entry in _peek.waiting(path):
                yield view(entry, _label(path))
        if state != "waiting":
            for letter in _peek.dead(path):
                yield view(letter.entry, _label(path), letter.burial)


def show(directory: Path, transaction_id: str) -> list[StoredEntry]:
    """Return the entries of a transaction id, or of its beginning.

    Raises:
        OutboxError: A shard can't be read.
    """
    found = [each for each in entries(directory) if each.transaction_id.startswith(transaction_id)]
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
    if _with_store(path, lambda store: store.salvage(), told.append):
        return Salvaged(_label(path), told[-1] if told else Salvage(damaged=False))
    done = ask(path, Ask("salvage"), patience, is_held=lambda: _is_held(path))
    return Salvaged(_label(path), None, answered=done is not None)


def drain(
    client: Client | AsyncClient,
    directory: Path,
    *,
    timeout: float,
    on_progress: Callable[[int], object] = lambda _: None,
    in_flight: int = 32,
) -> int:
    """Deliver what waits in shards that nobody holds, for the client's account.

    Args:
        client: Whose account and tracking URL.
        directory: Where.
        timeout: Seconds to go on at most.
        on_progress: Told how many entries are left, several times a second.
        in_flight: How many requests are under way at one time.

    Returns:
        How many entries are left.

    Raises:
        OutboxError: A shard can't be opened.
    """
    ends = time.monotonic() + timeout
    with Outbox(client, directory, in_flight=in_flight, drain_on_exit=0) as outbox:
        outbox.start()
        account = outbox.folder
        while True:
            left = outbox.stats().pending + _unheld(account)
            on_progress(left)
            if not left or time.monotonic() >= ends:
                return left
            outbox.flush(min(_LOOK_EVERY, max(0.0, ends - time.monotonic())))


def _unheld(folder: Path) -> int:
    """Return how many entries wait in shards that nobody has taken over yet."""
    return sum(_peek.count(path).pending for path in shards(folder) if not _is_held(path))


def _all(directory: Path) -> Iterator[ShardPath]:
    for folder in sorted(each for each in directory.iterdir() if each.is_dir()):
        yield from shards(folder)


def _label(path: ShardPath) -> str:
    return f"{path.folder.name}/{path.name}"


def _is_held(path: ShardPath) -> bool:
    """Tell whether a living process holds a shard: by trying its lock, and freeing it at once."""
    held = try_hold(path)
    if held is not None:
        held.lock.release()
    return held is None


def _with_store(
    path: ShardPath,
    work: Callable[[SqliteStore], object],
    on_damage: Callable[[Salvage], object] = lambda _: None,
) -> bool:
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
        found = _peek.waiting(path) if state == "waiting" else (letter.entry for letter in _peek.dead(path))
        named = [(each.number, each.new.transaction_id) for each in found]
        named = [each for each in named if wanted is None or each[1] in wanted]
        for chunk in chunks(named):
            done = _change_in(path, Ask(change, chunk), patience)
            if done is None:
                unanswered.append(_label(path))
                break
            changed += done
    return Changed(changed, tuple(unanswered))


def _change_in(path: ShardPath, wanted: Ask, patience: float) -> int | None:
    done = 0

    def work(store: SqliteStore) -> None:
        nonlocal done
        done = apply(store, wanted)

    if _with_store(path, work):
        return done
    return ask(path, wanted, patience, is_held=lambda: _is_held(path))
