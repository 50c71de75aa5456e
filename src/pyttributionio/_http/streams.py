"""Network streams that end with the deadline.

httpx's timeouts bound each single read. A server that sends a byte every few seconds keeps every one
of them, in the headers as in the body, so a call could last for ever. The streams here shorten each
operation's timeout to what is left until the deadline of the attempt that is under way.
"""

import codecs
import socket
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

import httpcore

ENDS: Final[ContextVar[float]] = ContextVar("pyttributionio_attempt_ends", default=float("inf"))
"""When the attempt under way has to end, on the monotonic clock. A context variable, because httpcore
reads and writes in the caller's own thread or task, and one stream serves many calls."""

_PIECE: Final = 16 * 1024
"""Bytes that are written between two looks at the clock."""

# Looking a name up would import it in a first call, where a fork could catch it half done.
codecs.lookup("idna")

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


def left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    """Return the seconds that an operation may take; raise `error` if there are none."""
    remaining = ENDS.get() - time.monotonic()
    if remaining <= 0:
        raise error("the deadline passed")
    return remaining if timeout is None else min(timeout, remaining)


class Traffic:
    """What went over one connection: how often it was made, and the bytes that came.

    Set `body_follows` before a request that has one, but not where a proxy is asked for a tunnel first.
    """

    __slots__ = ("body_follows", "connects", "received")

    def __init__(self) -> None:
        self.connects = 0
        self.received = 0
        self.body_follows = False

    def seen(self) -> tuple[int, int]:
        """Return a mark to tell later what came after it."""
        return self.connects, self.received

    def was_stale(self, seen: tuple[int, int]) -> bool:
        """Tell whether a call that failed since then used a kept connection, and not a byte of an answer came."""
        return 0 < self.connects == seen[0] and self.received == seen[1]


class DeadlineStream(httpcore.NetworkStream):
    """A blocking stream whose reads and writes end with the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic
        self._head = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, left(timeout, httpcore.ReadTimeout))
        self._traffic.received += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._traffic.body_follows:
            # httpcore writes head and body apart. Together they are one packet, and a tenth less of a post.
            self._traffic.body_follows = False
            self._head = buffer
            return
        buffer, self._head = self._head + buffer, b""
        # httpcore's own stream sends a buffer in as many parts as the reader takes, each with the whole timeout.
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._traffic)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order of the operating system's preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class DeadlineBackend(httpcore.NetworkBackend):
    """A blocking backend whose streams end with the deadline."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend
        self._opened: httpcore.NetworkStream | None = None
        self.traffic = Traffic()

    def abandon(self) -> None:
        """Close what was opened last, after a call that failed: httpcore leaves it open where a SOCKS proxy refuses."""
        if self._opened is not None:
            self._opened.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        ends = time.monotonic() + left(timeout, httpcore.ConnectTimeout)
        addresses = _addresses(host, port)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses):
            # Each a fair share of what is left: given the name, the socket library would give each all of it.
            seconds = (ends - time.monotonic()) / (len(addresses) - number)
            if seconds <= 0:
                raise httpcore.ConnectTimeout("timed out")
            try:
                stream = self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self.traffic.connects += 1
                self._opened = DeadlineStream(stream, self.traffic)
                return self._opened
        raise failure


class AsyncDeadlineStream(httpcore.AsyncNetworkStream):
    """An async stream whose reads and writes end with the deadline."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic
        self._head = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, left(timeout, httpcore.ReadTimeout))
        self._traffic.received += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._traffic.body_follows:
            self._traffic.body_follows = False
            self._head = buffer
            return
        buffer, self._head = self._head + buffer, b""
        await self._stream.write(buffer, left(timeout, httpcore.WriteTimeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        seconds = left(timeout, httpcore.ConnectTimeout)
        return AsyncDeadlineStream(await self._stream.start_tls(ssl_context, server_hostname, seconds), self._traffic)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class AsyncDeadlineBackend(httpcore.AsyncNetworkBackend):
    """An async backend whose streams end with the deadline."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend
        self._opened: httpcore.AsyncNetworkStream | None = None
        self.traffic = Traffic()

    async def abandon(self) -> None:
        """Close what was opened last, after a call that failed: httpcore leaves it open where a SOCKS proxy refuses."""
        if self._opened is not None:
            await self._opened.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        seconds = left(timeout, httpcore.ConnectTimeout)
        stream = await self._backend.connect_tcp(host, port, seconds, local_address, socket_options)
        self.traffic.connects += 1
        self._opened = AsyncDeadlineStream(stream, self.traffic)
        return self._opened
