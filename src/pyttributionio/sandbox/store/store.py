"""What the sandbox remembers, in SQLite: columns for what is looked up, the answer's JSON for the rest.

Every look-up of a customer is by account and id through an index. One connection serves all threads,
one at a time; writes are transactions, and in a file they outlive the process once they have returned.
"""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.database import transaction
from pyttributionio.sandbox.store.documents import in_order
from pyttributionio.sandbox.store.writes import add_event, add_identity, add_pageviews
from pyttributionio.sandbox.values.shapes import Event, Identity, Pageview

_Scalar = str | int


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

    What is found comes as JSON in bytes: objects, joined as an answer's arrays have them.

    Args:
        connection: An open database; the store closes it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        self._connection = connection

    def close(self) -> None:
        """Close the database; what is in memory is gone. Closing twice is fine."""
        with self._lock:
            self._connection.close()

    def add_identity(self, account: str, identity: Identity) -> str:
        """Store an identity, once for a client id and set of aliases, and return what is stored."""
        with self._lock, transaction(self._connection) as cursor:
            return add_identity(cursor, account, identity)

    def add_event(self, account: str, event: Event) -> str:
        """Store an event, once for a transaction id, and return what is stored under it."""
        with self._lock, transaction(self._connection) as cursor:
            return add_event(cursor, account, event)

    def has_event(self, account: str, transaction_id: str) -> bool:
        """Tell whether an event of this transaction id is stored."""
        with self._lock:
            return self._connection.execute(statements.FIND_EVENT, (account, transaction_id)).fetchone() is not None

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
        with self._lock, transaction(self._connection) as cursor:
            add_pageviews(cursor, account, pageviews)
            for identity in identities:
                add_identity(cursor, account, identity)
            for event in events:
                add_event(cursor, account, event)

    def customer(self, account: str, client_id: str) -> Customer | None:
        """Find the customer of that id, or None where no identity has named it."""
        names = {"account": account, "client_id": client_id}
        with self._lock:
            found = self._connection.execute(statements.FIND_CUSTOMER, names).fetchone()
            if found is None:
                return None
            record = self._connection.execute(statements.RECORD_SPAN, names).fetchone()
            seen = self._connection.execute(statements.SEEN_SPAN, names).fetchone()
        return Customer(found[0], client_id, *record, *seen)

    def identities(self, account: str, client_id: str) -> bytes:
        """Join a customer's identities, oldest first."""
        return self._joined(statements.IDENTITIES_OF, account=account, client_id=client_id)

    def events(self, account: str, client_id: str) -> bytes:
        """Join the events with a customer's client id or one of its aliases, oldest first."""
        return self._joined(statements.EVENTS_OF, account=account, client_id=client_id)

    def pageviews(self, account: str, client_id: str) -> bytes:
        """Join the pageviews of a customer's aliases, oldest first."""
        aliases = self._aliases(account, client_id)
        if len(aliases) == 1:
            return self._joined(statements.STRETCHES_OF_ALIAS, account=account, alias=aliases[0])
        return in_order(self._column(statements.STRETCHES_OF, account=account, client_id=client_id)).encode()

    def touchpoints(self, account: str, client_id: str) -> bytes:
        """Join the touchpoints of a customer's aliases, oldest first: what began each session."""
        return self._joined(statements.TOUCHPOINTS_OF, account=account, client_id=client_id)

    def find_customers(self, account: str, text: str, *, limit: int, offset: int = 0) -> list[CustomerSummary]:
        """List the customers whose client id or one of whose aliases has this text in it, latest seen first.

        Args:
            account: The account's public key.
            text: In any case; the empty one is in all.
            limit: How many at the most.
            offset: How many to leave out before them.
        """
        bounds = {"limit": limit, "offset": offset}
        rows = self._rows(statements.FIND_CUSTOMERS, account=account, search=text.casefold(), **bounds)
        return [self._summary(account, *row) for row in rows]

    def count_customers(self, account: str, text: str) -> int:
        """Count what `find_customers` would list without a limit."""
        return self._count(statements.COUNT_CUSTOMERS, account=account, search=text.casefold())

    def _summary(self, account: str, client_id: str, first_seen_at: int, last_seen_at: int) -> CustomerSummary:
        names = {"account": account, "client_id": client_id}
        return CustomerSummary(
            client_id=client_id,
            aliases=tuple(self._aliases(account, client_id, most=20)),
            first_seen_at=first_seen_at,
            last_seen_at=last_seen_at,
            pageviews=self._count(statements.COUNT_PAGEVIEWS, **names),
            events=self._count(statements.COUNT_EVENTS, **names),
            identities=self._count(statements.COUNT_IDENTITIES, **names),
        )

    def _aliases(self, account: str, client_id: str, most: int = -1) -> list[str]:
        # A negative limit is none.
        return self._column(statements.ALIASES_OF, account=account, client_id=client_id, most=most)

    def _column(self, query: str, **values: _Scalar) -> list[str]:
        return [text for (text,) in self._rows(query, **values)]

    def _joined(self, query: str, **values: _Scalar) -> bytes:
        ((joined,),) = self._rows(query, **values)
        return joined or b""  # NULL is what no documents make

    def _count(self, query: str, **values: _Scalar) -> int:
        ((number,),) = self._rows(query, **values)
        return cast("int", number)

    def _rows(self, query: str, **values: _Scalar) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()
