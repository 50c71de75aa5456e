"""The stored identities, events and pageviews: columns for look-ups, and documents with the answer's JSON.

Every look-up of a customer uses an index on account and client id. All threads share one connection, one thread
at a time. Writes are transactions: in a file, they are kept after the process ends, once they have returned.
Reads and writes raise DatabaseLockedError while another program holds the lock of the file; they never wait for it.
"""

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.checkpoints import Checkpointer
from pyttributionio.sandbox.store.database import open_database, reasons_named, transaction
from pyttributionio.sandbox.store.documents import merge
from pyttributionio.sandbox.store.writes import add_event, add_identity, add_pageviews
from pyttributionio.sandbox.values.shapes import Event, Identity, Pageview
from pyttributionio.sandbox.values.times import iso_time

Collection: TypeAlias = Literal["pageviews", "touchpoints", "events", "identities"]
COLLECTIONS: Final[tuple[Collection, ...]] = get_args(Collection)
"""The four collections of a customer, in the order of the answer."""

_MAX_LISTED_ALIASES: Final = 20
_Scalar = str | int


@dataclass(frozen=True)
class CustomerSummary:
    """A customer in a list: the numbers of its items, and their first and last time in Unix seconds."""

    client_id: str
    aliases: tuple[str, ...]
    """The first twenty."""
    first_seen_at: int
    last_seen_at: int
    pageviews: int
    events: int
    identities: int


def open_store(path: str | os.PathLike[str] | None) -> "Store":
    """Open the database in a file, which is created if it does not exist, or in memory for None.

    Raises:
        DatabaseLockedError: Another program holds the file's lock.
        sqlite3.Error: The file cannot be opened, or is not a database.
        ValueError: The file is a database, but not one of this version of the sandbox.
    """
    connection = open_database(path)
    try:
        return Store(connection, None if path is None else Checkpointer(path))
    except BaseException:
        connection.close()
        raise


