"""Replacement of the oldest entries of a full shard by a new one."""

import contextlib
import sqlite3
from collections.abc import Callable

from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.database import Database, is_full
from pyttributionio.outbox.storage.disk import PAGE
from pyttributionio.outbox.storage.entries import ROW
from pyttributionio.outbox.storage.store import Dropped


def make_room(database: Database, size: int, insert: Callable[[sqlite3.Connection], int]) -> tuple[int, Dropped]:
    """Drop the oldest waiting entries and insert another one, in one transaction. Only under the lock.

    If the entry does not fit even then, the transaction is undone and nothing is lost. The number of entries to
    drop is found by trying, because a page is free only when all rows on it are gone.

    Args:
        database: The file.
        size: About how many bytes the new entry uses.
        insert: Inserts it. Its result is returned.

    Raises:
        sqlite3.Error: It could not be inserted; nothing was dropped.
    """
    wanted = 0
    while True:
        dropped, freed = Dropped(0, 0), 0

        def replace(connection: sqlite3.Connection, wanted: int = wanted) -> int:
            nonlocal dropped, freed
            dropped, freed = _drop_oldest(connection, wanted)
            return insert(connection)

        try:
            return database.transact(replace), dropped
        except sqlite3.Error as error:
            if not is_full(error) or freed < wanted:  # all entries were dropped
                raise
        wanted = 2 * wanted or max(size, PAGE)


def _drop_oldest(connection: sqlite3.Connection, wanted: int) -> tuple[Dropped, int]:
    """Delete the oldest waiting entries until about `wanted` bytes are free; return them and the bytes."""
    count = through = freed = 0
    with contextlib.closing(connection.execute(statements.OLDEST)) as rows:
        while freed < wanted and (row := rows.fetchone()) is not None:
            through, size = row
            count += 1
            freed += size + ROW
    connection.execute(statements.DROP_THROUGH, (through,))
    return Dropped(count, through), freed
