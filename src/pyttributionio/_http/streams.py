"""Network streams that end with the exchange's deadline, and send a request in one piece.

httpx's timeouts bound each single read. A server that sends one byte every few seconds never exceeds them, in the
headers and in the body, so a call would never end. The streams here shorten the timeout of each operation to the
seconds that remain until the deadline of the exchange.
"""

import _socket
import codecs
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Final, cast

import httpcore

from pyttributionio._core.settings import is_loopback
from pyttributionio._http.door import check_network
from pyttributionio._http.exchange import FOREVER

_PIECE: Final = 16 * 1024
"""The bytes that are written between two checks of the clock."""
_LONGEST: Final = 2.0e6
"""The longest timeout of an operation, in seconds. The operating system refuses much longer ones."""

# The first lookup of a host name imports this codec otherwise, and a fork could happen during that import.
codecs.lookup("idna")

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class Traffic:
    """The state of one connection that its streams share.

    Attributes:
        host: The server's host, behind a proxy too.
        is_local: Whether that is this machine.
        deadline: The time when the exchange must have ended.
        monotonic: The clock of the deadline.
        received: Whether a byte has come since the exchange began.
        answers: The number of complete answers before this exchange.
        stream: The stream that was opened last. TLS opens a second one over the first.
        handshaking: A second handle of the socket during a TLS handshake, which takes the first one.
    """

    __slots__ = ("answers", "deadline", "handshaking", "host", "is_local", "monotonic", "received", "stream")

    def __init__(self, host: str) -> None:
        self.host = host
        self.is_local = is_loopback(host)
        self.deadline = FOREVER
        self.monotonic: Callable[[], float] = float  # returns 0.0: no exchange has begun
        self.received = False
        self.answers = 0
        self.stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream | None = None
        self.handshaking: socket.socket | None = None

    def remaining(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
        """Return the seconds that an operation may take; raise `error` if none remain."""
        remaining = self.deadline - self.monotonic()
        if remaining <= 0:
            raise error("the deadline passed")
        return min(remaining, _LONGEST if timeout is None else timeout)

    def abort(self) -> None:
        """Abort the current operation, from another thread."""
        self.deadline = -FOREVER
        opened = self.stream
        found = self.handshaking or (None if opened is None else opened.get_extra_info("socket"))
        found = getattr(found, "fd", found)  # eventlet's socket wraps a real one
        with contextlib.suppress(OSError):  # its own thread may close it at the same time
            # The method of a TLS socket would also drop the TLS state, and later writes would be in clear text. The
            # class is looked up at each call, because gevent and eventlet can replace `socket.socket` at any time.
            if isinstance(found, socket.socket):
                socket.socket.shutdown(found, socket.SHUT_RDWR)
            elif isinstance(found, _socket.socket):
                _socket.socket.shutdown(found, socket.SHUT_RDWR)


def holds_bytes(stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream | None) -> bool:
    """Return whether TLS has received bytes that no read has returned yet, such as a second answer.

    They are in memory, so the socket does not look readable. An `ssl.SSLObject` reads from memory and never waits. A
    read of a blocking `ssl.SSLSocket` could wait, but the socket counts the bytes in memory.
    """
    secured = None if stream is None else stream.get_extra_info("ssl_object")
    if secured is None:
        return False
    if not isinstance(secured, ssl.SSLObject):
        return bool(secured.pending())
    try:
        secured.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return True


class DeadlineStream(httpcore.NetworkStream):
    """A blocking stream. It sends a request when it is complete: head and body in one packet."""

    def __init__(self, stream: httpcore.NetworkStream, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic
        self._unsent = b""
        traffic.stream = self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            self._flush(timeout)
        data = self._stream.read(max_bytes, self._traffic.remaining(timeout, httpcore.ReadTimeout))
        if data:
            self._traffic.received = True
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # httpcore writes the head and the body separately, and writes no bytes at the end of the request.
        if buffer:
            self._unsent += buffer
        elif self._unsent:
            self._flush(timeout)

    def _flush(self, timeout: float | None) -> None:
        buffer, self._unsent = self._unsent, b""
        # httpcore's stream sends a buffer in as many parts as the reader accepts, each with the whole timeout.
        for start in range(0, len(buffer), _PIECE):
            seconds = self._traffic.remaining(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _PIECE], seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        if self._unsent:
            self._flush(timeout)
        seconds = self._traffic.remaining(timeout, httpcore.ConnectTimeout)
        with contextlib.ExitStack() as handles:
            opened = self._stream.get_extra_info("socket")
            if hasattr(opened, "dup"):  # the handshake detaches the socket, and `abort` needs one
                self._traffic.handshaking = handles.enter_context(opened.dup())
            try:
                secured = self._stream.start_tls(ssl_context, server_hostname, seconds)
            finally:
                self._traffic.handshaking = None
        return DeadlineStream(secured, self._traffic)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order that the operating system prefers."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class DeadlineBackend(httpcore.NetworkBackend):
    """A blocking backend whose streams end with the deadline."""

    def __init__(self, traffic: Traffic) -> None:
        self._backend = httpcore.SyncBackend()
        self._traffic = traffic

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        check_network(self._traffic.host)
        monotonic = self._traffic.monotonic
        deadline = monotonic() + self._traffic.remaining(timeout, httpcore.ConnectTimeout)
        addresses = _addresses(host, port)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses):
            # The addresses share the remaining time. The socket library would give the whole timeout to each.
            seconds = (deadline - monotonic()) / (len(addresses) - number)
            if seconds <= 0 or self._traffic.deadline == -FOREVER:
                raise httpcore.ConnectTimeout("timed out")
            try:
                stream = self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream, self._traffic)
        raise failure


class AsyncDeadlineStream(httpcore.AsyncNetworkStream):
    """An async stream. It sends a request when it is complete: head and body in one packet."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic
        self._unsent = b""
        traffic.stream = self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            await self._flush(timeout)
        try:
            data = await self._stream.read(max_bytes, self._traffic.remaining(timeout, httpcore.ReadTimeout))
        except OSError as error:  # anyio does not wrap some of ssl's errors
            raise httpcore.ReadError(f"{type(error).__name__}: {error}") from error
        if data:
            self._traffic.received = True
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self._unsent += buffer
        elif self._unsent:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:
        seconds = self._traffic.remaining(timeout, httpcore.WriteTimeout)
        buffer, self._unsent = self._unsent, b""
        try:
            await self._stream.write(buffer, seconds)
        except OSError as error:
            raise httpcore.WriteError(f"{type(error).__name__}: {error}") from error

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        if self._unsent:
            await self._flush(timeout)
        seconds = self._traffic.remaining(timeout, httpcore.ConnectTimeout)
        return AsyncDeadlineStream(await self._stream.start_tls(ssl_context, server_hostname, seconds), self._traffic)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class AsyncDeadlineBackend(httpcore.AsyncNetworkBackend):
    """An async backend whose streams end with the deadline."""

    def __init__(self, traffic: Traffic) -> None:
        self._backend = _backend_of_this_loop()
        self._traffic = traffic

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        check_network(self._traffic.host)
        seconds = self._traffic.remaining(timeout, httpcore.ConnectTimeout)
        stream = await self._backend.connect_tcp(host, port, seconds, local_address, socket_options)
        return AsyncDeadlineStream(stream, self._traffic)


def _backend_of_this_loop() -> httpcore.AsyncNetworkBackend:
    # The backend of httpcore that makes this choice is not public.
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return cast("httpcore.AsyncNetworkBackend", httpcore.TrioBackend())
    return cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
