"""The functions of operators: inspect without disturbing, and change without the lock of a running process."""

import os
import shutil
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outbox._helpers import OK, entry, received, wait_until
from pyttributionio import Client, OutboxCorruptError, OutboxError
from pyttributionio.outbox import MemoryStore, Outbox
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.drain import drain
from pyttributionio.outbox.process.control_requests import ControlRequest, answer_requests, apply
from pyttributionio.outbox.process.ownership import ShardOwnership
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.locks import FileLock
from pyttributionio.outbox.storage.sqlite import SqliteStore
from support.faults import Answer, FaultServer, answer, refusing


def opened(url: str, folder: Path, **options: Any) -> Outbox:
    """Return an outbox on a directory."""
    return Outbox(Client("KEY", tracking_url=url), folder, **{"drain_on_exit": 0, **options})


def accept(outbox: Outbox, *names: str, visitor: str = "v") -> None:
    """Accept events."""
    for name in names:
        outbox.event("ev", visitor_id=visitor, client_id="c", transaction_id=name, identify=False)


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """Return a directory that no process holds, with two waiting entries and a dead letter."""
    with FaultServer(answer("no such key", 422), answer(status=503)) as server:
        outbox = opened(server.url, tmp_path, manual=True)
        accept(outbox, "bad", "waits-1", "waits-2")
        outbox.pump()
        outbox.close()
        yield tmp_path


def damage(database: Path) -> None:
    """Overwrite a file's first page."""
    with database.open("r+b") as file:
        file.write(os.urandom(4096))


def named(directory: Path, state: Any = None) -> list[str]:
    """Return the transaction ids that are listed."""
    return [each.transaction_id for each in commands.entries(directory, state)]


def test_status_of_a_directory_that_no_process_holds(left: Path) -> None:
    """Counts, ages, sizes, and no process id. The inspection changes nothing."""
    before = {file: file.read_bytes() for file in left.rglob("*.db")}
    (shard,) = commands.status(left).shards
    assert (shard.shard, shard.holder, shard.pending, shard.dead, shard.problem) == ("shard-000", None, 2, 1, None)
    assert shard.account.startswith("KEY@http+127.0.0.1")
    assert shard.oldest is not None
    assert shard.size > 0
    assert {file: file.read_bytes() for file in left.rglob("*.db")} == before


def test_status_of_a_running_process_names_it_and_leaves_its_lock(tmp_path: Path) -> None:
    """The process accepts and delivers meanwhile."""
    with FaultServer(OK) as server:
        outbox = opened(server.url, tmp_path / "outbox")
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        (shard,) = commands.status(tmp_path / "outbox").shards
        assert shard.holder == os.getpid()
        accept(outbox, "b")
        assert outbox.flush(20) == 0
        assert received(server) == ["a", "b"]
        outbox.close()


def test_entries_are_listed_oldest_first(left: Path) -> None:
    """Waiting and dead ones, or those of one kind."""
    assert named(left) == ["waits-1", "waits-2", "bad"]
    assert named(left, "waiting") == ["waits-1", "waits-2"]
    assert named(left, "dead") == ["bad"]


def test_entries_of_readable_shards_are_listed_if_another_is_damaged(left: Path) -> None:
    """And then an error says that these are not all."""
    (folder,) = left.iterdir()
    shutil.copytree(folder, left / "another")
    damage(left / "another" / "shard-000.db")
    shutil.copytree(folder, left / "zzz")
    listed: list[str] = []
    with pytest.raises(OutboxCorruptError, match=r"another.*salvage"):
        listed.extend(each.transaction_id for each in commands.entries(left))
    assert listed == ["waits-1", "waits-2", "bad"] * 2
    assert len(commands.show(left, "bad")) == 2
    with pytest.raises(OutboxCorruptError, match=r"another.*salvage"):
        commands.show(left, "none")