class Store:
    """Store identities, events and pageviews, and find those of one customer.

    Args:
        connection: An open database; the store closes it.
        checkpointer: Makes checkpoints if the database is in a file; the store closes it too.
    """

    def __init__(self, connection: sqlite3.Connection, checkpointer: Checkpointer | None = None) -> None:
        self._lock = threading.Lock()
        self._connection = connection
        self._checkpointer = checkpointer

    def close(self) -> None:
        """Close the database; data in memory is lost. Closing twice is fine."""
        if self._checkpointer is not None:
            self._checkpointer.close()
        with self._lock:
            # SQLite itself makes none while it closes a file that was moved. It fails if the connection is closed.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.close()

    def may_checkpoint(self) -> bool:
        """Return whether `checkpoint` should be called for the write that was just done."""
        return self._checkpointer is not None and self._checkpointer.may_run()

    def checkpoint(self) -> None:
        """Copy everything into the database's file, which takes milliseconds; in memory, there is nothing to do."""
        if self._checkpointer is not None:
            self._checkpointer.run()

    def add_identity(self, account: str, identity: Identity) -> str:
        """Store an identity, once for a client id and set of aliases, and return the stored document."""
        with self._transaction() as cursor:
            return add_identity(cursor, account, identity)

    def add_event(self, account: str, event: Event) -> str:
        """Store an event, once for a transaction id, and return the document stored for that id."""
        with self._transaction() as cursor:
            return add_event(cursor, account, event)

    def add_all(
        self,
        account: str,
        *,
        pageviews: Iterable[Pageview] = (),
        identities: Iterable[Identity] = (),
        events: Iterable[Event] = (),
    ) -> None:
        """Store all of them in one transaction, or none if one fails."""
        with self._transaction() as cursor:
            add_pageviews(cursor, account, pageviews)
            for identity in identities:
                add_identity(cursor, account, identity)
            for event in events:
                add_event(cursor, account, event)

    def has_event(self, account: str, transaction_id: str) -> bool:
        """Return whether an event with this transaction id is stored."""
        return bool(self._rows(statements.FIND_EVENT, account=account, transaction_id=transaction_id))

    def customer(self, account: str, client_id: str, included: Iterable[Collection] = ()) -> bytes | None:
        """Return the JSON `{"customer": {...}}` with some of the collections, or None if there is no such customer.

        An identity creates a customer. `created_at` and `updated_at` are the times of its first and its last identity,
        `first_seen_at` and `last_seen_at` those of everything that belongs to it.
        """
        names = {"account": account, "client_id": client_id}
        found = self._rows(statements.FIND_CUSTOMER, **names)
        if not found:
            return None
        (record,), (seen,) = self._rows(statements.RECORD_SPAN, **names), self._rows(statements.SEEN_SPAN, **names)
        times = zip(("created_at", "updated_at", "first_seen_at", "last_seen_at"), (*record, *seen), strict=True)
        members = {"id": found[0][0], "client_id": client_id, **{name: iso_time(time) for name, time in times}}
        parts = [json.dumps(members, separators=(",", ":"))[:-1].encode()]
        for name in included:
            parts += [f',"{name}":['.encode(), self.collection(name, account, client_id), b"]"]
        # Joined once and as bytes, because a large customer has megabytes and each further copy takes time.
        return b"".join([b'{"customer":', *parts, b"}}"])

    def collection(self, name: Collection, account: str, client_id: str) -> bytes:
        """Return a collection of a customer, oldest item first: the JSON objects of an array, without its brackets.

        The events are those with the customer's client id or one of its aliases; pageviews and touchpoints are
        those of its aliases.
        """
        if name != "pageviews":
            return self._joined(statements.COLLECTIONS[name], account=account, client_id=client_id)
        aliases = self._aliases(account, client_id)
        if len(aliases) == 1:
            return self._joined(statements.BLOCKS_OF_ALIAS, account=account, alias=aliases[0])
        return merge(self._column(statements.BLOCKS_OF_CUSTOMER, account=account, client_id=client_id)).encode()

    def find_customers(self, account: str, text: str, *, limit: int, offset: int = 0) -> list[CustomerSummary]:
        """List the customers whose client id or one of whose aliases contains a text, latest seen first.

        Args:
            account: The account's public key.
            text: In any case; every customer contains the empty text.
            limit: The maximum number of customers.
            offset: How many customers to skip.
        """
        bounds = {"limit": limit, "offset": offset}
        rows = self._rows(statements.FIND_CUSTOMERS, account=account, search=text.casefold(), **bounds)
        return [self._summary(account, *row) for row in rows]

    def client_ids(self, account: str, text: str = "") -> list[str]:
        """Return the client ids that `find_customers` finds, in the order of their first identities."""
        return self._column(statements.CLIENT_IDS, account=account, search=text.casefold())

    def count_customers(self, account: str, text: str) -> int:
        """Count the customers that `find_customers` lists without a limit."""
        ((number,),) = self._rows(statements.COUNT_CUSTOMERS, account=account, search=text.casefold())
        return cast("int", number)

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Cursor, None, None]:
        with self._lock, transaction(self._connection) as cursor:
            yield cursor
        if self._checkpointer is not None:
            self._checkpointer.note_write()

    def _summary(self, account: str, client_id: str, first_seen_at: int, last_seen_at: int) -> CustomerSummary:
        aliases = tuple(self._aliases(account, client_id, limit=_MAX_LISTED_ALIASES))
        (counts,) = self._rows(statements.COUNT_ITEMS, account=account, client_id=client_id)
        return CustomerSummary(client_id, aliases, first_seen_at, last_seen_at, *counts)

    def _aliases(self, account: str, client_id: str, limit: int = -1) -> list[str]:
        # SQLite reads a negative limit as none.
        return self._column(statements.ALIASES_OF, account=account, client_id=client_id, limit=limit)

    def _column(self, query: str, **values: _Scalar) -> list[str]:
        return [text for (text,) in self._rows(query, **values)]

    def _joined(self, query: str, **values: _Scalar) -> bytes:
        ((joined,),) = self._rows(query, **values)
        return joined or b""  # NULL if there are no documents

    def _rows(self, query: str, **values: _Scalar) -> list[Any]:
        with self._lock, reasons_named():
            return self._connection.execute(query, values).fetchall()
