"""What the sandbox remembers, in SQLite: columns for what is looked up, the answer's JSON for the rest.

Every look-up of a customer is by account and id through an index. One connection serves all threads,
one at a time; writes are transactions, and in a file they outlive the process once they have returned.
"""

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from . import _sql
from ._bodies import JSONObject
from ._shapes import Event, Identity, Pageview
from ._times import iso_time
from ._touchpoints import arrival, session_starts

_Scalar = str | int
_encode = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make one for each text


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


@dataclass(frozen=True)
class CustomerSummary:
    """A customer in a list: how much is theirs, and from when to when, in Unix seconds."""

    client_id: str
    aliases: tuple[str, ...]
    """The first twenty."""
    first_seen_at: int
    last_seen_at: int
    pageviews: int
    events: int
    identities: int


class Store:
    """Keep identities, events and pageviews, and find those of one customer.

    What is found comes as JSON texts, each of them one object of an answer.

    Args:
        path: The database's file, made where there is none; None keeps it in memory.

    Raises:
        sqlite3.Error: The file cannot be opened, or is not a database.
        ValueError: The file is a database, but not one of this version of the sandbox.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._lock = threading.Lock()
        if path is not None:
            # People are in it: for this user alone. What is wrong with the path, SQLite says better.
            with contextlib.suppress(OSError):
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
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
        # SQLite's own functions fold the case of ASCII alone.
        self._connection.create_function("folded", 1, str.casefold, deterministic=True)
        if path is not None:
            # With a write-ahead log, NORMAL loses nothing when the process is killed.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the database; what is in memory is gone. Closing twice is fine."""
        with self._lock:
            self._connection.close()

    def add_identity(self, account: str, identity: Identity) -> str:
        """Store an identity, once for a client id and set of aliases, and return what is stored."""
        with self._transaction() as cursor:
            return _add_identity(cursor, account, identity)

    def add_event(self, account: str, event: Event) -> str:
        """Store an event, once for a transaction id, and return what is stored under it."""
        with self._transaction() as cursor:
            return _add_event(cursor, account, event)

    def add_pageviews(self, account: str, pageviews: Iterable[Pageview]) -> None:
        """Store all of the pageviews, or none when one of them fails."""
        self.add_all(account, pageviews=pageviews)

    def add_all(
        self,
        account: str,
        *,
        pageviews: Iterable[Pageview] = (),
        identities: Iterable[Identity] = (),
        events: Iterable[Event] = (),
    ) -> None:
        """Store all of them in one transaction, or none when one fails."""
        with self._transaction() as cursor:
            first = _next_id(cursor, "pageviews")
            rows = (_pageview_row(number, account, p) for number, p in enumerate(pageviews, first))
            cursor.executemany(_sql.ADD_PAGEVIEW, rows)
            for identity in identities:
                _add_identity(cursor, account, identity)
            for event in events:
                _add_event(cursor, account, event)

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

    def identities(self, account: str, client_id: str) -> list[str]:
        """List a customer's identities, oldest first."""
        return self._column(_sql.IDENTITIES_OF, account=account, client_id=client_id)

    def events(self, account: str, client_id: str) -> list[str]:
        """List the events with a customer's client id or one of its aliases, oldest first."""
        return self._column(_sql.EVENTS_OF, account=account, client_id=client_id)

    def pageviews(self, account: str, client_id: str) -> list[str]:
        """List the pageviews of a customer's aliases, oldest first."""
        aliases = self._aliases(account, client_id)
        if len(aliases) == 1:  # nothing to merge: a third of the time, for thousands of them
            return self._column(_sql.PAGEVIEW_DOCUMENTS_OF, account=account, alias=aliases[0])
        rows: list[tuple[int, int, str]] = []
        for alias in aliases:
            rows += self._rows(_sql.PAGEVIEWS_OF, account=account, alias=alias)
        rows.sort()  # several lists that are in order, so this merges them
        return [document for _, _, document in rows]

    def touchpoints(self, account: str, client_id: str) -> list[str]:
        """List the touchpoints of a customer's aliases, oldest first: what began each session."""
        starts: list[int] = []
        for alias in self._aliases(account, client_id):
            with self._lock:
                found = self._connection.execute(_sql.SIGHTINGS_OF, {"account": account, "alias": alias})
                starts += session_starts(found)
        return self._column(_sql.TOUCHPOINTS, ids=json.dumps(starts))

    def find_customers(self, account: str, text: str, *, limit: int, offset: int = 0) -> list[CustomerSummary]:
        """List the customers whose client id or one of whose aliases has this text in it, latest seen first.

        Args:
            account: The account's public key.
            text: In any case; the empty one is in all.
            limit: How many at the most.
            offset: How many to leave out before them.
        """
        bounds = {"limit": limit, "offset": offset}
        rows = self._rows(_sql.FIND_CUSTOMERS, account=account, search=text.casefold(), **bounds)
        return [self._summary(account, *row) for row in rows]

    def count_customers(self, account: str, text: str) -> int:
        """Count what `find_customers` would list without a limit."""
        return self._count(_sql.COUNT_CUSTOMERS, account=account, search=text.casefold())

    def _summary(self, account: str, client_id: str, first_seen_at: int, last_seen_at: int) -> CustomerSummary:
        names = {"account": account, "client_id": client_id}
        return CustomerSummary(
            client_id=client_id,
            aliases=tuple(self._aliases(account, client_id, most=20)),
            first_seen_at=first_seen_at,
            last_seen_at=last_seen_at,
            pageviews=self._count(_sql.COUNT_PAGEVIEWS, **names),
            events=self._count(_sql.COUNT_EVENTS, **names),
            identities=self._count(_sql.COUNT_IDENTITIES, **names),
        )

    def _aliases(self, account: str, client_id: str, most: int = -1) -> list[str]:
        # A negative limit is none.
        return self._column(_sql.ALIASES_OF, account=account, client_id=client_id, most=most)

    def _column(self, query: str, **values: _Scalar) -> list[str]:
        # Row by row: thousands of them at once would have the garbage collector look at each.
        with self._lock:
            return [text for (text,) in self._connection.execute(query, values)]

    def _count(self, query: str, **values: _Scalar) -> int:
        ((number,),) = self._rows(query, **values)
        return cast("int", number)

    def _rows(self, query: str, **values: _Scalar) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

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


