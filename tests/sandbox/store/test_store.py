"""The stored data, and how it is found."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pyttributionio.sandbox.store import schema, statements
from pyttributionio.sandbox.store.database import open_database
from pyttributionio.sandbox.store.store import CustomerSummary, Store
from pyttributionio.sandbox.values.shapes import Event, Identity, Pageview

from ._stores import counted, new_store, objects


def pageview(visitor_id: str, second: int) -> Pageview:
    """Make a pageview."""
    return Pageview(visitor_id, second, f"/{second}", None, {"url": f"/{second}"})


def identity(client_id: str, *aliases: str) -> Identity:
    """Make an identity."""
    return Identity(client_id, aliases, 5, {"from": client_id})


def event(transaction_id: str, client_id: str = "c", *aliases: str) -> Event:
    """Make an event."""
    return Event(client_id, aliases, transaction_id, 5, {"event_public_key": transaction_id})


def rows(path: Path, statement: str) -> list[Any]:
    """Run a statement on a database's file, from outside of the store."""
    values = {
        "account": "k",
        "client_id": "c",
        "alias": "a",
        "created_at": 5,
        "id": 1,
        "more": "",
        "longest": 1,
        "search": "",
        "limit": 1,
        "offset": 0,
    }
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("folded", 1, str.casefold)
        return connection.execute(statement, values).fetchall()


def ids(joined: bytes) -> list[int]:
    """Read the ids of the objects of an answer's array."""
    return [each["id"] for each in objects(joined)]


def everything(store: Store) -> list[bytes]:
    """Read the four collections of a customer."""
    return [store.collection(name, "k", "c") for name in ("identities", "events", "pageviews", "touchpoints")]


def test_file_keeps_everything(tmp_path: Path) -> None:
    """A second store on the same file finds the data of the first one."""
    path = tmp_path / "sandbox.db"
    with closing(new_store(path)) as store:
        store.add_identity("k", identity("c", "a"))
        store.add_event("k", event("t"))
        store.add_all("k", pageviews=[pageview("a", 5)])
        kept = everything(store)
    with closing(new_store(path)) as store:
        found = everything(store)
    assert found == kept
    assert [len(objects(each)) for each in found] == [1, 1, 1, 1]


def test_closing_twice_is_fine() -> None:
    """Two clean-ups may each close the store."""
    store = new_store()
    store.close()
    store.close()


def test_accounts_are_separate() -> None:
    """The same ids in two accounts are two customers and two events."""
    with closing(new_store()) as store:
        for account in ("k", "l"):
            store.add_identity(account, identity("c", "a"))
            store.add_event(account, event("t", "c", "a"))
            store.add_all(account, pageviews=[pageview("a", 5)])
        assert ids(store.collection("identities", "l", "c")) == [2]
        assert ids(store.collection("events", "l", "c")) == [2]
        assert ids(store.collection("pageviews", "l", "c")) == [2]
        assert store.customer("m", "c") is None


def test_failed_write_leaves_nothing_and_the_store_usable(tmp_path: Path) -> None:
    """Transactions are all or nothing."""
    path = tmp_path / "sandbox.db"
    with closing(new_store(path)) as store:
        # A lone surrogate is refused before it reaches the store; here it causes a failure half way.
        with pytest.raises(UnicodeEncodeError):
            store.add_all("k", pageviews=[pageview("a", 5), pageview("\ud800", 6)])
        with pytest.raises(UnicodeEncodeError):
            store.add_identity("k", identity("c", "\ud800"))
        assert store.customer("k", "c") is None
        store.add_identity("k", identity("c", "a"))
        assert everything(store)[1:] == [b"", b"", b""]
        assert ids(store.collection("identities", "k", "c")) == [1]


