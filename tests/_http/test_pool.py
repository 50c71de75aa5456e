"""The stack of connections: who gets one, in which order, how many there are, and what a wait for one ends with."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore
import httpx
import pytest

from pyttributionio import APITimeoutError, AsyncClient, Client
from pyttributionio._http import connections
from pyttributionio._http.connections import KEEP_ALIVE
from pyttributionio._http.pool import AsyncStack, BlockingStack
from support.faults import CUSTOMER, KINDS, FaultServer, answer, connect

PATIENCE = 20.0
ORIGIN = httpcore.Origin(b"http", b"127.0.0.1", 80)


def blocking(monotonic: Callable[[], float] = time.monotonic) -> BlockingStack:
    """Return a stack without connections."""
    return BlockingStack(ORIGIN, monotonic)


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
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)


def test_connection_released_last_is_acquired_first() -> None:
    """It is the one the server is least likely to have closed."""
    stack = blocking()
    first, second = stack.acquire(1), stack.acquire(1)
    stack.release(first)
    stack.release(second)
    assert [stack.acquire(1), stack.acquire(1)] == [second, first]


def test_hundred_connections_are_the_most() -> None:
    """The next call waits, and says after its time what it waited for."""
    stack = blocking()
    held = [stack.acquire(0) for _ in range(100)]
    with pytest.raises(httpcore.PoolTimeout, match="none of the 100 connections became free in time"):
        stack.acquire(0)
    stack.release(held.pop())
    assert stack.acquire(0) not in held


@pytest.mark.usefixtures("one")
def test_waiting_threads_are_served_in_turn() -> None:
    """First come, first served; a newcomer does not overtake those who wait."""
    stack, served = blocking(), []
    queue = stack._waiting = Queue()
    held = stack.acquire(0)

    def work(number: int) -> None:
        connection = stack.acquire(PATIENCE)
        served.append(number)
        stack.release(connection)

    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(work, number)
            assert queue.came.acquire(timeout=PATIENCE)
        stack.release(held)
    assert served == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("one")
def test_connection_given_back_is_the_waiting_calls_own_at_once() -> None:
    """Not only when its thread wakes: until then others could take it, again and again."""
    stack = blocking()
    queue = stack._waiting = Queue()
    held = stack.acquire(0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stack.acquire, PATIENCE)
        assert queue.came.acquire(timeout=PATIENCE)
        with stack.lock:  # the thread that waits cannot go on
            assert not stack._put_back(held)
            assert stack._take() is None
        assert waiting.result(PATIENCE) is held


@pytest.mark.usefixtures("one")
def test_call_that_gave_up_waiting_is_forgotten() -> None:
    """The connection is not handed to a call that is gone, which would lose it."""
    stack = blocking()
    held = stack.acquire(0)
    for _ in range(3):
        with pytest.raises(httpcore.PoolTimeout):
            stack.acquire(0)
    assert not stack._waiting
    stack.release(held)
    assert stack.acquire(0) is held


@pytest.mark.usefixtures("one")
def test_interrupted_wait_loses_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the very moment in which the connection came: it goes to the next."""
    stack = blocking()
    held = stack.acquire(0)

    def interrupted(self: threading.Event, timeout: float | None = None) -> bool:
        stack.release(held)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stack.acquire(PATIENCE)
    monkeypatch.undo()
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    assert stack.acquire(0) is held


@pytest.mark.usefixtures("one")
def test_waiting_tasks_are_served_in_turn_and_cancelled_ones_left_out() -> None:
    """A task that is cancelled while it waits, or in the moment it was served, takes nothing with it."""
    served: list[int] = []

    async def work(stack: AsyncStack, number: int) -> None:
        connection = await stack.acquire(PATIENCE)
        served.append(number)
        await stack.release(connection)

    async def main() -> None:
        stack = AsyncStack(ORIGIN, time.monotonic)
        held = await stack.acquire(0)
        tasks = [asyncio.ensure_future(work(stack, number)) for number in range(5)]
        while len(stack._waiting) < len(tasks):
            await asyncio.sleep(0)
        tasks[0].cancel()  # it waits
        await asyncio.wait(tasks[:1])
        await stack.release(held)  # to the second, which is cancelled before it runs
        tasks[1].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [asyncio.CancelledError] * 2 + [type(None)] * 3
        assert await stack.acquire(0) is held

    asyncio.run(main())
    assert served == [2, 3, 4]


@pytest.mark.usefixtures("one")
def test_task_that_waits_too_long_is_told_so() -> None:
    """Its place in the queue is given up."""

    async def main() -> None:
        stack = AsyncStack(ORIGIN, time.monotonic)
        held = await stack.acquire(0)
        with pytest.raises(httpcore.PoolTimeout):
            await stack.acquire(0)
        await stack.release(held)
        assert await stack.acquire(0) is held

    asyncio.run(main())


def test_connections_that_are_long_unused_are_closed() -> None:
    """After a burst their number goes down again, with the next call that releases one."""
    now = 1000.0
    stack = blocking(lambda: now)
    burst = [stack.acquire(0) for _ in range(4)]
    for connection in burst:
        stack.release(connection)
    now += KEEP_ALIVE
    stack.release(stack.acquire(0))
    assert (len(stack._idle), stack._made) == (1, 1)
    assert stack.acquire(0) is burst[3]


def test_connection_in_use_while_the_client_is_closed_is_closed_when_released(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call in another thread ends well, and leaves no socket open."""
    stack, closed = blocking(), []
    monkeypatch.setattr(connections.Connection, "close", lambda self: closed.append(self))
    idle, held = stack.acquire(0), stack.acquire(0)
    stack.release(idle)
    stack.close()
    assert closed == [idle]
    stack.release(held)
    assert closed == [idle, held]


@pytest.mark.parametrize(("timeout", "least", "most"), [(0.5, 50, 60), (httpx.Timeout(0.5), 0.4, 0.5)])
def test_wait_for_a_connection_is_bounded_by_the_deadline(
    timeout: Any, least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number of seconds is for the network; only an httpx.Timeout bounds the wait for other calls as well."""
    seen: list[float] = []

    def acquire(self: BlockingStack, seconds: float) -> Any:
        seen.append(seconds)
        raise httpcore.PoolTimeout("full")

    monkeypatch.setattr(BlockingStack, "acquire", acquire)
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
    with FaultServer(CUSTOMER) as reads, FaultServer(answer()) as posts:
        with connect(kind, reads.url, tracking_url=posts.url) as caller:
            for _ in range(3):
                caller.get()
                caller.identity()
        assert (reads.connections, posts.connections) == (1, 1)
