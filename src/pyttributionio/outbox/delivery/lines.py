"""How a sender thread speaks to the server.

`DirectLine` is http.client's connection, one a thread: measured, it delivers about three times as many
requests a second as the client's own transport, for nothing is pooled, locked or built anew. Whatever
is special goes through the client's transport instead: an `http_client` of the caller's, or a proxy.
"""

import _socket
import contextlib
import http.client
import socket
import ssl
import time
from typing import Final, Protocol
from urllib.parse import urlsplit

from pyttributionio._core.settings import Settings
from pyttributionio._core.types import APIRequest, Failure, Flow, Reply, Send
from pyttributionio._http.callers import CallersClient
from pyttributionio._http.driver import Transport
from pyttributionio._http.messages import USER_AGENT
from pyttributionio._http.proxies import route_to
from pyttributionio._shared.headers import Headers

FOREVER: Final = float("inf")
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a dead letter keeps what the server said, as text
    "Content-Type": "application/json",
    "User-Agent": USER_AGENT,
}
_MOST_READ: Final = 64 * 1024
"""Bytes of an answer that are read so that its connection can be kept; of longer ones it is cheaper to close it."""
_NO_HEADERS: Final = Headers()
_SHORTEST: Final = 0.001
_LONGEST: Final = 86400.0
"""Seconds that a connection may take, whatever the deadline: none at all is another thing to sockets, as is a month."""


class Line(Protocol):
    """One sender's way to the server."""

    deadline: float
    """When the request under way has to be over, on the monotonic clock; for ever while there is none.

    A line through the client is told so by its caller, for it is used in that one's thread; a direct one tells it.
    """

    def post(self, endpoint: str, body: bytes) -> Reply | Failure:
        """Make one attempt; never raises."""
        ...

    def abort(self) -> None:
        """End the request under way, from another thread."""
        ...

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        ...


class LineOpener:
    """Open lines: the fastest kind that does what the client would do."""

    def __init__(self, settings: Settings, http_client: CallersClient | None) -> None:
        self._settings = settings
        self._is_own = http_client is None
        # It posts only, and posts carry no secret.
        self._transport = Transport(None, http_client, settings.max_response_bytes)

    def direct(self) -> Line:
        """Open a line for a sender thread."""
        if self._is_own:
            origin = self._settings.tracking.origin
            route = route_to(origin)
            if route.proxy is None:
                return DirectLine(self._settings, route.tls if origin.startswith("https:") else None)
        return self.through_client()

    def through_client(self) -> Line:
        """Open a line through the client's transport, where test doubles of httpx see it."""
        return ClientLine(self._settings, self._transport)

    def close(self) -> None:
        """Close the transport's connections; those of direct lines are their threads'."""
        self._transport.close()


class ClientLine:
    """The client's transport: one attempt a request, for the outbox has a back-off of its own."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        self._settings = settings
        self._transport = transport
        self.deadline = FOREVER

    def post(self, endpoint: str, body: bytes) -> Reply | Failure:
        """Make one attempt; never raises."""
        tracking = self._settings.tracking
        request = APIRequest("POST", tracking.origin, f"{tracking.path}/{endpoint}", body=body)
        deadline = min(self.deadline, time.monotonic() + self._settings.deadline)
        step = Send(request, self._settings.timeouts, deadline)
        try:
            return self._transport.run(_one_attempt(step))
        except RuntimeError as error:  # it was closed under us
            return Failure(str(error), retryable=False)

    def abort(self) -> None:
        """Do nothing: the transport itself keeps the deadline."""

    def close(self) -> None:
        """Do nothing: the connections are the transport's."""


def _one_attempt(step: Send) -> Flow[Reply | Failure]:
    outcome = yield step
    assert outcome is not None  # a driver answers every Send with a Reply or a Failure
    return outcome