def test_show_takes_the_beginning_of_an_id(left: Path) -> None:
    """With all details: bodies, attempts, and the server's answer."""
    (dead,) = commands.show(left, "bad")
    assert (dead.state, dead.cause, dead.status, dead.answer) == ("dead", "refused", 422, "no such key")
    assert b'"transaction_id":"bad"' in dead.bodies[0]
    assert dead.dead_lettered_at is not None
    (waits,) = commands.show(left, "waits-1")
    assert (waits.state, waits.attempts, waits.last_error, waits.dead_lettered_at) == ("waiting", 1, "status 503", None)
    assert len(commands.show(left, "waits")) == 2
    assert commands.show(left, "none") == []


def test_retry_lets_dead_letters_wait_again(left: Path) -> None:
    """The named ones, or all. They wait behind the others."""
    assert commands.retry(left, ["other"]).changed == 0
    assert commands.retry(left, ["bad"]) == commands.Changed(1)
    assert named(left, "waiting") == ["waits-1", "waits-2", "bad"]
    assert commands.retry(left).changed == 0


def test_drop_removes_what_is_named(left: Path) -> None:
    """Waiting entries or dead letters, never both by mistake."""
    assert commands.drop(left, ["bad", "waits-1"], state="waiting").changed == 1
    assert named(left) == ["waits-2", "bad"]
    assert commands.drop(left, None, state="dead").changed == 1
    assert named(left) == ["waits-2"]


def test_a_running_process_carries_out_a_request(tmp_path: Path) -> None:
    """Its dispatcher thread finds the request at its next tick. A requeued letter is delivered at once."""
    with FaultServer(OK, answer(status=422), OK) as server:
        outbox = opened(server.url, tmp_path)
        accept(outbox, "first", "bad")
        assert outbox.flush(20) == 0
        assert outbox.stats().dead == 1
        assert commands.retry(tmp_path, patience=20) == commands.Changed(1)
        wait_until(lambda: received(server) == ["first", "bad", "bad"])
        assert outbox.flush(20) == 0
        assert outbox.stats().dead == 0
        assert not [*tmp_path.glob("*/*-request-*")]
        outbox.close()


def test_a_running_process_drops_entries_on_request(tmp_path: Path) -> None:
    """Entries in memory too. They are not sent any more."""
    with FaultServer(answer(status=503)) as server:
        outbox = opened(server.url, tmp_path)
        for name in ("a", "b", "c"):
            accept(outbox, name, visitor=name)
        assert outbox.flush(0.05) == 3
        assert commands.drop(tmp_path, ["b"], state="waiting", patience=20).changed == 1
        assert named(tmp_path) == ["a", "c"]
        wait_until(lambda: outbox.stats().in_flight == 0)
        before = received(server).count("b")
        server._acts = deque([Answer(OK)])
        wait_until(lambda: outbox.flush(0.05) == 0)
        assert received(server).count("b") == before
        outbox.close()


def test_a_process_that_does_not_answer_is_named(left: Path) -> None:
    """It holds the lock and is busy, or has no thread. Nothing is changed, and the request is withdrawn."""
    (folder,) = left.iterdir()
    lock = FileLock.try_acquire(folder / "shard-000.lock")
    assert lock
    assert commands.retry(left, patience=0.01) == commands.Changed(0, (f"{folder.name}/shard-000",))
    assert not [*folder.glob("*-request-*")]
    lock.release()
    assert named(left, "dead") == ["bad"]


