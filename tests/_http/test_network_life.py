"""What many calls share: connections, threads, tasks, and what ends them from outside."""

import asyncio
import select
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore
import httpx
import pytest

from pyttributionio import APIConnectionError, APITimeoutError, AsyncClient, Client, ClientClosedError
from pyttributionio.sandbox import Sandbox
from support.faults import CUSTOMER, KINDS, PATIENCE, Answer, Drip, FaultServer, Hang, Received, Reset, answer, connect
from support.pools import only_socket
from support.timing import Hand, interrupt_at, retry_at_once


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture
def async_client(sandbox: Sandbox) -> AsyncClient:
    """Make an async client for the sandbox; the test closes it in its own event loop."""
    return AsyncClient(
        sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url
    )


def test_fifty_calls_use_one_connection(kind: Any) -> None:
    """Reads and posts to one host take turns on one connection."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        for _ in range(20):
            caller.get()
            caller.identity()
        for _ in range(5):
            caller.event()
        assert len(server.requests) == 50
        assert server.connections == 1


def test_a_refused_call_leaves_its_connection_usable(kind: Any) -> None:
    """An error's body is read to its end, so the connection serves the next call."""
    acts = [answer("no such id", 404), answer("<p>oops</p>"), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url) as caller:
        for _ in acts[:-1]:
            with pytest.raises(Exception, match="was answered"):
                caller.get()
        assert caller.get().client_id == "c-1"
        assert server.connections == 1


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "silently"])
def test_a_connection_closed_between_calls_heals(kind: Any, announced: bool) -> None:
    """No retry is spent on a kept connection that the server closed in the meantime."""
    first = answer(b'{"customer": {}}', headers=[("Connection", "close")] if announced else ())
    acts = [Answer(first, close=True), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url, max_retries=0) as caller:
        caller.get()
        server.wait_for(ended=1)
        assert caller.get().client_id == "c-1"
        assert server.connections == 2


def test_a_connection_that_was_kept_too_long_is_not_used(kind: Any, leap: Hand) -> None:
    """Firewalls forget unused connections silently, and nothing answers what is sent on one."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        caller.get()
        leap(31)
        caller.get()
        server.wait_for(ended=1)
        assert server.connections == 2


def test_a_farewell_that_nobody_asked_for_is_no_answer(kind: Any) -> None:
    """Servers say 408 on a connection they have kept long enough; the next call must not take that for its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        listener.settimeout(PATIENCE)
        left = threading.Event()

        def serve() -> bytes:
            first, _ = listener.accept()
            with first:
                first.recv(65536)
                first.sendall(CUSTOMER)
                assert left.wait(PATIENCE)
                first.sendall(answer("idle for too long", 408))
            second, _ = listener.accept()
            with second:
                request = second.recv(65536)
                second.sendall(CUSTOMER)
                return request

        serving = pool.submit(serve)
        with connect(kind, f"http://127.0.0.1:{listener.getsockname()[1]}", max_retries=0) as caller:
            caller.get()
            left.set()
            select.select([only_socket(caller.client)], [], [], PATIENCE)
            assert caller.get().client_id == "c-1"
        assert serving.result().startswith(b"GET ")


@pytest.mark.parametrize("call", ["get", "identity", "event"])
def test_a_connection_closed_just_as_a_call_is_sent_heals(kind: Any, call: str) -> None:
    """The server's farewell and the call cross on the way: the call is sent once more, which counts as no retry."""
    with FaultServer(CUSTOMER, Answer(b"", close=True), CUSTOMER) as server:
        with connect(kind, server.url, max_retries=0) as caller:
            caller.get()
            getattr(caller, call)()
        requests = server.requests
        assert server.connections == 2
        assert requests[1] == requests[2]


def test_a_call_is_sent_once_more_on_a_fresh_connection_only(kind: Any) -> None:
    """A server that closes a fresh one as well has failed; and one that began to answer got the call."""
    acts = [CUSTOMER, Answer(b"", close=True)]
    with FaultServer(*acts) as server, connect(kind, server.url, max_retries=0) as caller:
        caller.get()
        with pytest.raises(APIConnectionError, match="disconnected") as caught:
            caller.get()
        assert (caught.value.attempts, len(server.requests), server.connections) == (1, 3, 2)
    acts = [CUSTOMER, Answer(b"HTTP/1.1 200 OK\r\nContent-", close=True), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url, max_retries=0) as caller:
        caller.get()
        with pytest.raises(APIConnectionError):
            caller.get()
        assert len(server.requests) == 2


