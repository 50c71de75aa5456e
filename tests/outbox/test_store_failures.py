"""Every failure of the disk is an OutboxError, and makes the health not ok until the store works again."""

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from outbox._helpers import Scripted, StillClock, entry, names
from outbox.store_contract import REFUSED
from pyttributionio import OutboxCorruptError, OutboxError, OutboxFullError
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.process.control_requests import ControlRequest, send_request
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.sqlite import SqliteStore


def failing(code: int, text: str = "disk I/O error") -> sqlite3.Error:
    """Return an error of SQLite with a code."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


FAILURES = {
    "I/O error": failing(sqlite3.SQLITE_IOERR),
    "locked": failing(sqlite3.SQLITE_BUSY, "database is locked"),
    "read-only": failing(sqlite3.SQLITE_READONLY, "attempt to write a readonly database"),
    "can't open": failing(sqlite3.SQLITE_CANTOPEN, "unable to open database file"),
    "other": failing(sqlite3.SQLITE_ERROR, "SQL logic error"),
    "closed by Python": sqlite3.ProgrammingError("Cannot operate on a closed database."),
    "gone": OSError(errno.ENOENT, "No such file or directory"),
    "damaged disk": OSError(errno.EIO, "Input/output error"),
    "a message that is no text": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
}
DAMAGE = {"other", "a message that is no text"}
USES: dict[str, Callable[[SqliteStore], object]] = {
    "append": lambda store: store.append(entry("new")),
    "append_dropping": lambda store: store.append_dropping(entry("new")),
    "claim": lambda store: store.claim(0, 9),
    "acknowledge": lambda store: store.acknowledge([1]),
    "release": lambda store: store.release([]),
    "dead_letter": lambda store: store.dead_letter(known(store), REFUSED),
    "expire": lambda store: store.expire(1.0, REFUSED),
    "dead_letters": lambda store: store.dead_letters(0, 9),
    "requeue": lambda store: store.requeue([1]),
    "drop": lambda store: store.drop([1], dead=True),
    "count": lambda store: store.count(),
    "salvage": lambda store: store.salvage(),
    "tidy": lambda store: store.tidy(),
    "delete_if_empty": lambda store: store.delete_if_empty(lambda: None),
}


def known(store: SqliteStore) -> Any:
    """Return the first entry, as it was read before the store failed."""
    return KNOWN[store.path]


KNOWN: dict[Path, Any] = {}


class Broken:
    """A connection whose statements fail."""

    in_transaction = False

    def __init__(self, error: Exception) -> None:
        self._error = error

    def execute(self, *_: object) -> Any:
        """Fail."""
        raise self._error

    executemany = execute

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a store with two entries and a dead letter."""
    with closing(SqliteStore(tmp_path / "shard-000.db", full_sync=False, wal=True, max_bytes=10**6)) as store:
        for name in ("dead", "t-1", "t-2"):
            store.append(entry(name))
        store.dead_letter(store.claim(0, 1)[0], REFUSED)
        KNOWN[store.path] = store.claim(0, 1)[0]
        yield store


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_of_a_store_is_an_outbox_error(store: SqliteStore, use: str, failure: str) -> None:
    """Each use and each failure. The problem is over when the same use works again. A damaged file is repaired."""
    working = store.database._connection
    store.database._connection = Broken(FAILURES[failure])  # type: ignore[assignment]
    if failure in DAMAGE and use not in {"append_dropping", "tidy"}:
        USES[use](store)
    else:
        with pytest.raises(OutboxError):
            USES[use](store)
        assert store.problem is not None
        store.database._connection = working
        USES[use](store)
    assert store.problem is None
    assert "t-2" in names(store.claim(0, 9))
    assert working is not None
    working.close()


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EIO, errno.EACCES, errno.ESTALE])
def test_a_disk_that_can_not_be_measured_is_an_outbox_error(
    store: SqliteStore, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removed directory, or a network disk that is gone."""

    def fail(_: object) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(shutil, "disk_usage", fail)

    def append_many() -> None:
        for number in range(200):  # not each call measures
            store.append(entry(f"n-{number}"))

    with pytest.raises(OutboxError, match=re.escape(os.strerror(code))):
        append_many()
    assert store.problem is not None
    with pytest.raises(OutboxError):
        SqliteStore(store.path.with_name("other.db"), full_sync=False, wal=True, max_bytes=10**6)


def test_a_disk_without_space_is_a_full_outbox(store: SqliteStore) -> None:
    """It has a state of its own, and is no failure of the store."""
    store.database._connection, working = Broken(OSError(errno.ENOSPC, "No space left")), store.database._connection  # type: ignore[assignment]
    with pytest.raises(OutboxFullError):
        store.append(entry("new"))
    assert store.problem is None
    store.database._connection = working


@pytest.mark.parametrize("threads", [False, True])
def test_health_says_that_the_store_fails(tmp_path: Path, threads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call raises an OutboxError then. After the next call that works, the health is ok again."""
    outbox = Outbox(Scripted().client(), tmp_path, manual=not threads, drain_on_exit=0)
    outbox.event("ev", visitor_id="v")
    assert outbox.health().ok
    store = outbox._engine().store()
    assert isinstance(store, SqliteStore)
    with store.database.lock:
        working = store.database._connection
        store.database._connection = Broken(failing(sqlite3.SQLITE_IOERR))  # type: ignore[assignment]
        with pytest.raises(OutboxError, match="disk I/O error"):
            outbox.event("ev", visitor_id="v")
        assert any("disk I/O error" in problem for problem in outbox.health().problems)
        store.database._connection = working
    outbox.event("ev", visitor_id="v")
    outbox.stats()
    outbox.flush(5)
    assert outbox.health().ok
    outbox.close()


def test_health_says_that_the_store_can_not_be_opened(tmp_path: Path) -> None:
    """After the first try."""
    (tmp_path / "file").write_text("")
    outbox = Outbox(Scripted().client(), tmp_path / "file", manual=True)
    assert outbox.health().ok
    with pytest.raises(OutboxError):
        outbox.event("ev", visitor_id="v")
    assert any("can't be created" in problem for problem in outbox.health().problems)
    (tmp_path / "file").unlink()
    outbox.event("ev", visitor_id="v")
    assert outbox.health().ok
    outbox.close()


@pytest.mark.parametrize("when", ["before", "after the first call"])
def test_calls_in_a_removed_directory(tmp_path: Path, when: str) -> None:
    """Each entry is accepted into a new folder, or the call raises an OutboxError."""
    outbox = Outbox(Scripted().client(), tmp_path / "outbox", manual=True)
    for number in range(300):
        if number == (0 if when == "before" else 1):
            shutil.rmtree(tmp_path / "outbox", ignore_errors=True)
        outbox.event("ev", visitor_id="v", transaction_id=f"t-{number}", identify=False)
    kept = {each.transaction_id for each in commands.entries(tmp_path / "outbox")}
    assert kept >= {f"t-{number}" for number in range(1, 300)}
    outbox.close()


def test_calls_in_a_directory_that_can_not_be_made_again(tmp_path: Path) -> None:
    """A file is in its place. Each call says so, and none is lost silently."""
    outbox = Outbox(Scripted().client(), tmp_path / "outbox", manual=True)
    outbox.event("ev", visitor_id="v")
    shutil.rmtree(tmp_path / "outbox")
    (tmp_path / "outbox").write_text("")
    for _ in range(300):
        with pytest.raises(OutboxError):
            outbox.event("ev", visitor_id="v")
    assert not outbox.health().ok
    with pytest.raises(OutboxError):
        commands.status(tmp_path / "outbox")
    outbox.close()


def test_a_shard_that_could_not_be_taken_over_is_tried_again(tmp_path: Path) -> None:
    """The reason may be over: a full disk, too many open files."""
    script = Scripted()
    outbox = Outbox(script.client(), tmp_path, manual=True)
    outbox.event("ev", visitor_id="v", transaction_id="own", identify=False)
    path = ShardPath(outbox.folder, 1)
    with closing(SqliteStore(path.database, full_sync=False, wal=True, max_bytes=10**6)) as store:
        store.append(entry("other", body=b'{"event":{"transaction_id":"other"}}'))
    mode = path.database.stat().st_mode
    with pytest.MonkeyPatch.context() as patch:

        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.EMFILE, "Too many open files")

        patch.setattr("pyttributionio.outbox.storage.database.connect", fail)
        outbox.pump()
        assert any("Too many open files" in problem for problem in outbox.health().problems)
    assert path.database.stat().st_mode == mode
    outbox.pump()
    assert script.ids == ["own"]
    ownership = outbox._engine().ownership
    assert ownership is not None
    ownership._next_try[1] = 0.0
    outbox.pump()
    assert script.ids == ["own", "other"]
    assert outbox.health().ok
    outbox.close()


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '["drop", [[1e999, "x"]]]', '["drop", [[99999999999999999999, "x"]]]']
)
def test_a_request_that_no_operator_wrote_is_removed(tmp_path: Path, content: str) -> None:
    """It stops neither delivery nor the next request."""
    script = Scripted()
    outbox = Outbox(script.client(), tmp_path, manual=True)
    outbox.event("ev", visitor_id="v", transaction_id="own", identify=False)
    request = outbox.folder / "shard-000-request-1"
    request.write_text(content, encoding="utf-8")
    outbox.pump()
    assert not request.exists()
    assert script.ids == ["own"]
    outbox.close()


