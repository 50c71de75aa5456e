"""The ASGI layer that reads the bodies of requests and logs what arrived and what was answered."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio.sandbox.api.account import Accounts
from pyttributionio.sandbox.api.redaction import Redaction
from pyttributionio.sandbox.api.responses import error_answer
from pyttributionio.sandbox.values.bodies import MAX_BODY_BYTES
from pyttributionio.sandbox.values.times import Clock


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived, and its answer."""

    number: int
    """1 for the first request that this sandbox answered, and so on."""
    received_at: datetime
    """By the sandbox's clock, in UTC."""
    method: str
    """As on the wire, or `REDACTED` if it is a secret."""
    path: str
    """As on the wire, percent-encoded; a secret in it is replaced by `REDACTED`."""
    query: str
    """As on the wire; the value of `secret` is replaced by `REDACTED`."""
    headers: Mapping[str, str]
    """Looked up in any case; the names are in lower case. A secret is replaced by `REDACTED` here too."""
    body: bytes
    """As on the wire; of a body that was refused as too large, the part that had arrived."""
    status: int | None
    """The status code of the answer; None if a fault ended the connection instead."""
    answer: bytes
    """The body of the answer."""
    fault: str | None
    """The fault that was injected, such as `status 503`."""
    unknown_event_key: str | None = None
    """The key of a posted event, if the sandbox was given `event_keys` and this is none of them."""


class RequestLog:
    """Keep the latest requests, limited by number and by bytes.

    Attributes:
        run: A random id of this log. It tells its request numbers from those of an earlier sandbox on the same port.
    """

    def __init__(self, *, max_requests: int = 10_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.run = uuid4().hex[:12]
        self._lock = threading.Lock()
        self._requests: deque[ReceivedRequest] = deque()
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._bytes = 0
        self._last = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def add(self, request: ReceivedRequest) -> None:
        """Number and keep a request, and drop the oldest ones beyond the limits.

        Only called in the server's event loop, in which `wait_after` waits too.
        """
        with self._lock:
            self._last += 1
            self._requests.append(replace(request, number=self._last))
            self._bytes += _size(request)
            while len(self._requests) > self._max_requests or self._bytes > self._max_bytes:
                self._bytes -= _size(self._requests.popleft())
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def since(self, number: int = 0) -> list[ReceivedRequest]:
        """Return the requests with a greater number, oldest first: a new list each time."""
        with self._lock:
            newer = takewhile(lambda request: request.number > number, reversed(self._requests))
            return [*newer][::-1]

    def find(self, number: int) -> ReceivedRequest | None:
        """Return the request of a number, or None if it is not kept."""
        return next((r for r in self.since() if r.number == number), None)

    async def wait_after(self, number: int) -> None:
        """Return when there is a request with a greater number; only called in the server's event loop."""
        while self._last <= number:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)


def _size(request: ReceivedRequest) -> int:
    head = len(request.path) + len(request.query) + sum(len(n) + len(v) for n, v in request.headers.items())
    return head + len(request.body) + len(request.answer)


class Recorder:
    """Read the body of each request within limits, pass the request on, and log it with its answer.

    A request is logged before its answer is sent, so that a client that has the answer finds the request in the
    log. A request whose body did not arrive completely is not answered and not logged.
    """

    def __init__(self, app: ASGIApp, log: RequestLog, accounts: Accounts, clock: Clock) -> None:
        self._app = app
        self._log = log
        self._accounts = accounts
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request by ASGI."""
        received_at = self._clock().astimezone(UTC)
        body = await read_body(receive, MAX_BODY_BYTES)
        if body is None:
            return

        def log(status: int | None, answer: bytes) -> None:
            self._log.add(self._received(scope, received_at, body, status, answer))

        sender = _LoggingSender(send, log)
        # Called by a fault that resets the connection, so that it is logged before the client knows of it.
        scope["state"]["unanswered"] = sender.log_unanswered
        is_large = len(body) > MAX_BODY_BYTES
        app = error_answer(413, f"the body is larger than {MAX_BODY_BYTES} bytes") if is_large else self._app
        await app(scope, _replay(body, receive), sender)
        sender.log_unanswered()

    def _received(
        self, scope: Scope, received_at: datetime, body: bytes, status: int | None, answer: bytes
    ) -> ReceivedRequest:
        received = ReceivedRequest(
            number=0,
            received_at=received_at,
            method=scope["method"],
            path=scope["raw_path"].decode("ascii"),
            query=scope["query_string"].decode("ascii"),
            headers=Headers(raw=scope["headers"]),
            body=body,
            status=status,
            answer=answer,
            fault=scope["state"].get("fault"),
            unknown_event_key=scope["state"].get("unknown_event_key"),
        )
        return with_redacted_head(received, self._accounts.redaction)


class _LoggingSender:
    """A `send` that logs an answer before it is sent, once."""

    def __init__(self, send: Send, log: Callable[[int | None, bytes], None]) -> None:
        self._send = send
        self._log = log
        self._start: Message | None = None
        self._logged = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # Held until the body comes, which is in one message, except that of a cut body.
            self._start = message
            return
        if self._start is not None:
            self._log_once(self._start["status"], message.get("body", b""))
            await self._send(self._start)
            self._start = None
        await self._send(message)

    def log_unanswered(self) -> None:
        """Log that there is no answer, unless one is logged already."""
        self._log_once(None, b"")

    def _log_once(self, status: int | None, answer: bytes) -> None:
        if not self._logged:
            self._logged = True
            self._log(status, answer)


def with_redacted_head(request: ReceivedRequest, redaction: Redaction) -> ReceivedRequest:
    """Hide the secrets in the method, path, query and headers of a request, and in the text of its fault."""
    headers = [(redaction.text(name), redaction.header(name, value)) for name, value in request.headers.items()]
    return replace(
        request,
        method=redaction.method(request.method),
        path=redaction.path(request.path),
        query=redaction.query(request.query),
        # A name with `REDACTED` in it is in lower case too, like all names.
        headers=Headers(raw=[(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]),
        fault=None if request.fault is None else redaction.text(request.fault),
    )


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """Read a body up to its end or to just beyond a limit in bytes; return None if the client disconnected."""
    body = bytearray()
    while len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    unread = [body]

    async def replay() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()  # which waits for the disconnect

    return replay
