"""One SQLite file through one connection under one lock: opened, guarded, closed, or left to a parent process.

One connection, because SQLite before 3.51.3 can lose committed rows when two of them write and
check-point one log at the same instant ("WAL-reset bug"), and Python brings older ones along.
"""

import ctypes
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from pyttributionio._errors import OutboxCorruptError, OutboxError, OutboxFullError
from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.disk import PAGE, Ballast, Room
from pyttributionio.outbox.storage.schema import migrate

T = TypeVar("T")

_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
INTERRUPTED: Final = "the outbox was called by what interrupted another call of it, such as a signal handler"
_PATIENCE: Final = 5.0
"""Seconds to wait for an operator's look at the file, which is the only other that may be there."""


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for errors that are Python's own."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return 0 if code is None else code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file itself is broken."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return primary_code(error) in _DAMAGED or code == sqlite3.SQLITE_IOERR_SHORT_READ


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether an error says that there is no room: in the file, or on the disk."""
    return primary_code(error) == sqlite3.SQLITE_FULL


def translated(error: sqlite3.Error, path: Path) -> OutboxError:
    """Return what a caller is told of SQLite's error."""
    if is_full(error):
        return OutboxFullError(f"{path} has no room left (max_bytes, or the file system is full); nothing was stored")
    if is_damage(error):
        return OutboxCorruptError(f"{path} is damaged: {error}")
    return OutboxError(f"{path} could not be written: {error}; nothing was stored")


def connect(path: Path, *, full_sync: bool, log: bool, log_pages: int) -> sqlite3.Connection:
    """Open a file, made where there is none, with this version's schema.

    Raises:
        sqlite3.Error: It can't be opened, or is damaged.
        OutboxError: It is another program's.
    """
    # Autocommit: transactions are begun by hand, where they belong.
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute(f"PRAGMA journal_mode = {'WAL' if log else 'DELETE'}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync or not log else 'NORMAL'}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {log_pages}")
        connection.execute(f"PRAGMA journal_size_limit = {log_pages * PAGE}")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


class _Held:
    """The lock of a database, held in a `with` block. A class, for contextlib's generators cost a microsecond."""

    __slots__ = ("_database", "_in_use")

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._in_use = False

    def __enter__(self) -> sqlite3.Connection:
        database = self._database
        database.lock.acquire()
        if self._in_use:
            database.lock.release()
            raise OutboxError(INTERRUPTED)
        self._in_use = True
        try:
            return database.connection
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self._in_use = False
        self._database.lock.release()


class Database:
    """A shard's file, and the lock under which it is used.

    Args:
        path: The file.
        full_sync: Whether a commit waits until the disk has it, instead of the operating system.
        log: Whether to use a write-ahead log; not on network file systems.
        max_bytes: How large the file may become, its log not counted.
    """

    def __init__(self, path: Path, *, full_sync: bool, log: bool, max_bytes: int) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.room = Room(path.parent)
        self.ballast = Ballast(path.with_suffix(".ballast"), self.room)
        self._full_sync = full_sync
        self._log = log
        self.max_bytes = max(8, max_bytes // PAGE) * PAGE
        self._connection: sqlite3.Connection | None = None
        self._held = _Held(self)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; only to be used under the lock."""
        if self._connection is None:
            raise OutboxError(f"{self.path} is closed: this outbox takes no more entries")
        return self._connection

    def open(self) -> None:
        """Open the file.

        Raises:
            sqlite3.Error: It can't be opened, or is damaged.
            OutboxError: It is another program's, or of a newer version.
        """
        self._connection = connect(self.path, full_sync=self._full_sync, log=self._log, log_pages=self.room.log_pages)
        self._connection.execute(f"PRAGMA max_page_count = {self.max_bytes // PAGE}")
        self.ballast.take()

    def is_sound(self) -> bool:
        """Look the whole file over, but for what only the rows' checksums can tell."""
        try:
            return bool(self.connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise

    def held(self) -> "_Held":
        """Hold the lock, for reading or for single statements.

        Entering raises an OutboxError where this thread is using it already: a signal handler has interrupted it.
        """
        return self._held

    def transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Make one transaction of some work. Only under the lock."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            # SQLite itself ends the transaction on some failures, such as a full disk.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def size(self) -> tuple[int, int]:
        """Return how many bytes of the file are in use, and how many are free; it costs microseconds."""
        total, free = self.connection.execute(statements.SIZE).fetchone()
        return total - free, free

    def close(self) -> None:
        """Close the connection; closing twice is fine."""
        with self.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def abandon(self) -> None:
        """Leave the connection to the parent process: after a fork it must be neither used nor closed here.

        Not even by the interpreter's end, so that its reference count is raised for good.
        """
        connection, self._connection = self._connection, None
        if connection is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
