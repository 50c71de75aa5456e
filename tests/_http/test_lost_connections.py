"""A call that fails, or is called off at any moment, takes its connection with it: the next call gets another."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import httpx
import pytest

from life._running import EchoServer
from pyttributionio import APIConnectionError, AsyncClient, Client
from pyttributionio._http import pool
from support.faults import CUSTOMER, KINDS, PATIENCE, Answer, FaultServer, Received, Reset, answer, connect
from support.proxy import Proxy

STEPS = 40
"""More turns of an event loop than a call takes over loopback."""

ANOTHERS = answer(b'{"customer": {"client_id": "another"}}')


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


async def cancel_task(call: Callable[[], Awaitable[object]], step: int) -> None:
    """Cancel a task of asyncio's own after so many turns of the loop."""
    task = asyncio.ensure_future(call())
    for _ in range(step):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def cancel_scope(call: Callable[[], Awaitable[object]], step: int) -> None:
    """Cancel a scope, as timeouts of anyio and trio do."""
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        for _ in range(step):
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()


@pytest.mark.parametrize("call", ["read", "post"])
@pytest.mark.parametrize("way", ["direct", "proxy"])
@pytest.mark.parametrize(
    ("backend", "cancel"),
    [("asyncio", cancel_task), ("asyncio", cancel_scope), ("trio", cancel_scope)],
    ids=["asyncio-task", "asyncio-scope", "trio"],
)
def test_a_call_that_is_cancelled_at_any_step_spoils_no_later_one(
    backend: str, cancel: Any, way: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is half used, and httpcore may take it for a usable one."""

    async def main(url: str) -> None:
        options: dict[str, Any] = {"base_url": f"{url}/api/v1", "tracking_url": url, "allow_insecure_http": True}
        async with AsyncClient("KEY", "hush", max_retries=0, **options) as client:

            async def called_off() -> None:
                if call == "read":
                    await client.customers.get("called-off")
                else:
                    await client.tracking.event("ev", visitor_id="v", identify=False)

            for step in range(STEPS):
                await cancel(called_off, step)
                for turn in range(2):
                    name = f"later-{step}-{turn}"
                    assert (await client.customers.get(name)).client_id == name

    with EchoServer() as server, Proxy(urlsplit(server.url).port or 0) as proxy:
        if way == "proxy":
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
        anyio.run(main, server.url if way == "direct" else "http://shop.example", backend=backend)


@pytest.mark.parametrize("call", ["get", "identity"])
def test_a_call_whose_instrument_fails_spoils_no_later_one(
    kind: Any, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that nobody reads, with a body or without one, keeps its connection busy for good."""
    transport = httpx.HTTPTransport if kind is Client else httpx.AsyncHTTPTransport
    method = "handle_request" if kind is Client else "handle_async_request"
    handle = getattr(transport, method)

    def watched(self: Any, request: httpx.Request) -> httpx.Response:
        handle(self, request)
        raise OSError("the instrument's own")

    async def watched_async(self: Any, request: httpx.Request) -> httpx.Response:
        await handle(self, request)
        raise OSError("the instrument's own")

    acts = [CUSTOMER, CUSTOMER if call == "get" else answer(status=201), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url, max_retries=0) as caller:
        caller.get()
        with monkeypatch.context() as patch:
            patch.setattr(transport, method, watched if kind is Client else watched_async)
            with pytest.raises(APIConnectionError, match="the instrument's own"):
                getattr(caller, call)()
        assert [caller.get().client_id for _ in range(2)] == ["c-1", "c-1"]
        server.wait_for(ended=1)
        assert server.connections == 2


def test_a_call_that_waits_gets_a_new_connection_for_a_lost_one(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And of the places for connections none is lost."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    with FaultServer(Reset(), CUSTOMER) as server, connect(kind, server.url, max_retries=0) as caller:

        async def both() -> list[Any]:
            reads = [caller.client.customers.get("c-1") for _ in range(2)]
            return await asyncio.gather(*reads, return_exceptions=True)

        if kind is Client:
            with ThreadPoolExecutor(2) as threads:
                ready = threading.Barrier(2, timeout=PATIENCE)
                calls = [threads.submit(lambda: (ready.wait(), caller.get())[1]) for _ in range(2)]
                found: list[Any] = [call.exception() or call.result() for call in calls]
        else:
            found = caller.runner.run(both())
        assert {type(each).__name__ for each in found} == {"APIConnectionError", "Customer"}
        assert caller.get().client_id == "c-1"


@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_what_comes_with_an_answer_is_not_the_next_calls(kind: Any, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one packet with it: the parser has that already, and would give it to the next call as its own answer."""
    acts = [Answer(CUSTOMER + ANOTHERS), CUSTOMER]
    with FaultServer(*acts) as server, Proxy(urlsplit(server.url).port or 0) as proxy:
        if way == "proxy":
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
        url = server.url if way == "direct" else "http://shop.example"
        with connect(kind, url, max_retries=0, allow_insecure_http=True) as caller:
            assert [caller.get().client_id for _ in range(2)] == ["c-1", "c-1"]
        assert server.connections == 2


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system can't interrupt a thread")
def test_what_a_signal_handler_raises_is_the_callers() -> None:
    """As queues of jobs end one that takes too long: it is no failure of the network, and no reason to try again."""

    class TimeIsUpError(Exception):
        """A time limit."""

    def interrupt(request: Received) -> bytes:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        return b""

    def handler(number: int, frame: object) -> None:
        raise TimeIsUpError("soft limit")

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with FaultServer(Answer(interrupt), CUSTOMER) as server, connect(Client, server.url) as caller:
            with pytest.raises(TimeIsUpError, match="soft limit") as caught:
                caller.get()
            assert not [frame for frame in caught.traceback if "httpcore" in str(frame.path)]
            assert caller.get().client_id == "c-1"
            assert len(server.requests) == 2
    finally:
        signal.signal(signal.SIGUSR1, before)
