"""The SDK's transports: httpx's transports with a stack of connections to each server as their pool.

httpx's pool checks all of its connections for each request, so 64 tasks get half of the throughput of one. A
stack costs the same for any number of connections. The connection that was released last is acquired first, because
the server is least likely to have closed it. Of the calls that wait for a connection, the first one is served first.
"""

import os
import threading
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import anyio
import httpcore
import httpx

from pyttributionio._http.connections import MAX_CONNECTIONS, AsyncConnection, Connection, Stack, Waiter
from pyttributionio._http.exchange import EXTENSION, Acquired, AsyncAcquired, Exchange
from pyttributionio._http.loops import is_over, running_loop, until_the_end
from pyttributionio._http.private_names import use_pool


def _none_free() -> httpcore.PoolTimeout:
    return httpcore.PoolTimeout(f"none of the {MAX_CONNECTIONS} connections became free in time")


class BlockingStack(Stack[Connection]):
    """A blocking client's connections to one server, shared by its threads."""

    def __init__(self, origin: httpcore.Origin, monotonic: Callable[[], float]) -> None:
        super().__init__(origin, monotonic)
        self.lock = threading.Lock()

    def _new(self) -> Connection:
        return Connection(self._route, self._origin)

    def acquire(self, seconds: float) -> Connection:
        """Return a connection; wait at most this many seconds for one.

        Raises:
            PoolTimeout: All were in use for so long.
        """
        with self.lock:
            connection = self._take()
            if connection is not None:
                return connection
            ready = threading.Event()
            waiter = Waiter[Connection](ready.set)
            self._waiting.append(waiter)
        try:
            ready.wait(seconds)
        except BaseException:
            with self.lock:
                connection = self._dismiss(waiter)
            if connection is not None:
                self.release(connection)
            raise
        with self.lock:
            connection = self._dismiss(waiter)
        if connection is None:
            raise _none_free()
        return connection

    def release(self, connection: Connection) -> None:
        """Take back a connection that was acquired."""
        with self.lock:
            ended = self._put_back(connection)
        for each in ended:
            each.close()

    def discard(self, connection: Connection) -> None:
        """Close a connection on which a call failed. It may be in the middle of an answer, and still look reusable."""
        try:
            connection.close()
        finally:
            with self.lock:
                self._replace()

    def close(self) -> None:
        """Close what is idle now, and the rest when it is released."""
        with self.lock:
            idle = self._end()
        for connection in idle:
            connection.close()

    def drop(self) -> None:
        """Close the idle connections after the last call. It takes no lock: a fork may have left it locked."""
        for connection in self._end():
            connection.close()


class AsyncStack(Stack[AsyncConnection]):
    """An async client's connections to one server in one event loop, shared by its tasks."""

    def _new(self) -> AsyncConnection:
        return AsyncConnection(self._route, self._origin)

    async def acquire(self, seconds: float) -> AsyncConnection:
        """Return a connection; wait at most this many seconds for one.

        Raises:
            PoolTimeout: All were in use for so long.
        """
        connection = self._take()
        if connection is not None:
            return connection
        ready = anyio.Event()
        waiter = Waiter[AsyncConnection](ready.set)
        self._waiting.append(waiter)
        try:
            with anyio.move_on_after(max(0.0, seconds)):
                await ready.wait()
        except BaseException:
            connection = self._dismiss(waiter)
            if connection is not None:
                await self.release(connection)
            raise
        connection = self._dismiss(waiter)
        if connection is None:
            raise _none_free()
        return connection

    async def release(self, connection: AsyncConnection) -> None:
        """Take back a connection that was acquired."""
        for ended in self._put_back(connection):
            await ended.close()

    async def discard(self, connection: AsyncConnection) -> None:
        """Close a connection on which a call failed or was cancelled. It may still look reusable."""
        try:
            await connection.close()
        finally:
            self._replace()

    async def close(self) -> None:
        """Close what is idle now, and the rest when it is released."""
        for connection in self._end():
            await connection.close()


@dataclass(slots=True, eq=False)
class _AcquiredConnection:
    """A connection that an exchange holds, and the body of its answer: closing the body releases the connection."""

    exchange: Exchange[Acquired]
    stack: BlockingStack
    connection: Connection
    body: Iterable[bytes] = ()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        if self.exchange.acquired is None:
            return
        self.exchange.acquired = None
        try:
            self.body.close()  # type: ignore[attr-defined]  # httpcore types it as any iterable of bytes
        except BaseException:
            self.stack.discard(self.connection)
            raise
        self.stack.release(self.connection)

    def discard(self) -> None:
        self.exchange.acquired = None
        self.stack.discard(self.connection)

    def abort(self) -> None:
        # Under the lock, a connection that is released now can't reach another exchange before the abort.
        with self.stack.lock:
            if self.exchange.acquired is self:
                self.connection.traffic.abort()


def _extensions(request: Any) -> dict[str, Any]:  # noqa: ANN401
    # httpcore leaves the type of the values open.
    extensions: dict[str, Any] = request.extensions
    return extensions


