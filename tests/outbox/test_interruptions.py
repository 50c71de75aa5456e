"""Exceptions at bad moments, threads that can't start, and an unusable environment: every job is handed back."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from outbox._helpers import OK, Scripted, entry, manual, received, wait_until
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import Delivery, Outbox
from pyttributionio.outbox.storage.directory import ShardPath
from pyttributionio.outbox.storage.entries import Entry
from pyttributionio.outbox.storage.sqlite import SqliteStore
from support.faults import FaultServer, Hang, refusing


class TimeLimitError(Exception):
    """A job queue's time limit: a signal handler raises it."""


UNEXPECTED = [KeyboardInterrupt(), SystemExit(3), TimeLimitError()]


@pytest.mark.parametrize("error", UNEXPECTED, ids=lambda error: type(error).__name__)
def test_an_exception_in_pump_reaches_the_caller_and_loses_no_entry(error: BaseException) -> None:
    """Nothing stays in flight: the next call sends all entries."""
    script = Scripted([error, httpx.Response(200)])
    outbox = manual(script)
    for name in ("a", "b"):
        outbox.event("ev", visitor_id=name, transaction_id=name, identify=False)
    with pytest.raises(type(error)):
        outbox.pump()
    assert (outbox.stats().pending, outbox.stats().in_flight) == (2, 0)
    assert outbox.pump() == 2
    assert {*script.ids[1:]} == {"a", "b"}
    assert (outbox.stats().pending, outbox.stats().in_flight) == (0, 0)


def test_a_signal_in_a_request_of_pump_loses_no_entry(tmp_path: Path) -> None:
    """A job queue's time limit, or Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with FaultServer(Hang(), OK) as server, Client("KEY", tracking_url=server.url) as client:
            outbox = Outbox(client, tmp_path, manual=True)
            for name in ("a", "b"):
                outbox.event("ev", visitor_id=name, transaction_id=name, identify=False)

            def alarm() -> None:
                server.wait_for(requests=1)
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

            thread = threading.Thread(target=alarm)
            thread.start()
            with pytest.raises(TimeLimitError):
                outbox.pump()
            thread.join()
            assert outbox.flush(20) == 0
            assert sorted(received(server)[1:]) == ["a", "b"]
            outbox.close()
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("error", UNEXPECTED, ids=lambda error: type(error).__name__)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_hands_back_its_job_whatever_it_meets(error: BaseException) -> None:
    """A worker that an exception ends is replaced, and the entry is sent again."""
    script = Scripted([error, httpx.Response(200)])
    with Outbox(script.client(), durability="memory", in_flight=1) as outbox:
        outbox.event("ev", visitor_id="v", transaction_id="a", identify=False)
        wait_until(lambda: outbox.stats().state == "refused")
        assert not outbox.health().ok
        assert outbox.flush(20) == 0
        assert script.ids == ["a", "a"]
        assert (outbox.stats().in_flight, outbox.stats().state) == (0, "open")
        assert outbox.health().ok


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dispatcher_thread_that_an_exception_ends_is_started_again() -> None:
    """By the next call. Workers and queues are the same, so no outcome is lost."""
    errors = [SystemExit(3)]

    def hook(_: Delivery) -> None:
        if errors:
            raise errors.pop()

    script = Scripted()
    with Outbox(script.client(), durability="memory", on_delivered=hook) as outbox:
        outbox.event("ev", visitor_id="v", transaction_id="a", identify=False)
        wait_until(lambda: not errors and not outbox._engine().threads.is_running)
        outbox.event("ev", visitor_id="v", transaction_id="b", identify=False)
        assert outbox.flush(20) == 0
        assert script.ids == ["a", "b"]


def test_a_failing_store_loses_no_entry_of_a_long_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even of a shard that was taken over, whose file is deleted when it is empty."""
    with FaultServer(OK) as server:
        outbox = Outbox(Client("KEY", tracking_url=server.url), tmp_path, manual=True)
        path = ShardPath(outbox.folder, 1)
        outbox.folder.mkdir(parents=True)
        path.lock.touch()
        store = SqliteStore(path.database, full_sync=False, wal=True, max_bytes=10**6)
        for n in range(70):
            store.append(entry(f"t-{n:02d}", body=b'{"event":{"transaction_id":"t-%02d"}}' % n))
        store.close()
        claim, failures = SqliteStore.claim, [OutboxError("the disk is gone")]

        def fail_once(store: SqliteStore, *bounds: int, **options: object) -> list[Entry]:
            if options and failures:
                raise failures.pop()
            return claim(store, *bounds, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(SqliteStore, "claim", fail_once)
        with pytest.raises(OutboxError, match="the disk is gone"):
            outbox.pump()
        for _ in range(3):
            outbox.pump()
        assert [*dict.fromkeys(received(server))] == [f"t-{n:02d}" for n in range(70)]
        assert not path.database.exists()
        outbox.close()


@pytest.fixture(params=["pyttributionio-outbox", "pyttributionio-outbox-1"], ids=["dispatcher", "worker"])
def limited(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let one of the outbox's threads not start, as at a limit of threads."""
    start = threading.Thread.start

    def limit(thread: threading.Thread) -> None:
        if thread.name == request.param:
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", limit)
        yield patch


def test_threads_that_can_not_start_leave_nothing_behind(
    tmp_path: Path, limited: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each event is accepted. One line in the log and the health say why nothing is delivered, until it is."""
    with FaultServer(OK) as server:
        outbox = Outbox(Client("KEY", tracking_url=server.url), tmp_path)
        for name in ("a", "b", "c"):
            assert outbox.event("ev", visitor_id="v", transaction_id=name, identify=False).transaction_id == name
        wait_until(lambda: not any("outbox" in thread.name for thread in threading.enumerate()))
        problem = "The outbox's threads can't be started (can't start new thread): entries are stored, and wait."
        assert outbox.health().problems == (problem,)
        assert len(caplog.records) == 1
        limited.undo()
        assert outbox.flush(20) == 0
        assert outbox.health().ok
        assert received(server) == ["a", "b", "c"]
        outbox.close()


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HTTPS_PROXY", "http://user:p[ss@127.0.0.1:1", "HTTPS_PROXY"),
        ("SSL_CERT_FILE", "/nowhere/gone.pem", "SSL_CERT_FILE"),
    ],
)
def test_an_unusable_environment_fails_in_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    """The call returns its receipt, because the event is stored. State and health say what is wrong."""
    with refusing() as url:
        outbox = Outbox(Client("KEY", tracking_url=url.replace("http:", "https:")), tmp_path, drain_on_exit=0)
        monkeypatch.setenv(variable, value)
        assert outbox.event("ev", visitor_id="v", transaction_id="a").transaction_id == "a"
        wait_until(lambda: outbox.stats().state == "refused")
        assert says in (outbox.stats().last_error or "")
        assert "p[ss" not in (outbox.stats().last_error or "")
        assert says in outbox.health().problems[0]
        monkeypatch.delenv(variable)
        wait_until(lambda: outbox.flush(0.05) == 1 and outbox.stats().state == "paused")
        outbox.close()
