"""A database's file that another program uses, that is full, or that is copied or moved while the sandbox runs."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import Caller, connect, identity, new_client

LOCKED = "the database is locked by another program: end that program, or its transaction"


@contextmanager
def lock_of(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock, as a browser for databases does while it has a change that is not saved."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database's file."""
    return tmp_path / "sandbox.db"


@pytest.fixture
def caller(path: Path) -> Iterator[Caller]:
    """A caller of a sandbox with that file."""
    with Sandbox(database=path) as sandbox, new_client() as http:
        yield Caller(sandbox, http)


def test_write_is_answered_503_with_the_reason(
    caller: Caller, path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Reads are answered, and there is no traceback. Afterwards, everything works."""
    caller.post_identity()
    with lock_of(path):
        answer = caller.post_event()
        assert caller.read().status_code == 200
    assert (answer.status_code, answer.json()) == (503, {"error": {"message": LOCKED}})
    assert answer.headers["Retry-After"] == "1"
    assert "Traceback" not in capfd.readouterr().err + caplog.text
    assert [request.status for request in caller.sandbox.requests] == [200, 503, 200]
    assert caller.post_event().status_code == 200
    assert len(caller.customer("customer-42", "show_events")["events"]) == 1


def test_other_requests_are_answered_while_a_write_waits(caller: Caller, path: Path) -> None:
    """The write is done when the lock is free."""
    body = b'{"pageviews": [{"visitor_id": "visitor-1", "url": "/"}]}'
    head = f"POST /_sandbox/pageviews HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    with connect(caller.sandbox) as connection, connection.makefile("rb") as answer:
        with lock_of(path):
            connection.sendall(head.encode() + body)
            # If the write blocked the event loop, this would be answered when the time of the write is over.
            for other in ("/snippet.js", "/_sandbox/", "/_sandbox/api/state", "/_sandbox/api/customers"):
                assert caller.http.get(caller.sandbox.tracking_url + other).status_code == 200
        assert b" 200 OK" in answer.readline()


def test_call_in_code_raises_with_the_reason(caller: Caller, path: Path) -> None:
    """`add_pageview` and `seed` have no answer that could have a status."""
    sandbox = caller.sandbox
    calls: list[Callable[[], object]] = [lambda: sandbox.add_pageview("v", "/"), lambda: sandbox.seed(1)]
    with lock_of(path):
        for call in calls:
            with pytest.raises(sqlite3.OperationalError, match=LOCKED):
                call()
    assert sandbox.seed(1) == 1


def test_start_raises_with_the_reason(path: Path) -> None:
    """And leaves nothing running."""
    with Sandbox(database=path):
        pass
    sandbox = Sandbox(database=path)
    with lock_of(path), pytest.raises(sqlite3.OperationalError, match=LOCKED):
        sandbox.start()
    with sandbox:
        assert sandbox.seed(0) == 0


def test_damaged_file_is_500_with_the_reason(
    caller: Caller, path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The sandbox itself has not failed, so there is no traceback."""
    caller.post_identity()
    caller.sandbox.close()
    # Everything after the first page, on which the tables are listed.
    path.write_bytes(path.read_bytes()[:4096].ljust(path.stat().st_size, b"\x01"))
    with Sandbox(database=path) as sandbox:
        answer = Caller(sandbox, caller.http).post_event()
    message = "the sandbox cannot use the file of its database: database disk image is malformed"
    assert (answer.status_code, answer.json()) == (500, {"error": {"message": message}})
    assert "Traceback" not in capfd.readouterr().err + caplog.text


@pytest.mark.parametrize("move", [shutil.copy, os.rename], ids=["copied", "moved"])
def test_file_that_is_copied_or_moved_while_it_is_in_use_has_everything(
    caller: Caller, path: Path, move: Callable[[Path, Path], object]
) -> None:
    """Without its write-ahead log, which few users know of."""
    caller.post_identity()
    caller.post_event()
    new = path.with_name("new.db")
    move(path, new)
    caller.sandbox.close()
    assert not new.with_name("new.db-wal").exists()
    with Sandbox(database=new) as sandbox:
        assert len(Caller(sandbox, caller.http).customer("customer-42", "show_events")["events"]) == 1


def test_file_that_was_moved_has_what_was_written_afterwards(caller: Caller, path: Path) -> None:
    """Once the sandbox is closed; many writes, so that no checkpoint is made after each."""
    new = path.with_name("new.db")
    path.rename(new)
    for number in range(20):
        caller.post("/identities", {"identity": identity(client_id=str(number))})
    caller.sandbox.close()
    with Sandbox(database=new) as sandbox:
        assert Caller(sandbox, caller.http).customer("19")["client_id"] == "19"