def test_a_name_that_no_one_knows_is_a_connection_error(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the operating system's words."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    with connect(kind, "https://nowhere.example", max_retries=0) as caller:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(APIConnectionError, match="Name or service not known") as caught:
            caller.get()
        assert type(caught.value) is APIConnectionError


@pytest.mark.skipif(not socket.has_ipv6, reason="this system has no IPv6")
def test_ipv6_is_spoken(kind: Any) -> None:
    """An address in brackets as server; it stands in the Host header as it came."""
    with FaultServer(CUSTOMER, host="::1") as server, connect(kind, server.url) as caller:
        assert caller.get().client_id == "c-1"
        assert f"Host: {server.url.removeprefix('http://')}".encode() in server.requests[0].head
        assert server.url.startswith("http://[::1]:")


def test_a_connection_that_dies_under_a_call_heals(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server drops a kept connection just as the next call is sent on it: that takes one retry."""
    retry_at_once(monkeypatch)
    with FaultServer(CUSTOMER, Reset(), CUSTOMER) as server, connect(kind, server.url) as caller:
        caller.get()
        assert caller.get().client_id == "c-1"
        assert server.connections == 2
        assert len(server.requests) == 3


def test_sixteen_threads_share_a_client(client: Client, sandbox: Sandbox) -> None:
    """Calls of all threads arrive once each, and every one gets its own answer."""
    ready = threading.Barrier(16)

    def work(number: int) -> list[str | None]:
        ready.wait()
        names = [f"person-{number}-{turn}" for turn in range(5)]
        for name in names:
            client.tracking.identity(name, visitor_id=f"visitor-{name}")
        return [client.customers.get(name).client_id for name in names]

    with ThreadPoolExecutor(16) as pool:
        found = [name for names in pool.map(work, range(16)) for name in names]
    assert found == [f"person-{number}-{turn}" for number in range(16) for turn in range(5)]
    assert len(sandbox.requests) == 160


def test_fifty_gathered_calls_get_their_own_answers(async_client: AsyncClient, sandbox: Sandbox) -> None:
    """Tasks share the client as threads do."""
    names = [f"person-{number}" for number in range(50)]

    async def work() -> list[str | None]:
        async with async_client as client:
            await asyncio.gather(*[client.tracking.identity(name, visitor_id=name) for name in names])
            customers = await asyncio.gather(*[client.customers.get(name) for name in names])
        return [customer.client_id for customer in customers]

    assert asyncio.run(work()) == names
    assert len(sandbox.requests) == 100


@pytest.mark.parametrize(
    "act", [Hang(), Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" ")], ids=["headers", "body"]
)
def test_cancellation_passes_through_at_once(act: Any) -> None:
    """A cancelled call is over, is not tried again, and leaves a client that works."""
    with FaultServer(act, CUSTOMER) as server, connect(AsyncClient, server.url) as caller:

        async def work() -> None:
            task = asyncio.ensure_future(caller.client.customers.get("c-1"))
            await asyncio.to_thread(server.wait_for, requests=1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        caller.run(work())
        server.wait_for(ended=1)
        assert len(server.requests) == 1
        assert caller.get().client_id == "c-1"


def test_a_timeout_of_the_callers_own_is_that_ones_error() -> None:
    """`asyncio.timeout` around a call works as around anything else."""
    with FaultServer(Hang()) as server, connect(AsyncClient, server.url) as caller:

        async def work() -> None:
            async with asyncio.timeout(None) as limit:
                task = asyncio.ensure_future(asyncio.to_thread(server.wait_for, requests=1))
                task.add_done_callback(lambda _: limit.reschedule(0))
                await caller.client.customers.get("c-1")

        with pytest.raises(TimeoutError) as caught:
            caller.run(work())
        assert type(caught.value) is TimeoutError


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("moment", [httpcore.ConnectTimeout, httpcore.WriteTimeout, httpcore.ReadTimeout])
def test_an_interruption_passes_through_at_once(
    kind: Any, interruption: type[BaseException], moment: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while connecting, writing or reading ends the call: no error of ours, no retry."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        seen = interrupt_at(monkeypatch, moment, interruption("now"))
        with pytest.raises(interruption, match="now"):
            caller.get()
        monkeypatch.undo()
        assert seen.count(moment) == 1
        assert caller.get().client_id == "c-1"


def test_a_deadline_of_centuries_is_a_long_one(kind: Any) -> None:
    """Operating systems count no further than some weeks."""
    with FaultServer(CUSTOMER) as server:
        for options in ({"timeout": httpx.Timeout(None), "deadline": 1e300}, {"timeout": 1e300, "deadline": 1e10}):
            with connect(kind, server.url, **options) as caller:
                assert caller.get().client_id == "c-1"


def test_a_client_closes_twice_and_is_closed(kind: Any) -> None:
    """The second close does nothing; a call after it says what to do, and sends nothing."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        caller.get()
        caller.close()
        server.wait_for(ended=1)
        caller.close()
        for call in (caller.get, caller.identity, caller.event):
            with pytest.raises(ClientClosedError, match="This client is closed"):
                call()
        assert len(server.requests) == 1
        assert server.connections == 1


def test_a_client_closed_as_a_call_begins_says_that_it_is_closed(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread closes it just after the call has seen it open; nothing was sent, so nothing failed."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        transport = caller.client._driver
        check = transport._check_open

        def check_and_close() -> None:
            check()
            transport.closed = True

        monkeypatch.setattr(transport, "_check_open", check_and_close)
        for call in (caller.get, caller.identity, caller.event):
            transport.closed = False
            with pytest.raises(ClientClosedError, match="This client is closed"):
                call()
        assert server.connections == 0


def test_a_client_closed_during_a_wait_sends_nothing_more(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread closes it between two attempts: no new connection is made that nobody would close."""
    with FaultServer(answer("busy", 503), CUSTOMER) as server, connect(kind, server.url) as caller:

        async def close_async(seconds: float) -> None:
            await caller.client.close()

        if kind is Client:
            monkeypatch.setattr("pyttributionio._http.driver.time.sleep", lambda seconds: caller.client.close())
        else:
            monkeypatch.setattr("pyttributionio._http.driver.anyio.sleep", close_async)
        with pytest.raises(APIConnectionError, match="the client was closed during the call"):
            caller.get()
        with pytest.raises(ClientClosedError, match="This client is closed"):
            caller.get()
        assert len(server.requests) == 1


@pytest.mark.parametrize("identify", [False, True])
def test_an_answer_that_was_on_its_way_counts_though_the_client_is_closed(kind: Any, identify: bool) -> None:
    """Who was told otherwise would count the event again; what is still to be sent is not, and that is said."""

    def close_first(request: Received) -> bytes:
        if kind is Client:
            caller.client.close()
        else:
            asyncio.run_coroutine_threadsafe(caller.client.close(), caller.runner.get_loop()).result(PATIENCE)
        return answer(status=201)

    with FaultServer(Answer(close_first)) as server, connect(kind, server.url) as caller:
        if identify:
            with pytest.raises(APIConnectionError, match="the client was closed during the call") as caught:
                caller.event(transaction_id="t-1")
            assert caught.value.accepted_transaction_id == "t-1"
        else:
            assert caller.event(transaction_id="t-1", identify=False).transaction_id == "t-1"
        server.wait_for(ended=1)
        assert len(server.requests) == 1


def test_other_options_share_the_connections(kind: Any) -> None:
    """`with_options` is the same client on the same pool; closing either closes both."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        other = caller.client.with_options(timeout=3, max_retries=0, deadline=5)
        for client in (caller.client, other, caller.client):
            caller.run(client.customers.get("c-1"))
        assert server.connections == 1
        caller.run(other.close())
        with pytest.raises(RuntimeError, match="closed"):
            caller.get()


def test_other_options_hold_for_their_own_calls_alone(kind: Any) -> None:
    """Fewer retries and a shorter deadline bind the client they were asked of, and not the first one."""
    acts = [answer("busy", 503, [("Retry-After", "0")])] * 2 + [CUSTOMER, Hang()]
    with FaultServer(*acts) as server, connect(kind, server.url, max_retries=1) as caller:
        with pytest.raises(Exception, match="answered 503") as caught:
            caller.run(caller.client.with_options(max_retries=0).customers.get("c-1"))
        assert caught.value.attempts == 1
        raw = caller.run(caller.client.customers.with_raw_response.get("c-1"))
        assert raw.attempts == 2
        with pytest.raises(APITimeoutError, match=r"deadline of 0\.3 s"):
            caller.run(caller.client.with_options(deadline=0.3).customers.get("c-1"))
