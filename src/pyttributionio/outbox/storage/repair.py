"""Open a damaged shard, and read the numbers of its rows.

The numbers tell which rows that `page_recovery` finds are still in use, and how many rows are lost. A file whose first
page is damaged is opened with the first page of a new file: each shard has the same tables on the same pages.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyttributionio.outbox.storage import log_recovery, schema, statements
from pyttributionio.outbox.storage.database import FAILURES, connect
from pyttributionio.outbox.storage.disk import PAGE
from pyttributionio.outbox.storage.rows import text_of

_INDEX_PAGES: Final = {0x02, 0x0A}
_VERSION: Final = slice(60, 64)


@dataclass(slots=True)
class Damaged:
    """The copy of a damaged file.

    Attributes:
        connection: The open copy.
        path: Its path.
        first_page: The first page as it was in the damaged file.
        version: The version of its schema, if it can be read; else the oldest one.
        logged: The pages in its log, if that is damaged. They may be old versions.
        damaged: The damaged pages in its log, and its first page if that was replaced.
    """

    connection: sqlite3.Connection
    path: Path
    first_page: bytes
    version: int
    logged: list[bytes]
    damaged: list[bytes]


@contextlib.contextmanager
def opened(path: Path) -> Generator[Damaged, None, None]:
    """Copy a damaged file and open the copy."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="salvage-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(path, copy)
        os.truncate(copy, -(-copy.stat().st_size // PAGE) * PAGE)  # the rest of a cut page reads as zeros
        for suffix in ("-wal", "-journal"):
            log = path.with_name(path.name + suffix)
            if log.exists():
                shutil.copyfile(log, copy.with_name(copy.name + suffix))
        logged, damaged = _apply_log(copy)
        original = _first_page(copy)
        is_sound = _has_sound_start(copy)
        if not is_sound:
            damaged.append(original)  # it may be a page of rows that stands in the place of another one
            _replace_first_page(copy, Path(folder))
        replacement = _first_page(copy)
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.text_factory = text_of
        try:
            with contextlib.suppress(*FAILURES):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # page recovery reads the file alone
            first_page = _first_page(copy)
            if first_page == replacement and not is_sound:
                first_page = original
            version = int.from_bytes(first_page[_VERSION])
            yield Damaged(connection, copy, first_page, version if is_sound else 1, logged, damaged)
        finally:
            connection.close()


def _apply_log(copy: Path) -> tuple[list[bytes], list[bytes]]:
    """Apply a log that SQLite can't read whole. SQLite applies any other log itself.

    Returns:
        The pages that were applied, and all others.
    """
    log = copy.with_name(f"{copy.name}-wal")
    if not log.exists():
        return [], []
    frames = log_recovery.frames_of(log)
    if not log_recovery.is_damaged(frames) and not log_recovery.is_orphan(copy):
        return [], []
    log.unlink()
    return log_recovery.apply(frames, copy)


def _first_page(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(PAGE).ljust(PAGE, b"\0")


def _has_sound_start(path: Path) -> bool:
    """Return whether the first page leads to all tables of a known version."""
    if not schema.is_header_sound(path):
        return False
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = text_of
    try:
        return schema.is_known(connection)
    except FAILURES:
        return False
    finally:
        connection.close()


def _replace_first_page(path: Path, folder: Path) -> None:
    """Replace a file's first page by that of a new file."""
    fresh = folder / "fresh.db"
    connection = connect(fresh, full_sync=False, wal=True, wal_pages=1000)
    with path.open("rb") as file:
        file.seek(2 * PAGE)
        third = file.read(1)
    if third and third[0] not in _INDEX_PAGES:  # the file was made small: that changes the order of tables and index
        connection.execute("VACUUM")
    connection.close()
    page = bytearray(fresh.read_bytes()[:PAGE])
    page[28:32] = bytes(4)  # without a number of pages, SQLite uses the length of the file
    with path.open("r+b") as file:
        file.write(page)


@dataclass(slots=True)
class Known:
    """The rows of a table that its tree and its index lead to.

    Attributes:
        numbers: The numbers of the rows, by the tree.
        names: The name of each row in the index, by its number. A row may have its name in one place and its number
            in the other, if one of them is damaged.
        is_complete: Whether the tree or the index could be read to its end. Then other rows were deleted before.
    """

    numbers: set[int] = field(default_factory=set[int])
    names: dict[int, int] = field(default_factory=dict[int, int])
    is_complete: bool = False


def known_entries(connection: sqlite3.Connection) -> Known:
    """Return the waiting entries that tree and index lead to."""
    tree, is_tree_complete = _read(connection, statements.NUMBERS)
    index, is_index_complete = _read(connection, statements.INDEXED)
    names = {number: hash(tuple(name)) for number, *name in index}
    return Known({number for (number,) in tree}, names, is_tree_complete or is_index_complete)


def known_dead_letters(connection: sqlite3.Connection) -> Known:
    """Return the dead letters that the tree leads to. They have no index."""
    rows, is_complete = _read(connection, statements.DEAD_NUMBERS)
    return Known({number for (number,) in rows}, {}, is_complete)


def _read(connection: sqlite3.Connection, query: str) -> tuple[list[tuple[int, ...]], bool]:
    """Return the rows that a query finds, from both ends of its pages, and whether it could be read whole."""
    found: list[tuple[int, ...]] = []
    for order in ("ASC", "DESC"):
        try:
            for row in connection.execute(f"{query} {order}"):
                found.append(row)
        except FAILURES:
            continue
        return found, True
    return found, False
