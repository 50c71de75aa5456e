"""The store in a file: the contract, and the promises of a file."""

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
from pyttributionio.outbox import Entry, NewEntry, Store
from pyttributionio.outbox.storage import read_only
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.schema import APPLICATION_ID, MIGRATIONS
from pyttributionio.outbox.storage.sqlite import SqliteStore


def opened(path: Path, *, full_sync: bool = False, wal: bool = True, max_bytes: int = ROOM) -> SqliteStore:
    """Open a shard."""
    return SqliteStore(path, full_sync=full_sync, wal=wal, max_bytes=max_bytes)


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
    """Also on file systems where a write-ahead log does not work."""

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store with a rollback journal."""
        self.made.append(opened(self.path, wal=False, max_bytes=max_bytes))
        return self.made[-1]


def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    """Entries, dead letters and counts. New numbers are higher."""
    with closing(opened(tmp_path / "s.db")) as store:
        for n in range(3):
            store.append(entry(f"t-{n}"))
        store.dead_letter(store.claim(0, 9)[0], REFUSED)
    with closing(opened(tmp_path / "s.db")) as store:
        assert names(store.claim(0, 9)) == ["t-1", "t-2"]
        assert [letter.reason for letter in store.dead_letters(0, 9)] == [REFUSED]
        assert store.count()[:2] == (2, 1)
        store.append(entry("t-3"))
        assert names(store.claim(0, 9)) == ["t-1", "t-2", "t-3"]


def test_a_commit_waits_for_the_disk_as_promised(tmp_path: Path) -> None:
    """NORMAL survives the end of the process, FULL a power failure. Without a log it is FULL too."""
    for name, options, expected in [
        ("a", {}, ("wal", 1)),
        ("b", {"full_sync": True}, ("wal", 2)),
        ("c", {"wal": False}, ("delete", 2)),
    ]:
        with closing(opened(tmp_path / f"{name}.db", **options)) as store:
            pragma = store.database.connection.execute
            found = pragma("PRAGMA journal_mode").fetchone()[0], pragma("PRAGMA synchronous").fetchone()[0]
            assert found == expected
            assert pragma("PRAGMA mmap_size").fetchone()[0] == 0


def test_threads_share_a_commit(tmp_path: Path) -> None:
    """Entries that wait for the lock are stored in one transaction, and each call returns its own result."""
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
            while len(store._pending) < 8:
                pass
        for thread in threads:
            thread.join()
        assert sorted(names(store.claim(0, 99))) == sorted(["t-same", *(f"t-{n}" for n in (0, 3, 4, 5, 6, 7))])
        assert sorted(results.values()) == [False, *[True] * 7]
        assert statements.count("COMMIT") == 1
        assert store.count().pending == 7


class Once:
    """A function whose first call ends with Ctrl-C, before or after its work."""

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
    """A queue whose last item is lost, because Ctrl-C comes when it is removed."""

    is_due = True

    def popleft(self) -> Any:
        """Take the first item."""
        item = super().popleft()
        if self.is_due and not self:
            self.is_due = False
            raise KeyboardInterrupt
        return item


def results_of_a_batch(store: SqliteStore, *entries: NewEntry, then: Callable[[], object] = list) -> list[object]:
    """Append each entry from a thread, all in one batch; return the results, that of the interrupted one last.

    When all threads wait, `then` is called before the first one continues.
    """
    results: list[object] = []

    def append(new: NewEntry) -> None:
        try:
            results.append(store.append(new))
        except (KeyboardInterrupt, OutboxError) as error:
            results.append(error)

    threads = [threading.Thread(target=append, args=(each,)) for each in entries]
    with store.database.lock:
        for thread in threads:
            thread.start()
        while len(store._pending) < len(threads):
            pass
        then()
    for thread in threads:
        thread.join()
    return sorted(results, key=lambda each: isinstance(each, KeyboardInterrupt))


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_an_interrupted_commit_gives_the_others_true_results(tmp_path: Path, after: bool) -> None:
    """Ctrl-C in the thread that commits for all: the entries of the others are stored, and stored once."""
    with closing(opened(tmp_path / "s.db")) as store:
        store.database.transact = Once(store.database.transact, after=after)  # type: ignore[method-assign]
        identities = [entry(f"t-{n}", event_key=None) for n in range(3)]
        first, second, third = results_of_a_batch(store, *identities)
        assert (first, second, type(third)) == (True, True, KeyboardInterrupt)
        stored = names(store.claim(0, 99))
        assert len(stored) == len({*stored}) == store.count().pending
        assert len(stored) == 3 if after else len(stored) >= 2
        assert store.append(entry("next"))
        assert names(store.claim(0, 99)) == [*stored, "next"]


def test_an_entry_that_an_interrupt_removed_from_the_queue_is_stored(tmp_path: Path) -> None:
    """Its own call finds it neither stored nor waiting, and stores it."""
    with closing(opened(tmp_path / "s.db")) as store:
        store._pending = Slippery()
        first, second, third = results_of_a_batch(store, *(entry(f"t-{n}") for n in range(3)))
        assert (first, second, type(third)) == (True, True, KeyboardInterrupt)
        assert store.count().pending == len(store.claim(0, 99)) >= 2


def test_a_store_that_was_closed_meanwhile_raises_in_all_calls(tmp_path: Path) -> None:
    """Also in those whose entries an interrupt removed from the queue."""
    store = opened(tmp_path / "s.db")

    def close_and_lose() -> None:
        store.close()
        store._pending.pop()

    results = results_of_a_batch(store, entry("t-1"), entry("t-2"), then=close_and_lose)
    assert [type(each) for each in results] == [OutboxError, OutboxError]


def test_an_entry_after_an_interrupted_one_is_stored(tmp_path: Path) -> None:
    """The interrupted one has used its number, although its call did not record that."""
    with closing(opened(tmp_path / "s.db")) as store:
        store._add = Once(store._add, after=True)  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            store.append(entry("t-1"))
        assert store.append(entry("t-2"))
        assert names(store.claim(0, 9)) == ["t-1", "t-2"]
        assert store.count().pending == 2


def test_a_number_in_use_is_not_a_duplicate(tmp_path: Path) -> None:
    """If the numbers are wrong, such as after an interrupt, the entry gets the next free one."""
    with closing(opened(tmp_path / "s.db")) as store:
        store.append(entry("t-1"))
        store._file.newest = store._file.pending = 0
        assert store.append(entry("t-2"))
        assert names(store.claim(0, 9)) == ["t-1", "t-2"]
        assert (store.newest, store.count().pending) == (2, 2)


def test_a_call_from_within_another_is_refused(tmp_path: Path) -> None:
    """Such as a signal handler's: it would meet an open transaction, or wait for ever for its own thread."""
    with closing(opened(tmp_path / "s.db")) as store:
        with store.database.locked(), pytest.raises(OutboxError, match="signal handler"):
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
    """An older release must not write to a file that it does not understand."""
    opened(tmp_path / "s.db").close()
    with closing(sqlite3.connect(tmp_path / "s.db")) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(OutboxError, match=r"version 99.*upgrade pyttributionio"):
        opened(tmp_path / "s.db")


