"""Connections to one server: how they are opened, checked, replaced and kept. One exchange at a time uses each.

Each is a public HTTPConnection of httpcore, with network streams that end with the exchange's deadline.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import anyio
import httpcore

from pyttributionio._http.door import check_network
from pyttributionio._http.exchange import Acquired, AsyncAcquired, Exchange
from pyttributionio._http.private_names import Parser, parser_of
from pyttributionio._http.proxies import Route, async_connection_on, connection_on, route_to
from pyttributionio._http.streams import AsyncDeadlineBackend, DeadlineBackend, Traffic, holds_bytes

KEEP_ALIVE: Final = 30.0
"""The seconds that an unused connection is kept."""
MAX_CONNECTIONS: Final = 100
"""The limit of connections to one server, for each client (for an AsyncClient: in each event loop)."""
ENDED: Final = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
"""The errors of a request on a kept connection that the server closed or reset. A timeout is not one of them."""


class _Connection:
    """The state that both kinds share."""

    __slots__ = ("_origin", "_parser", "_route", "idle_since", "traffic")

    def __init__(self, route: Route, origin: httpcore.Origin) -> None:
        self._route = route
        self._origin = origin
        self._parser: Parser | None = None
        self.traffic = Traffic(origin.host.decode("ascii"))
        self.idle_since = 0.0
        """When the last exchange ended."""

    def _begin(self, exchange: Exchange[Acquired] | Exchange[AsyncAcquired]) -> bool:
        """Begin an exchange; return whether the connection is young enough. Firewalls drop unused ones silently."""
        traffic = self.traffic
        if traffic.stream is not None and not traffic.is_local:  # opened while that was allowed
            check_network(traffic.host)
        traffic.deadline = exchange.deadline
        traffic.monotonic = exchange.monotonic
        traffic.received = False
        return traffic.answers == 0 or exchange.monotonic() - self.idle_since < KEEP_ALIVE

    def _has_leftover(self, connection: object) -> bool:
        """Return whether bytes came after the last answer, in the same read."""
        if self._parser is None:
            self._parser = parser_of(connection)
        return self._parser is not None and self._parser.trailing_data[0] != b""

    def _ended_unused(self) -> bool:
        """Return whether a request failed because the server had ended a kept connection.

        The connection had answered before, and no byte of this answer has come. Most likely the server closed it while
        it was idle. But the server may have processed the request and then failed.
        """
        return (
            self.traffic.answers > 0 and not self.traffic.received and self.traffic.deadline > self.traffic.monotonic()
        )

    def _forget(self) -> None:
        self._parser = None
        self.traffic.answers = 0
        self.traffic.stream = None


class Connection(_Connection):
    """A blocking connection. It opens with its first request."""

    __slots__ = ("_inner",)

    def __init__(self, route: Route, origin: httpcore.Origin) -> None:
        super().__init__(route, origin)
        self._inner = connection_on(route, origin, DeadlineBackend(self.traffic))

    def send(self, request: httpcore.Request, exchange: Exchange[Acquired]) -> httpcore.Response:
        """Send a request and return its answer, with the body still to be read.

        A kept connection that has ended, or that has unread bytes, is replaced by a new one before the request is
        sent. If sending shows that it has ended, it is replaced once, if the request may be sent again.
        """
        is_young, inner = self._begin(exchange), self._inner
        if not is_young or inner.is_closed() or inner.has_expired() or holds_bytes(self.traffic.stream):
            self._replace()
        try:
            return self._inner.handle_request(request)
        except ENDED:
            if not (exchange.is_repeatable and self._ended_unused()):
                raise
            self._replace()
            return self._inner.handle_request(request)

    @property
    def is_reusable(self) -> bool:
        """Whether another exchange may use it: it is open, and nothing is left of the last answer."""
        return not self._inner.is_closed() and not self._has_leftover(self._inner)

    def _replace(self) -> None:
        self.close()
        self._forget()
        self._inner = connection_on(self._route, self._origin, DeadlineBackend(self.traffic))

    def close(self) -> None:
        """Close the connection."""
        try:
            self._inner.close()
        finally:
            # httpcore leaves the stream open if a SOCKS proxy refuses, or if a handshake fails.
            if isinstance(self.traffic.stream, httpcore.NetworkStream):
                self.traffic.stream.close()


class AsyncConnection(_Connection):
    """An async connection of one event loop. It opens with its first request."""

    __slots__ = ("_inner",)

    def __init__(self, route: Route, origin: httpcore.Origin) -> None:
        super().__init__(route, origin)
        self._inner = async_connection_on(route, origin, AsyncDeadlineBackend(self.traffic))

    async def send(self, request: httpcore.Request, exchange: Exchange[AsyncAcquired]) -> httpcore.Response:
        """Send a request and return its answer, with the body still to be read. See `Connection.send`."""
        is_young, inner = self._begin(exchange), self._inner
        if not is_young or inner.is_closed() or inner.has_expired() or holds_bytes(self.traffic.stream):
            await self._replace()
        try:
            return await self._inner.handle_async_request(request)
        except ENDED:
            if not (exchange.is_repeatable and self._ended_unused()):
                raise
            await self._replace()
            return await self._inner.handle_async_request(request)

    @property
    def is_reusable(self) -> bool:
        """Whether another exchange may use it: it is open, and nothing is left of the last answer."""
        return not self._inner.is_closed() and not self._has_leftover(self._inner)

    async def _replace(self) -> None:
        await self.close()
        self._forget()
        self._inner = async_connection_on(self._route, self._origin, AsyncDeadlineBackend(self.traffic))

    async def close(self) -> None:
        """Close the connection, even if the call was cancelled."""
        with anyio.CancelScope(shield=True):
            try:
                await self._inner.aclose()
            finally:
                if isinstance(self.traffic.stream, httpcore.AsyncNetworkStream):
                    await self.traffic.stream.aclose()


C = TypeVar("C", Connection, AsyncConnection)


class Waiter(Generic[C]):
    """A call that waits for a connection. `wake` wakes it when it has one."""

    __slots__ = ("connection", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.connection: C | None = None


class Stack(ABC, Generic[C]):
    """The part that both stacks share. It never waits, and one thread at a time uses it."""

    def __init__(self, origin: httpcore.Origin, monotonic: Callable[[], float]) -> None:
        self._origin = origin
        self._route = route_to(_text(origin))
        self._monotonic = monotonic
        self._made = 0
        self._idle: list[C] = []
        self._waiting: deque[Waiter[C]] = deque()
        self._closed = False

    @abstractmethod
    def _new(self) -> C:
        """Return a new connection, not opened yet."""

    def _take(self) -> C | None:
        """Return a connection, or None if all are in use."""
        if self._idle:
            return self._idle.pop()
        if self._made >= MAX_CONNECTIONS:
            return None
        connection = self._new()
        self._made += 1
        return connection

    def _put_back(self, connection: C) -> Sequence[C]:
        """Pass a connection to the next call, or keep it; return the connections to close."""
        if not connection.is_reusable:
            self._replace()
            return (connection,)
        connection.traffic.answers += 1
        connection.idle_since = now = self._monotonic()
        if self._waiting:
            self._hand_on(connection)
            return ()
        if self._closed:
            return (connection,)
        self._idle.append(connection)
        if self._idle[0].idle_since > now - KEEP_ALIVE:
            return ()
        count = sum(each.idle_since <= now - KEEP_ALIVE for each in self._idle)
        ended, self._idle = self._idle[:count], self._idle[count:]
        self._made -= count
        return ended

    def _replace(self) -> None:
        """Replace a closed connection for a waiting call, or reduce the count."""
        if self._waiting:
            self._hand_on(self._new())
        else:
            self._made -= 1

    def _hand_on(self, connection: C) -> None:
        waiter = self._waiting.popleft()
        waiter.connection = connection
        waiter.wake()

    def _dismiss(self, waiter: Waiter[C]) -> C | None:
        """Remove a call that stopped waiting; return the connection that it got, or None."""
        if waiter.connection is None:
            self._waiting.remove(waiter)
        return waiter.connection

    def _end(self) -> list[C]:
        """Stop keeping connections; return those to close."""
        self._closed = True
        idle, self._idle = self._idle, []
        return idle


def _text(origin: httpcore.Origin) -> str:
    """Return an origin as text; httpcore's own `str` leaves out the brackets of IPv6."""
    host = origin.host.decode("ascii")
    return f"{origin.scheme.decode('ascii')}://{f'[{host}]' if ':' in host else host}:{origin.port}"
