"""Pageviews that are stored in another order than that of time: the answers are the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio.sandbox.store.database import open_database
from pyttributionio.sandbox.store.documents import SEPARATOR
from pyttributionio.sandbox.store.pageview_blocks import MAX_BLOCK_LENGTH
from pyttributionio.sandbox.store.store import Store
from pyttributionio.sandbox.values.shapes import Identity, Pageview

from ._stores import counted, new_store, objects

SESSION_SECONDS = 30 * 60

VISITORS = ("one", "two", "three")
# Few times, close to each other, so that sessions touch each other and some pageviews are in the same second.
SECONDS = st.builds(
    lambda pauses, more: pauses * SESSION_SECONDS + more,
    st.integers(0, 3),
    st.sampled_from([0, 1, 2, 600, 1200, SESSION_SECONDS - 1]),
)
# Titles so long that the documents of a visitor do not fit into one block; the longest one fits into none.
TITLES = st.sampled_from(["", "x" * (MAX_BLOCK_LENGTH // 3), "x" * (MAX_BLOCK_LENGTH // 2), "x" * MAX_BLOCK_LENGTH])
Seen = tuple[str, int, str, str]
BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(VISITORS), SECONDS, st.sampled_from(["", "a", "b"]), TITLES), max_size=8),
    max_size=8,
)
# No deadline, because a slow machine is not a failure.
many = settings(max_examples=200, deadline=None)


def pageview(visitor_id: str, second: int, campaign: str = "", title: str = "") -> Pageview:
    """Make a pageview, with an origin if there is a campaign."""
    url = f"https://shop.example/?utm_source={campaign}" if campaign else "https://shop.example/"
    return Pageview(visitor_id, second, url, None, {"url": url, "referrer": None, "title": title})


def seconds(joined: bytes) -> list[int]:
    """Read the seconds of the times of an answer's objects."""
    return [int(each["created_at"][-3:-1]) for each in objects(joined)]


def blocks(connection: sqlite3.Connection) -> list[str]:
    """List the texts of the pageview blocks in their order."""
    query = "SELECT documents FROM pageview_blocks ORDER BY account, alias, first_at, first_id"
    return [text for (text,) in connection.execute(query)]


def session_starts(in_time: list[tuple[int, str, int, str]]) -> Iterator[int]:
    """Yield the ids of the pageviews that start a session: the rules, applied to all pageviews at once."""
    last: dict[str, tuple[int, str]] = {}
    for number, visitor_id, second, campaign in in_time:
        seen, started_by = last.get(visitor_id, (-SESSION_SECONDS, ""))
        if second - seen >= SESSION_SECONDS or campaign not in ("", started_by):
            started_by = campaign
            yield number
        last[visitor_id] = (second, started_by)


@pytest.fixture
def connection() -> sqlite3.Connection:
    """A database in memory, which the store closes."""
    return open_database(None)


@pytest.fixture
def store(connection: sqlite3.Connection) -> Iterator[Store]:
    """A store on that database, with a customer of one visitor."""
    with closing(Store(connection)) as store:
        store.add_identity("k", Identity("c", ("v",), 0, {}))
        yield store


@many
@given(BATCHES)
def test_any_order_gives_the_same_as_the_order_of_time(batches: list[list[Seen]]) -> None:
    """All pageviews, and the touchpoints that the rules find in all of them."""
    written = [seen for batch in batches for seen in batch]
    numbered = [(number, visitor, second, campaign) for number, (visitor, second, campaign, _) in enumerate(written, 1)]
    in_time = sorted(numbered, key=lambda each: (each[2], each[0]))
    connection = open_database(None)
    with closing(Store(connection)) as store:
        store.add_identity("k", Identity("all", VISITORS, 0, {}))
        store.add_identity("k", Identity("one", ("one",), 0, {}))
        for batch in batches:
            store.add_all("k", pageviews=[pageview(*seen) for seen in batch])
        found = objects(store.collection("pageviews", "k", "all"))
        assert [each["id"] for each in found] == [n for n, *_ in in_time]
        assert [each["title"] for each in found] == [written[n - 1][3] for n, *_ in in_time]
        assert [each["id"] for each in objects(store.collection("pageviews", "k", "one"))] == [
            n for n, visitor, *_ in in_time if visitor == "one"
        ]
        touchpoints = objects(store.collection("touchpoints", "k", "all"))
        assert [each["id"] for each in touchpoints] == [*session_starts(in_time)]
        assert [each["source"] for each in touchpoints] == [written[each["id"] - 1][2] or None for each in touchpoints]
        assert [text for text in blocks(connection) if len(text) > MAX_BLOCK_LENGTH and SEPARATOR in text] == []


def test_late_pageview_starts_the_session_instead_of_the_next_one(store: Store) -> None:
    """The next pageview comes without a pause after it, so it starts no session any more."""
    store.add_all("k", pageviews=[pageview("v", 30)])
    store.add_all("k", pageviews=[pageview("v", 10)])
    assert seconds(store.collection("touchpoints", "k", "c")) == [10]


