"""A stored entry's call succeeds: no failure after the commit reaches the caller or ends the delivery."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from outbox._helpers import OK, Scripted, manual, received, run, wait_until, waiting
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import MemoryStore, Outbox, StoreCount
from support.faults import FaultServer, answer, refusing

ROOM = 64 * 1024


class BrokenHandlerError(Exception):
    """An exception of a program's logging handler."""


class _Broken(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise BrokenHandlerError(record.getMessage())


@pytest.fixture
def broken_log() -> Iterator[None]:
    """Let each log line of the outbox raise, such as in a handler whose server is down."""
    logger, handler = logging.getLogger("pyttributionio.outbox"), _Broken()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def accept(outbox: Outbox, name: str, **options: Any) -> str:
    """Accept an event; return its id."""
    return outbox.event("ev", visitor_id="v", transaction_id=name, **{"identify": False, **options}).transaction_id


@pytest.mark.parametrize(
    "error", [RuntimeError("can't start new thread"), MemoryError(), UserWarning("threads"), OSError(11, "again")]
)
@pytest.mark.usefixtures("broken_log")
def test_a_thread_that_can_not_start_is_no_error_of_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever its exception is, and also if the log line about it raises."""

    def start(_: threading.Thread) -> None:
        raise error

    with refusing() as url:
        outbox = Outbox(Client("KEY", tracking_url=url), tmp_path / "outbox", drain_on_exit=0)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            assert [accept(outbox, name) for name in ("a", "b")] == ["a", "b"]
            assert not outbox.health().ok
        outbox.close()
    assert waiting(tmp_path) == 2


def test_threads_that_can_not_be_woken_are_no_error_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """They find the entry in their next round."""
    script = Scripted()
    with Outbox(script.client(), durability="memory") as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0

        def wake() -> None:
            raise MemoryError

        monkeypatch.setattr(outbox._engine().threads, "wake", wake)
        assert accept(outbox, "b") == "b"
        wait_until(lambda: script.ids == ["a", "b"])


@pytest.mark.usefixtures("broken_log")
def test_a_log_line_that_raises_is_no_error_of_a_call_that_drops_entries() -> None:
    """The receipt of the new entry is returned, and the dropped ones are counted and not sent."""
    script = Scripted()
    outbox = manual(script, max_bytes=ROOM, when_full="drop_oldest")
    names = [accept(outbox, f"t-{n}") for n in range(200)]
    dropped = outbox.stats().dropped
    assert dropped > 0
    outbox.pump()
    assert script.ids == names[dropped:]


def test_a_call_that_drops_entries_succeeds_while_the_outbox_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its store may be gone from the dispatcher by then."""
    outbox = manual(Scripted(), max_bytes=ROOM, when_full="drop_oldest")
    engine = outbox._engine()
    store = engine.store()
    works = store.append_dropping

    def append_dropping(entry: Any) -> Any:
        engine.dispatcher.sources.clear()
        return works(entry)

    monkeypatch.setattr(store, "append_dropping", append_dropping)
    assert len({accept(outbox, f"t-{n}") for n in range(200)}) == 200


@pytest.mark.usefixtures("broken_log")
@pytest.mark.parametrize("first", [answer(status=401), answer(status=422), answer(status=503)])
def test_a_log_line_that_raises_does_not_end_the_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: Any
) -> None:
    """A dead letter, a pause and a refused key are logged by the dispatcher thread, which goes on."""
    monkeypatch.setattr("pyttributionio.outbox.delivery.workers.TICK", 0.02)
    with FaultServer(first, first, OK) as server:
        with Outbox(Client("KEY", tracking_url=server.url), tmp_path) as outbox:
            for name in ("a", "b", "c"):
                accept(outbox, name)
            wait_until(lambda: outbox.stats().pending == 0)
            assert outbox._engine().threads.is_running
        assert received(server)[-1] == "c"


@pytest.mark.usefixtures("broken_log")
def test_a_hook_and_a_log_line_that_raise_do_not_end_the_delivery() -> None:
    """Neither that of a delivery nor that of a state."""

    def hook(_: object) -> None:
        raise BrokenHandlerError

    script = Scripted([httpx.Response(401), httpx.Response(200)])
    with Outbox(script.client(), durability="memory", on_delivered=hook, on_state=hook, on_dead=hook) as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        assert outbox._engine().threads.is_running


