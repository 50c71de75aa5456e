"""A loopback server that misbehaves by script, and one way to call both clients."""

import asyncio
import inspect
import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest

from pyttributionio import AsyncClient, Client

T = TypeVar("T")

KINDS = [Client, AsyncClient]
KEY = "KEY"
DRIP_PAUSE = 0.01
"""Seconds between two bytes of a drip: far shorter than any timeout, so that only the deadline can end it."""
PATIENCE = 20.0
"""Seconds after which a wait for the other side fails a test instead of hanging it."""


@dataclass(frozen=True)
class Received:
    """One request, to the byte."""

    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        """Of the request line."""
        return self.head.split(b" ", 2)[0].decode("ascii")

    @property
    def target(self) -> str:
        """Of the request line: path and query as they were sent."""
        return self.head.split(b" ", 2)[1].decode("ascii")


def answer(body: bytes | str = b"", status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return a whole HTTP answer; a Content-Length is added where no header says how long it is."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Reason"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not {"content-length", "transfer-encoding"} & {name.lower() for name, _ in headers} and status != 204:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


CUSTOMER = answer(b'{"customer": {"client_id": "c-1"}}')
"""What a read is answered when all is well."""


@dataclass(frozen=True)
class Answer:
    """Read the request and send these bytes; then close, if asked to."""

    data: bytes | Callable[[Received], bytes]
    close: bool = False


@dataclass(frozen=True)
class Reset:
    """Reset the connection: at the request's first byte, its rest unread, or when it was read whole."""

    after_reading: bool = True


@dataclass(frozen=True)
class Hang:
    """Read the request and stay silent until the client goes away."""


@dataclass(frozen=True)
class Drip:
    """Send some bytes at once, then one and the same again and again until the client goes away."""

    first: bytes
    then: bytes
    begun: Callable[[], object] = field(default=lambda: None, compare=False)
    """Called between the two."""


@dataclass(frozen=True)
class Sip:
    """Take the request a few bytes at a time for as long as the server lives; never answer."""

    size: int = 4096


Act = Answer | Reset | Hang | Drip | Sip


class FaultServer:
    """Answer each request with the next act of a script; the last act is repeated.

    Acts are taken when a request's first byte is there, whichever connection it comes on.
    """

    def __init__(self, *acts: Act | bytes, host: str = "127.0.0.1") -> None:
        self._host = host
        self._acts = deque(Answer(act) if isinstance(act, bytes) else act for act in acts)
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._ending = False
        self.connections, self.started, self.ended = 0, 0, 0
        self.requests: list[Received] = []

    def __enter__(self) -> Self:
        version = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._listener = socket.create_server((self._host, 0), family=version)
        self._waker, self._woken = socket.socketpair()
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{self._listener.getsockname()[1]}"
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        self._waker.close()
        with self._changed:
            for connection in self._open:
                _shut(connection)
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        self._listener.close()
        self._woken.close()

    def wait_for(self, *, requests: int = 0, started: int = 0, ended: int = 0) -> None:
        """Return when so many requests were read or started, and so many connections have ended."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.requests) >= requests and self.started >= started and self.ended >= ended, PATIENCE
            )

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._woken], [], [])
            if self._woken in ready:
                return
            connection, _ = self._listener.accept()
            with self._changed:
                self.connections += 1
                self._open.add(connection)
                if self._ending:
                    _shut(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            while connection.recv(1, socket.MSG_PEEK):
                with self._changed:
                    act = self._acts.popleft() if len(self._acts) > 1 else self._acts[0]
                    self.started += 1
                    self._changed.notify_all()
                if not self._perform(act, connection):
                    break
        except OSError:
            pass  # the client went away, which is its right
        finally:
            with self._changed:
                self._open.discard(connection)
                connection.close()
                self.ended += 1
                self._changed.notify_all()

    def _perform(self, act: Act, connection: socket.socket) -> bool:
        """Do one act; tell whether the connection is to be kept."""
        if isinstance(act, Sip):
            while not self._ending and connection.recv(act.size):
                select.select([], [], [], DRIP_PAUSE)
            return False
        if isinstance(act, Reset) and not act.after_reading:
            return _reset(connection)
        request = self._read(connection)
        match act:
            case Answer():
                connection.sendall(act.data if isinstance(act.data, bytes) else act.data(request))
                return not act.close
            case Reset():
                return _reset(connection)
            case Hang():
                connection.recv(1)
            case Drip():
                connection.sendall(act.first)
                act.begun()
                while not select.select([connection], [], [], DRIP_PAUSE)[0]:
                    connection.sendall(act.then)
        return False

    def _read(self, connection: socket.socket) -> Received:
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            body += _some(connection)
        request = Received(head, body)
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        return request


def _some(connection: socket.socket) -> bytes:
    if data := connection.recv(65536):
        return data
    raise ConnectionError("the client went away in the middle of a request")


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


@contextmanager
def refusing() -> Iterator[str]:
    """Give a URL at which connections are refused: its port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


class Caller:
    """Call either client alike: what is awaitable is run in an event loop of the caller's."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client: Any = client
        self.runner = asyncio.Runner()
        self._patch = pytest.MonkeyPatch()
        # Reading the usual certificates takes most of a test's time.
        self._patch.delenv("SSL_CERT_FILE", raising=False)
        self._patch.setenv("SSL_CERT_DIR", "none")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patch.undo()
        self.close()
        self.runner.close()

    def run(self, result: T | Awaitable[T]) -> T:
        """Return a call's result, awaited where it has to be."""
        if not inspect.isawaitable(result):
            return result

        async def wait() -> T:
            return await result

        return self.runner.run(wait())

    def get(self, client_id: str = "c-1", **options: Any) -> Any:
        """Read a customer."""
        return self.run(self.client.customers.get(client_id, **options))

    def event(self, **options: Any) -> Any:
        """Post an event, and its identity unless told not to."""
        return self.run(self.client.tracking.event("ev", **{"visitor_id": "v-1", **options}))

    def identity(self, client_id: str | None = "c-1", **options: Any) -> Any:
        """Post an identity."""
        return self.run(self.client.tracking.identity(client_id, **{"visitor_id": "v-1", **options}))

    def warm(self) -> None:
        """Connect, in all the time it takes, so that a short deadline after it is about the answer alone."""
        self.run(self.client.with_options(timeout=PATIENCE, deadline=PATIENCE).customers.get("warm"))

    def close(self) -> None:
        """Close the client; the event loop stays."""
        self.run(self.client.close())


def connect(kind: Any, url: str, **options: Any) -> Caller:
    """Return a caller of a new client whose both servers are at this URL."""
    settings = {"api_key": KEY, "api_secret": "s3cr3t", "base_url": f"{url}/api/v1", "tracking_url": url}
    return Caller(kind(**{**settings, **options}))
