"""One client in many threads, up to its end."""

import gc
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from pyttributionio import Client
from pyttributionio._http import connections
from support.pools import stacks

from ._running import EchoServer

THREADS = 16


@pytest.fixture
def server() -> Iterator[EchoServer]:
    """Serve, and let threads take turns as often as can be."""
    gc.collect()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with EchoServer() as running:
        yield running
    sys.setswitchinterval(before)


def new(server: EchoServer) -> Client:
    """Make a client of a server."""
    return Client("KEY", "hush", base_url=f"{server.url}/api/v1", tracking_url=server.url)


def test_sixteen_threads_get_their_own_answers(server: EchoServer) -> None:
    """Reads, posts and other options mixed; there is never more than one connection for each."""
    ready = threading.Barrier(THREADS)

    def work(number: int) -> list[str | None]:
        ready.wait()
        found: list[str | None] = []
        for turn in range(10):
            other = client.with_options(max_retries=turn)
            posted = other.tracking.identity(f"posted-{number}-{turn}", visitor_id="v")
            found += [other.customers.get(f"read-{number}-{turn}").client_id, posted.client_id]
        return found

    with new(server) as client, ThreadPoolExecutor(THREADS) as pool:
        found = [*pool.map(work, range(THREADS))]
    assert found == [
        [f"{what}-{number}-{turn}" for turn in range(10) for what in ("read", "posted")] for number in range(THREADS)
    ]
    assert len(server.seen) == THREADS * 20
    assert 1 <= server.connections <= THREADS


def test_a_client_closed_under_its_threads_leaves_no_connection(server: EchoServer) -> None:
    """Each call that was on its way is answered or says that the client is closed; then all is shut."""
    clients, ready = [new(server)], threading.Barrier(THREADS + 1)

    def read_on(number: int) -> None:
        client = clients[0]
        client.customers.get(f"warm-{number}")
        ready.wait()
        while True:
            assert client.customers.get(f"read-{number}").client_id == f"read-{number}"

    def work(number: int) -> None:
        with pytest.raises(RuntimeError, match="This client is closed"):
            read_on(number)

    with ThreadPoolExecutor(THREADS) as pool:
        working = [pool.submit(work, number) for number in range(THREADS)]
        ready.wait()
        clients[0].close()
        for each in working:
            each.result()
    clients.clear()  # see the next test
    server.wait_for(ended=server.connections)


def test_a_client_closed_as_a_call_begins_leaves_no_connection(
    server: EchoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is answered, or says that the client is closed; nothing stays open either way."""
    client, route_to = new(server), connections.route_to

    def close_and_route(origin: str) -> object:
        client.close()
        return route_to(origin)

    monkeypatch.setattr(connections, "route_to", close_and_route)
    with suppress(RuntimeError):
        client.customers.get("first")
    assert all(not stack._idle for stack in stacks(client))
    server.wait_for(ended=server.connections)


def test_a_client_that_is_dropped_has_closed_its_connections(server: EchoServer) -> None:
    """At once, in order, and without a warning: also where it is part of a cycle."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        first, second = new(server), new(server)
        first.customers.get("first")
        second.customers.get("second")
        del first
        server.wait_for(ended=1)
        cycle = [second]
        cycle.append(cycle)  # type: ignore[arg-type]
        del second, cycle
        gc.collect()
        server.wait_for(ended=2)
    assert caught == []
