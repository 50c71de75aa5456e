"""The stack of connections: who gets one, in which order, how many there are, and what a wait for one ends with."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from pyttributionio import APITimeoutError, AsyncClient, Client
from pyttributionio._http import pool
from pyttributionio._http.pool import KEEP_ALIVE, AsyncConnections, Connections
from pyttributionio._http.proxies import route_to
from support.faults import KINDS, connect

PATIENCE = 20.0
ROUTE = route_to("http://127.0.0.1")


class Queue(deque[Any]):
    """A queue of waiting calls that tells when one has come."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Semaphore(0)

    def append(self, waiter: Any) -> None:
        """Let it wait, and tell."""
        super().append(waiter)
        self.came.release()


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow one connection only."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)


def test_last_connection_given_back_is_lent_first() -> None:
    """It is the one the server is least likely to have closed."""
    stack = Connections(ROUTE)
    first, second = stack.take(1), stack.take(1)
    stack.give(first)
    stack.give(second)
    assert [stack.take(1), stack.take(1)] == [second, first]


def test_hundred_connections_are_the_most() -> None:
    """The next call waits, and says after its time what it waited for."""
    stack = Connections(ROUTE)
    lent = [stack.take(0) for _ in range(100)]
    with pytest.raises(httpx.PoolTimeout, match="none of the 100 connections became free in time"):
        stack.take(0)
    stack.give(lent.pop())
    assert stack.take(0) not in lent


@pytest.mark.usefixtures("one")
def test_waiting_threads_are_served_in_turn() -> None:
    """First come, first served; a newcomer does not overtake those who wait."""
    stack, served = Connections(ROUTE), []
    queue = stack._waiting = Queue()
    lent = stack.take(0)

    def work(number: int) -> None:
        connection = stack.take(PATIENCE)
        served.append(number)
        stack.give(connection)

    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(work, number)
            assert queue.came.acquire(timeout=PATIENCE)
        stack.give(lent)
    assert served == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("one")
def test_connection_given_back_is_the_waiting_calls_own_at_once() -> None:
    """Not only when its thread wakes: until then others could take it, again and again."""
    stack = Connections(ROUTE)
    queue = stack._waiting = Queue()
    lent = stack.take(0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stack.take, PATIENCE)
        assert queue.came.acquire(timeout=PATIENCE)
        with stack._lock:  # the thread that waits cannot go on
            assert not stack._take_back(lent)
            assert stack._lend() is None
        assert waiting.result(PATIENCE) is lent


@pytest.mark.usefixtures("one")
def test_call_that_gave_up_waiting_is_forgotten() -> None:
    """The connection is not handed to a call that is gone, which would lose it."""
    stack = Connections(ROUTE)
    lent = stack.take(0)
    for _ in range(3):
        with pytest.raises(httpx.PoolTimeout):
            stack.take(0)
    assert not stack._waiting
    stack.give(lent)
    assert stack.take(0) is lent


@pytest.mark.usefixtures("one")
def test_interrupted_wait_loses_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the very moment in which the connection came: it goes to the next."""
    stack = Connections(ROUTE)
    lent = stack.take(0)

    def interrupted(self: threading.Event, timeout: float | None = None) -> bool:
        stack.give(lent)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stack.take(PATIENCE)
    monkeypatch.undo()
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    assert stack.take(0) is lent


@pytest.mark.usefixtures("one")
def test_waiting_tasks_are_served_in_turn_and_cancelled_ones_left_out() -> None:
    """A task that is cancelled while it waits, or in the moment it was served, takes nothing with it."""
    served: list[int] = []

    async def work(stack: AsyncConnections, number: int) -> None:
        connection = await stack.take(PATIENCE)
        served.append(number)
        await stack.give(connection)

    async def main() -> None:
        stack = AsyncConnections(ROUTE)
        lent = await stack.take(0)
        tasks = [asyncio.ensure_future(work(stack, number)) for number in range(5)]
        while len(stack._waiting) < len(tasks):
            await asyncio.sleep(0)
        tasks[0].cancel()  # it waits
        await asyncio.wait(tasks[:1])
        await stack.give(lent)  # to the second, which is cancelled before it runs
        tasks[1].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [asyncio.CancelledError] * 2 + [type(None)] * 3
        assert await stack.take(0) is lent

    asyncio.run(main())
    assert served == [2, 3, 4]


@pytest.mark.usefixtures("one")
def test_task_that_waits_too_long_is_told_so() -> None:
    """Its place in the queue is given up."""

    async def main() -> None:
        stack = AsyncConnections(ROUTE)
        lent = await stack.take(0)
        with pytest.raises(httpx.PoolTimeout):
            await stack.take(0)
        await stack.give(lent)
        assert await stack.take(0) is lent

    asyncio.run(main())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Hold the clock still; return its one hand."""
    hand = [1000.0]
    monkeypatch.setattr("pyttributionio._http.pool.time.monotonic", lambda: hand[0])
    yield hand
    monkeypatch.undo()


