"""Read-only access to a shard. It does not disturb the process that holds the shard."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox.storage import log_recovery, statements
from pyttributionio.outbox.storage.database import FAILURES, is_damage
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.entries import DeadLetter, Entry
from pyttributionio.outbox.storage.rows import Row, dead_letter_of, entry_of, number_of, text_of
from pyttributionio.outbox.storage.schema import damage
from pyttributionio.outbox.storage.store import StoreCount

T = TypeVar("T")
_BATCH: Final = 500
_EMPTY: Final = StoreCount(0, 0, 0, None)
SALVAGE: Final = "run `pyttributionio outbox salvage`"


def _read(path: ShardPath, work: Callable[[sqlite3.Connection], T], if_missing: T) -> T:
    """Run a function that reads; return `if_missing` if the shard has no file.

    Raises:
        OutboxCorruptError: The file is damaged.
        OutboxError: It can't be read.
    """
    path.check_files()
    if not path.database.exists():
        return if_missing
    try:
        if log_recovery.is_orphan(path.database):  # SQLite would delete the log
            raise damage("its log has entries, and the file itself is empty")
        address = f"{path.database.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            connection.text_factory = text_of
            return work(connection)
    except FAILURES as error:
        if not path.database.exists():  # its process has just delivered all of it and deleted the file
            return if_missing
        if is_damage(error):
            raise OutboxCorruptError(f"{path.database} is damaged: {SALVAGE}") from None
        raise OutboxError(f"{path.database} can't be read: {error}") from None


def count(path: ShardPath) -> StoreCount:
    """Return how much a shard holds."""

    def read(connection: sqlite3.Connection) -> StoreCount:
        pending, dead = connection.execute(statements.COUNTS).fetchone()
        oldest = connection.execute(statements.OLDEST_ACCEPTED).fetchone()
        total, free = connection.execute(statements.SIZE).fetchone()
        return StoreCount(pending, dead, total - free, None if oldest is None else oldest[0])

    return _read(path, read, _EMPTY)


def waiting(path: ShardPath) -> Iterator[Entry | None]:
    """Yield a shard's waiting entries, and None for each damaged row."""
    yield from _batches(path, statements.ENTRIES, entry_of)


def dead(path: ShardPath) -> Iterator[DeadLetter | None]:
    """Yield a shard's dead letters, and None for each damaged row."""
    yield from _batches(path, statements.DEAD, dead_letter_of)


def _batches(path: ShardPath, query: str, item_of: "Callable[[Row, int], T | None]") -> Iterator[T | None]:
    # In batches: the log can't be written back while a read transaction is open.
    first = 1

    def fetch(connection: sqlite3.Connection) -> tuple[int, list[Row]]:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version, connection.execute(query, (first, statements.LAST, _BATCH)).fetchall()

    while True:
        version, rows = _read(path, fetch, (0, list[Row]()))
        for row in rows:
            yield item_of(row, version)
        if len(rows) < _BATCH:
            return
        first = number_of(rows[-1]) + 1
