"""What arrived: an ASGI layer around the application that reads bodies and remembers requests."""

import asyncio
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio.sandbox.api.account import Accounts
from pyttributionio.sandbox.api.redaction import Redaction
from pyttributionio.sandbox.values.bodies import MAX_BODY_BYTES
from pyttributionio.sandbox.values.times import Clock

_MAX_REQUESTS = 10_000
_MAX_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as it arrived, and how it was answered."""

    number: int
    """1 for the first that was answered since the sandbox was made, and so on."""
    received_at: datetime
    """By the sandbox's clock, in UTC."""
    method: str
    path: str
    """As on the wire, percent-encoding and all; with `REDACTED` for a secret, which does not belong here."""
    query: str
    """As on the wire, but with `REDACTED` for the secret's value."""
    headers: Mapping[str, str]
    """Looked up in any case; the names are in lower case. A secret is `REDACTED` here too."""
    body: bytes
    """As on the wire, whatever is in it; of one that was refused as too large, what had arrived by then."""
    status: int | None
    """The status code it was answered with; None where a fault ended the connection instead."""
    answer: bytes
    """The answer's body."""
    fault: str | None
    """What the sandbox was told to do wrong with it, such as `status 503`."""


class RequestLog:
    """Remember the latest requests, within bounds of number and of bytes.

    Attributes:
        run: Tells this log's numbers from another's, who may have begun on the same port before it.
    """

    def __init__(
        self,
        *,
        max_requests: int = _MAX_REQUESTS,
        max_bytes: int = _MAX_KEPT_BYTES,
    ) -> None:
        self.run = uuid4().hex[:12]
        self._lock = threading.Lock()
        self._requests: deque[ReceivedRequest] = deque()
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._bytes = 0
        self._last = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def add(self, request: ReceivedRequest) -> None:
        """Give a request its number and remember it, forgetting the oldest ones beyond the bounds.

        From the server's loop alone, which is where those wait who want to know of it.
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

    def snapshot(self) -> list[ReceivedRequest]:
        """Copy what is remembered, oldest first."""
        return self.since(0)

    def since(self, number: int) -> list[ReceivedRequest]:
        """Copy what is remembered of the requests with a greater number, oldest first."""
        with self._lock:
            newer = takewhile(lambda request: request.number > number, reversed(self._requests))
            return [*newer][::-1]

    def find(self, number: int) -> ReceivedRequest | None:
        """Find a request that is still remembered."""
        return next((r for r in self.snapshot() if r.number == number), None)

    async def wait_beyond(self, number: int) -> None:
        """Return when there is a request with a greater number; in the server's loop alone."""
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
    """Read each request's body within bounds, pass both on, and log what was answered.

    A request is in the log before its answer leaves, so that a client that has the answer finds it
    there. One whose body never came whole was not answered, and is not logged.
    """

    def __init__(self, app: ASGIApp, log: RequestLog, accounts: Accounts, clock: Clock) -> None:
        self._app = app
        self._log = log
        self._accounts = accounts
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, as ASGI has it."""
        received_at = self._clock().astimezone(UTC)
        body = await read_body(receive)
        if body is None:
            return
        start: Message | None = None
        logged = False

        def log(status: int | None, answer: bytes) -> None:
            nonlocal logged
            if not logged:
                logged = True
                self._log.add(self._received(scope, received_at, body, status, answer))

        async def log_and_send(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                # Held until the answer's body is known, which comes at once, and whole but for a cut one.
                start = message
                return
            if start is not None:
                log(start["status"], message.get("body", b""))
                await send(start)
                start = None
            await send(message)

        # For a fault that resets the connection: the client shall not know of it before the log does.
        scope["state"]["unanswered"] = lambda: log(None, b"")
        app = refuse_large if len(body) > MAX_BODY_BYTES else self._app
        await app(scope, _replay(body, receive), log_and_send)
        log(None, b"")

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
        )
        return with_clean_head(received, self._accounts.redaction)


def with_clean_head(request: ReceivedRequest, redaction: Redaction) -> ReceivedRequest:
    """Hide the secrets in a request's path, query and headers."""
    headers = [(redaction.text(name), redaction.header(name, value)) for name, value in request.headers.items()]
    return replace(
        request,
        path=redaction.path(request.path),
        query=redaction.query(request.query),
        # Where a name had one in it, it stays in lower case, as all are.
        headers=Headers(raw=[(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]),
    )


async def read_body(receive: Receive) -> bytes | None:
    """Read until the end or just beyond the bound; None when the client went away."""
    body = bytearray()
    while len(body) <= MAX_BODY_BYTES:
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
        return await receive()  # which waits until the client is gone

    return replay


async def refuse_large(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request whose body is too large (413)."""
    message = f"the body is larger than {MAX_BODY_BYTES} bytes"
    await JSONResponse({"error": {"message": message}}, 413)(scope, receive, send)