def test_file_is_marked_and_has_a_write_ahead_log(tmp_path: Path) -> None:
    """By the mark and the version, a later sandbox recognises the file."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    assert rows(path, "PRAGMA user_version") == [(schema.VERSION,)]
    assert rows(path, "PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


def test_database_of_another_program_is_refused_and_not_changed(tmp_path: Path) -> None:
    """No table and no pragma is written to it."""
    path = tmp_path / "theirs.db"
    rows(path, "CREATE TABLE theirs (a)")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"theirs\.db is not a database of this version"):
        new_store(path)
    assert path.read_bytes() == before


def test_database_of_another_version_is_refused(tmp_path: Path) -> None:
    """It may have other tables."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    rows(path, "PRAGMA user_version = 1")
    with pytest.raises(ValueError, match="this version"):
        new_store(path)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """So is a file that cannot be opened; no connection is left open."""
    path = tmp_path / "notes.txt"
    path.write_text("just some notes, and long enough to have been a database's header" * 9)
    with pytest.raises(sqlite3.DatabaseError):
        new_store(path)
    with pytest.raises(sqlite3.OperationalError):
        new_store(tmp_path / "no such folder" / "sandbox.db")


@pytest.mark.parametrize(
    "query",
    [
        statements.FIND_CUSTOMER,
        statements.ALIASES_OF,
        statements.IDENTITIES_OF,
        statements.EVENTS_OF,
        statements.BLOCKS_OF_CUSTOMER,
        statements.BLOCKS_OF_ALIAS,
        statements.TOUCHPOINTS_OF,
        statements.RECORD_SPAN,
        statements.SEEN_SPAN,
        statements.COUNT_ITEMS,
        statements.SESSION_BEFORE,
        statements.NEXT_PAGEVIEW,
        statements.NEXT_PAGEVIEW_WITH_ORIGIN,
        statements.FIND_TOUCHPOINT,
        statements.DELETE_TOUCHPOINT,
        statements.FIRST_BLOCK,
        statements.BLOCK_BEFORE,
        statements.NEXT_BLOCK,
        statements.DELETE_BLOCK,
        statements.EXTEND_LAST_BLOCK,
    ],
)
def test_every_look_up_goes_through_indexes(tmp_path: Path, query: str) -> None:
    """No table is read as a whole for one customer, so that it takes the same time with many customers."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    steps = [str(row[3]) for row in rows(path, "EXPLAIN QUERY PLAN " + query)]
    assert any(step.startswith("SEARCH") for step in steps)
    tables = (
        "own",
        "customers",
        "customer_aliases",
        "identities",
        "events",
        "event_aliases",
        "pageviews",
        "pageview_blocks",
        "touchpoints",
    )
    scans = [step for step in steps if step.startswith("SCAN") and step.split()[1] in tables]
    assert scans == []
    assert [step for step in steps if step.endswith("(account=?)")] == []


@pytest.mark.parametrize(
    "query", [statements.BLOCKS_OF_ALIAS, statements.BLOCKS_OF_CUSTOMER, statements.TOUCHPOINTS_OF]
)
def test_large_customer_is_read_without_reading_each_pageview(tmp_path: Path, query: str) -> None:
    """Sessions are found and documents are joined when pageviews are written, so that reading is fast."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    steps = [str(row[3]) for row in rows(path, "EXPLAIN QUERY PLAN " + query)]
    assert [step for step in steps if "pageviews" in step] == []