def test_schema_steps_are_numbered(tmp_path: Path) -> None:
    """A new file has the newest version, and the mark of its owner."""
    with closing(opened(tmp_path / "s.db")) as store:
        pragma = store.database.connection.execute
        assert pragma("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert pragma("PRAGMA application_id").fetchone()[0] == APPLICATION_ID


def version_1(path: Path, waiting: int = 3) -> None:
    """Make a file as the first version of the schema had it: with waiting entries, and a dead letter."""
    columns = "id, transaction_id, event_key, lane, body, identity, accepted_at, crc, sent, attempts, last_error"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("PRAGMA page_size = 4096")
        old.execute("PRAGMA journal_mode = WAL")
        for statement in MIGRATIONS[0]:
            old.execute(statement)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        for number in range(1, waiting + 1):
            new = entry(f"t-{number}", identity=b"i", body=b"x" * 300)
            old.execute(f"INSERT INTO entries ({columns}) VALUES ({'?, ' * 10}?)", (number, *new, new.crc, 1, 2, "no"))
        dead = entry("dead")
        old.execute(f"INSERT INTO dead VALUES ({'?, ' * 14}?)", (1, *dead, dead.crc, 0, 1, "status 422", *REFUSED))


def progress(found: Entry) -> tuple[int, int, str | None]:
    """Return what is known of an entry's delivery."""
    return found.delivered_requests, found.attempts, found.last_error


def test_a_file_of_version_1_opens_with_its_rows(tmp_path: Path) -> None:
    """Its columns get their new names. Entries, dead letters, their progress and the order are the same."""
    version_1(tmp_path / "s.db")
    with closing(opened(tmp_path / "s.db")) as store:
        assert names(store.claim(0, 9, visitor_id="visitor-7")) == ["t-1", "t-2", "t-3"]
        assert [progress(each) for each in store.claim(0, 9)] == [(1, 2, "no")] * 3
        (letter,) = store.dead_letters(0, 9)
        assert (letter.entry.new, letter.reason, progress(letter.entry)) == (
            entry("dead"),
            REFUSED,
            (0, 1, "status 422"),
        )
        store.release(store.claim(0, 1))
        assert store.requeue([letter.number]) == 1
        assert names(store.claim(0, 9)) == ["t-1", "t-2", "t-3", "dead"]


@pytest.mark.parametrize("destroyed", [0, 1, 3], ids=["schema", "inner page of the table", "dead letters"])
def test_a_damaged_file_of_version_1_is_repaired(tmp_path: Path, destroyed: int) -> None:
    """Also one that can't be migrated. Its readable rows are saved in a file of the present version."""
    version_1(tmp_path / "s.db", waiting=400)
    with (tmp_path / "s.db").open("r+b") as file:
        file.seek(destroyed * 4096)
        file.write(b"\xde\xad\xbe\xef" * 1024)
    with closing(opened(tmp_path / "s.db")) as store:
        assert names(store.claim(0, 999)) == [f"t-{number}" for number in range(1, 401)]
        assert {progress(each) for each in store.claim(0, 999)} == {(1, 2, "no")}
        assert len(store.dead_letters(0, 9)) == (0 if destroyed == 3 else 1)
        assert store.database.connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)


