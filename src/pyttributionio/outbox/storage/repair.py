"""Read the rows of a damaged shard that SQLite can still reach.

SQLite ends a whole query at the first damaged page. Here the rows before that page are read one by one, and then the
next readable row after it is searched. A file whose first page is damaged is read with the first page of a new file:
each shard has the same tables on the same pages.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.database import connect
from pyttributionio.outbox.storage.disk import PAGE
from pyttributionio.outbox.storage.rows import Row, number_of

LAST: Final = 2**62
"""A number above every row id."""
_BATCH: Final = 256


@contextlib.contextmanager
def opened(path: Path) -> Generator[tuple[sqlite3.Connection, Path], None, None]:
    """Copy a damaged file and open the copy; yield the connection and the copy's path."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="salvage-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name("copy.db-wal"))
        if not _has_tables(copy):
            _replace_first_page(copy, Path(folder))
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.text_factory = _text
        try:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # page recovery reads the file alone
            yield connection, copy
        finally:
            connection.close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")  # the row's checksum shows that it is damaged


def _has_tables(path: Path) -> bool:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return {"entries", "dead"} <= names


def _replace_first_page(path: Path, folder: Path) -> None:
    """Replace a file's first page by that of a new file."""
    fresh = folder / "fresh.db"
    connect(fresh, full_sync=False, wal=True, wal_pages=1000).close()
    page = bytearray(fresh.read_bytes()[:PAGE])
    page[28:32] = bytes(4)  # without a number of pages, SQLite uses the length of the file
    with path.open("r+b") as file:
        file.write(page)
        file.seek(0, 2)
        file.truncate(-(-file.tell() // PAGE) * PAGE)  # the rest of a cut page reads as zeros, so it is skipped


def rows(connection: sqlite3.Connection, query: str) -> Iterator[Row]:
    """Yield the readable rows of a query by number. Its parameters are the first and last number, and a limit."""
    first, limit = 1, _BATCH
    while True:
        found = _attempt(connection, query, first, limit)
        if found is None and limit > 1:
            limit = 1
        elif found is None:
            readable = _next_readable(connection, query, first)
            if readable is None:
                return
            first = readable
        elif not found:
            return
        else:
            yield from found
            first, limit = number_of(found[-1]) + 1, min(_BATCH, limit * 2)


def _attempt(connection: sqlite3.Connection, query: str, first: int, limit: int) -> list[Row] | None:
    """Return the rows from a number on; None if they can't be read."""
    try:
        found: list[Row] = connection.execute(query, (first, LAST, limit)).fetchall()
    except (sqlite3.Error, OverflowError):
        return None
    numbers = [first - 1, *(number_of(row) for row in found)]
    # A damaged page may give its rows in a wrong order.
    return found if numbers == sorted({*numbers}) else None


def _next_readable(connection: sqlite3.Connection, query: str, first: int) -> int | None:
    """Return the lowest number from which rows can be read again; None if there is none.

    The query compares with `>=`: with `>`, SQLite would look for the number above the last one of a damaged page
    on that page.
    """
    step = 1
    while _attempt(connection, query, first + step, 1) is None:
        step *= 2
        if first + step > LAST:
            return None
    low, high = first + step // 2, first + step
    while high - low > 1:
        middle = (low + high) // 2
        if _attempt(connection, query, middle, 1) is None:
            low = middle
        else:
            high = middle
    return high


def known_numbers(connection: sqlite3.Connection) -> tuple[set[int], bool]:
    """Return the entries' numbers in their index, read from both ends, and whether the index could be read whole."""
    numbers: set[int] = set()
    for order in ("ASC", "DESC"):
        try:
            for (number,) in connection.execute(f"{statements.NUMBERS} ORDER BY transaction_id {order}"):
                numbers.add(number)
        except sqlite3.Error:
            continue
        return numbers, True
    return numbers, False
