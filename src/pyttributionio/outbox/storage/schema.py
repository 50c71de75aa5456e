"""The schema of a shard, in numbered steps. A file of an older version is migrated; a newer one is refused."""

import re
import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyttributionio._errors import OutboxError

APPLICATION_ID: Final = 0x50_79_4F_62  # "PyOb": SQLite stores this number as the mark of the file's owner

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            transaction_id TEXT NOT NULL,
            event_key TEXT,
            lane TEXT NOT NULL,
            body BLOB NOT NULL,
            identity BLOB,
            accepted_at REAL NOT NULL,
            crc INTEGER NOT NULL,
            sent INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            last_error TEXT
        )
        """,
        # An identity has no event key. NULLs are never equal, so all identities are kept.
        "CREATE UNIQUE INDEX entries_by_transaction ON entries (transaction_id, event_key)",
        """
        CREATE TABLE dead (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            transaction_id TEXT NOT NULL,
            event_key TEXT,
            lane TEXT NOT NULL,
            body BLOB NOT NULL,
            identity BLOB,
            accepted_at REAL NOT NULL,
            crc INTEGER NOT NULL,
            sent INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            last_error TEXT,
            reason TEXT NOT NULL,
            status INTEGER,
            answer TEXT NOT NULL,
            buried_at REAL NOT NULL
        )
        """,
    ),
    (
        "ALTER TABLE entries RENAME COLUMN lane TO visitor_id",
        "ALTER TABLE entries RENAME COLUMN sent TO delivered_requests",
        "ALTER TABLE dead RENAME COLUMN lane TO visitor_id",
        "ALTER TABLE dead RENAME COLUMN sent TO delivered_requests",
        "ALTER TABLE dead RENAME COLUMN reason TO cause",
        "ALTER TABLE dead RENAME COLUMN buried_at TO dead_lettered_at",
    ),
    (
        # The bits above the checksum repeat the number of delivered requests. A damaged row may have no number there.
        "UPDATE OR IGNORE entries SET crc = (crc & 4294967295) | (delivered_requests << 32)",
        "UPDATE OR IGNORE dead SET crc = (crc & 4294967295) | (delivered_requests << 32)",
    ),
)
"""Step n migrates a file from version n to n + 1. Steps are added, never changed.

A step must not move a table to another page, nor change the order of its columns. Read-only access and `repair` read
files of every version without a migration, and `repair` may read one with the first page of a new file.
"""
_HEADER: Final = re.compile(rb"SQLite format 3\0\x10\0([\x01\x02])\1\0\x40\x20\x20.{32}\0{3}[\0\x01]", re.DOTALL)
"""The header of each shard: the size of a page, who may read and write it, and the encoding of texts."""
_MAX_VERSION: Final = 1000
"""No release has a higher version. A higher number in a file is damage."""


def damage(text: str) -> sqlite3.DatabaseError:
    """Return SQLite's error for a damaged file, for damage that SQLite itself does not notice."""
    error = sqlite3.DatabaseError(text)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


@lru_cache
def _objects_of(version: int) -> frozenset[tuple[str, ...]]:
    """Return the tables and indexes of a version, with their SQL."""
    connection = sqlite3.connect(":memory:")
    try:
        for statements in MIGRATIONS[:version]:
            for statement in statements:
                connection.execute(statement)
        return _objects(connection)
    finally:
        connection.close()


def _objects(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return frozenset(tuple(" ".join(str(value).split()) for value in row) for row in found)


def is_header_sound(path: Path) -> bool:
    """Return whether a file begins as each shard does. SQLite takes some damage of the header for a setting."""
    with path.open("rb") as file:
        return _HEADER.match(file.read(100)) is not None


def has_version(connection: sqlite3.Connection, version: int) -> bool:
    """Return whether a file has all tables and indexes of a version."""
    return _objects_of(version) <= _objects(connection)


def is_known(connection: sqlite3.Connection) -> bool:
    """Return whether a file has all tables and indexes of a version that this release knows."""
    return any(has_version(connection, version) for version in range(1, len(MIGRATIONS) + 1))


def check(connection: sqlite3.Connection, *, is_ours: bool) -> int:
    """Return the version of a file's schema; 0 if the file is new.

    Args:
        connection: The file.
        is_ours: Whether it is known that this release was the last one that used the file. Then another version or
            another owner can only be damage.

    Raises:
        OutboxError: The file belongs to another program, or is of a newer version.
        sqlite3.DatabaseError: It is damaged.
    """
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    names = {name for _, name, *_ in _objects(connection)}
    if pages <= 1 and not names:
        return 0
    if owner != APPLICATION_ID and not is_ours and names and not names & {"entries", "dead"}:
        raise OutboxError("this is the database of another program: give the outbox a directory of its own")
    if owner == APPLICATION_ID and not is_ours and len(MIGRATIONS) < version <= _MAX_VERSION:
        raise OutboxError(
            f"this file has version {version} of the outbox's schema, and this pyttributionio knows "
            f"{len(MIGRATIONS)}: upgrade pyttributionio, or drain the outbox with the newer one"
        )
    if owner != APPLICATION_ID or not 0 < version <= len(MIGRATIONS) or not has_version(connection, version):
        raise damage("the first page of the file is damaged")
    return version


def migrate(connection: sqlite3.Connection, *, is_ours: bool = False) -> None:
    """Bring a database to the current version of the schema. See `check`."""
    version = check(connection, is_ours=is_ours)
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
