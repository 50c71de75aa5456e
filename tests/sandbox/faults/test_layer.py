"""Each fault as a client sees it, over real HTTP."""

import asyncio
import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from pyttributionio.sandbox import Faults, Sandbox
from pyttributionio.sandbox.faults.layer import FaultLayer, stays_connected

from .._posting import connect, new_client

MOUNT = "/_sandbox/site"
ANSWER = {"event": {"id": 1, "channel": "email", "meta": {"id": 2}, "stops": [{"channel": None}, "channel"]}}
WHOLE = json.dumps(ANSWER).encode()


class World:
    """A sandbox with an application behind a fault layer, which remembers what it processed."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.processed: list[bytes] = []
        self.texts: list[str | None] = []
        """The fault in the scope's state when each answer began."""
        self.unanswered: list[str | None] = []
        self.answer = WHOLE
        self.delays: list[tuple[float, int]] = []
        """The seconds of each delay, and how many requests had been processed when it began."""
        self.skip_delays = False
        self.claim_stayed = False
        """Whether the layer is told that the client stayed, though it left."""
        self.stayed: bool | None = None
        self.delay_begun, self.delay_ended = threading.Event(), threading.Event()
        self._layer = FaultLayer(self._app, self.faults, delay=self._delay)
        self.sandbox = Sandbox()
        self.sandbox.mount(MOUNT, self._recorder)

    @property
    def url(self) -> str:
        """Where the application is mounted."""
        return f"{self.sandbox.tracking_url}{MOUNT}"

    async def _recorder(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the layer as the recorder does: the body comes at once, then nothing until a disconnect."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return unread.pop() if unread else await receive()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.texts.append(scope["state"].get("fault"))
            await send(message)

        scope["state"]["unanswered"] = lambda: self.unanswered.append(scope["state"]["fault"])
        path = scope["raw_path"].removeprefix(MOUNT.encode())
        await self._layer({**scope, "raw_path": path}, replay, watch)

    async def _delay(self, receive: Receive, seconds: float) -> bool:
        self.delays.append((seconds, len(self.processed)))
        self.delay_begun.set()
        self.stayed = self.skip_delays or await stays_connected(receive, seconds)
        self.delay_ended.set()
        return self.stayed or self.claim_stayed

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.processed.append((await receive())["body"])
        headers = [
            (b"content-length", b"%d" % len(self.answer)),
            (b"content-type", b"application/json"),
            (b"x-a", b"b"),
        ]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer})

    def post(self, http: httpx.Client) -> httpx.Response:
        """Post an event."""
        return http.post(f"{self.url}/events", content=b"[1]")

    def send(self) -> socket.socket:
        """Post an event on a new connection, without reading the answer."""
        connection = connect(self.sandbox)
        connection.sendall(f"POST {MOUNT}/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[1]".encode())
        return connection