def test_a_request_that_can_not_be_written_is_an_outbox_error(tmp_path: Path) -> None:
    """Such as in a directory that is gone."""
    with pytest.raises(OutboxError, match="can't be written"):
        send_request(ShardPath(tmp_path / "none", 0), ControlRequest("retry"), 0.0)


def test_a_damaged_file_that_can_not_be_renamed_is_an_outbox_error(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept, and read at the next try."""
    store.database.connection.execute("UPDATE entries SET crc = 0 WHERE id = 2")

    def fail(*_: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OutboxCorruptError, match="could not be replaced"):
            store.claim(0, 9)
    store.close()
    with closing(SqliteStore(store.path, full_sync=False, wal=True, max_bytes=10**6)) as again:
        assert names(again.claim(0, 9)) == ["t-2"]


def test_a_store_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """A shard of an ended process is on a part of the disk that can't be read. It is tried again every second."""
    script, time = Scripted(), StillClock()
    outbox = Outbox(script.client(), tmp_path, manual=True, clock=time.clock())
    outbox.event("ev", visitor_id="v", transaction_id="own", identify=False)
    path = ShardPath(outbox.folder, 1)
    with closing(SqliteStore(path.database, full_sync=False, wal=True, max_bytes=10**6)) as store:
        store.append(entry("other", body=b'{"event":{"transaction_id":"other"}}'))
    outbox._engine().housekeep()
    (taken_over,) = [each.store for each in outbox._engine().dispatcher.sources if each.name == "shard-001"]
    assert isinstance(taken_over, SqliteStore)
    working = taken_over.database._connection
    taken_over.database._connection = Broken(failing(sqlite3.SQLITE_IOERR))  # type: ignore[assignment]
    with pytest.raises(OutboxError, match="disk I/O error"):  # after the entries of all other stores
        outbox.pump()
    assert script.ids == ["own"]
    assert any("disk I/O error" in problem for problem in outbox.health().problems)
    taken_over.database._connection = working
    assert [*outbox._engine().dispatcher.jobs(time.seconds + 0.9)] == []
    assert [job.entry.new.transaction_id for job in outbox._engine().dispatcher.jobs(time.seconds + 1)] == ["other"]
    outbox.close()
