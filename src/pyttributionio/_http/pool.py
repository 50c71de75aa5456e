"""The SDK's connections to one server: kept, bounded, and lent to one call at a time.

Each is a transport of httpx's that holds one connection. httpx's own pool looks through all of its
connections for each of its calls, so that 64 tasks get half of what one gets; a stack costs the same
however many there are. The connection that came back last is lent first, for it is the least likely
to have been closed by the server; of the calls that wait for one, the first to come is the first served.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import anyio
import httpx

from pyttributionio._http.one_connection import (
    KEEP_ALIVE,
    AsyncDirectTransport,
    DirectTransport,
    async_transport_on,
    has_leftover,
    transport_on,
)
from pyttributionio._http.proxies import Route
from pyttributionio._http.streams import AsyncDeadlineBackend, DeadlineBackend, Traffic

MAX_CONNECTIONS: Final = 100
"""Connections to one server at most, for each client (an AsyncClient: in each event loop)."""


class _Connection(ABC):
    """One connection: opened by its first call, and anew where the server closed it."""

    __slots__ = ("idle_since", "traffic")

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.idle_since = 0.0

    @property
    @abstractmethod
    def has_leftover(self) -> bool:
        """Whether something came after the last answer, which the next call would take for its own."""

    @abstractmethod
    def let_go(self) -> None:
        """Forget what has ended, for what was read last may repeat a URL with the secret; between two calls."""


class Connection(_Connection):
    """A blocking one."""

    __slots__ = ("backend", "transport")

    def __init__(self, route: Route) -> None:
        # httpx has no public way to choose the network streams below a transport, and the deadline must
        # hold there; a test with a dripping server fails if these two attributes are ever renamed.
        self.transport = transport_on(route)
        pool = self.transport._pool  # pyright: ignore[reportPrivateUsage]
        self.backend = DeadlineBackend(pool._network_backend)  # pyright: ignore[reportPrivateUsage]
        pool._network_backend = self.backend  # pyright: ignore[reportPrivateUsage]
        super().__init__(self.backend.traffic)

    @property
    def has_leftover(self) -> bool:
        return any(map(has_leftover, self.transport._pool.connections))  # pyright: ignore[reportPrivateUsage]

    def let_go(self) -> None:
        if isinstance(self.transport, DirectTransport):  # httpx's own pools do that by themselves
            self.transport.let_go()


class AsyncConnection(_Connection):
    """An async one, of one event loop."""

    __slots__ = ("backend", "transport")

    def __init__(self, route: Route) -> None:
        self.transport = async_transport_on(route)
        pool = self.transport._pool  # pyright: ignore[reportPrivateUsage]
        self.backend = AsyncDeadlineBackend(pool._network_backend)  # pyright: ignore[reportPrivateUsage]
        pool._network_backend = self.backend  # pyright: ignore[reportPrivateUsage]
        super().__init__(self.backend.traffic)

    @property
    def has_leftover(self) -> bool:
        return any(map(has_leftover, self.transport._pool.connections))  # pyright: ignore[reportPrivateUsage]

    def let_go(self) -> None:
        if isinstance(self.transport, AsyncDirectTransport):
            self.transport.let_go()


C = TypeVar("C", bound=_Connection)


class _Waiter(Generic[C]):
    """A call that waits for a connection; `wake` tells it that it has one."""

    __slots__ = ("connection", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.connection: C | None = None


class _Stack(ABC, Generic[C]):
    """What both stacks do between two waits; one thread at a time."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._made = 0
        self._idle: list[C] = []
        self._waiting: deque[_Waiter[C]] = deque()
        self._closed = False

    @abstractmethod
    def _connection(self) -> C:
        """Return a new one, not opened yet."""

    def _lend(self) -> C | None:
        """Return a connection, or None where all that there may be are lent."""
        if self._idle:
            return self._idle.pop()
        if self._made >= MAX_CONNECTIONS:
            return None
        connection = self._connection()
        self._made += 1
        return connection

    def _take_back(self, connection: C) -> Sequence[C]:
        """Hand a connection on, or keep it; return those that are to be closed: itself, or long unused ones."""
        if connection.has_leftover:
            self._replace()
            return (connection,)
        if self._waiting:
            self._hand_on(connection)
            return ()
        if self._closed:
            return (connection,)
        connection.let_go()
        connection.idle_since = now = time.monotonic()
        self._idle.append(connection)
        if self._idle[0].idle_since > now - KEEP_ALIVE:
            return ()
        count = sum(each.idle_since <= now - KEEP_ALIVE for each in self._idle)
        ended, self._idle = self._idle[:count], self._idle[count:]
        self._made -= count
        return ended

    def _replace(self) -> None:
        """Make up for a connection that does not come back."""
        if self._waiting:
            self._hand_on(self._connection())
        else:
            self._made -= 1

    def _hand_on(self, connection: C) -> None:
        waiter = self._waiting.popleft()
        waiter.connection = connection
        waiter.wake()

    def _dismiss(self, waiter: _Waiter[C]) -> C | None:
        """Let a call that no longer waits go; return what it was given in the last moment."""
        if waiter.connection is None:
            self._waiting.remove(waiter)
        return waiter.connection

    def _end(self) -> list[C]:
        """Keep none from now on; return those that are to be closed. What is lent comes back first."""
        self._closed = True
        idle, self._idle = self._idle, []
        return idle


