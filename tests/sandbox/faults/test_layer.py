"""What clients see of each fault, over real HTTP."""

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
from pyttributionio.sandbox.faults.layer import FaultLayer, stays

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
        """Of the faults that requests met, as they stood in the scope when the answer began."""
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
        """Stand around the layer as the recorder does: the body comes in one piece, then nothing until the end."""
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
        self.stayed = self.skip_delays or await stays(receive, seconds)
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

    def ask(self) -> socket.socket:
        """Post an event on a connection of its own, and leave the answer there."""
        connection = connect(self.sandbox)
        connection.sendall(f"POST {MOUNT}/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[1]".encode())
        return connection


@pytest.fixture
def world(caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """A running server, of which uvicorn and asyncio have nothing to say in the end."""
    world = World()
    with world.sandbox:
        yield world
    records = [*caplog.get_records("call"), *caplog.get_records("teardown")]
    assert [record.getMessage() for record in records if record.levelno >= logging.WARNING] == []


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client with a pool, so that connections are used again where they can be."""
    with new_client() as client:
        yield client


def test_without_a_fault_the_answer_is_the_applications(world: World, http: httpx.Client) -> None:
    """And nothing is said of it."""
    world.faults.always(status=503, path="/identities")
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (201, WHOLE)
    assert world.texts == [None]


def test_status_is_answered_instead_and_the_next_request_is_served(world: World, http: httpx.Client) -> None:
    """With Retry-After and a JSON error, on a connection that lives on; the request was not processed."""
    world.faults.next(status=503, retry_after=8)
    answer = world.post(http)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "8"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {"error": {"message": "the sandbox was asked for this: status 503, Retry-After 8"}}
    assert world.processed == []
    assert world.post(http).status_code == 201
    assert world.processed == [b"[1]"]
    assert world.texts == ["status 503, Retry-After 8", None]


def test_retry_after_as_text_is_sent_as_it_is(world: World, http: httpx.Client) -> None:
    """An HTTP date, or whatever a client should survive."""
    world.faults.next(status=429, retry_after="Fri, 02 Mar 2018 14:13:20 GMT")
    assert world.post(http).headers["retry-after"] == "Fri, 02 Mar 2018 14:13:20 GMT"


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_a_body_has_none(world: World, http: httpx.Client, status: int) -> None:
    """HTTP forbids it."""
    world.faults.next(status=status)
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "content-length" not in answer.headers
    assert world.post(http).status_code == 201


@pytest.mark.parametrize(
    "what",
    [{"status": 503}, {"reset": True}, {"body": "html"}, {"delay": 9, "reset": True}, {"status": 500, "body": "cut"}],
)
def test_recorded_request_is_processed_once_and_then_meets_its_fault(
    world: World, http: httpx.Client, what: dict[str, Any]
) -> None:
    """What a client that tries again has to reckon with; without `recorded`, it was not processed."""
    world.skip_delays = True
    for recorded, processed in ((False, []), (True, [b"[1]"])):
        world.faults.next(**what, recorded=recorded)
        with contextlib.suppress(httpx.TransportError):
            assert world.post(http).status_code != 201
        assert world.processed == processed


def test_delay_comes_first_and_the_right_answer_after_it(world: World, http: httpx.Client) -> None:
    """Of the seconds asked for; nothing is processed before, but what is to be recorded first."""
    world.skip_delays = True
    world.faults.next(delay=2.5)
    world.faults.next(delay=4, recorded=True)
    for _ in range(3):
        answer = world.post(http)
        assert (answer.status_code, answer.content) == (201, WHOLE)
    assert world.delays == [(2.5, 0), (4, 2)]
    assert len(world.processed) == 3
    assert world.texts == ["delay 2.5 s", "recorded, then delay 4 s", None]


def test_delay_passes_by_itself(world: World, http: httpx.Client) -> None:
    """A short one, in truth."""
    world.faults.next(delay=0.001)
    assert world.post(http).status_code == 201


def test_only_the_end_of_the_connection_ends_a_delay() -> None:
    """Other messages of ASGI are passed over."""
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    assert asyncio.run(stays(receive, 0.001))
    messages = [{"type": "http.disconnect"}, {"type": "http.request"}]
    assert not asyncio.run(stays(receive, 3600))


def test_client_that_goes_away_ends_the_delay(world: World) -> None:
    """And was not served."""
    world.faults.next(delay=3600)
    with world.ask():
        assert world.delay_begun.wait(30)
    assert world.delay_ended.wait(30)
    assert world.stayed is False
    assert world.processed == []


def test_server_that_stops_ends_the_delay(world: World) -> None:
    """A fault is no reason to wait for an hour."""
    world.faults.next(delay=3600)
    with world.ask() as connection:
        assert world.delay_begun.wait(30)
        world.sandbox.close()
        assert connection.recv(100) == b""
    assert world.stayed is False
    assert world.processed == []


def test_reset_is_a_reset_and_not_an_end(world: World) -> None:
    """The peer's TCP says so; and whoever records requests learns of it before the client can."""
    world.faults.next(reset=True)
    with world.ask() as connection, pytest.raises(ConnectionResetError):
        connection.recv(100)
    assert world.unanswered == ["reset"]
    assert world.texts == []


def test_reset_is_a_failed_request_to_a_client_and_the_next_one_is_served(world: World, http: httpx.Client) -> None:
    """On a new connection."""
    world.faults.next(reset=True)
    with pytest.raises(httpx.ReadError):
        world.post(http)
    assert world.post(http).status_code == 201


def test_connection_that_has_ended_is_not_reset_once_more(world: World) -> None:
    """The client went at the very end of the delay."""
    world.claim_stayed = True
    world.faults.next(delay=3600, reset=True)
    with world.ask():
        assert world.delay_begun.wait(30)
    assert world.delay_ended.wait(30)


@pytest.mark.parametrize(("status", "title"), [(None, "502 Bad Gateway"), (404, "404 Not Found"), (599, "599")])
def test_html_is_an_error_page_as_proxies_have_them(
    world: World, http: httpx.Client, status: int | None, title: str
) -> None:
    """With 502 unless told otherwise; the application was not asked."""
    world.faults.next(body="html", status=status)
    answer = world.post(http)
    assert answer.status_code == int(title[:3])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!DOCTYPE html>")
    assert f"<h1>{title}</h1>" in answer.text
    assert world.processed == []


def test_invalid_json_comes_whole_and_cannot_be_read(world: World, http: httpx.Client) -> None:
    """The application's own answer, but for its last byte."""
    world.faults.next(body="invalid_json")
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (201, WHOLE[:-1])
    assert answer.headers["x-a"] == "b"
    assert len(world.processed) == 1
    with pytest.raises(ValueError, match="delimiter"):
        answer.json()


def test_invalid_json_is_made_of_an_empty_answer_too(world: World, http: httpx.Client) -> None:
    """Some bytes, since none are another fault."""
    world.answer = b""
    world.faults.next(body="invalid_json")
    assert world.post(http).content == b"{"


def test_empty_body_is_no_bytes_at_all(world: World, http: httpx.Client) -> None:
    """With the application's status, and a Content-Length that is right."""
    world.faults.next(body="empty")
    answer = world.post(http)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["content-length"] == "0"
    assert len(world.processed) == 1


def test_body_changes_are_those_of_the_status_where_there_is_one(world: World, http: httpx.Client) -> None:
    """The error is what is left incomplete; the application was not asked."""
    for body in ("invalid_json", "empty"):
        world.faults.next(status=500, body=body)
    broken, empty = world.post(http), world.post(http)
    assert (broken.status_code, empty.status_code) == (500, 500)
    assert broken.content.startswith(b'{"error":{')
    assert broken.content.endswith(b'"}')
    assert empty.content == b""
    assert world.processed == []


@pytest.mark.parametrize("size", [len(WHOLE), 1, 10_000_000])
def test_cut_body_is_half_of_what_was_promised(world: World, size: int) -> None:
    """All of that half arrives, however large it is, and then the connection ends in order."""
    world.answer = WHOLE.ljust(size)[:size]
    world.faults.next(body="cut")
    with world.ask() as connection, connection.makefile("rb") as stream:
        received = stream.read()
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {size}\r\n".encode() in head.lower() + b"\r\n"
    assert body == world.answer[: size // 2]
    assert world.texts == ["cut body"]


def test_cut_body_is_an_incomplete_answer_to_a_client(world: World, http: httpx.Client) -> None:
    """No client takes it for whole; the next request is served on a new connection."""
    world.faults.next(body="cut")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        world.post(http)
    assert world.post(http).status_code == 201


def test_cut_body_that_nobody_takes_does_not_keep_the_server(world: World) -> None:
    """It is dropped when the server stops."""
    world.answer = b" " * 30_000_000
    world.faults.next(body="cut")
    with world.ask() as connection:
        assert connection.recv(1) == b"H"
        world.sandbox.close()


def test_drift_changes_members_by_name_wherever_they_are(world: World, http: httpx.Client) -> None:
    """To any JSON value; what is text or a list's item is no member, and new values are left alone."""
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


def test_drift_can_come_cut(world: World) -> None:
    """The changed answer is what is cut."""
    world.faults.next(drift={"event": "x" * 16}, body="cut")
    with world.ask() as connection, connection.makefile("rb") as stream:
        assert stream.read().endswith(b'\r\n\r\n{"event":"xxxx')


def test_drift_leaves_what_is_no_json_as_it_is(world: World, http: httpx.Client) -> None:
    """An application may answer with other things too."""
    world.answer = b"fine"
    world.faults.next(drift={"id": 1})
    assert world.post(http).content == b"fine"


def test_head_meets_faults_without_a_body(world: World, http: httpx.Client) -> None:
    """Length and type are those of the answer to a GET."""
    for what in ({"status": 503}, {"body": "html"}, {"body": "cut"}):
        world.faults.next(path="*", **what)
        answer = http.head(f"{world.url}/x")
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0
