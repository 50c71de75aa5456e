"""Rows that hold what their columns never hold: each is an unreadable one, and no other row suffers from it."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.outbox import fuzz
from outbox._helpers import Scripted, entry, names
from outbox.store_contract import REFUSED
from pyttributionio import OutboxCorruptError
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.sqlite import SqliteStore

COUNT = 20
NO_TEXT = "CAST(x'76ff69' AS TEXT)"
WAITING = {
    "transaction_id": [NO_TEXT, "x'01'", "7", "''"],
    "event_key": [NO_TEXT, "x'01'", "7", "''", "NULL"],
    "visitor_id": [NO_TEXT, "x'01'", "7"],
    "body": ["'text'", "7", "1.5", "x''"],
    "identity": ["'text'", "7", "x''", "x'7b7d'"],
    "accepted_at": ["'soon'", "x'00'", "1e18", "-1e18", "9e999", "2e11 * 2"],
    "crc": ["'x'", "x'00'", "0", "-1", "1.5"],
    "delivered_requests": ["7", "1", "-1", "'x'", "x'00'", "0.5"],
    "attempts": ["'many'", "-1", "x'00'", "1.5"],
    "last_error": [NO_TEXT, "x'00'", "7 + 0"],
    "id": ["-5", "9223372036854775807", "4611686018427387905"],
}
DEAD = {
    "cause": [NO_TEXT, "'bored'", "7", "x'00'"],
    "status": ["'x'", "x'00'", "-1", "1.5"],
    "answer": [NO_TEXT, "x'00'"],
    "dead_lettered_at": ["'x'", "x'00'", "1e18"],
    **{name: values for name, values in WAITING.items() if name not in {"id", "last_error"}},
}
# SQLite stores a number in a text column as text: the last one is a text like any other.
READABLE = {("last_error", "7 + 0")}


def cases(columns: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return each column with each value."""
    return [(column, value) for column, values in columns.items() for value in values]


