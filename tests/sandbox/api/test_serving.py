"""The server thread: what it logs, and how it stops."""

import asyncio
import contextlib
import gc
import logging
import socket
import threading
import warnings
from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.serving import Server, ServerThread, listen

from .._posting import connect, exchange, get

LARGE = b"x" * 30_000_000
"""More bytes than the buffers of a connection hold."""


@contextlib.contextmanager
def serving(app: ASGIApp, *, grace: float = 1.0) -> Iterator[tuple[ServerThread, socket.socket]]:
    """Serve an application; yield the server and a connection on which a request was sent."""
    listener = listen("127.0.0.1", 0)
    thread = ServerThread(app, listener, grace=grace)
    thread.start()
    try:
        with socket.create_connection(listener.getsockname(), timeout=30) as connection:
            connection.sendall(get("/"))
            yield thread, connection
    finally:
        thread.stop()


async def answer_much(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a body that does not fit into the buffers of a connection."""
    headers = [(b"content-length", b"%d" % len(LARGE))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": LARGE})


async def answer_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer no request."""


def test_secret_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not at any level, not by uvicorn's access log, and not for errors."""
    caplog.set_level(logging.NOTSET)
    logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    with Sandbox(api_secret="hush-hush") as sandbox:
        for path in ("/api/v1/SANDBOX_KEY/customers/x", "/api/v1/%FF/customers/x", "/nowhere"):
            exchange(sandbox, get(f"{path}?secret=hush-hush"))
        exchange(sandbox, get("/x\xff?secret=hush-hush"))
    assert [r.status for r in sandbox.requests] == [404, 400, 404]
    assert "hush-hush" not in caplog.text


def test_logging_of_the_process_is_not_changed() -> None:
    """An application under test may run uvicorn too, with its own access log."""
    logger = logging.getLogger("uvicorn.access")
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        with Sandbox():
            assert logger.handlers == [handler]
            assert logger.propagate
    finally:
        logger.removeHandler(handler)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        get("/\xff"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
    ],
)
def test_text_that_is_not_http_is_400(sandbox: Sandbox, sent: bytes) -> None:
    """It does not reach the application."""
    assert exchange(sandbox, sent).startswith(b"HTTP/1.1 400 ")
    assert sandbox.requests == []


def test_answers_have_a_date_and_name_the_sandbox(sandbox: Sandbox) -> None:
    """So that they are not taken for the vendor's."""
    answer = exchange(sandbox, get("/")).lower()
    assert b"\r\nserver: pyttributionio-sandbox\r\n" in answer
    assert b"\r\ndate: " in answer


def test_incomplete_upload_is_cut_by_closing(sandbox: Sandbox) -> None:
    """A client that does not finish its request does not stop the sandbox from closing."""
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    with connect(sandbox) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        sandbox.close()
        assert connection.recv(100) == b""


def test_answer_that_is_being_sent_is_finished_by_closing() -> None:
    """The client gets as many bytes as Content-Length announces."""
    with serving(answer_much, grace=60.0) as (thread, connection), connection.makefile("rb") as answer:
        first = answer.read(1)
        closing = threading.Thread(target=thread.stop)
        closing.start()
        whole = first + answer.read()
        closing.join()
    assert whole.partition(b"\r\n\r\n")[2] == LARGE


def test_answer_that_is_not_read_is_cut_by_closing() -> None:
    """After the grace period; no thread is left."""
    before = threading.active_count()
    with serving(answer_much, grace=0.01) as (thread, connection):
        assert connection.recv(1) == b"H"
        thread.stop()
        assert threading.active_count() == before


def test_idle_connection_is_closed_by_closing(sandbox: Sandbox) -> None:
    """It was kept alive until then."""
    with connect(sandbox) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while not received.endswith(b'"}}'):
            received += connection.recv(100_000)
        sandbox.close()
        assert connection.recv(100) == b""


def test_answers_are_not_delayed_by_the_socket() -> None:
    """TCP_NODELAY is set by asyncio only if the listening socket has a protocol."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_start_fails_if_the_socket_cannot_be_served(sandbox: Sandbox) -> None:
    """`start` raises the error, and no thread is left."""
    listener = listen("127.0.0.1", 0)
    listener.close()

    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    before = threading.active_count()
    thread = ServerThread(app, listener)
    with pytest.raises(OSError, match="Bad file descriptor"):
        thread.start()
    thread.stop()
    assert threading.active_count() == before


def test_application_that_ignores_disconnects_does_not_stop_the_server_from_closing() -> None:
    """A mounted application can do that; here one that waits for ever."""
    called = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        called.set()
        await asyncio.Event().wait()

    before = threading.active_count()
    with serving(app, grace=0.01) as (thread, _):
        assert called.wait(30)
        thread.stop()
        assert threading.active_count() == before


@pytest.mark.parametrize("turns", range(1, 5))
def test_connection_that_is_opened_while_the_server_stops_is_closed(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whichever turn of the event loop it is accepted; asyncio itself would leave it open."""
    main_loop, came = Server.main_loop, socket.socket()

    async def connect_after(self: Server) -> None:
        await main_loop(self)
        came.connect(("127.0.0.1", port))
        for _ in range(turns):
            await asyncio.sleep(0)

    monkeypatch.setattr(Server, "main_loop", connect_after)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with warnings.catch_warnings(record=True) as caught, came:
        warnings.simplefilter("always")
        came.settimeout(20)
        server = ServerThread(answer_nothing, listener)
        server.start()
        server.stop()
        with contextlib.suppress(ConnectionResetError):
            assert came.recv(1) == b""
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_stop_needs_no_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop of Windows has none."""
    asked = []

    def refuse(self: object, listener: object) -> None:
        asked.append(listener)
        raise NotImplementedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "remove_reader", refuse)
    before = threading.active_count()
    server = ServerThread(answer_nothing, listener := listen("127.0.0.1", 0))
    server.start()
    server.stop()
    assert asked == [listener]
    assert threading.active_count() == before
    assert listener.fileno() == -1
