"""The store in a file: the contract, and what only a file has to hold."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from outbox._helpers import entry, names
from outbox.store_contract import REFUSED, ROOM, SMALL, StoreContract, fill
from pyttributionio import OutboxError, OutboxFullError
from pyttributionio.outbox import NewEntry, Store
from pyttributionio.outbox.storage.schema import APPLICATION_ID, MIGRATIONS
from pyttributionio.outbox.storage.sqlite import SqliteStore


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


class Once:
    """Let one call of something end in Ctrl-C, before or after it has done its work."""

    def __init__(self, work: Callable[..., Any], *, after: bool) -> None:
        self._work = work
        self._after = after
        self._is_due = True

    def __call__(self, *given: Any) -> Any:
        """Do the work, or be interrupted."""
        due, self._is_due = self._is_due, False
        if due and not self._after:
            raise KeyboardInterrupt
        found = self._work(*given)
        if due:
            raise KeyboardInterrupt
        return found


class Slippery(deque[Any]):
    """A queue whose last item is lost to Ctrl-C in the moment in which it is taken."""

    is_due = True

    def popleft(self) -> Any:
        """Take the first item."""
        item = super().popleft()
        if self.is_due and not self:
            self.is_due = False
            raise KeyboardInterrupt
        return item


def told_together(store: SqliteStore, *entries: NewEntry, then: Callable[[], object] = list) -> list[object]:
    """Append from a thread each, all in one batch; return what each was told, the interrupted one last.

    When all wait, `then` is done before the first goes on.
    """
    told: list[object] = []

    def append(new: NewEntry) -> None:
        try:
            told.append(store.append(new))
        except (KeyboardInterrupt, OutboxError) as error:
            told.append(error)

    threads = [threading.Thread(target=append, args=(each,)) for each in entries]
    with store.database.lock:
        for thread in threads:
            thread.start()
        while len(store._waiting) < len(threads):
            pass
        then()
    for thread in threads:
        thread.join()
    return sorted(told, key=lambda each: isinstance(each, KeyboardInterrupt))


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_who_is_interrupted_does_not_lie_to_others(tmp_path: Path, after: bool) -> None:
    """Ctrl-C in the thread that commits for all: what the others are told is stored, and stored once."""
    with closing(opened(tmp_path / "s.db")) as store:
        store.database.transact = Once(store.database.transact, after=after)  # type: ignore[method-assign]
        identities = [entry(f"t-{n}", event_key=None) for n in range(3)]
        first, second, third = told_together(store, *identities)
        assert (first, second, type(third)) == (True, True, KeyboardInterrupt)
        stored = names(store.claim(0, 99))
        assert len(stored) == len({*stored}) == store.count().pending
        assert len(stored) == 3 if after else len(stored) >= 2
        assert store.append(entry("next"))
        assert names(store.claim(0, 99)) == [*stored, "next"]


def test_an_entry_that_an_interrupt_took_out_of_the_queue_is_stored_all_the_same(tmp_path: Path) -> None:
    """Its own call finds it neither stored nor waiting, and stores it."""
    with closing(opened(tmp_path / "s.db")) as store:
        store._waiting = Slippery()
        first, second, third = told_together(store, *(entry(f"t-{n}") for n in range(3)))
        assert (first, second, type(third)) == (True, True, KeyboardInterrupt)
        assert store.count().pending == len(store.claim(0, 99)) >= 2


def test_a_store_that_was_closed_meanwhile_says_so_to_all(tmp_path: Path) -> None:
    """Also to those whose entries an interrupt took out of the queue."""
    store = opened(tmp_path / "s.db")

    def close_and_lose() -> None:
        store.close()
        store._waiting.pop()

    told = told_together(store, entry("t-1"), entry("t-2"), then=close_and_lose)
    assert [type(each) for each in told] == [OutboxError, OutboxError]


def test_an_entry_after_an_interrupted_one_is_stored(tmp_path: Path) -> None:
    """The interrupted one has taken its number, though its call never came to note that."""
    with closing(opened(tmp_path / "s.db")) as store:
        store._add = Once(store._add, after=True)  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            store.append(entry("t-1"))
        assert store.append(entry("t-2"))
        assert names(store.claim(0, 9)) == ["t-1", "t-2"]
        assert store.count().pending == 2


def test_a_number_that_is_taken_is_not_a_duplicate(tmp_path: Path) -> None:
    """Whatever has upset the numbers, such as an interrupt: the entry is stored under the next free one."""
    with closing(opened(tmp_path / "s.db")) as store:
        store.append(entry("t-1"))
        store._file.newest = store._file.pending = 0
        assert store.append(entry("t-2"))
        assert names(store.claim(0, 9)) == ["t-1", "t-2"]
        assert (store.newest, store.count().pending) == (2, 2)


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


def test_an_entry_that_leaves_no_room_for_the_files_own_pages_drops_nothing(tmp_path: Path) -> None:
    """How much those take, only a try can tell; what it dropped is there again."""
    with closing(opened(tmp_path / "s.db", max_bytes=SMALL)) as store:
        accepted = fill(store)
        with pytest.raises(OutboxFullError, match="no room left"):
            store.append_dropping(entry("huge", body=b"x" * (SMALL - 4000)))
        assert names(store.claim(0, 999)) == accepted
        assert store.count().pending == len(accepted)
        assert store.append_dropping(entry("new"))[0]


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
