"""The outbox with its threads, over real HTTP."""

import gc
import logging
import shutil
import threading
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from outbox._helpers import OK, drained, received, wait_until, waiting
from pyttributionio import AsyncClient, Client, OutboxError
from pyttributionio.outbox import Outbox
from support.faults import Answer, Drip, FaultServer, Hang, Reset, answer, refusing


def opened(url: str, folder: Path, **options: Any) -> Outbox:
    """Return an outbox on a directory."""
    return Outbox(Client("KEY", tracking_url=url, timeout=60), folder / "outbox", **options)


def accept(outbox: Outbox, *names: str, visitor: str = "v", identify: bool = False) -> None:
    """Accept events."""
    for name in names:
        outbox.event("ev", visitor_id=visitor, client_id="c", transaction_id=name, identify=identify)


def test_accepted_events_are_delivered(tmp_path: Path) -> None:
    """From many threads, each visitor's in order; flush tells that none is left."""
    with FaultServer(OK) as server, opened(server.url, tmp_path) as outbox:

        def work(visitor: str) -> None:
            accept(outbox, *(f"{visitor}-{n:02d}" for n in range(20)), visitor=visitor)

        threads = [threading.Thread(target=work, args=(f"v{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outbox.flush(20) == 0
        names = received(server)
        assert len(names) == 160
        for n in range(8):
            assert [name for name in names if name.startswith(f"v{n}-")] == [f"v{n}-{m:02d}" for m in range(20)]
        stats = outbox.stats()
        assert (stats.accepted, stats.delivered, stats.pending, stats.in_flight) == (160, 160, 0, 0)
    wait_until(lambda: threading.active_count() == 1)


def test_flush_returns_what_is_left_when_the_server_is_down(tmp_path: Path) -> None:
    """It never hangs, and nothing is lost."""
    with refusing() as url:
        outbox = opened(url, tmp_path, drain_on_exit=0)
        accept(outbox, "a", "b")
        assert outbox.flush(0.05) == 2
        assert outbox.flush(0) == 2
        outbox.close()
    assert waiting(tmp_path) == 2


def test_what_an_outbox_left_the_next_delivers(tmp_path: Path) -> None:
    """Closed, or forgotten: on disk it is there."""
    with refusing() as url:
        outbox = opened(url, tmp_path, drain_on_exit=0)
        accept(outbox, "a", "b")
        outbox.close()
    folder = outbox.folder
    with FaultServer(OK) as server:
        folder.rename(opened(server.url, tmp_path).folder)  # another port is another server
        drained(tmp_path, server.url)
        assert received(server) == ["a", "b"]


def test_a_slow_answer_does_not_hold_other_visitors(tmp_path: Path) -> None:
    """One hangs; the others are delivered meanwhile."""
    with FaultServer(OK, Hang(), OK) as server, opened(server.url, tmp_path, drain_on_exit=0) as outbox:
        accept(outbox, "first")
        assert outbox.flush(20) == 0
        accept(outbox, "hangs", visitor="slow")
        server.wait_for(requests=2)
        accept(outbox, *(f"t-{n}" for n in range(5)))
        server.wait_for(requests=7)
        wait_until(lambda: outbox.stats().pending == 1)
        assert received(server)[2:] == [f"t-{n}" for n in range(5)]


def test_a_dripping_answer_ends_with_the_clients_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leap: Callable[..., None]
) -> None:
    """Each byte of it comes in time, so only the deadline can end it. Then the entry is tried again."""
    monkeypatch.setattr("pyttributionio.outbox.delivery.workers.TICK", 0.02)
    client_of = {"timeout": 20.0, "deadline": 20.0}
    with FaultServer(Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", begun=leap), OK) as server:
        with Outbox(Client("KEY", tracking_url=server.url, **client_of), tmp_path / "outbox") as outbox:
            accept(outbox, "a")
            server.wait_for(requests=2)
            assert outbox.flush(20) == 0
            assert outbox.stats().last_error == "ReadTimeout: the deadline passed"
        assert received(server) == ["a", "a"]


def test_a_lost_answer_repeats_the_same_bytes(tmp_path: Path) -> None:
    """That is the meaning of "at least once": the id is the same, so a server can remove duplicates."""
    with FaultServer(Reset(), OK) as server, opened(server.url, tmp_path) as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        first, second = server.requests
        assert first.body == second.body


def test_an_event_and_its_identity_are_two_requests_in_order(tmp_path: Path) -> None:
    """Nothing of the same visitor comes between them."""
    with FaultServer(OK) as server, opened(server.url, tmp_path) as outbox:
        accept(outbox, "a", "b", identify=True)
        assert outbox.flush(20) == 0
        assert received(server) == ["a", "c", "b", "c"]


def test_in_flight_bounds_the_threads(tmp_path: Path) -> None:
    """Threads are started as they are needed, never more."""
    with FaultServer(OK, Hang()) as server:
        outbox = opened(server.url, tmp_path, in_flight=3, drain_on_exit=0)
        wait_until(lambda: threading.active_count() == _others())  # without an earlier test's, which end soon
        accept(outbox, "first")
        assert outbox.flush(20) == 0
        for n in range(9):
            accept(outbox, f"t-{n}", visitor=f"v-{n}")
        server.wait_for(requests=4)
        wait_until(lambda: outbox.stats().in_flight == 3)
        names = [thread.name for thread in threading.enumerate() if "outbox" in thread.name]
        assert sorted(names) == ["pyttributionio-outbox", *(f"pyttributionio-outbox-{n}" for n in (1, 2, 3))]
        outbox.close()
        wait_until(lambda: not any("outbox" in thread.name for thread in threading.enumerate()))
        assert len(received(server)) == 4


def _others() -> int:
    return sum("outbox" not in thread.name for thread in threading.enumerate())


def test_several_outboxes_share_a_directory(tmp_path: Path) -> None:
    """Each with a shard of its own; closing one leaves the other at work."""
    with FaultServer(OK) as server:
        first, second = opened(server.url, tmp_path), opened(server.url, tmp_path)
        accept(first, "a", visitor="v1")
        accept(second, "b", visitor="v2")
        assert first.flush(20) == second.flush(20) == 0
        assert {*first.stats().shards, *second.stats().shards} == {"shard-000", "shard-001"}
        first.close()
        accept(second, "c", visitor="v2")
        assert second.flush(20) == 0
        second.close()
        assert sorted(received(server)) == ["a", "b", "c"]


def test_the_shard_of_a_closed_outbox_is_taken_over(tmp_path: Path) -> None:
    """By one that is at work already, within a tick; its emptied files are removed."""
    with FaultServer(answer(status=503), answer(status=503), OK) as server:
        living, leaving = opened(server.url, tmp_path), opened(server.url, tmp_path, drain_on_exit=0)
        living.start()
        accept(leaving, "left")
        leaving.close()
        wait_until(lambda: "left" in received(server)[2:])
        wait_until(lambda: not (living.folder / "shard-001.db").exists())
        assert (living.folder / "shard-001.lock").exists()
        assert living.stats().shards == ("shard-000",)
        living.close()


def test_a_file_that_was_deleted_in_use_is_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The entries of the deleted file are delivered. New ones are stored where the next process looks."""
    with FaultServer(answer(status=503)) as server:
        outbox = opened(server.url, tmp_path, drain_on_exit=0)
        accept(outbox, "before")
        (tmp_path / "outbox").rename(tmp_path / "deleted")  # at once: the dispatcher thread may be writing there
        shutil.rmtree(tmp_path / "deleted")
        wait_until((outbox.folder / "shard-000.db").exists)
        wait_until(lambda: len(outbox.stats().shards) == 2)
        accept(outbox, "after", visitor="w")
        assert waiting(tmp_path) == 1
        server._acts = deque([Answer(OK)])
        wait_until(lambda: outbox.flush(0.05) == 0)
        assert {"before", "after"} <= {*received(server)}
        wait_until(lambda: len(outbox.stats().shards) == 1)
        assert (outbox.folder / "shard-000.db").exists()
        outbox.close()
    assert sum("was deleted" in record.message for record in caplog.records) == 1


def test_dead_letters_of_another_keep_their_file(tmp_path: Path) -> None:
    """An operator decides about them. The shard is not opened again and again."""
    with FaultServer(OK, answer(status=422), OK) as server:
        living = opened(server.url, tmp_path)
        accept(living, "first")
        assert living.flush(20) == 0
        other = opened(server.url, tmp_path)
        accept(other, "bad")
        assert other.flush(20) == 0
        other.close()
        wait_until(lambda: bool(living._engine().ownership._unchanged))  # type: ignore[union-attr]
        before = (living.folder / "shard-001.db").stat().st_mtime_ns
        assert living.stats().shards == ("shard-000",)
        accept(living, "more")
        assert living.flush(20) == 0
        assert (living.folder / "shard-001.db").stat().st_mtime_ns == before
        living.close()


def test_a_forgotten_outbox_is_quiet_and_ends_its_threads(tmp_path: Path) -> None:
    """No warning, no thread and no lock is left. The next outbox delivers its entries."""
    with FaultServer(OK) as server:
        outbox = opened(server.url, tmp_path)
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        gone = weakref.ref(outbox)
        del outbox
        gc.collect()
        assert gone() is None
        wait_until(lambda: not any("outbox" in thread.name for thread in threading.enumerate()))
        with opened(server.url, tmp_path) as other:
            accept(other, "b")
            assert other.flush(20) == 0
            assert other.stats().shards == ("shard-000",)


def test_an_unused_outbox_is_forgotten_without_a_trace(tmp_path: Path) -> None:
    """Constructors only check."""
    outbox = opened("http://127.0.0.1:9", tmp_path)
    gone = weakref.ref(outbox)
    del outbox
    gc.collect()
    assert gone() is None
    assert not (tmp_path / "outbox").exists()


def test_a_fork_waits_until_no_thread_is_inside_sqlite(tmp_path: Path) -> None:
    """A child would inherit its locks, and no thread in the child could release them."""
    outbox = opened("http://127.0.0.1:9", tmp_path, manual=True)
    accept(outbox, "a")
    store: Any = outbox._engine().store()
    free: list[bool] = []

    def try_lock() -> None:
        free.append(store.database.lock.acquire(blocking=False))
        if free[-1]:
            store.database.lock.release()

    for step in (outbox._before_fork, outbox._after_fork_in_parent):
        step()
        thread = threading.Thread(target=try_lock)
        thread.start()
        thread.join()
    assert free == [False, True]
    outbox._engine().release()


def test_a_client_may_be_closed_before_its_outbox(tmp_path: Path) -> None:
    """The outbox has connections of its own."""
    with FaultServer(OK) as server:
        with Client("KEY", tracking_url=server.url) as client:
            outbox = Outbox(client, tmp_path / "outbox")
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        outbox.close()


@pytest.mark.parametrize("kind", ["with", "async with"])
def test_a_with_block_delivers_at_once_what_an_earlier_process_left(tmp_path: Path, kind: str) -> None:
    """A restarted program need not wait for its first event."""
    with FaultServer(OK) as server:
        with opened(server.url, tmp_path, manual=True) as earlier:
            accept(earlier, "a")

        async def main() -> None:
            async with opened(server.url, tmp_path) as outbox:
                await anyio.to_thread.run_sync(lambda: wait_until(lambda: outbox.stats().delivered == 1))

        if kind == "with":
            with opened(server.url, tmp_path) as outbox:
                wait_until(lambda: outbox.stats().delivered == 1)
        else:
            anyio.run(main)
        assert received(server) == ["a"]


def test_a_with_block_that_can_not_open_its_store_raises(tmp_path: Path) -> None:
    """At once, with the outbox's error. Nothing is left behind, and the same outbox may try again."""
    (tmp_path / "outbox").write_text("a file", encoding="utf-8")
    outbox = opened("http://127.0.0.1:9", tmp_path, drain_on_exit=0)
    with pytest.raises(OutboxError, match="outbox"), outbox:
        pytest.fail("it can't be entered")
    assert not any("outbox" in thread.name for thread in threading.enumerate())
    (tmp_path / "outbox").unlink()
    with outbox:
        accept(outbox, "a")
    with pytest.raises(OutboxError, match="closed"), outbox:
        pytest.fail("it is closed")


def test_a_bare_constructor_and_a_manual_outbox_start_nothing(tmp_path: Path) -> None:
    """No file and no thread, so a fork after it is safe."""
    opened("http://127.0.0.1:9", tmp_path)
    with opened("http://127.0.0.1:9", tmp_path, manual=True):
        assert not (tmp_path / "outbox").exists()
    assert not any("outbox" in thread.name for thread in threading.enumerate())


def test_async_code_uses_it_as_it_is(tmp_path: Path) -> None:
    """An accept takes microseconds. The methods that wait are awaited, while other tasks run."""

    async def main() -> None:
        async with (
            AsyncClient("KEY", tracking_url=server.url) as client,
            Outbox(client, tmp_path / "o", drain_on_exit=20) as outbox,
        ):
            accept(outbox, "a")
            assert await outbox.aflush(20) == 0
            accept(outbox, "b")

    with FaultServer(OK) as server:
        anyio.run(main)
        assert received(server) == ["a", "b"]


def test_power_durability_delivers_too(tmp_path: Path) -> None:
    """The same, with the disk waited for."""
    with FaultServer(OK) as server, opened(server.url, tmp_path, durability="power") as outbox:
        accept(outbox, "a", "b")
        store: Any = outbox._engine().store()
        assert store.database.connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert outbox.flush(20) == 0
        assert received(server) == ["a", "b"]


def test_memory_durability_delivers_and_leaves_no_file(tmp_path: Path) -> None:
    """A mode without a disk, if a program asks for it."""
    with FaultServer(OK) as server:
        with Outbox(Client("KEY", tracking_url=server.url), durability="memory") as outbox:
            accept(outbox, "a")
            assert outbox.flush(20) == 0
        assert received(server) == ["a"]
    assert [*tmp_path.iterdir()] == []


def test_a_backlog_larger_than_the_window_is_delivered_in_order(tmp_path: Path) -> None:
    """Only a part of it is in memory at a time."""
    with FaultServer(OK) as server:
        outbox = opened(server.url, tmp_path, manual=True)
        names = [f"t-{n:04d}" for n in range(300)]
        for n, name in enumerate(names):
            accept(outbox, name, visitor="hot" if n % 3 else "other")
        outbox._engine().release()
        drained(tmp_path, server.url)
        found = received(server)
        assert sorted(found) == names
        assert [name for name in found if int(name[2:]) % 3] == [name for name in names if int(name[2:]) % 3]


def test_a_store_that_fails_is_logged_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that is missing for some time: delivered entries are not sent again, and are removed later."""
    with FaultServer(OK) as server, opened(server.url, tmp_path) as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        store = outbox._engine().store()
        broken = threading.Event()
        works = store.acknowledge
        monkeypatch.setattr("pyttributionio.outbox.delivery.workers.TICK", 0.01)

        def acknowledge(numbers: Any) -> None:
            if not broken.is_set():
                works(numbers)
                return
            tries.append(numbers)
            outbox._engine().threads.call(
                lambda: None
            )  # so the next round comes before the next try, and has no trouble
            raise OutboxError("the disk is gone")

        tries: list[Any] = []
        broken.set()
        monkeypatch.setattr(store, "acknowledge", acknowledge)
        with caplog.at_level(logging.ERROR, "pyttributionio.outbox"):
            accept(outbox, "b")
            wait_until(lambda: len(tries) >= 3)
            broken.clear()
            assert outbox.flush(20) == 0
        assert received(server) == ["a", "b"]
        assert [record.message for record in caplog.records] == ["The outbox can't use its store: the disk is gone"]