def test_late_campaign_starts_a_session_and_so_does_the_campaign_after_it(store: Store) -> None:
    """The new touchpoint is made from the pageview that was stored before."""
    store.add_all("k", pageviews=[pageview("v", 10, "a"), pageview("v", 20), pageview("v", 30, "a")])
    assert seconds(store.collection("touchpoints", "k", "c")) == [10]
    store.add_all("k", pageviews=[pageview("v", 15, "b")])
    assert [each["source"] for each in objects(store.collection("touchpoints", "k", "c"))] == ["a", "b", "a"]
    assert objects(store.collection("touchpoints", "k", "c"))[2] == {
        "created_at": "1970-01-01T00:00:30Z",
        "id": 3,
        "channel": "unassigned",
        "source": "a",
        **dict.fromkeys(("medium", "campaign", "term", "content", "keyword", "referrer")),
        "landing_page": "https://shop.example/",
        "url": "https://shop.example/?utm_source=a",
    }


def test_late_campaign_removes_a_later_touchpoint_of_the_same_campaign(store: Store) -> None:
    """Of the next pageview that has an origin; the next pageview of all has none."""
    store.add_all("k", pageviews=[pageview("v", 10), pageview("v", 20), pageview("v", 30), pageview("v", 40, "a")])
    assert seconds(store.collection("touchpoints", "k", "c")) == [10, 40]
    store.add_all("k", pageviews=[pageview("v", 15, "a")])
    assert seconds(store.collection("touchpoints", "k", "c")) == [10, 15]


def test_pageviews_of_another_process_count(tmp_path: Path) -> None:
    """The current session is read from the file and not kept in memory."""
    path = tmp_path / "sandbox.db"
    with closing(new_store(path)) as one, closing(new_store(path)) as other:
        one.add_identity("k", Identity("c", ("v",), 0, {}))
        for second, store in enumerate([one, other, one, other]):
            store.add_all("k", pageviews=[pageview("v", second)])
        assert (
            seconds(one.collection("touchpoints", "k", "c"))
            == seconds(other.collection("touchpoints", "k", "c"))
            == [0]
        )
        assert one.collection("pageviews", "k", "c") == other.collection("pageviews", "k", "c")


def test_sessions_of_accounts_are_independent(store: Store) -> None:
    """The same visitor id in two accounts is two visitors."""
    store.add_all("k", pageviews=[pageview("v", 30)])
    store.add_all("l", pageviews=[pageview("v", 10), pageview("v", 40)])
    assert (
        seconds(store.collection("touchpoints", "k", "c")) == seconds(store.collection("pageviews", "k", "c")) == [30]
    )


@pytest.mark.parametrize("campaign", ["", "a"])
@pytest.mark.parametrize("late", [False, True])
def test_one_more_pageview_takes_the_same_work_however_many_there_are(
    store: Store, connection: sqlite3.Connection, campaign: str, late: bool
) -> None:
    """Also if it is late, near the start of a very long session."""

    def work_with(number: int) -> int:
        visitor = f"v-{number}"
        store.add_all("k", pageviews=[pageview(visitor, second) for second in (900, *range(1_000, 1_000 + number))])
        # Stored alone, so that the last block has room, whatever the number.
        store.add_all("k", pageviews=[pageview(visitor, 1_000 + number)])
        at = 950 if late else 1_001 + number
        return counted(connection, lambda: store.add_all("k", pageviews=[pageview(visitor, at, campaign)]))[1]

    assert work_with(3_000) < 1.5 * work_with(300)


@pytest.mark.parametrize(
    "order",
    [range(600), range(599, -1, -1), [n * 77 % 600 for n in range(600)]],
    ids=["in order", "backwards", "mixed"],
)
@pytest.mark.parametrize("size", [1, 50, 600])
def test_blocks_are_few_and_short(store: Store, connection: sqlite3.Connection, order: list[int], size: int) -> None:
    """Also if documents are stored one by one: few blocks are read fast, and short ones are written fast."""
    for start in range(0, 600, size):
        store.add_all("k", pageviews=[pageview("v", second, title="x" * 100) for second in order[start : start + size]])
    lengths = [*map(len, blocks(connection))]
    assert max(lengths) <= MAX_BLOCK_LENGTH
    assert len(lengths) <= 3 * sum(lengths) / MAX_BLOCK_LENGTH + 1


def test_huge_document_has_a_block_of_its_own(store: Store, connection: sqlite3.Connection) -> None:
    """Its block gets no further documents, so it is not written again for each of them."""
    store.add_all("k", pageviews=[pageview("v", 30, title="x" * 3 * MAX_BLOCK_LENGTH)])
    (huge,) = map(len, blocks(connection))
    for second in (10, 50, 20, 40, 45, 5):
        store.add_all("k", pageviews=[pageview("v", second)])
    assert [len(text) for text in blocks(connection) if len(text) > MAX_BLOCK_LENGTH] == [huge]
    assert seconds(store.collection("pageviews", "k", "c")) == [5, 10, 20, 30, 40, 45, 50]


def test_failure_half_way_changes_nothing(store: Store, connection: sqlite3.Connection) -> None:
    """Pageviews, touchpoints and documents are stored in one transaction."""
    store.add_all("k", pageviews=[pageview("v", 30)])
    before = [*connection.iterdump()]
    connection.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON pageview_blocks BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        store.add_all("k", pageviews=[pageview("v", 10)])
    assert [*connection.iterdump()] == before