@pytest.mark.parametrize("change", ["retry", "salvage"])
def test_a_shard_that_is_released_meanwhile_is_changed_here(
    left: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status command holds a shard for a moment, and a process may end. Then no process answers the request."""
    (folder,) = left.iterdir()
    lock = FileLock.try_acquire(folder / "shard-000.lock")
    assert lock
    send_request = commands.send_request

    def release_and_send(*args: Any, **options: Any) -> int | None:
        lock.release()
        return send_request(*args, **options)

    monkeypatch.setattr(commands, "send_request", release_and_send)
    if change == "retry":
        assert commands.retry(left, patience=20) == commands.Changed(1)
    else:
        (looked,) = commands.salvage(left, patience=20)
        assert looked.salvage is not None
    assert not [*folder.glob("*-request-*")]


def test_a_request_names_the_very_entry(left: Path) -> None:
    """Numbers start again in an empty shard: another entry of the same number is not changed."""
    (folder,) = left.iterdir()
    store = SqliteStore(folder / "shard-000.db", full_sync=False, wal=True, max_bytes=10**8)
    number = store.claim(0, 1)[0].number
    assert apply(store, ControlRequest("drop", ((number, "another"),))) == (0, [])
    assert apply(store, ControlRequest("drop_dead", ((1, "another"), (99, "bad")))) == (0, [])
    assert apply(store, ControlRequest("drop", ((number, "waits-1"),))) == (1, [number])
    store.close()


def test_another_entry_of_the_same_number_stays_in_memory_too(tmp_path: Path) -> None:
    """It has the number of one that an operator named. It is not removed, and it is delivered."""
    store = MemoryStore(10**6)
    store.append(entry("here"))
    store.append(entry("meant", visitor_id="w"))
    source = Source(store, "memory")
    source.read()
    (tmp_path / "shard-000-request-1").write_text('["drop", [[1, "gone"], [2, "meant"]]]')
    answer_requests(ShardPath(tmp_path, 0), source)
    assert (tmp_path / "shard-000-request-1.answer").read_text() == "1"
    left = source.queues.next(0.0)
    assert left is not None
    assert left.new.transaction_id == "here"
    assert source.queues.next(0.0) is None


def test_unreadable_requests_are_removed(tmp_path: Path) -> None:
    """Other files stay, and the outbox delivers."""
    with FaultServer(OK) as server:
        outbox = opened(server.url, tmp_path)
        accept(outbox, "a")
        (outbox.folder / "shard-000-request-x").write_bytes(b"\xff not json")
        (outbox.folder / "shard-000-request-y").write_text('["explode", []]')
        (outbox.folder / "notes.txt").write_text("")
        wait_until(lambda: not (outbox.folder / "shard-000-request-x").exists())
        assert outbox.flush(20) == 0
        outbox.close()


def test_drain_delivers_the_shards_of_no_process(left: Path) -> None:
    """And reports its progress."""
    (folder,) = left.iterdir()
    with FaultServer(OK) as server:
        client = Client("KEY", tracking_url=server.url)
        folder.rename(Outbox(client, left).folder)
        progress: list[int] = []
        assert drain(client, left, timeout=20, on_progress=progress.append) == 0
        assert received(server) == ["waits-1", "waits-2"]
        assert progress[-1] == 0
        assert named(left) == ["bad"]


def test_drain_leaves_other_accounts_alone(left: Path) -> None:
    """Their entries belong to their key and their server."""
    with FaultServer(OK) as server:
        assert drain(Client("OTHER", tracking_url=server.url), left, timeout=5) == 0
        assert received(server) == []
    assert named(left, "waiting") == ["waits-1", "waits-2"]


@pytest.fixture
def damaged(left: Path) -> Iterator[tuple[Path, Client, FaultServer]]:
    """Return a damaged shard of an ended process. It is not the first one, which the next process acquires."""
    (folder,) = left.iterdir()
    damage(folder / "shard-000.db")
    for file in folder.glob("shard-000*"):
        file.rename(file.with_name(file.name.replace("000", "001")))
    with FaultServer(OK) as server, Client("KEY", tracking_url=server.url) as client:
        folder.rename(Outbox(client, left).folder)
        yield left, client, server


def test_drain_repairs_a_damaged_shard_and_delivers_it(damaged: tuple[Path, Client, FaultServer]) -> None:
    """As a process that takes it over does."""
    left, client, server = damaged
    assert drain(client, left, timeout=20) == 0
    assert received(server) == ["waits-1", "waits-2"]


@pytest.mark.parametrize(("recorded", "expected"), [("3", 3), ("0", 1)])
def test_drain_does_not_call_a_damaged_shard_empty(
    damaged: tuple[Path, Client, FaultServer], recorded: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is taken over, its recorded number counts; or 1, if that is 0."""
    left, client, _ = damaged
    monkeypatch.setattr(ShardOwnership, "update", lambda *_: None)
    (count,) = left.glob("*/shard-001.count")
    count.write_text(recorded)
    assert drain(client, left, timeout=0) == expected


def test_a_shard_that_is_being_taken_over_counts_as_left(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a moment a process holds it and does not send from it yet. `drain` must not end then."""
    (folder,) = left.iterdir()
    for file in folder.glob("shard-000*"):
        file.rename(file.with_name(file.name.replace("000", "001")))
    found: list[int] = []
    with FaultServer(OK) as server, opened(server.url, left, manual=True) as outbox:
        folder.rename(outbox.folder)
        engine, opens = outbox._engine(), ShardOwnership._open
        asker = threading.Thread(target=lambda: found.append(engine.waiting()))

        def slowly(ownership: ShardOwnership, path: Any, held: Any) -> Any:
            if path.number == 1:
                asker.start()
                asker.join(0.1)  # ends at once if nothing holds it back
            return opens(ownership, path, held)

        monkeypatch.setattr(ShardOwnership, "_open", slowly)
        engine.store()
        engine.housekeep()
        asker.join()
    assert found == [2]


def test_drain_ends_in_time(left: Path) -> None:
    """It returns how many entries wait."""
    (folder,) = left.iterdir()
    with refusing() as url:
        client = Client("KEY", tracking_url=url)
        folder.rename(Outbox(client, left).folder)
        assert drain(client, left, timeout=0.05) == 2


def test_salvage_repairs_the_shards_of_no_process(left: Path) -> None:
    """The damaged file is listed until it is deleted."""
    (database,) = left.rglob("*.db")
    damage(database)
    (shard,) = commands.status(left).shards
    assert shard.problem is not None
    assert "salvage" in shard.problem
    with pytest.raises(OutboxCorruptError, match="salvage"):
        named(left)
    (looked,) = commands.salvage(left)
    assert looked.shard.endswith("/shard-000")
    assert looked.salvage is not None
    assert looked.salvage.saved == 3
    assert named(left) == ["waits-1", "waits-2", "bad"]
    assert len(commands.status(left).quarantine) == 1
    (again,) = commands.salvage(left)
    assert again.salvage is not None
    assert not again.salvage.damaged


def test_salvage_sends_a_request_to_a_running_process(tmp_path: Path) -> None:
    """It checks its own shard."""
    with FaultServer(OK) as server:
        outbox = opened(server.url, tmp_path)
        accept(outbox, "a")
        (looked,) = commands.salvage(tmp_path, patience=20)
        assert (looked.salvage, looked.answered) == (None, True)
        assert outbox.flush(20) == 0
        outbox.close()


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error, and not an empty table."""
    with pytest.raises(OutboxError, match="there is no outbox at"):
        commands.find_directory(tmp_path / "none")
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", str(tmp_path))
    assert commands.find_directory() == tmp_path
    assert commands.find_directory(str(tmp_path)) == tmp_path


def test_looking_at_a_shard_in_use_never_fails(tmp_path: Path) -> None:
    """While its process accepts, delivers, and tidies up."""
    with FaultServer(OK) as server:
        outbox = opened(server.url, tmp_path)
        accept(outbox, "first")
        ending = threading.Event()

        def work() -> None:
            n = 0
            while not ending.is_set():
                accept(outbox, f"t-{n}", visitor=f"v-{n % 5}")
                n += 1

        worker = threading.Thread(target=work)
        worker.start()
        for _ in range(20):
            assert [shard.problem for shard in commands.status(tmp_path).shards] == [None]
            named(tmp_path)
        ending.set()
        worker.join()
        assert outbox.flush(20) == 0
        outbox.close()
