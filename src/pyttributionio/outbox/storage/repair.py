"""Open a damaged shard, and read the numbers of its rows.

The numbers tell which rows that `page_recovery` finds are still in use, and how many rows are lost. A file whose first
page is damaged is opened with the first page of a new file: each shard has the same tables on the same pages.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from pathlib import Path

from pyttributionio.outbox.storage.database import connect
from pyttributionio.outbox.storage.disk import PAGE


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
        try:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # page recovery reads the file alone
            yield connection, copy
        finally:
            connection.close()


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


def known_numbers(connection: sqlite3.Connection, query: str) -> tuple[set[int], bool]:
    """Return the numbers that a query finds, from both ends of its pages, and whether it could be read whole."""
    numbers: set[int] = set()
    for order in ("ASC", "DESC"):
        try:
            for (number,) in connection.execute(f"{query} {order}"):
                numbers.add(number)
        except sqlite3.Error:
            continue
        return numbers, True
    return numbers, False
