"""The stream of requests that the page listens to."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.types import Message

from pyttributionio.sandbox import ReceivedRequest, Sandbox
from pyttributionio.sandbox.page.stream import RequestStream

from .._posting import Caller, connect, get
from ._asking import ask, local


@contextmanager
def listening(caller: Caller, *, after: str = "0", **headers: str) -> Iterator[Iterator[str]]:
    """Open the stream of events; yield an iterator over its lines."""
    url = caller.sandbox.tracking_url + f"/_sandbox/api/stream?after={after}"
    with caller.http.stream("GET", url, headers=headers, timeout=30) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield answer.iter_lines()


def next_event(lines: Iterator[str]) -> tuple[str, int, Any]:
    """Read the next event: its name, the number in its id, and its data."""
    name, its_id, data = next_whole_event(lines)
    return name, int(its_id.rpartition("-")[2]), data


def next_whole_event(lines: Iterator[str]) -> tuple[str, str, Any]:
    """Read the next event: its name, its id, and its data."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line == "" and "data" in found:
            return found["event"], found["id"], json.loads(found["data"])
        found[name] = value
    raise AssertionError("the stream has ended")


def test_stream_sends_requests_as_they_arrive(caller: Caller) -> None:
    """After the earlier ones; each event has the same JSON as the list."""
    caller.post_identity()
    with listening(caller) as lines:
        assert next_event(lines)[:2] == ("request", 1)
        caller.post_event()
        name, number, summary = next_event(lines)
    assert (name, number) == ("request", 2)
    assert [summary] == ask(caller, "api/requests", after=1)["requests"]


def test_stream_continues_after_the_browsers_last_event(caller: Caller) -> None:
    """A browser that connects again sends it in a header, which has priority over the query."""
    for _ in range(3):
        caller.post_identity()
    run = ask(caller, "api/requests")["run"]
    with listening(caller, after=f"{run}-1") as lines:
        assert next_event(lines)[:2] == ("request", 2)
    with listening(caller, after=f"{run}-1", **{"Last-Event-ID": f"{run}-2"}) as lines:
        assert next_event(lines)[:2] == ("request", 3)
    with listening(caller, after="1") as lines:
        assert next_event(lines)[:2] == ("request", 2)
    with listening(caller, **{"Last-Event-ID": "nonsense"}) as lines:
        assert next_event(lines)[1] == 1


@pytest.mark.parametrize("answered", [0, 1, 3])
def test_stream_reports_a_new_sandbox(caller: Caller, old_run: str, answered: int) -> None:
    """Whether it has answered fewer requests than the one before, as many, or more."""
    for _ in range(answered):
        caller.post_identity()
    run = ask(caller, "api/requests")["run"]
    for asked in ({"after": f"{old_run}-1"}, {"after": f"{run}-1", "Last-Event-ID": f"{old_run}-1"}):
        with listening(caller, **asked) as lines:
            assert next_whole_event(lines) == ("restart", f"{run}-0", {})
            for number in range(1, answered + 1):
                assert next_whole_event(lines)[:2] == ("request", f"{run}-{number}")


@pytest.mark.parametrize("after", ["", "x", "-1", "run-1", "1-", "9" * 30])
def test_text_that_is_not_an_events_id_is_400(caller: Caller, after: str) -> None:
    """It is never 500."""
    answer = caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/api/stream", params={"after": after})
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": "after: expected 0, or the id of an event"}}


class FakeLog:
    """A log with some requests, which gets no more."""

    run = "0a1b"

    def __init__(self, count: int) -> None:
        self._requests = [
            ReceivedRequest(number, datetime.now(UTC), "GET", "/", "", {}, b"", 200, b"", None)
            for number in range(1, count + 1)
        ]

    def since(self, number: int) -> list[ReceivedRequest]:
        """List the requests after a number."""
        return [request for request in self._requests if request.number > number]

    async def wait_after(self, number: int) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


def streamed(log: Any, ends_with: str, **limits: Any) -> str:
    """Run a stream by ASGI, and disconnect after a text; return everything that was sent."""
    sent: list[str] = []
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b"").decode())
        if sent[-1].endswith(ends_with):
            gone.set()

    stream = RequestStream(log, lambda request: {"number": request.number}, after=0, **limits)
    asyncio.run(stream({}, receive, send))
    return "".join(sent)


def test_stream_sends_only_the_latest_requests_to_a_page_far_behind() -> None:
    """A user does not need thousands."""
    text = streamed(FakeLog(4), "\n\n", limit=2)
    assert re.findall("id: (.*)", text) == ["0a1b-3", "0a1b-4"]


def test_stream_sends_heartbeats() -> None:
    """They are comments, which browsers ignore."""
    assert streamed(FakeLog(0), "here\n\n", heartbeat=0.001).endswith(": here\n\n")


def test_closing_ends_streams_that_are_open(caller: Caller) -> None:
    """Also if no request arrives."""
    with listening(caller) as lines:
        caller.post_identity()
        next_event(lines)
        closing = threading.Thread(target=caller.sandbox.close)
        closing.start()
        with pytest.raises((httpx.RemoteProtocolError, AssertionError)):
            next_event(lines)
        closing.join()


def test_stream_ends_with_its_browser(sandbox: Sandbox) -> None:
    """A disconnect leaves no task, so the server can close at once."""
    with connect(sandbox) as connection:
        connection.sendall(local(get("/_sandbox/api/stream")))
        assert connection.recv(10).startswith(b"HTTP/1.1 2")
        connection.shutdown(socket.SHUT_RDWR)
    sandbox.close()  # or it would wait for the stream without end
    with pytest.raises(OSError, match="refused"):
        connect(sandbox).close()