class _Secured(http.client.HTTPSConnection):
    """One whose handshake can be ended from outside: it has its socket before."""

    def __init__(self, host: str, port: int | None, context: ssl.SSLContext) -> None:
        super().__init__(host, port, context=context)
        self._secure = context

    def connect(self) -> None:
        """Connect, and shake hands."""
        http.client.HTTPConnection.connect(self)
        secured = self._secure.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = secured
        secured.do_handshake()


class _Answer(http.client.HTTPResponse):
    """One that tells whether the connection was reset before it began: as http.client does of a closed one."""

    def begin(self) -> None:
        """Read its beginning."""
        try:
            self.fp.peek(1)
        except ConnectionResetError as error:
            raise http.client.RemoteDisconnected(str(error)) from None
        super().begin()


class DirectLine:
    """One keep-alive connection of http.client's."""

    def __init__(self, settings: Settings, context: ssl.SSLContext | None) -> None:
        origin = urlsplit(settings.tracking.origin)
        self._prefix = settings.tracking.path
        self._timeouts = settings.timeouts
        self._deadline = settings.deadline
        host, port = origin.hostname or "", origin.port
        self._connection = http.client.HTTPConnection(host, port) if context is None else _Secured(host, port, context)
        self._connection.response_class = _Answer
        self.deadline = FOREVER
        self._aborted = False
        self._is_sent = False

    def post(self, endpoint: str, body: bytes) -> Reply | Failure:
        """Make one attempt.

        A server may close a kept connection at any time. Where it did, and not a byte of an answer came,
        the request goes out once more on a new one: that says nothing of how the server is doing.
        """
        # At the beginning, not at the end: the dispatcher thread may abort a request that has just ended.
        self._aborted = False
        self.deadline = time.monotonic() + self._deadline
        kept = self._connection.sock is not None
        try:
            try:
                return self._exchange(endpoint, body)
            except (BrokenPipeError, ConnectionResetError) as error:
                unanswered = isinstance(error, http.client.RemoteDisconnected) or not self._is_sent
                if not kept or self._aborted or not unanswered:
                    raise
                self._connection.close()
                return self._exchange(endpoint, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            text = "the deadline passed" if self._aborted else f"{type(error).__name__}: {error}".removesuffix(": ")
            return Failure(text, timeout=self._aborted or isinstance(error, TimeoutError))
        finally:
            self.deadline = FOREVER

    def _exchange(self, endpoint: str, body: bytes) -> Reply:
        connection, self._is_sent = self._connection, False
        if connection.sock is None:
            remaining = max(_SHORTEST, min(self.deadline - time.monotonic(), _LONGEST))
            connection.timeout = min(self._timeouts.connect or remaining, remaining)
            connection.connect()
            self._socket().settimeout(self._timeouts.read)
        connection.request("POST", f"{self._prefix}/{endpoint}", body, _HEADERS)
        self._is_sent = True
        with connection.getresponse() as response:
            content = response.read(_MOST_READ)
            # http.client takes the end of the stream for that of the headers, and of what it reads in parts.
            if self._aborted or (response.length and len(content) < _MOST_READ):
                raise http.client.IncompleteRead(content)
            if not response.isclosed():  # there is more of it
                connection.close()
            status = response.status
            headers = _NO_HEADERS if 200 <= status <= 299 else Headers(response.headers.items())
        return Reply(status, headers, content)

    def abort(self) -> None:
        """End the request under way: its thread reads the end of the stream."""
        self._aborted = True
        open_socket: object = self._connection.sock
        open_socket = getattr(open_socket, "fd", open_socket)  # eventlet's socket contains a real one
        for kind in (socket.socket, _socket.socket):
            if isinstance(open_socket, kind):
                with contextlib.suppress(OSError):  # its own thread may close it at the same time
                    # Not the method of a TLS socket: it would also forget the TLS state, and go on in clear text.
                    kind.shutdown(open_socket, socket.SHUT_RDWR)  # pyright: ignore[reportArgumentType]
                return

    def _socket(self) -> socket.socket:
        return self._connection.sock

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
