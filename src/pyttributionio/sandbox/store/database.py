"""The SQLite database: opened, checked, and changed in transactions."""

import contextlib
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, cast

from pyttributionio.sandbox.store import schema

PATIENCE: Final = 2.0
"""Seconds to wait for another program that holds the lock. Another sandbox on the same file holds it for less."""
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNUSABLE: Final = frozenset(
    {
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
    }
)
"""SQLite's codes for problems of the file and its disk."""


class DatabaseLockedError(sqlite3.OperationalError):
    """Another program holds the lock of the database's file (503)."""

    def __init__(self) -> None:
        super().__init__("the database is locked by another program: end that program, or its transaction")


class DatabaseUnusableError(sqlite3.OperationalError):
    """The database's file cannot be used; the message is SQLite's (500)."""


def open_database(path: str | os.PathLike[str] | None) -> sqlite3.Connection:
    """Open the database, and create its tables if it has none.

    Args:
        path: The database's file, which is created if it does not exist; None keeps the data in memory.

    Raises:
        DatabaseLockedError: Another program holds the file's lock for some seconds.
        sqlite3.Error: The file cannot be opened, or is not a database.
        ValueError: The file is a database, but not one of this version of the sandbox.
    """
    if path is not None:
        # The file has personal data, so only its owner may read it. SQLite's own error says better what is wrong
        # with the path.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    # Autocommit: `transaction` begins the transactions.
    connection = sqlite3.connect(
        ":memory:" if path is None else path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        with reasons_named():
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
        # The first read opens the log; SQLite refuses to open one for a file that was moved in the meantime.
        connection.execute(schema.DESCRIBE).fetchone()
    # From here on, SQLite does not wait for another program: that would stop the event loop. `waiting` does it.
    connection.execute("PRAGMA busy_timeout = 0")


@contextmanager
def reasons_named() -> Generator[None, None, None]:
    """Raise errors that say what to do for locks, and for problems of the file and its disk.

    Raises:
        DatabaseLockedError: Another program holds the lock.
        DatabaseUnusableError: The disk is full, or the file is read-only, damaged or not a database.
    """
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the class of the error; the others are details. Errors of the module itself have no code.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _LOCKED:
            raise DatabaseLockedError from None
        if code in _UNUSABLE:
            raise DatabaseUnusableError(str(error)) from None
        raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[sqlite3.Cursor, None, None]:
    """Run statements in one transaction: all of them take effect, or none if one fails.

    Raises:
        DatabaseLockedError: Another program holds the lock.
        DatabaseUnusableError: The disk is full, or the file cannot be used.
    """
    cursor = connection.cursor()
    with reasons_named():
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
