"""Read-only access to a shard. It does not disturb the process that holds the shard."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.database import is_damage
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.entries import DeadLetter, Entry
from pyttributionio.outbox.storage.rows import Row, dead_letter_of, entry_of, number_of
from pyttributionio.outbox.storage.store import StoreCount

T = TypeVar("T")
_BATCH: Final = 500
_EMPTY: Final = StoreCount(0, 0, 0, None)


def _read(path: ShardPath, work: Callable[[sqlite3.Connection], T], if_missing: T) -> T:
    """Run a function that reads; return `if_missing` if the shard has no file.

    Raises:
        OutboxCorruptError: The file is damaged.
        OutboxError: It can't be read.
    """
    if not path.database.exists():
        return if_missing
    try:
        address = f"{path.database.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            return work(connection)
    except sqlite3.Error as error:
        if not path.database.exists():  # its process has just delivered all of it and deleted the file
            return if_missing
        if is_damage(error):
            raise OutboxCorruptError(f"{path.database} is damaged: run `pyttributionio outbox salvage`") from None
        raise OutboxError(f"{path.database} can't be read: {error}") from None


def count(path: ShardPath) -> StoreCount:
    """Return how much a shard holds."""

    def read(connection: sqlite3.Connection) -> StoreCount:
        pending, dead = connection.execute(statements.COUNTS).fetchone()
        oldest = connection.execute(statements.OLDEST_ACCEPTED).fetchone()
        total, free = connection.execute(statements.SIZE).fetchone()
        return StoreCount(pending, dead, total - free, None if oldest is None else oldest[0])

    return _read(path, read, _EMPTY)


def waiting(path: ShardPath) -> Iterator[Entry]:
    """Yield a shard's waiting entries, without those that do not match their checksum."""
    yield from _batches(path, statements.ENTRIES, entry_of)


def dead(path: ShardPath) -> Iterator[DeadLetter]:
    """Yield a shard's dead letters, without those that do not match their checksum."""
    yield from _batches(path, statements.DEAD, dead_letter_of)


def _batches(path: ShardPath, query: str, item_of: "Callable[[Row], T | None]") -> Iterator[T]:
    # In batches: the log can't be written back while a read transaction is open.
    first = 1

    def fetch(connection: sqlite3.Connection) -> list[Row]:
        return connection.execute(query, (first, statements.LAST, _BATCH)).fetchall()

    while True:
        rows = _read(path, fetch, list[Row]())
        for row in rows:
            item = item_of(row)
            if item is not None:
                yield item
        if len(rows) < _BATCH:
            return
        first = number_of(rows[-1]) + 1