def _next_id(cursor: sqlite3.Cursor, table: str) -> int:
    # Known before the row is written, so that its document can have it; nobody else writes meanwhile.
    (number,) = cursor.execute(_sql.NEXT_IDS[table]).fetchone()
    return cast("int", number)


def _add_identity(cursor: sqlite3.Cursor, account: str, identity: Identity) -> str:
    names = (account, identity.client_id, json.dumps(sorted(set(identity.aliases))))
    found = cursor.execute(_sql.FIND_IDENTITY, names).fetchone()
    if found is not None:
        return cast("str", found[0])
    number = _next_id(cursor, "identities")
    document = _text(number, identity.document, identity.created_at)
    cursor.execute(_sql.ADD_CUSTOMER, (account, identity.client_id))
    cursor.execute(_sql.ADD_IDENTITY, (number, *names, identity.created_at, document))
    aliases = [(account, identity.client_id, alias) for alias in set(identity.aliases)]
    cursor.executemany(_sql.ADD_CUSTOMER_ALIAS, aliases)
    return document


def _add_event(cursor: sqlite3.Cursor, account: str, event: Event) -> str:
    found = cursor.execute(_sql.FIND_EVENT, (account, event.transaction_id)).fetchone()
    if found is not None:
        return cast("str", found[0])
    number = _next_id(cursor, "events")
    # A name is set in the vendor's dashboard, which the sandbox has not, so the event's key stands
    # in for it unless one was posted.
    named = {"name": event.document["event_public_key"], **event.document}
    document = _text(number, named, event.created_at)
    columns = (number, account, event.client_id, event.transaction_id, event.created_at, document)
    cursor.execute(_sql.ADD_EVENT, columns)
    aliases = [(account, alias, number) for alias in set(event.aliases)]
    cursor.executemany(_sql.ADD_EVENT_ALIAS, aliases)
    return document


def _pageview_row(number: int, account: str, pageview: Pageview) -> tuple[str | int | None, ...]:
    came = arrival(pageview.url, pageview.referrer)
    at = pageview.created_at
    document, touchpoint = _text(number, pageview.document, at), _text(number, came.touchpoint, at)
    return (number, account, pageview.visitor_id, at, came.origin, document, touchpoint)


def _text(number: int, document: JSONObject, created_at: int) -> str:
    """Write an answer's object, with the id and in the way that the API has them."""
    return _encode({**document, "id": number, "created_at": iso_time(created_at)})
