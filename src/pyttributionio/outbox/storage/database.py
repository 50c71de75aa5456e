"""One SQLite file, used through one connection under one lock.

Two connections that write and checkpoint one WAL file at the same instant can lose committed rows in SQLite before
3.51.3 (the "WAL-reset bug"), and Python includes older versions. One connection can't meet that bug.
"""

import contextlib
import ctypes
import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from pyttributionio._errors import OutboxCorruptError, OutboxError, OutboxFullError
from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.disk import PAGE, FreeSpace, ReserveFile
from pyttributionio.outbox.storage.files import open_own
from pyttributionio.outbox.storage.rows import text_of
from pyttributionio.outbox.storage.schema import is_header_sound, migrate

T = TypeVar("T")

_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SUSPICIOUS: Final = {
    *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG),
    *(sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_READONLY),
}
"""Errors of statements that never fail on a sound file: a column or a table may have another name or type."""
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}
INTERRUPTED: Final = "this call interrupted another call of the outbox, as a signal handler does"
_BUSY_TIMEOUT: Final = 5.0
"""Seconds to wait for an operator's read-only access, the only other use of the file."""


FAILURES: Final = (sqlite3.Error, OSError, UnicodeError)
"""Everything that a file can make sqlite3 and the operating system raise.

sqlite3 raises a UnicodeDecodeError if its message names a damaged table or column.
"""


def primary_code(error: Exception) -> int:
    """Return SQLite's primary result code; 0 for an error that Python itself raised."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return 0 if code is None else code & 0xFF


def is_damage(error: Exception) -> bool:
    """Return whether an error says that the file is damaged."""
    if isinstance(error, UnicodeError):
        return True
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return primary_code(error) in _DAMAGED or code == sqlite3.SQLITE_IOERR_SHORT_READ


def is_suspicious(error: Exception) -> bool:
    """Return whether an error may come from damage, so that the whole file should be checked."""
    return primary_code(error) in _SUSPICIOUS


def is_full(error: Exception) -> bool:
    """Return whether an error says that the file or the disk is full."""
    return primary_code(error) == sqlite3.SQLITE_FULL or (isinstance(error, OSError) and error.errno in _NO_SPACE)


def translated(error: Exception, path: Path) -> OutboxError:
    """Return the outbox's error for one of SQLite or of the operating system."""
    if is_full(error):
        return OutboxFullError(f"{path} has no room left (max_bytes, or the file system is full); nothing was stored")
    if is_damage(error):
        return OutboxCorruptError(f"{path} is damaged: {error}")
    return OutboxError(f"{path} can't be used: {error}; nothing was stored")


def connect(path: Path, *, full_sync: bool, wal: bool, wal_pages: int, is_ours: bool = False) -> sqlite3.Connection:
    """Open a file, or create it, with the current version of the schema.

    Args:
        path: The file.
        full_sync: Whether a commit waits for the disk.
        wal: Whether to use a write-ahead log.
        wal_pages: How many pages the log may have before it is written back.
        is_ours: Whether it is known that this release was the last one that used the file.

    Raises:
        sqlite3.Error: It can't be opened, or is damaged.
        OutboxError: It belongs to another program, or is of a newer version.
    """
    # No isolation level: transactions are begun explicitly.
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.text_factory = text_of
    try:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync or not wal else 'NORMAL'}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {wal_pages}")
        connection.execute(f"PRAGMA journal_size_limit = {wal_pages * PAGE}")
        migrate(connection, is_ours=is_ours)
    except BaseException:
        connection.close()
        raise
    return connection


class _Locked:
    """Hold a database's lock in a `with` block. A class: a generator of contextlib costs a microsecond more."""

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
    """The file of a shard, and the lock under which it is used.

    Args:
        path: The file.
        full_sync: Whether a commit waits for the disk. If not, it waits for the operating system only.
        wal: Whether to use a write-ahead log. It does not work on network file systems.
        max_bytes: How large the file may become, without its log.
    """

    def __init__(self, path: Path, *, full_sync: bool, wal: bool, max_bytes: int) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.free_space = FreeSpace(path.parent)
        self.reserve_file = ReserveFile(path.with_suffix(".reserve"), self.free_space)
        self.is_ours = False
        """Whether it is known that this release was the last one that used the file."""
        self._full_sync = full_sync
        self._wal = wal
        self.max_bytes = max(8, max_bytes // PAGE) * PAGE
        self._connection: sqlite3.Connection | None = None
        self._name = str(path)
        self._inode: tuple[int, int] | None = None
        """The number of the file and of its device when it was opened. Each call compares it."""
        self._locked = _Locked(self)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection. Only to be used under the lock."""
        if self._connection is None:
            raise OutboxError(f"{self.path} is closed: this outbox takes no more entries")
        return self._connection

    def open(self) -> None:
        """Open the file, or create it, readable by this user only.

        Raises:
            sqlite3.Error: It can't be opened, or is damaged.
            OutboxError: It belongs to another program, or is of a newer version.
        """
        pages = self.free_space.wal_pages
        with contextlib.suppress(FileExistsError):
            os.close(open_own(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        self._connection = connect(
            self.path, full_sync=self._full_sync, wal=self._wal, wal_pages=pages, is_ours=self.is_ours
        )
        status = os.lstat(self._name)
        self._inode = (status.st_ino, status.st_dev)
        self._connection.execute(f"PRAGMA max_page_count = {self.max_bytes // PAGE}")
        self.reserve_file.create()

    def is_sound(self) -> bool:
        """Check the structure of the whole file. This does not check the rows against their checksums."""
        connection = self.connection
        try:
            if not is_header_sound(self.path) or connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return False
            lowest, highest = connection.execute(statements.RANGE).fetchone()
            agrees = connection.execute(statements.AGREES).fetchone()[0]
            return bool(agrees and lowest > 0 and highest <= statements.HIGHEST)
        except FAILURES as error:
            if is_damage(error):
                return False
            raise

    @property
    def is_in_place(self) -> bool:
        """Whether the open file still has its name. A deleted file stays open without one."""
        try:
            status = os.lstat(self._name)
            return self._inode == (status.st_ino, status.st_dev)
        except OSError:
            return False

    def locked(self) -> "_Locked":
        """Hold the lock in a `with` block, to read or to run single statements.

        Entering it raises an OutboxError if this thread holds the lock already, as in a signal handler.
        """
        return self._locked

    def transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function in one transaction; return its result. Only under the lock."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            # SQLite ends the transaction on some failures, such as a full disk.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def size(self) -> tuple[int, int]:
        """Return how many bytes of the file are used and how many are free, in microseconds."""
        total, free = self.connection.execute(statements.SIZE).fetchone()
        return total - free, free

    def close(self) -> None:
        """Close the connection. Closing twice is fine."""
        with self.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def abandon(self) -> None:
        """Leave the connection to the parent process: a forked child must neither use nor close it.

        The end of the interpreter must not close it either, so its reference count is raised for good.
        """
        connection, self._connection = self._connection, None
        if connection is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