def test_a_damaged_file_of_version_1_that_was_not_read_before_is_read(tmp_path: Path) -> None:
    """A process of the first version renamed it, and ended before it saved its rows."""
    version_1(tmp_path / "s.damaged-1.db")
    with closing(opened(tmp_path / "s.db")) as store:
        assert names(store.claim(0, 9)) == ["t-1", "t-2", "t-3"]
        assert [letter.reason for letter in store.dead_letters(0, 9)] == [REFUSED]


def test_a_damaged_row_of_version_1_is_an_unreadable_one(tmp_path: Path) -> None:
    """The migration writes the checksum of the present version, and must not make the row a sound one."""
    version_1(tmp_path / "s.db")
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as old:
        old.execute("UPDATE entries SET sent = 7 WHERE id = 1")
        old.execute("UPDATE entries SET sent = 'x' WHERE id = 2")
    with closing(opened(tmp_path / "s.db")) as store:
        assert names(store.claim(0, 9)) == ["t-3"]
        assert len(store.dead_letters(0, 9)) == 1


def test_a_file_of_version_1_is_listed_as_it_is(tmp_path: Path) -> None:
    """Read-only access does not migrate it: a process of the first version may hold it."""
    version_1(tmp_path / "shard-000.db")
    before = (tmp_path / "shard-000.db").read_bytes()
    path = ShardPath(tmp_path, 0)
    assert names(read_only.waiting(path)) == ["t-1", "t-2", "t-3"]
    assert [letter.reason for letter in read_only.dead(path)] == [REFUSED]
    assert read_only.count(path)[:2] == (3, 1)
    assert (tmp_path / "shard-000.db").read_bytes() == before


def test_an_entry_that_leaves_no_room_for_the_files_own_pages_drops_nothing(tmp_path: Path) -> None:
    """How much space those need is found by trying. The dropped entries are restored."""
    with closing(opened(tmp_path / "s.db", max_bytes=SMALL)) as store:
        accepted = fill(store)
        with pytest.raises(OutboxFullError, match="no room left"):
            store.append_dropping(entry("huge", body=b"x" * (SMALL - 4000)))
        assert names(store.claim(0, 999)) == accepted
        assert store.count().pending == len(accepted)
        assert store.append_dropping(entry("new"))[0]


def test_an_emptied_file_is_made_small_again(tmp_path: Path) -> None:
    """After an outage the space is returned to the disk."""
    path = tmp_path / "s.db"
    with closing(opened(path, max_bytes=64 * ROOM)) as store:
        for n in range(12):
            store.append(entry(f"t-{n}", body=b"x" * ROOM))
        store.tidy()
        assert store.count().size > 12 * ROOM
        store.acknowledge([each.number for each in store.claim(0, 99)])
        store.tidy()
    assert path.stat().st_size < ROOM