def test_an_error_in_an_error_does_not_end_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dispatcher thread handles messages after an error too, and one of them may fail."""
    monkeypatch.setattr("pyttributionio.outbox.delivery.workers.TICK", 0.01)
    script = Scripted()
    with Outbox(script.client(), durability="memory") as outbox:
        threads = outbox._engine().threads
        failures: list[str] = []

        def fail() -> None:
            failures.append("failed")
            if len(failures) < 4:
                threads.call(fail)
            raise OutboxError("the disk is gone")

        threads.call(fail)
        wait_until(lambda: len(failures) == 4)
        accept(outbox, "a")
        assert outbox.flush(20) == 0


def test_warnings_that_are_errors_and_an_audit_hook_are_no_errors_of_the_call(tmp_path: Path) -> None:
    """An audit hook may refuse a thread. Every warning is an error in this program, and it forks with threads."""
    with FaultServer(OK) as server:
        use = """
        refused = []

        def hook(name, _):
            if name.startswith("_thread.start_") and not refused:
                refused.append(name)
                raise PermissionError("no threads here")

        outbox = Outbox(client, directory)
        sys.addaudithook(hook)
        accept(outbox, "a")
        if sys.version_info >= (3, 12):  # older ones ask no hook about threads
            assert refused and not outbox.health().ok
        accept(outbox, "b")
        warnings.simplefilter("ignore", DeprecationWarning)  # of os.fork itself
        if os.fork() == 0:
            accept(outbox, "c")
            os._exit(0 if outbox.flush(20) == 0 else 1)
        assert os.wait()[1] == 0
        assert outbox.flush(20) == 0
        """
        assert run(tmp_path, server.url, use) == ["a", "b", "c"]
        assert sorted(received(server)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTPS_PROXY", "http://user:p[ss@127.0.0.1:1"), ("SSL_CERT_FILE", "/nowhere/gone.pem"), ("ALL_PROXY", "ftp://x")],
)
def test_health_knows_an_unusable_environment_before_the_first_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A readiness probe fails at once, and the next probe after the repair succeeds."""
    monkeypatch.setenv(variable, value)
    outbox = Outbox(Client("KEY", tracking_url="https://127.0.0.1:9"), tmp_path, manual=True)
    accept(outbox, "a")
    (problem,) = outbox.health().problems
    assert problem.startswith("Requests are refused or can't be sent (")
    assert "p[ss" not in problem
    monkeypatch.delenv(variable)
    assert outbox.health().ok
    outbox.close()


class _Failing(MemoryStore):
    """A store that raises where a test says so."""

    failing: frozenset[str] = frozenset()

    def _check(self, name: str) -> None:
        if name in self.failing:
            raise OutboxError("the disk is gone")

    def append(self, entry: Any) -> bool:
        self._check("append")
        return super().append(entry)

    def count(self) -> StoreCount:
        self._check("count")
        return super().count()

    def acknowledge(self, numbers: Any) -> None:
        self._check("acknowledge")
        super().acknowledge(numbers)


@pytest.mark.parametrize("failing", ["append", "count"])
def test_health_knows_a_store_that_fails(failing: str) -> None:
    """Until it works again."""
    store = _Failing(ROOM)
    outbox = manual(Scripted(), durability="process", store=lambda: store)
    accept(outbox, "a")
    store.failing = frozenset({failing})
    if failing == "append":
        with pytest.raises(OutboxError, match="the disk is gone"):
            accept(outbox, "b")
    else:
        assert accept(outbox, "b") == "b"
    problem = "The outbox can't use its store (the disk is gone): check the disk and the directory."
    assert outbox.health().problems == (problem,)
    store.failing = frozenset()
    accept(outbox, "c")
    assert outbox.health().ok


def test_health_knows_that_deliveries_can_not_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has the entry, and the disk can't forget it."""
    monkeypatch.setattr("pyttributionio.outbox.delivery.workers.TICK", 0.02)
    store = _Failing(ROOM)
    store.failing = frozenset({"acknowledge"})
    script = Scripted()
    with Outbox(script.client(), store=lambda: store) as outbox:
        accept(outbox, "a")
        wait_until(lambda: not outbox.health().ok)
        assert "the disk is gone" in outbox.health().problems[0]
        store.failing = frozenset()
        wait_until(lambda: outbox.health().ok)
        assert outbox.flush(20) == 0
    assert script.ids == ["a"]


def _interrupted_start(name: str) -> Callable[[threading.Thread], None]:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        if thread.name == name and not raised:
            raised.append(thread)
            raise KeyboardInterrupt

    raised: list[threading.Thread] = []
    return interrupted


@pytest.mark.parametrize("name", ["pyttributionio-outbox", "pyttributionio-outbox-1"])
def test_an_interrupted_start_leaves_no_thread_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Ctrl-C or a time limit may come when a thread has started already. The next call starts all of them."""
    with FaultServer(OK) as server:
        outbox = Outbox(Client("KEY", tracking_url=server.url), tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", _interrupted_start(name))
            with pytest.raises(KeyboardInterrupt):
                accept(outbox, "a")
            wait_until(lambda: not any("outbox" in thread.name for thread in threading.enumerate()))
        accept(outbox, "b")
        assert outbox.flush(20) == 0
        outbox.close()
        wait_until(lambda: not any("outbox" in thread.name for thread in threading.enumerate()))
        assert received(server) == ["a", "b"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_health_knows_that_no_worker_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dispatcher thread is alive, and the last worker has ended."""
    monkeypatch.setattr("pyttributionio.outbox.delivery.workers.TICK", 0.02)
    start = threading.Thread.start
    script = Scripted([SystemExit(3), httpx.Response(200)])

    def limited(thread: threading.Thread) -> None:
        if thread.name.startswith("pyttributionio-outbox-"):
            raise RuntimeError("can't start new thread")
        start(thread)

    with Outbox(script.client(), durability="memory", in_flight=1) as outbox:
        outbox.start()
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", limited)
            accept(outbox, "a")
            wait_until(lambda: any("can't start new thread" in each for each in outbox.health().problems))
        assert outbox.flush(20) == 0
        assert outbox.health().ok