def test_pageviews_of_one_alias_are_read_in_order_without_sorting(tmp_path: Path) -> None:
    """Nearly all large customers have one alias."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    steps = [str(row[3]) for row in rows(path, "EXPLAIN QUERY PLAN " + statements.BLOCKS_OF_ALIAS)]
    assert [step for step in steps if "TEMP B-TREE" in step] == []


def test_everything_is_in_the_order_of_time_whatever_the_order_of_arrival() -> None:
    """Also with several aliases; within one second, the order is that of arrival."""
    seconds = [5, 0, 5, 3, 5, 0, 9, 3, 3, 7, 7, 1]
    with closing(new_store()) as store:
        for number, second in enumerate(seconds):
            alias = "abc"[number % 3]
            store.add_identity("k", Identity("c", (alias, str(number)), second, {"n": number}))
            store.add_event("k", Event("other", (alias,), str(number), second, {"event_public_key": "e"}))
            url = f"/?utm_id={number}"
            store.add_all("k", pageviews=[Pageview(alias, second, url, None, {"url": url})])
        order = sorted(range(1, 13), key=lambda number: (seconds[number - 1], number))
        assert [ids(each) for each in everything(store)] == [order] * 4
        store.add_identity("k", identity("one", "a"))
        of_one = [number for number in order if number % 3 == 1]
        assert (
            ids(store.collection("pageviews", "k", "one")) == ids(store.collection("touchpoints", "k", "one")) == of_one
        )


def test_customer_is_found_without_reading_all_its_items() -> None:
    """The first and the last are looked up, so that ten times as many items take the same work."""

    def work_for(number: int) -> int:
        connection = open_database(None)
        with closing(Store(connection)) as store:
            store.add_identity("k", identity("c", "a"))
            store.add_all("k", pageviews=[pageview("a", second) for second in range(number)])
            for n in range(number):
                store.add_event("k", event(str(n), "c", "a"))
            answer, work = counted(connection, lambda: store.customer("k", "c"))
            assert answer is not None
            customer = json.loads(answer)["customer"]
            seen = [datetime.fromisoformat(customer[name]) for name in ("first_seen_at", "last_seen_at")]
            assert [moment.timestamp() for moment in seen] == [0, number - 1]
            return work

    assert work_for(1_000) < 1.5 * work_for(100)


def find(store: Store, text: str, **bounds: int) -> list[str]:
    """List the client ids found for a text."""
    return [c.client_id for c in store.find_customers("k", text, **{"limit": 50, **bounds})]


def test_customers_are_found_by_their_ids_and_aliases() -> None:
    """In any case; SQL's wildcards are ordinary characters here."""
    with closing(new_store()) as store:
        for client_id, alias in (("Ärger@x.io", "v-1"), ("100%_sure", "v-2"), ("other", "Visitor-3")):
            store.add_identity("k", identity(client_id, alias))
        store.add_identity("l", identity("Ärger@x.io", "v-1"))
        for text, expected in (("", 3), ("ärger", 1), ("ÄRGER@X", 1), ("%_", 1), ("_", 1), ("visitor", 1), ("z", 0)):
            assert len(find(store, text)) == store.count_customers("k", text) == expected, text
        assert find(store, "V-1") == ["Ärger@x.io"]
        assert find(store, "%") == ["100%_sure"]


def test_customers_are_listed_latest_seen_first_and_counted() -> None:
    """Each with the numbers of its items; those of its aliases are included, and each counts once."""
    with closing(new_store()) as store:
        store.add_identity("k", identity("a", "v-a1", "v-a2"))
        store.add_identity("k", identity("b", "v-b"))
        store.add_identity("k", identity("c", "v-c"))
        store.add_all("k", pageviews=[pageview("v-b", 7), pageview("v-a2", 3), pageview("v-a1", 9)])
        store.add_event("k", event("t", "a", "v-a1", "v-a2"))
        assert find(store, "") == ["a", "b", "c"]
        assert find(store, "", limit=1, offset=1) == ["b"]
        assert store.find_customers("k", "", limit=1) == [
            CustomerSummary("a", ("v-a1", "v-a2"), first_seen_at=3, last_seen_at=9, pageviews=2, events=1, identities=1)
        ]


def test_event_of_very_many_aliases_is_read_once(tmp_path: Path) -> None:
    """Its document is not read for each alias: one hostile post would cause very much work."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    steps = [str(row[3]) for row in rows(path, "EXPLAIN QUERY PLAN " + statements.EVENTS_OF)]
    union = [step for step in steps if "events" in step.split() and "event_aliases" not in step]
    assert [step for step in union if "client_id=?" in step and "COVERING INDEX" in step]
    assert [step for step in union if "rowid=?" in step]
    with closing(new_store()) as store:
        aliases = [f"v-{n}" for n in range(500)]
        store.add_identity("k", identity("c", *aliases))
        store.add_event("k", event("t", "c", *aliases))
        assert len(objects(store.collection("events", "k", "c"))) == 1
        assert store.find_customers("k", "", limit=1)[0].events == 1


def test_list_of_customers_has_twenty_of_their_aliases() -> None:
    """A list has to be short, whatever was posted."""
    with closing(new_store()) as store:
        store.add_identity("k", identity("c", *(f"v-{n:03}" for n in range(500))))
        assert store.find_customers("k", "", limit=1)[0].aliases == tuple(f"v-{n:03}" for n in range(20))


def test_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """It has personal data, and machines are shared."""
    path = tmp_path / "sandbox.db"
    new_store(path).close()
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o640)  # a later choice of the user, which stays
    new_store(path).close()
    assert path.stat().st_mode & 0o777 == 0o640