class _Pool:
    """A replacement for the pool of an `httpx.HTTPTransport`. Each process has its own stacks."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._closed = False
        self._stacks: dict[tuple[int, bytes, bytes, int], BlockingStack] = {}

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        extensions = _extensions(request)
        exchange: Exchange[Acquired] = extensions[EXTENSION]
        stack = self._stack(request.url.origin)
        connection = stack.acquire(extensions["timeout"]["pool"])
        # httpcore has put the target into the URL already. It also passes extensions on to the CONNECT request that
        # opens a tunnel, so the proxy would get the secret in clear text, in place of the server's name.
        extensions.pop("target", None)
        acquired = exchange.acquired = _AcquiredConnection(exchange, stack, connection)
        try:
            response = connection.send(request, exchange)
        except BaseException:
            acquired.discard()
            raise
        acquired.body, response.stream = cast("Iterable[bytes]", response.stream), acquired
        return response

    def _stack(self, origin: httpcore.Origin) -> BlockingStack:
        # A forked child must not use its parent's connections.
        place = os.getpid(), origin.scheme, origin.host, origin.port
        found = self._stacks.get(place)
        if found is None:
            made = BlockingStack(origin, self._monotonic)
            found = self._stacks.setdefault(place, made)  # atomic, so threads need no lock
            if found is made:
                # A program that ends, or drops its client, leaves no socket open. A forked child closes its copies
                # of its parent's sockets, which the servers do not notice.
                weakref.finalize(self, made.drop)
            if self._closed:  # another thread closed the pool, and this stack was not there yet
                made.close()
        return found

    def close(self) -> None:
        self._closed = True
        for place in tuple(self._stacks):
            if place[0] == os.getpid():
                found = self._stacks.pop(place, None)  # another thread may close it too
                if found is not None:
                    found.close()


class PooledTransport(httpx.HTTPTransport):
    """A blocking transport of httpx with the SDK's connections. They open on first use."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        # The base's constructor is not called: it makes its own pool, and a TLS context even for plain http.
        use_pool(self, _Pool(monotonic))


@dataclass(slots=True, eq=False)
class _AsyncAcquiredConnection:
    """A connection that an async exchange holds, and the body of its answer."""

    exchange: Exchange[AsyncAcquired]
    stack: AsyncStack
    connection: AsyncConnection
    body: AsyncIterable[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        assert self.body is not None  # set before the response leaves the pool
        return aiter(self.body)

    async def aclose(self) -> None:
        if self.exchange.acquired is None:
            return
        self.exchange.acquired = None
        try:
            await self.body.aclose()  # type: ignore[union-attr]  # as above
        except BaseException:
            await self.stack.discard(self.connection)
            raise
        await self.stack.release(self.connection)

    async def discard(self) -> None:
        self.exchange.acquired = None
        await self.stack.discard(self.connection)


class _Stacks:
    """The stacks of one event loop. They are closed when the loop ends."""

    def __init__(self) -> None:
        self.stacks: dict[tuple[bytes, bytes, int], AsyncStack] = {}
        # It must not refer to this object: without a cycle, a dropped client is closed without a garbage collection.
        self.life = until_the_end(partial(_close_all, self.stacks))


async def _close_all(stacks: dict[tuple[bytes, bytes, int], AsyncStack]) -> None:
    for stack in stacks.values():
        await stack.close()


class _AsyncPool:
    """A replacement for the pool of an `httpx.AsyncHTTPTransport`. Each event loop has its own stacks."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._loops: dict[tuple[int, object], _Stacks] = {}

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        extensions = _extensions(request)
        exchange: Exchange[AsyncAcquired] = extensions[EXTENSION]
        stack = await self._stack(request.url.origin)
        connection = await stack.acquire(extensions["timeout"]["pool"])
        extensions.pop("target", None)  # as above
        acquired = exchange.acquired = _AsyncAcquiredConnection(exchange, stack, connection)
        try:
            response = await connection.send(request, exchange)
        except BaseException:
            await acquired.discard()
            raise
        acquired.body, response.stream = cast("AsyncIterable[bytes]", response.stream), acquired
        return response

    async def _stack(self, origin: httpcore.Origin) -> AsyncStack:
        # A forked child may run its parent's loop, but must not use its parent's connections.
        here = os.getpid(), running_loop()
        loop = self._loops.get(here)
        if loop is None:
            self._drop_ended_loops()
            loop = self._loops[here] = _Stacks()
            await anext(loop.life)
        place = origin.scheme, origin.host, origin.port
        found = loop.stacks.get(place)
        if found is None:
            found = loop.stacks[place] = AsyncStack(origin, self._monotonic)
        return found

    def _drop_ended_loops(self) -> None:
        for place in tuple(self._loops):
            if is_over(place[1]):
                self._loops.pop(place, None)  # a socket can't be closed after its loop has ended

    async def aclose(self) -> None:
        self._drop_ended_loops()
        found = self._loops.pop((os.getpid(), running_loop()), None)
        if found is not None:
            await found.life.aclose()


class AsyncPooledTransport(httpx.AsyncHTTPTransport):
    """An async transport of httpx with the SDK's connections. They open on first use."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        use_pool(self, _AsyncPool(monotonic))
