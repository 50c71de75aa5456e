"""One AsyncClient in several event loops, one after another and side by side, and what is left of each.

A loop that is shut down takes its connections along, as `asyncio.run`, `asyncio.Runner` and `trio.run` do it.
Whoever closes a loop by hand without `shutdown_asyncgens`, or lets go of a client in the middle of a trio
run, has left connections that nobody can close in order any more: that is a leak, and says so.
"""

import asyncio
import gc
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from pyttributionio import AsyncClient
from support.faults import Answer, Hang
from support.pools import loops

from ._running import EchoServer, echo, run_silently

Work = Callable[[], Awaitable[Any]]
LOOPS = pytest.mark.parametrize("run", [lambda work: asyncio.run(work()), trio.run], ids=["asyncio", "trio"])


@pytest.fixture
def server() -> Iterator[EchoServer]:
    """Serve; nothing that was left of an earlier test is told here."""
    gc.collect()
    with EchoServer() as running:
        yield running


def new(server: EchoServer) -> AsyncClient:
    """Make a client of a server."""
    return AsyncClient("KEY", "hush", base_url=f"{server.url}/api/v1", tracking_url=server.url)


async def names(client: AsyncClient, start: str, count: int = 2) -> list[str | None]:
    """Read some customers, one after another."""
    return [(await client.customers.get(f"{start}-{number}")).client_id for number in range(count)]


@contextmanager
def told() -> Iterator[set[str]]:
    """Catch what is told of resources: the first two words of each warning."""
    found: set[str] = set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield found
        gc.collect()
    found |= {f"{each.category.__name__}: {' '.join(str(each.message).split()[:2])}" for each in caught}


@LOOPS
def test_each_run_has_its_own_connection_which_ends_with_it(run: Any, server: EchoServer) -> None:
    """Nobody closes the client, and nothing is told of it."""
    with told() as warned:
        client = new(server)
        for number in range(3):
            assert run(partial(names, client, f"run-{number}")) == [f"run-{number}-0", f"run-{number}-1"]
            server.wait_for(ended=number + 1)
            assert len({*server.ports(f"run-{number}")}) == 1
        del client
    assert warned == set()
    assert server.connections == 3


def test_several_runs_in_a_process_of_their_own_say_nothing(tmp_path: Path, server: EchoServer) -> None:
    """In development mode, up to the end of the program; one client is closed in its last run, one never."""
    lines = run_silently(
        tmp_path,
        """
        async def read_and_close(client, client_id):
            async with client:
                return await name_async(client, client_id)

        first, second = new(AsyncClient), new(AsyncClient)
        print([asyncio.run(name_async(first, f"first-{number}")) for number in range(3)])
        print(asyncio.run(name_async(second, "second-0")), asyncio.run(read_and_close(second, "second-1")))
        """,
        server.url,
    )
    assert lines == ["['first-0', 'first-1', 'first-2']", "second-0 second-1"]
    assert server.connections == 5


@LOOPS
def test_a_client_that_one_run_closed_is_closed_in_the_next(run: Any, server: EchoServer) -> None:
    """That is the one thing that does not go over; the message says what to do, and nothing is sent."""

    async def read() -> list[str | None]:
        async with client:
            return await names(client, "run")

    with told() as warned:
        client = new(server)
        run(read)
        with pytest.raises(RuntimeError, match=r"This client is closed\. Make a new one"):
            run(read)
    assert warned == set()
    assert len(server.seen) == 2


def test_loops_in_several_threads_use_one_client_side_by_side(server: EchoServer) -> None:
    """All at the same time; no loop touches another's connection."""
    client, ready, found = new(server), threading.Barrier(4), dict[int, list[str | None]]()

    async def work(number: int) -> None:
        await names(client, f"warm-{number}", 1)
        ready.wait()
        found[number] = await names(client, f"loop-{number}", 10)

    threads = [threading.Thread(target=lambda number=number: asyncio.run(work(number))) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [f"loop-{number}-{turn}" for turn in range(10)] for number in range(4)}
    assert [len({*server.ports(f"loop-{number}")}) for number in range(4)] == [1] * 4
    assert server.connections == 4


def test_a_client_closed_in_one_loop_leaves_the_others_connections_alone(server: EchoServer) -> None:
    """They are that loop's to close, which it does when it ends; nothing of it can be called from here."""
    client = new(server)
    with told() as warned, asyncio.Runner() as other:
        other.run(names(client, "other"))
        asyncio.run(client.close())
        assert len(loops(client)) == 1
    server.wait_for(ended=1)
    assert warned == set()


def test_a_client_that_asyncio_drops_takes_its_connections_along(server: EchoServer) -> None:
    """The loop goes on, and closes them as soon as nobody can use them."""

    async def work() -> None:
        await names(new(server), "dropped")
        gc.collect()
        await asyncio.to_thread(server.wait_for, ended=1)

    with told() as warned:
        asyncio.run(work())
    assert warned == set()


def test_a_run_that_fails_in_the_middle_of_a_call_leaves_nothing() -> None:
    """The call is cancelled, its connection ends, and the next run works."""
    with EchoServer(Hang(), Answer(echo)) as server, told() as warned:
        client = new(server)

        async def fail() -> None:
            call = asyncio.ensure_future(names(client, "hanging"))
            await asyncio.to_thread(server.wait_for, requests=1)
            assert not call.done()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            asyncio.run(fail())
        server.wait_for(ended=1)
        assert asyncio.run(names(client, "next")) == ["next-0", "next-1"]
    assert warned == set()


def test_a_loop_closed_by_hand_leaks_its_connections_and_tells(server: EchoServer) -> None:
    """Asyncio's own two warnings, for the transport and its socket; the client works on in another loop."""
    with told() as warned:
        client, loop = new(server), asyncio.new_event_loop()
        loop.run_until_complete(names(client, "leaked"))
        loop.close()
        assert asyncio.run(names(client, "next")) == ["next-0", "next-1"]
        del client, loop
    assert warned == {"ResourceWarning: unclosed transport", "ResourceWarning: unclosed <socket.socket"}


def test_a_loop_shut_down_by_hand_leaks_nothing(server: EchoServer) -> None:
    """The other side of it: this one line is what `asyncio.run` does too."""
    with told() as warned:
        client, loop = new(server), asyncio.new_event_loop()
        loop.run_until_complete(names(client, "kept"))
        loop.run_until_complete(loop.shutdown_asyncgens())
        server.wait_for(ended=1)
        loop.close()
        del client, loop
    assert warned == set()


def test_a_client_that_a_trio_run_drops_is_a_leak_and_told_as_one(server: EchoServer) -> None:
    """Trio's own warning; the connection ends all the same."""

    async def work() -> None:
        await names(new(server), "dropped")
        gc.collect()

    with told() as warned:
        trio.run(work)
    server.wait_for(ended=1)
    assert warned == {"ResourceWarning: Async generator"}


def test_a_client_that_a_trio_run_closes_is_none(server: EchoServer) -> None:
    """The other side of it."""

    async def work() -> None:
        async with new(server) as client:
            await names(client, "closed")
        del client
        gc.collect()

    with told() as warned:
        trio.run(work)
    server.wait_for(ended=1)
    assert warned == set()