class Damaged:
    """An outbox with waiting entries and dead letters, of which a test changes one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = Scripted()
        outbox = self.open()
        for n in range(COUNT):
            outbox.event("ev", visitor_id=f"visitor-{n}", client_id="c", transaction_id=f"t-{n:02d}", identify=False)
        store = outbox._engine().store()
        for n in range(3):
            store.append(entry(f"dead-{n}"))
            store.dead_letter(store.claim(COUNT, 1)[0], REFUSED)
        self.shard = ShardPath(outbox.folder, 0)
        outbox.close()

    def open(self) -> Outbox:
        """Open it."""
        return Outbox(self.script.client(), self.folder, manual=True)

    def change(self, table: str, column: str, value: str, number: int) -> None:
        """Write a value into a row, as SQL."""
        with closing(sqlite3.connect(self.shard.database, isolation_level=None)) as connection:
            connection.execute(f"UPDATE {table} SET {column} = {value} WHERE id = {number}")

    def listed(self, state: Any = None) -> tuple[list[str], str]:
        """Return the ids that an operator sees, and the error at the end of the list."""
        found: list[str] = []
        try:
            found.extend(each.transaction_id for each in commands.entries(self.folder, state))
        except OutboxCorruptError as error:
            return found, str(error)
        return found, ""


@pytest.fixture
def damaged(tmp_path: Path) -> Damaged:
    """Take an outbox that a test damages."""
    return Damaged(tmp_path)


@pytest.mark.parametrize(("column", "value"), cases(WAITING))
def test_a_damaged_row_stops_no_other_row(damaged: Damaged, column: str, value: str) -> None:
    """All others are delivered, it is counted, and the file with it is kept. `list` and `status` never fail."""
    damaged.change("entries", column, value, 5)
    is_readable = column == "id" or (column, value) in READABLE
    commands.status(damaged.folder)
    listed, error = damaged.listed("waiting")
    assert len(listed) >= COUNT - 1
    assert error == "" if is_readable else "salvage" in error
    outbox = damaged.open()
    for _ in range(3):
        outbox.pump()
    assert outbox.flush(0) == 0
    expected = {f"t-{n:02d}" for n in range(COUNT) if is_readable or n != 4}
    assert sorted(damaged.script.ids) == sorted(expected)
    assert outbox.stats().unreadable == (0 if is_readable else 1)
    assert outbox.stats().dead == 3
    if not is_readable:
        (kept,) = damaged.shard.folder.glob("*.damaged-*.db")
        assert json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))["unreadable"] == 1
    outbox.close()


@pytest.mark.parametrize(("column", "value"), cases(DEAD))
def test_a_damaged_dead_letter_stops_no_other_row(damaged: Damaged, column: str, value: str) -> None:
    """The list has all others and ends with an error. Salvage counts it."""
    damaged.change("dead", column, value, 2)
    listed, error = damaged.listed("dead")
    assert listed == ["dead-0", "dead-2"]
    assert "1 unreadable" in error
    (checked,) = commands.salvage(damaged.folder)
    assert checked.salvage is not None
    assert (checked.salvage.saved, checked.salvage.unreadable) == (COUNT + 2, 1)
    assert damaged.listed("dead") == (["dead-0", "dead-2"], "")
    assert commands.retry(damaged.folder).changed == 2


def test_the_oldest_entry_is_the_oldest_with_a_time(damaged: Damaged) -> None:
    """Statistics and status are read without a look at each row."""
    damaged.change("entries", "accepted_at", "'soon'", 1)
    damaged.change("entries", "accepted_at", "1e18", 2)
    (shard,) = commands.status(damaged.folder).shards
    assert shard.oldest is not None
    outbox = damaged.open()
    outbox._engine().store()
    assert outbox.stats().oldest_age is not None
    assert outbox.health().problems == ()
    outbox.close()


def test_a_damaged_row_does_not_keep_others_from_expiring(tmp_path: Path) -> None:
    """A column that may not be empty is, which no statement of SQLite can copy."""
    path = tmp_path / "shard-000.db"
    with closing(SqliteStore(path, full_sync=False, wal=True, max_bytes=10**6)) as store:
        for n in range(3):
            store.append(entry(f"t-{n}"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = REPLACE(sql, 'body BLOB NOT NULL', 'body BLOB')")
        connection.commit()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE entries SET body = NULL WHERE id = 2")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = REPLACE(sql, 'body BLOB', 'body BLOB NOT NULL')")
        connection.commit()
    reports: list[Any] = []
    with closing(SqliteStore(path, full_sync=False, wal=True, max_bytes=10**6, on_damage=reports.append)) as store:
        assert len(store.expire(2000.0, REFUSED._replace(cause="expired"))) == 2
    assert [(each.saved, each.unreadable) for each in reports] == [(2, 1)]


def test_a_lost_number_of_delivered_requests_is_damage(tmp_path: Path) -> None:
    """An event whose first request seems to be delivered would never be sent. The checksum repeats the number."""
    path = tmp_path / "shard-000.db"
    both = entry("t-1", identity=b"{}")
    with closing(SqliteStore(path, full_sync=False, wal=True, max_bytes=10**6)) as store:
        store.append(both)
        (waiting,) = store.claim(0, 9)
        waiting.delivered_requests = 1
        store.release([waiting])
        assert names(store.claim(0, 9)) == ["t-1"]
        store.database.connection.execute("UPDATE entries SET delivered_requests = 0")
        assert store.claim(0, 9) == []


@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_no_byte_that_leads_to_rows_costs_one(tmp_path: Path, change: int) -> None:
    """Each byte of the header of the file, and of the header and the list of rows of each page."""
    path = tmp_path / "shard-000.db"
    with closing(SqliteStore(path, full_sync=False, wal=True, max_bytes=10**6)) as store:
        for n in range(60):
            store.append(entry(f"t-{n:02d}", body=b"x" * 300))
        for each in store.claim(0, 9):
            store.dead_letter(each, REFUSED)
    sound = path.read_bytes()
    pages = range(0, len(sound), 4096)
    for at in {*range(100), *(page + offset for page in pages for offset in range(0, 30, 1 if change == 1 else 7))}:
        for left in tmp_path.iterdir():
            left.unlink()
        path.write_bytes(sound[:at] + bytes([sound[at] ^ change]) + sound[at + 1 :])
        reports: list[Any] = []
        store = SqliteStore(
            path, full_sync=False, wal=True, max_bytes=10**6, on_damage=reports.append, expected=60, is_exact=True
        )
        with closing(store):
            store.salvage()
            assert names(store.claim(0, 99)) == [f"t-{n:02d}" for n in range(9, 60)], at
            assert len(store.dead_letters(0, 99)) == 9, at
            assert [each.unreadable for each in reports] in ([], [0]), at
            assert store.append(entry("new")), at


@pytest.fixture
def quiet() -> Iterator[None]:
    """Log nothing: each damage is reported."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.benchmark
@pytest.mark.parametrize("first", range(0, 60, 10))
def test_seeded_damages_lose_nothing_that_can_be_read(first: int, quiet: None) -> None:
    """Flip, truncate, overwrite, swap, duplicate, retype. `scripts/bench outbox --only damages` runs 2,000 of them."""
    assert [problem for seed in range(first, first + 10) for problem in fuzz.run(seed).problems] == []


@pytest.mark.benchmark
def test_the_seeded_damages_do_damage(quiet: None) -> None:
    """Each kind of damage is found in some file, so that the test above is worth something."""
    kinds = {trial.damage.split()[0] for trial in map(fuzz.run, range(100, 180)) if trial.counted}
    assert kinds == {*fuzz.DAMAGES}