def test_connections_that_are_long_unused_are_closed(clock: list[float]) -> None:
    """After a burst their number goes down again, with the next call that comes back."""
    stack = Connections(ROUTE)
    burst = [stack.take(0) for _ in range(4)]
    for connection in burst:
        stack.give(connection)
    clock[0] += KEEP_ALIVE
    stack.give(stack.take(0))
    assert (len(stack._idle), stack._made) == (1, 1)
    assert stack.take(0) is burst[3]


def test_what_is_lent_while_the_client_is_closed_is_closed_when_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call in another thread ends well, and leaves no socket open."""
    stack, closed = Connections(ROUTE), []
    monkeypatch.setattr(httpx.HTTPTransport, "close", lambda self: closed.append(self))
    idle, lent = stack.take(0), stack.take(0)
    stack.give(idle)
    stack.close()
    assert closed == [idle.transport]
    stack.give(lent)
    assert closed == [idle.transport, lent.transport]


@pytest.mark.parametrize(("timeout", "least", "most"), [(0.5, 50, 60), (httpx.Timeout(0.5), 0.4, 0.5)])
def test_wait_for_a_connection_is_bounded_by_the_deadline(
    timeout: Any, least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number of seconds is for the network; only an httpx.Timeout bounds the wait for other calls as well."""
    seen: list[float] = []

    def take(self: Connections, seconds: float) -> Any:
        seen.append(seconds)
        raise httpx.PoolTimeout("full")

    monkeypatch.setattr(Connections, "take", take)
    with Client("KEY", timeout=timeout, max_retries=0) as client, pytest.raises(APITimeoutError, match="full"):
        client.tracking.identity("c-1", visitor_id="v-1")
    assert least < seen[0] <= most


class Crowd:
    """A server that answers nobody before so many requests are there as may be at once."""

    def __init__(self, calls: int) -> None:
        self.left, self.connections = calls, 0
        self.held: list[asyncio.Event] = []
        self.serving: list[asyncio.Task[object] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        self.serving.append(asyncio.current_task())
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await self.hold()
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"customer": {}}')
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()

    async def hold(self) -> None:
        """Wait until a hundred are waiting, or all that are left."""
        mine = asyncio.Event()
        self.held.append(mine)
        if len(self.held) == min(100, self.left):
            self.left -= len(self.held)
            for event in self.held:
                event.set()
            self.held = []
        await mine.wait()


def test_256_tasks_of_a_slow_server_share_a_hundred_connections() -> None:
    """All succeed with the settings as they are: those that wait for a connection wait, and none is opened twice."""
    crowd = Crowd(calls=256)

    async def main() -> None:
        server = await asyncio.start_server(crowd.serve, "127.0.0.1", 0, backlog=512)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, AsyncClient("KEY", "s", base_url=url) as client:
            await asyncio.gather(*[client.customers.get(number) for number in range(256)])
        await asyncio.wait([task for task in crowd.serving if task])  # a loop that ends before would leave them open

    asyncio.run(main())
    assert (crowd.left, crowd.connections) == (0, 100)


@pytest.mark.parametrize("kind", KINDS, ids=["sync", "async"])
def test_each_server_has_connections_of_its_own(kind: Any) -> None:
    """Many reads take none from the posts, and no connection is closed to make room for the other server's."""
    with connect(kind, "http://127.0.0.1:9") as caller:
        transport = caller.client._transport

        async def both() -> list[Any]:
            return [await transport._connections(url) for url in ("http://127.0.0.1:8", "http://127.0.0.1:9")]

        if kind is Client:
            found = [transport._connections(url) for url in ("http://127.0.0.1:8", "http://127.0.0.1:9")]
        else:
            found = caller.run(both())
        assert found[0] is not found[1]
