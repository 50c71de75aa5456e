"""The SQLite database: opened, checked, and changed in transactions."""

import contextlib
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from pyttributionio.sandbox.store import schema


def open_database(path: str | os.PathLike[str] | None) -> sqlite3.Connection:
    """Open the database, and create its tables if it has none.

    Args:
        path: The database's file, which is created if it does not exist; None keeps the data in memory.

    Raises:
        sqlite3.Error: The file cannot be opened, or is not a database.
        ValueError: The file is a database, but not one of this version of the sandbox.
    """
    if path is not None:
        # The file has personal data, so only its owner may read it. SQLite's own error says better what is wrong
        # with the path.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    # Autocommit: `transaction` begins the transactions.
    connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str | os.PathLike[str] | None) -> None:
    with transaction(connection) as cursor:
        *mark, tables = cast("tuple[int, ...]", cursor.execute(schema.DESCRIBE).fetchone())
        # Checked before anything is written, so that the database of another program is not changed.
        if tables and mark != [schema.APPLICATION_ID, schema.VERSION]:
            raise ValueError(f"{path} is not a database of this version of the sandbox")
        if not tables:
            for statement in schema.SCHEMA:
                cursor.execute(statement)
    # SQLite's own functions ignore the case of ASCII letters only.
    connection.create_function("folded", 1, str.casefold, deterministic=True)
    # In kibibytes, allocated when needed: SQLite's default of 2,000 is too small to keep a large customer cached.
    connection.execute("PRAGMA cache_size = -16000")
    if path is not None:
        # With a write-ahead log, NORMAL loses nothing when the process is killed.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[sqlite3.Cursor, None, None]:
    """Run statements in one transaction: all of them take effect, or none if one fails."""
    cursor = connection.cursor()
    # IMMEDIATE takes the write lock before reading, so that another process on the same file cannot
    # store a duplicate between our SELECT and our INSERT.
    cursor.execute("BEGIN IMMEDIATE")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        # SQLite itself ends the transaction after some failures, such as a full disk.
        if connection.in_transaction:
            cursor.execute("ROLLBACK")
        raise