@pytest.fixture
def world(caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """A running server; neither uvicorn nor asyncio may log a warning."""
    world = World()
    with world.sandbox:
        yield world
    records = [*caplog.get_records("call"), *caplog.get_records("teardown")]
    assert [record.getMessage() for record in records if record.levelno >= logging.WARNING] == []


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client with a pool, which uses connections again if possible."""
    with new_client() as client:
        yield client


def test_without_a_fault_the_application_answers(world: World, http: httpx.Client) -> None:
    """And there is no fault in the scope."""
    world.faults.always(status=503, path="/identities")
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (201, WHOLE)
    assert world.texts == [None]


def test_status_replaces_the_answer_and_the_next_request_is_served(world: World, http: httpx.Client) -> None:
    """With Retry-After and a JSON error; the connection stays open, and the request was not processed."""
    world.faults.next(status=503, retry_after=8)
    answer = world.post(http)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "8"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {"error": {"message": "the sandbox injected a fault: status 503, Retry-After 8"}}
    assert world.processed == []
    assert world.post(http).status_code == 201
    assert world.processed == [b"[1]"]
    assert world.texts == ["status 503, Retry-After 8", None]


def test_retry_after_as_text_is_sent_as_it_is(world: World, http: httpx.Client) -> None:
    """An HTTP date, or any other text that a client has to handle."""
    world.faults.next(status=429, retry_after="Fri, 02 Mar 2018 14:13:20 GMT")
    assert world.post(http).headers["retry-after"] == "Fri, 02 Mar 2018 14:13:20 GMT"


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_a_body_has_none(world: World, http: httpx.Client, status: int) -> None:
    """HTTP forbids a body for them."""
    world.faults.next(status=status)
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "content-length" not in answer.headers
    assert world.post(http).status_code == 201


@pytest.mark.parametrize(
    "what",
    [{"status": 503}, {"reset": True}, {"body": "html"}, {"delay": 9, "reset": True}, {"status": 500, "body": "cut"}],
)
def test_recorded_request_is_processed_once_before_its_fault(
    world: World, http: httpx.Client, what: dict[str, Any]
) -> None:
    """A client that retries has to expect this; without `recorded`, the request is not processed."""
    world.skip_delays = True
    for recorded, processed in ((False, []), (True, [b"[1]"])):
        world.faults.next(**what, recorded=recorded)
        with contextlib.suppress(httpx.TransportError):
            assert world.post(http).status_code != 201
        assert world.processed == processed


def test_delay_comes_before_the_right_answer(world: World, http: httpx.Client) -> None:
    """It has the given seconds; only a request that is to be recorded is processed before it."""
    world.skip_delays = True
    world.faults.next(delay=2.5)
    world.faults.next(delay=4, recorded=True)
    for _ in range(3):
        answer = world.post(http)
        assert (answer.status_code, answer.content) == (201, WHOLE)
    assert world.delays == [(2.5, 0), (4, 2)]
    assert len(world.processed) == 3
    assert world.texts == ["delay 2.5 s", "recorded, then delay 4 s", None]


def test_delay_ends(world: World, http: httpx.Client) -> None:
    """Here a real delay, which is short."""
    world.faults.next(delay=0.001)
    assert world.post(http).status_code == 201


def test_only_a_disconnect_ends_a_delay_early() -> None:
    """Other ASGI messages are ignored."""
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    assert asyncio.run(stays_connected(receive, 0.001))
    messages = [{"type": "http.disconnect"}, {"type": "http.request"}]
    assert not asyncio.run(stays_connected(receive, 3600))


def test_client_that_disconnects_ends_the_delay(world: World) -> None:
    """Its request is not processed."""
    world.faults.next(delay=3600)
    with world.send():
        assert world.delay_begun.wait(30)
    assert world.delay_ended.wait(30)
    assert world.stayed is False
    assert world.processed == []


def test_server_that_stops_ends_the_delay(world: World) -> None:
    """The server does not wait for an hour."""
    world.faults.next(delay=3600)
    with world.send() as connection:
        assert world.delay_begun.wait(30)
        world.sandbox.close()
        assert connection.recv(100) == b""
    assert world.stayed is False
    assert world.processed == []


def test_reset_is_a_tcp_reset(world: World) -> None:
    """The client's TCP reports it; the recorder is informed before the client."""
    world.faults.next(reset=True)
    with world.send() as connection, pytest.raises(ConnectionResetError):
        connection.recv(100)
    assert world.unanswered == ["reset"]
    assert world.texts == []


def test_reset_is_a_failed_request_to_a_client_and_the_next_one_is_served(world: World, http: httpx.Client) -> None:
    """The next request uses a new connection."""
    world.faults.next(reset=True)
    with pytest.raises(httpx.ReadError):
        world.post(http)
    assert world.post(http).status_code == 201


def test_closed_connection_is_not_reset_again(world: World) -> None:
    """The client disconnected at the end of the delay."""
    world.claim_stayed = True
    world.faults.next(delay=3600, reset=True)
    with world.send():
        assert world.delay_begun.wait(30)
    assert world.delay_ended.wait(30)


@pytest.mark.parametrize(("status", "title"), [(None, "502 Bad Gateway"), (404, "404 Not Found"), (599, "599")])
def test_html_is_an_error_page_of_a_proxy(world: World, http: httpx.Client, status: int | None, title: str) -> None:
    """With status 502 unless another is given; the application is not called."""
    world.faults.next(body="html", status=status)
    answer = world.post(http)
    assert answer.status_code == int(title[:3])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!DOCTYPE html>")
    assert f"<h1>{title}</h1>" in answer.text
    assert world.processed == []


def test_invalid_json_is_complete_and_cannot_be_parsed(world: World, http: httpx.Client) -> None:
    """It is the application's answer without its last byte."""
    world.faults.next(body="invalid_json")
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (201, WHOLE[:-1])
    assert answer.headers["x-a"] == "b"
    assert len(world.processed) == 1
    with pytest.raises(ValueError, match="delimiter"):
        answer.json()


def test_invalid_json_of_an_empty_answer_is_not_empty(world: World, http: httpx.Client) -> None:
    """Because an empty body is another fault."""
    world.answer = b""
    world.faults.next(body="invalid_json")
    assert world.post(http).content == b"{"


def test_empty_body_has_no_bytes(world: World, http: httpx.Client) -> None:
    """The status is the application's, and Content-Length is right."""
    world.faults.next(body="empty")
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["content-length"] == "0"
    assert len(world.processed) == 1


def test_body_of_a_given_status_is_changed_too(world: World, http: httpx.Client) -> None:
    """The JSON error is changed; the application is not called."""
    for body in ("invalid_json", "empty"):
        world.faults.next(status=500, body=body)
    broken, empty = world.post(http), world.post(http)
    assert (broken.status_code, empty.status_code) == (500, 500)
    assert broken.content.startswith(b'{"error":{')
    assert broken.content.endswith(b'"}')
    assert empty.content == b""
    assert world.processed == []


@pytest.mark.parametrize("size", [len(WHOLE), 1, 10_000_000])
def test_cut_body_is_half_of_its_announced_length(world: World, size: int) -> None:
    """The whole half arrives, even if it is large, and then the connection is closed without a reset."""
    world.answer = WHOLE.ljust(size)[:size]
    world.faults.next(body="cut")
    with world.send() as connection, connection.makefile("rb") as stream:
        received = stream.read()
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {size}\r\n".encode() in head.lower() + b"\r\n"
    assert body == world.answer[: size // 2]
    assert world.texts == ["cut body"]


def test_cut_body_is_an_incomplete_answer_to_a_client(world: World, http: httpx.Client) -> None:
    """No client accepts it as complete; the next request is served on a new connection."""
    world.faults.next(body="cut")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        world.post(http)
    assert world.post(http).status_code == 201


def test_cut_body_that_is_not_read_does_not_stop_the_server_from_closing(world: World) -> None:
    """The rest of it is dropped."""
    world.answer = b" " * 30_000_000
    world.faults.next(body="cut")
    with world.send() as connection:
        assert connection.recv(1) == b"H"
        world.sandbox.close()


def test_drift_changes_members_by_name_at_any_depth(world: World, http: httpx.Client) -> None:
    """The new value is any JSON; texts and items of lists are no members, and new values are not changed again."""
    world.faults.next(drift={"channel": {"id": "é"}, "id": "1", "nowhere": 0})
    answer = world.post(http)
    assert answer.status_code == 201
    assert answer.json() == {
        "event": {
            "id": "1",
            "channel": {"id": "é"},
            "meta": {"id": "1"},
            "stops": [{"channel": {"id": "é"}}, "channel"],
        }
    }
    assert "é".encode() in answer.content
    assert world.texts == ["drift of channel, id, nowhere"]
    assert len(world.processed) == 1


def test_drift_can_be_cut(world: World) -> None:
    """The changed answer is cut."""
    world.faults.next(drift={"event": "x" * 16}, body="cut")
    with world.send() as connection, connection.makefile("rb") as stream:
        assert stream.read().endswith(b'\r\n\r\n{"event":"xxxx')


def test_drift_does_not_change_other_bodies_than_json(world: World, http: httpx.Client) -> None:
    """An application may have other answers too."""
    world.answer = b"fine"
    world.faults.next(drift={"id": 1})
    assert world.post(http).content == b"fine"


def test_answers_to_head_have_no_body(world: World, http: httpx.Client) -> None:
    """Their length is that of the answer to a GET."""
    for what in ({"status": 503}, {"body": "html"}, {"body": "cut"}):
        world.faults.next(path="*", **what)
        answer = http.head(f"{world.url}/x")
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0
