"""What arrived: an ASGI layer around the application that reads bodies and remembers requests."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._bodies import MAX_BODY_BYTES

REDACTED = "REDACTED"
_MAX_REQUESTS = 10_000
_MAX_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as it arrived, and how it was answered."""

    method: str
    path: str
    """As on the wire, percent-encoding and all."""
    query: str
    """As on the wire, but with `REDACTED` for the secret's value."""
    headers: Mapping[str, str]
    """Looked up in any case; the names are in lower case."""
    body: bytes
    """As on the wire; of one that was refused as too large, what had arrived by then."""
    status: int
    """The status code it was answered with."""


class RequestLog:
    """Remember the latest requests, within bounds of number and of body bytes."""

    def __init__(
        self,
        *,
        max_requests: int = _MAX_REQUESTS,
        max_bytes: int = _MAX_KEPT_BYTES,
    ) -> None:
        self._lock = threading.Lock()
        self._requests: deque[ReceivedRequest] = deque()
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, request: ReceivedRequest) -> None:
        """Remember a request, forgetting the oldest ones beyond the bounds."""
        with self._lock:
            self._requests.append(request)
            self._bytes += len(request.body)
            while len(self._requests) > self._max_requests or self._bytes > self._max_bytes:
                self._bytes -= len(self._requests.popleft().body)

    def snapshot(self) -> list[ReceivedRequest]:
        """Copy what is remembered, oldest first."""
        with self._lock:
            return list(self._requests)


class Recorder:
    """Read each request's body within bounds, pass both on, and log what was answered.

    A request is in the log before its answer leaves, so that a client that has the answer finds it
    there. One whose body never came whole was not answered, and is not logged.
    """

    def __init__(self, app: ASGIApp, log: RequestLog, *, secret: str) -> None:
        self._app = app
        self._log = log
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, as ASGI has it."""
        body = await _read_body(receive)
        if body is None:
            return

        async def record_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log.add(self._received(scope, body, message["status"]))
            await send(message)

        app = _refuse if len(body) > MAX_BODY_BYTES else self._app
        await app(scope, _replay(body), record_and_send)

    def _received(self, scope: Scope, body: bytes, status: int) -> ReceivedRequest:
        query: bytes = scope["query_string"]
        return ReceivedRequest(
            method=scope["method"],
            path=scope["raw_path"].decode("ascii"),
            query=redact(query.decode("ascii"), self._secret),
            headers=Headers(scope=scope),
            body=body,
            status=status,
        )


def redact(query: str, secret: str) -> str:
    """Hide the value of `secret`, however its name is encoded, and the secret under other names."""
    return "&".join(_redact_pair(pair, secret) for pair in query.split("&"))


def _redact_pair(pair: str, secret: str) -> str:
    name, _, value = pair.partition("=")
    if unquote_plus(name) == secret:
        return REDACTED
    if unquote_plus(name) == "secret" or unquote_plus(value) == secret:
        return f"{name}={REDACTED}"
    return pair


async def _read_body(receive: Receive) -> bytes | None:
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


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    message = f"the body is larger than {MAX_BODY_BYTES} bytes"
    await JSONResponse({"error": {"message": message}}, 413)(scope, receive, send)
