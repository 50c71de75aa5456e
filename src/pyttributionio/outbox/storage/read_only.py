"""Look into a shard without disturbing the process that holds it: through a connection that can't write."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from pyttributionio._errors import OutboxCorruptError, OutboxError
from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.database import is_damage
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.entries import DeadLetter, Entry
from pyttributionio.outbox.storage.repair import LAST
from pyttributionio.outbox.storage.rows import dead_letter_of, entry_of, number_of
from pyttributionio.outbox.storage.store import StoreCount

T = TypeVar("T")
_PAGE: Final = 500
_EMPTY: Final = StoreCount(0, 0, 0, None)


def _look(path: ShardPath, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
    """Do some reading; return `nothing` if there is no file.

    Raises:
        OutboxCorruptError: The file is damaged.
        OutboxError: It can't be read.
    """
    if not path.database.exists():
        return nothing
    try:
        address = f"{path.database.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            return work(connection)
    except sqlite3.Error as error:
        if not path.database.exists():  # delivered and tidied away just now
            return nothing
        if is_damage(error):
            raise OutboxCorruptError(f"{path.database} is damaged: run `pyttributionio outbox salvage`") from None
        raise OutboxError(f"{path.database} can't be read: {error}") from None


def count(path: ShardPath) -> StoreCount:
    """Tell how much a shard holds."""

    def read(connection: sqlite3.Connection) -> StoreCount:
        pending, dead = connection.execute(statements.COUNTS).fetchone()
        oldest = connection.execute(statements.OLDEST_ACCEPTED).fetchone()
        total, free = connection.execute(statements.SIZE).fetchone()
        return StoreCount(pending, dead, total - free, None if oldest is None else oldest[0])

    return _look(path, read, _EMPTY)


def waiting(path: ShardPath) -> Iterator[Entry]:
    """Yield a shard's waiting entries, but for those that do not match their checksum."""
    yield from _paged(path, statements.ENTRIES, entry_of)


def dead(path: ShardPath) -> Iterator[DeadLetter]:
    """Yield a shard's dead letters, but for those that do not match their checksum."""
    yield from _paged(path, statements.DEAD, dead_letter_of)


def _fetch(query: str, parameters: tuple[int, ...], connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return connection.execute(query, parameters).fetchall()


def _paged(path: ShardPath, query: str, read_row: "Callable[[tuple[object, ...]], T | None]") -> Iterator[T]:
    # Page by page: a reader that stays long would keep the log from being written back.
    first = 1
    while True:
        parameters = (first, LAST, _PAGE)
        nothing: list[tuple[object, ...]] = []
        rows = _look(path, partial(_fetch, query, parameters), nothing)
        for row in rows:
            item = read_row(row)
            if item is not None:
                yield item
        if len(rows) < _PAGE:
            return
        first = number_of(rows[-1]) + 1