def _none_free() -> httpx.PoolTimeout:
    return httpx.PoolTimeout(f"none of the {MAX_CONNECTIONS} connections became free in time")


class Connections(_Stack[Connection]):
    """A blocking client's connections to one server, shared by its threads."""

    def __init__(self, route: Route) -> None:
        super().__init__(route)
        self._lock = threading.Lock()

    def _connection(self) -> Connection:
        return Connection(self.route)

    def take(self, seconds: float) -> Connection:
        """Return a connection, waiting at most so many seconds for one.

        Raises:
            PoolTimeout: All were in use for so long.
        """
        with self._lock:
            connection = self._lend()
            if connection is not None:
                return connection
            ready = threading.Event()
            waiter = _Waiter[Connection](ready.set)
            self._waiting.append(waiter)
        try:
            ready.wait(seconds)
        except BaseException:
            with self._lock:
                connection = self._dismiss(waiter)
            if connection is not None:
                self.give(connection)
            raise
        with self._lock:
            connection = self._dismiss(waiter)
        if connection is None:
            raise _none_free()
        return connection

    def give(self, connection: Connection) -> None:
        """Take back what was lent."""
        with self._lock:
            ended = self._take_back(connection)
        for each in ended:
            each.transport.close()

    def lose(self, connection: Connection) -> None:
        """Let go of what a call failed on: it may be half used, and look as if it could be used again."""
        try:
            connection.backend.abandon()
        finally:
            with self._lock:
                self._replace()

    def close(self) -> None:
        """Close what is not lent now, and the rest as it comes back."""
        with self._lock:
            idle = self._end()
        for connection in idle:
            connection.transport.close()

    def drop(self) -> None:
        """Close what is not lent, when nobody can call any more; without the lock, which a fork may have left shut."""
        for connection in self._end():
            connection.transport.close()


class AsyncConnections(_Stack[AsyncConnection]):
    """An async client's connections to one server in one event loop, shared by its tasks."""

    def _connection(self) -> AsyncConnection:
        return AsyncConnection(self.route)

    async def take(self, seconds: float) -> AsyncConnection:
        """Return a connection, waiting at most so many seconds for one.

        Raises:
            PoolTimeout: All were in use for so long.
        """
        connection = self._lend()
        if connection is not None:
            return connection
        ready = anyio.Event()
        waiter = _Waiter[AsyncConnection](ready.set)
        self._waiting.append(waiter)
        try:
            with anyio.move_on_after(max(0.0, seconds)):
                await ready.wait()
        except BaseException:
            connection = self._dismiss(waiter)
            if connection is not None:
                await self.give(connection)
            raise
        connection = self._dismiss(waiter)
        if connection is None:
            raise _none_free()
        return connection

    async def give(self, connection: AsyncConnection) -> None:
        """Take back what was lent."""
        for ended in self._take_back(connection):
            await _close(ended)

    async def lose(self, connection: AsyncConnection) -> None:
        """Let go of what a call failed on, or was cancelled: it may look as if it could be used again."""
        try:
            with anyio.CancelScope(shield=True):
                await connection.backend.abandon()
        finally:
            self._replace()

    async def close(self) -> None:
        """Close what is not lent now, and the rest as it comes back."""
        for connection in self._end():
            await _close(connection)


async def _close(connection: AsyncConnection) -> None:
    with anyio.CancelScope(shield=True):  # a call that was cancelled still gives back, and its client may be closed
        await connection.transport.aclose()
