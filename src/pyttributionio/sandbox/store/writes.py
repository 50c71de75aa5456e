"""Identities, events and pageviews, written within a transaction."""

import json
import sqlite3
from collections.abc import Iterable
from typing import cast

from pyttributionio.sandbox.attribution.touchpoints import read_arrival
from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.documents import document_text
from pyttributionio.sandbox.store.pageview_blocks import append_documents, insert_documents
from pyttributionio.sandbox.store.sessions import NewPageview, add_origins
from pyttributionio.sandbox.store.visitor import Visitor
from pyttributionio.sandbox.values.shapes import Event, Identity, Pageview


def _next_id(cursor: sqlite3.Cursor, table: str) -> int:
    # Read before the row is written, because the document has the id; the transaction excludes other writers.
    (number,) = cursor.execute(statements.NEXT_IDS[table]).fetchone()
    return cast("int", number)


def add_identity(cursor: sqlite3.Cursor, account: str, identity: Identity) -> str:
    """Store an identity, once for a client id and set of aliases, and return the stored document."""
    names = (account, identity.client_id, json.dumps(sorted(set(identity.aliases))))
    found = cursor.execute(statements.FIND_IDENTITY, names).fetchone()
    if found is not None:
        return cast("str", found[0])
    number = _next_id(cursor, "identities")
    document = document_text(number, identity.document, identity.created_at)
    cursor.execute(statements.ADD_CUSTOMER, (account, identity.client_id))
    cursor.execute(statements.ADD_IDENTITY, (number, *names, identity.created_at, document))
    aliases = [(account, identity.client_id, alias) for alias in set(identity.aliases)]
    cursor.executemany(statements.ADD_CUSTOMER_ALIAS, aliases)
    return document


def add_event(cursor: sqlite3.Cursor, account: str, event: Event) -> str:
    """Store an event, once for a transaction id, and return the document stored for that id."""
    names = {"account": account, "transaction_id": event.transaction_id}
    found = cursor.execute(statements.FIND_EVENT, names).fetchone()
    if found is not None:
        return cast("str", found[0])
    number = _next_id(cursor, "events")
    # The vendor's dashboard has a name for each event key. The sandbox has no dashboard, so the key is the
    # name too, unless a name was posted.
    named = {"name": event.document["event_public_key"], **event.document}
    document = document_text(number, named, event.created_at)
    columns = (number, account, event.client_id, event.transaction_id, event.created_at, document)
    cursor.execute(statements.ADD_EVENT, columns)
    aliases = [(account, alias, event.created_at, number) for alias in set(event.aliases)]
    cursor.executemany(statements.ADD_EVENT_ALIAS, aliases)
    return document


def add_pageviews(cursor: sqlite3.Cursor, account: str, pageviews: Iterable[Pageview]) -> None:
    """Store pageviews, and update the touchpoints of their visitors."""
    by_visitor: dict[str, tuple[list[NewPageview], list[str]]] = {}
    for number, pageview in enumerate(pageviews, _next_id(cursor, "pageviews")):
        new, documents = by_visitor.setdefault(pageview.visitor_id, ([], []))
        new.append(NewPageview(pageview.created_at, number, read_arrival(pageview.url, pageview.referrer)))
        documents.append(document_text(number, pageview.document, pageview.created_at))
    for visitor_id, (new, documents) in by_visitor.items():
        visitor = Visitor(cursor, account, visitor_id)
        if add_origins(visitor, sorted(new, key=lambda pageview: pageview.created_at)):
            append_documents(visitor, documents)
        else:
            insert_documents(visitor, documents)
