"""The schema of a shard, in numbered steps. A file of an older version is migrated; a newer one is refused."""

import sqlite3
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
)
"""Step n migrates a file from version n to n + 1. Steps are added, never changed.

A step must not move a table to another page, nor change the order of its columns. Read-only access and `repair` read
files of every version without a migration, and `repair` may read one with the first page of a new file.
"""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the current version of the schema.

    Raises:
        OutboxError: The file belongs to another program, or is of a newer version.
    """
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    tables: int = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and tables:
        raise OutboxError("this is the database of another program: give the outbox a directory of its own")
    if version > len(MIGRATIONS):
        raise OutboxError(
            f"this file has version {version} of the outbox's schema, and this pyttributionio knows "
            f"{len(MIGRATIONS)}: upgrade pyttributionio, or drain the outbox with the newer one"
        )
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
