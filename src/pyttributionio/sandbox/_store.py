"""What the sandbox remembers, in SQLite: columns for what is looked up, JSON for the rest.

Every look-up is by account and id through an index. One connection serves all threads, one at a
time; writes are transactions, and in a file they outlive the process once they have returned.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from . import _sql
from ._bodies import JSONObject
from ._shapes import Event, Identity, Pageview


@dataclass(frozen=True)
class Row:
    """A stored identity, event or pageview; `created_at` in Unix seconds."""

    id: int
    created_at: int
    document: JSONObject


@dataclass(frozen=True)
class Customer:
    """A person an identity has named; times in Unix seconds.

    The record's own times come from its identities, the `seen` ones from all that is theirs.
    """

    id: int
    client_id: str
    created_at: int
    updated_at: int
    first_seen_at: int
    last_seen_at: int


class Store:
    """Keep identities, events and pageviews, and find those of one customer.

    Args:
        path: The database's file, made where there is none; None keeps it in memory.

    Raises:
        sqlite3.Error: The file cannot be opened, or is not a database.
        ValueError: The file is a database, but not one of this version of the sandbox.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._lock = threading.Lock()
        # Autocommit: transactions are begun by hand, where they belong.
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(path)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: str | os.PathLike[str] | None) -> None:
        with self._transaction() as cursor:
            *mark, tables = cast("tuple[int, ...]", cursor.execute(_sql.DESCRIBE).fetchone())
            # Looked at before anything is written: somebody else's database stays as it was.
            if tables and mark != [_sql.APPLICATION_ID, _sql.VERSION]:
                raise ValueError(f"{path} is not a database of this version of the sandbox")
            if not tables:
                for statement in _sql.SCHEMA:
                    cursor.execute(statement)
        if path is not None:
            # With a write-ahead log, NORMAL loses nothing when the process is killed.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the database; what is in memory is gone. Closing twice is fine."""
        with self._lock:
            self._connection.close()

    def add_identity(self, account: str, identity: Identity) -> Row:
        """Store an identity, once for a client id and set of aliases, and return what is stored."""
        key = json.dumps(sorted(set(identity.aliases)))
        names = (account, identity.client_id, key)
        document = json.dumps(identity.document)
        with self._transaction() as cursor:
            found = cursor.execute(_sql.FIND_IDENTITY, names).fetchone()
            if found is not None:
                return _row(found)
            cursor.execute(_sql.ADD_CUSTOMER, (account, identity.client_id))
            cursor.execute(_sql.ADD_IDENTITY, (*names, identity.created_at, document))
            added = _known(cursor.lastrowid)
            aliases = [(account, identity.client_id, alias) for alias in set(identity.aliases)]
            cursor.executemany(_sql.ADD_CUSTOMER_ALIAS, aliases)
        return Row(added, identity.created_at, identity.document)

    def add_event(self, account: str, event: Event) -> Row:
        """Store an event, once for a transaction id, and return what is stored under it."""
        with self._transaction() as cursor:
            found = cursor.execute(_sql.FIND_EVENT, (account, event.transaction_id)).fetchone()
            if found is not None:
                return _row(found)
            columns = (account, event.client_id, event.transaction_id, event.created_at)
            cursor.execute(_sql.ADD_EVENT, (*columns, json.dumps(event.document)))
            added = _known(cursor.lastrowid)
            aliases = [(account, alias, added) for alias in set(event.aliases)]
            cursor.executemany(_sql.ADD_EVENT_ALIAS, aliases)
        return Row(added, event.created_at, event.document)

    def add_pageviews(self, account: str, pageviews: Iterable[Pageview]) -> None:
        """Store all of the pageviews, or none when one of them fails."""
        rows = [(account, p.visitor_id, p.created_at, json.dumps(p.document)) for p in pageviews]
        with self._transaction() as cursor:
            cursor.executemany(_sql.ADD_PAGEVIEW, rows)

    def customer(self, account: str, client_id: str) -> Customer | None:
        """Find the customer of that id, or None where no identity has named it."""
        names = {"account": account, "client_id": client_id}
        with self._lock:
            found = self._connection.execute(_sql.FIND_CUSTOMER, names).fetchone()
            if found is None:
                return None
            record = self._connection.execute(_sql.RECORD_SPAN, names).fetchone()
            seen = self._connection.execute(_sql.SEEN_SPAN, names).fetchone()
        return Customer(found[0], client_id, *record, *seen)

    def identities(self, account: str, client_id: str) -> list[Row]:
        """List a customer's identities, oldest first."""
        return self._rows(_sql.IDENTITIES_OF, account, client_id)

    def events(self, account: str, client_id: str) -> list[Row]:
        """List the events with a customer's client id or one of its aliases, oldest first."""
        return self._rows(_sql.EVENTS_OF, account, client_id)

    def pageviews(self, account: str, client_id: str) -> list[Row]:
        """List the pageviews of a customer's aliases, oldest first."""
        return self._rows(_sql.PAGEVIEWS_OF, account, client_id)

    def _rows(self, query: str, account: str, client_id: str) -> list[Row]:
        names = {"account": account, "client_id": client_id}
        with self._lock:
            rows = self._connection.execute(query, names).fetchall()
        return [_row(row) for row in rows]

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Cursor, None, None]:
        with self._lock:
            cursor = self._connection.cursor()
            # IMMEDIATE takes the write lock before reading, so another process on the same file
            # can store no duplicate between our look and our insert.
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                # SQLite itself ends the transaction on some failures, such as a full disk.
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise


def _row(columns: Sequence[object]) -> Row:
    number, created_at, document = cast("tuple[int, int, str]", columns)
    return Row(number, created_at, cast("JSONObject", json.loads(document)))


def _known(row_id: int | None) -> int:
    assert row_id is not None, "an INSERT has a row id"
    return row_id
