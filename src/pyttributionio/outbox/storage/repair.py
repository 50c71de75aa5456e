"""Read what can be read of a damaged shard.

SQLite refuses a whole query once it meets a broken page. Here the rows before it are read one by one,
and the next readable number after it is searched for. A file whose first page is gone is read through
that of a fresh one: the schema, and so the place of its tables, is the same in all of them.
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
"""Beyond every number."""
_MANY: Final = 256


@contextlib.contextmanager
def opened(path: Path) -> Generator[tuple[sqlite3.Connection, Path], None, None]:
    """Open a copy of a damaged file, mended if it does not open itself; give it with its path."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="salvage-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name("copy.db-wal"))
        if not _opens(copy):
            _mend(copy, Path(folder))
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.text_factory = _text
        try:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # whoever reads its pages needs the newest
            yield connection, copy
        finally:
            connection.close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")  # what was not text tells by its checksum


def _opens(path: Path) -> bool:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("SELECT COUNT(*) FROM sqlite_master WHERE name IN ('entries', 'dead')").fetchone()
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return {"entries", "dead"} <= names


def _mend(path: Path, folder: Path) -> None:
    """Put a fresh file's first page in the place of this one's."""
    fresh = folder / "fresh.db"
    connect(fresh, full_sync=False, log=True, log_pages=1000).close()
    page = bytearray(fresh.read_bytes()[:PAGE])
    page[28:32] = bytes(4)  # its number of pages: without one SQLite goes by the file's length
    with path.open("r+b") as file:
        file.write(page)
        file.seek(0, 2)
        file.truncate(-(-file.tell() // PAGE) * PAGE)  # a page cut short reads as zeros, and is skipped as broken


def rows(connection: sqlite3.Connection, query: str) -> Iterator[Row]:
    """Yield the readable rows of a query with the parameters (from, up to, limit), by number."""
    first, limit = 1, _MANY
    while True:
        found = _attempt(connection, query, first, limit)
        if found is None:
            if limit > 1:
                limit = 1
                continue
            beyond = _past(connection, query, first)
            if beyond is None:
                return
            first = beyond
            continue
        if not found:
            return
        yield from found
        first, limit = number_of(found[-1]) + 1, min(_MANY, limit * 2)


def _attempt(connection: sqlite3.Connection, query: str, first: int, limit: int) -> list[Row] | None:
    """Return the rows from a number on; None if they can't be read."""
    try:
        found: list[Row] = connection.execute(query, (first, LAST, limit)).fetchall()
    except (sqlite3.Error, OverflowError):
        return None
    numbers = [first - 1, *(number_of(row) for row in found)]
    # What a broken page says of its rows may not even be in order.
    return found if numbers == sorted({*numbers}) else None


def _past(connection: sqlite3.Connection, query: str, first: int) -> int | None:
    """Return the lowest number from which on rows can be read again; None if there is none.

    The query has to ask for "from", not for "above": SQLite would look for what is above the last number
    of a broken page in that very page.
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
    """Return the entries' numbers as far as their index tells, from both its ends; and whether that is all of them."""
    numbers: set[int] = set()
    for order in ("ASC", "DESC"):
        try:
            for (number,) in connection.execute(f"{statements.NUMBERS} ORDER BY transaction_id {order}"):
                numbers.add(number)
        except sqlite3.Error:
            continue
        return numbers, True
    return numbers, False
