"""The store in a file: the contract, and what only a file has to hold."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from outbox._helpers import entry, names
from outbox.store_contract import REFUSED, ROOM, StoreContract
from pyttributionio import OutboxError
from pyttributionio.outbox import Store
from pyttributionio.outbox._migrations import APPLICATION_ID, MIGRATIONS
from pyttributionio.outbox._sqlite_store import SqliteStore


def opened(path: Path, *, full_sync: bool = False, log: bool = True, max_bytes: int = ROOM) -> SqliteStore:
    """Open a shard."""
    return SqliteStore(path, full_sync=full_sync, log=log, max_bytes=max_bytes)


class TestSqliteStore(StoreContract):
    """It keeps the contract."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> Iterator[None]:
        self.path = tmp_path / "shard-000.db"
        self.made: list[SqliteStore] = []
        yield
        for store in self.made:
            store.close()

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store in a file."""
        self.made.append(opened(self.path, max_bytes=max_bytes))
        return self.made[-1]


class TestFullSync(TestSqliteStore):
    """Also where each commit waits for the disk."""

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store that waits for the disk."""
        self.made.append(opened(self.path, full_sync=True, max_bytes=max_bytes))
        return self.made[-1]


class TestWithoutLog(TestSqliteStore):
    """Also on file systems where a write-ahead log is not to be trusted."""

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store with a rollback journal."""
        self.made.append(opened(self.path, log=False, max_bytes=max_bytes))
        return self.made[-1]


def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    """Entries, dead letters, counts; numbers go on."""
    with closing(opened(tmp_path / "s.db")) as store:
        for n in range(3):
            store.append(entry(f"t-{n}"))
        store.bury(store.claim(0, 9)[0], REFUSED)
    with closing(opened(tmp_path / "s.db")) as store:
        assert names(store.claim(0, 9)) == ["t-1", "t-2"]
        assert [letter.burial for letter in store.dead_letters(0, 9)] == [REFUSED]
        assert store.count()[:2] == (2, 1)
        store.append(entry("t-3"))
        assert names(store.claim(0, 9)) == ["t-1", "t-2", "t-3"]


def test_the_disk_is_waited_for_as_promised(tmp_path: Path) -> None:
    """NORMAL outlives the process, FULL the power; without a log it is FULL too."""
    for name, options, expected in [
        ("a", {}, ("wal", 1)),
        ("b", {"full_sync": True}, ("wal", 2)),
        ("c", {"log": False}, ("delete", 2)),
    ]:
        with closing(opened(tmp_path / f"{name}.db", **options)) as store:
            pragma = store.database.connection.execute
            found = pragma("PRAGMA journal_mode").fetchone()[0], pragma("PRAGMA synchronous").fetchone()[0]
            assert found == expected
            assert pragma("PRAGMA mmap_size").fetchone()[0] == 0


def test_threads_share_a_commit(tmp_path: Path) -> None:
    """What was brought while another had the lock goes into one transaction, and every caller is told the truth."""
    statements: list[str] = []
    with closing(opened(tmp_path / "s.db", full_sync=True)) as store:
        store.database.connection.set_trace_callback(statements.append)
        results: dict[str, bool] = {}

        def append(name: str) -> None:
            results[name] = store.append(entry("t-same" if name in {"1", "2"} else f"t-{name}"))

        threads = [threading.Thread(target=append, args=(str(n),)) for n in range(8)]
        with store.database.lock:
            for thread in threads:
                thread.start()
            while len(store._waiting) < 8:
                pass
        for thread in threads:
            thread.join()
        assert sorted(names(store.claim(0, 99))) == sorted(["t-same", *(f"t-{n}" for n in (0, 3, 4, 5, 6, 7))])
        assert sorted(results.values()) == [False, *[True] * 7]
        assert statements.count("COMMIT") == 1
        assert store.count().pending == 7


def test_a_call_from_within_another_is_refused(tmp_path: Path) -> None:
    """Such as a signal handler's: it would find a transaction half done, or wait for itself for ever."""
    with closing(opened(tmp_path / "s.db")) as store:
        with store.database.held(), pytest.raises(OutboxError, match="signal handler"):
            store.append(entry())
        assert store.append(entry())
        assert names(store.claim(0, 9)) == ["t-1"]


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """Nothing in it is touched."""
    with closing(sqlite3.connect(tmp_path / "s.db")) as other:
        other.execute("CREATE TABLE theirs (id)")
    with pytest.raises(OutboxError, match="another program"):
        opened(tmp_path / "s.db")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """An older release must not write where it does not know what things mean."""
    opened(tmp_path / "s.db").close()
    with closing(sqlite3.connect(tmp_path / "s.db")) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(OutboxError, match=r"version 99.*upgrade pyttributionio"):
        opened(tmp_path / "s.db")


def test_schema_steps_are_numbered(tmp_path: Path) -> None:
    """A fresh file has taken all of them, and the mark of its owner."""
    with closing(opened(tmp_path / "s.db")) as store:
        pragma = store.database.connection.execute
        assert pragma("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert pragma("PRAGMA application_id").fetchone()[0] == APPLICATION_ID


def test_an_emptied_file_is_made_small_again(tmp_path: Path) -> None:
    """After an outage the disk is given back."""
    path = tmp_path / "s.db"
    with closing(opened(path, max_bytes=64 * ROOM)) as store:
        for n in range(12):
            store.append(entry(f"t-{n}", body=b"x" * ROOM))
        store.tidy()
        assert store.count().size > 12 * ROOM
        store.acknowledge([each.number for each in store.claim(0, 99)])
        store.tidy()
    assert path.stat().st_size < ROOM
