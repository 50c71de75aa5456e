"""The HTTP library below: a caller's own client is used and left alone, and the hooks we rely on are there."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncClient,
    Client,
    NotFoundError,
    ResponseValidationError,
)
from pyttributionio._core.types import APIRequest, Failure, Flow, Outcome, Send, Timeouts
from support.faults import CUSTOMER, KINDS, Answer, Caller, Drip, FaultServer, Hang, answer, connect
from support.timing import retry_at_once

URL = "https://shop.example"


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


class Own:
    """A caller's httpx client of the kind that fits, and what its transport was asked."""

    def __init__(self, kind: Any, work: Any = None, **options: Any) -> None:
        self.requests: list[httpx.Request] = []
        self.work = work
        options["verify"] = False  # reading certificates takes longer than all the rest
        if work is not None:
            options["transport"] = httpx.MockTransport(self.handle)
        self.client: Any = httpx.Client(**options) if kind is Client else httpx.AsyncClient(**options)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Note a request and let the test answer it."""
        self.requests.append(request)
        response: httpx.Response = self.work(request)
        return response

    def finish(self, caller: Caller) -> None:
        """Close the httpx client, which the SDK has left open."""
        assert not self.client.is_closed
        caller.run(self.client.close() if isinstance(self.client, httpx.Client) else self.client.aclose())


def found(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"customer": {"client_id": "c-7"}})


def test_a_callers_client_is_used_and_never_closed(kind: Any) -> None:
    """Reads and posts go through it, whole; it stays open when ours is closed."""
    own = Own(kind, found)
    with connect(kind, URL, http_client=own.client) as caller:
        assert caller.get("a/b", include=["events"]).client_id == "c-7"
        caller.identity("c-1")
        caller.close()
        with pytest.raises(RuntimeError, match="closed"):
            caller.get()
        own.finish(caller)
    read, post = own.requests
    assert str(read.url) == f"{URL}/api/v1/KEY/customers/a%2Fb?secret=s3cr3t&show_events=true"
    assert read.headers["accept"] == "application/json"
    assert read.headers["user-agent"].startswith("pyttributionio/")
    assert str(post.url) == f"{URL}/identities"
    assert post.headers["content-type"] == "application/json"
    assert post.content.startswith(b'{"identity":{"aliases":["v-1"],"client_id":"c-1"')


def test_a_callers_headers_and_parameters_are_added_and_take_nothing_away(kind: Any) -> None:
    """A client with default parameters puts them in place of a URL's query, so ours must not be one."""
    own = Own(kind, found, params={"trace": "7"}, headers={"X-Team": "growth"}, base_url="https://other.example")
    with connect(kind, URL, http_client=own.client, api_secret="a/b=c&d") as caller:
        caller.get(include="all")
        caller.identity()
        own.finish(caller)
    read, post = own.requests
    assert read.url.host == post.url.host == "shop.example"
    assert dict(read.url.params) == {"trace": "7", "secret": "a/b=c&d", "show_all": "true"}
    assert dict(post.url.params) == {"trace": "7"}
    assert read.headers["x-team"] == "growth"


def test_timeouts_are_the_sdks(kind: Any) -> None:
    """Whatever the caller's client has set, each attempt gets ours, none longer than the deadline leaves."""
    own = Own(kind, found, timeout=999)
    timeout = httpx.Timeout(3, connect=1, read=None, pool=50)
    with connect(kind, URL, http_client=own.client, timeout=timeout, deadline=20) as caller:
        caller.get()
        own.finish(caller)
    sent = own.requests[0].extensions["timeout"]
    assert (sent["connect"], sent["write"]) == (1.0, 3.0)
    assert 10 < sent["read"] <= 20
    assert 10 < sent["pool"] <= 20


def test_a_silent_server_times_out_through_a_callers_client(kind: Any) -> None:
    """Though the caller's client would wait for ever."""
    own, options = Own(kind, timeout=None), {"timeout": httpx.Timeout(20, read=0.1), "max_retries": 0}
    with FaultServer(Hang()) as server, connect(kind, server.url, http_client=own.client, **options) as caller:
        with pytest.raises(APITimeoutError, match="ReadTimeout") as caught:
            caller.get()
        assert caught.value.attempts == 1
        own.finish(caller)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed_even_if_the_callers_client_would(kind: Any, status: int) -> None:
    """The SDK's rule holds: the secret would go along."""
    own = Own(kind, follow_redirects=True)
    with FaultServer(CUSTOMER) as other:
        moved = answer("", status, [("Location", f"{other.url}/elsewhere")])
        with FaultServer(moved) as server, connect(kind, server.url, http_client=own.client) as caller:
            with pytest.raises(APIStatusError, match="redirects are not followed"):
                caller.get()
            own.finish(caller)
        assert other.connections == 0


def test_retries_and_errors_are_the_sdks(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transport's error, a status that says "later", an answer; then an error of ours."""
    retry_at_once(monkeypatch)
    script = iter([httpx.ConnectError("down"), httpx.Response(503), found(None), httpx.Response(404)])  # type: ignore[arg-type]

    def work(request: httpx.Request) -> httpx.Response:
        step = next(script)
        if isinstance(step, Exception):
            raise step
        return step

    own = Own(kind, work)
    with connect(kind, URL, http_client=own.client) as caller:
        assert caller.run(caller.client.customers.with_raw_response.get("c-1")).attempts == 3
        with pytest.raises(NotFoundError):
            caller.get()
        own.finish(caller)
    assert len(own.requests) == 4


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (httpx.ReadError("cut"), 2),
        (httpx.RemoteProtocolError("odd"), 2),
        (ConnectionResetError("reset"), 2),
        (httpx.InvalidURL("bad"), 1),
        (httpx.TooManyRedirects("loop"), 1),
        (KeyError("a bug of an instrument"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_exceptions_of_any_kind_are_connection_errors(
    kind: Any, error: Exception, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What says that the network failed is tried again; what can only be a mistake is not."""
    retry_at_once(monkeypatch)

    def work(request: httpx.Request) -> httpx.Response:
        raise error

    own = Own(kind, work)
    with connect(kind, URL, http_client=own.client, max_retries=1) as caller:
        with pytest.raises(APIConnectionError, match=type(error).__name__) as caught:
            caller.get()
        assert type(caught.value) is APIConnectionError
        assert caught.value.attempts == attempts == len(own.requests)
        own.finish(caller)


@pytest.mark.parametrize("error", [httpx.PoolTimeout("full"), TimeoutError("slow")], ids=["httpx", "builtin"])
def test_timeouts_of_any_kind_are_timeout_errors(kind: Any, error: Exception) -> None:
    """Httpx and httpx2 share no classes, so they are told by name."""

    def work(request: httpx.Request) -> httpx.Response:
        raise error

    own = Own(kind, work)
    with connect(kind, URL, http_client=own.client, max_retries=0) as caller:
        with pytest.raises(APITimeoutError):
            caller.get()
        own.finish(caller)


class EndlessStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that never ends, tells that it has begun, and when it is closed."""

    def __init__(self, begun: Callable[[], None]) -> None:
        self.begun = begun
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b" "
        self.begun()
        while True:
            yield b" "

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        """Note it."""
        self.closed = True

    async def aclose(self) -> None:
        """Note it."""
        self.closed = True


def test_an_endless_body_ends_with_the_deadline_and_is_closed(kind: Any, leap: Callable[..., None]) -> None:
    """Its pieces come without a wait, so no timeout of the library's is ever reached."""
    stream = EndlessStream(leap)
    own = Own(kind, lambda request: httpx.Response(200, stream=stream))
    with connect(kind, URL, http_client=own.client, deadline=20) as caller:
        with pytest.raises(APITimeoutError, match="deadline of 20 s"):
            caller.get()
        own.finish(caller)
    assert stream.closed
    assert len(own.requests) == 1


def test_nothing_is_sent_through_a_callers_client_after_the_deadline(kind: Any) -> None:
    """An event whose answer used up all the time leaves none for its identity."""
    own = Own(kind, found)
    post = APIRequest("POST", URL, "/identities", body=b"{}")

    def flow() -> Flow[Outcome]:
        return (yield Send(post, Timeouts(1, 1, 1, 1), deadline=0.0))

    with connect(kind, URL, http_client=own.client) as caller:
        outcome = caller.run(caller.client._driver.run(flow()))
        own.finish(caller)
    assert (outcome, own.requests) == (Failure("TimeoutError: the deadline passed", timeout=True), [])


BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n"
DRIPS = {
    "body": Drip(BODY + b"\r\n", b" "),
    "headers": Drip(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"),
    "compressed": Drip(BODY + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\3", b"n"),
}


@pytest.mark.parametrize(
    ("kind", "act"),
    [(Client, DRIPS["body"]), *[(AsyncClient, act) for act in DRIPS.values()]],
    ids=["sync-body", *[f"async-{name}" for name in DRIPS]],
)
def test_a_drip_through_a_callers_client_ends_with_the_deadline(
    kind: Any, act: Drip, leap: Callable[..., None]
) -> None:
    """A blocking client's own streams are out of reach, so there only the pieces of a body are looked at."""
    own = Own(kind)
    # Headers have no pieces: there the event loop's own clock ends the call, which no test puts forward.
    deadline = 3 if act is DRIPS["headers"] else 20
    acts, options = [CUSTOMER, replace(act, begun=leap)], {"http_client": own.client, "deadline": deadline}
    with FaultServer(*acts) as server, connect(kind, server.url, **options) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError, match=f"deadline of {deadline} s") as caught:
            caller.get()
        assert caught.value.attempts == 1
        server.wait_for(ended=1)
        own.finish(caller)


def test_a_broken_compression_is_no_connection_error_there_either(kind: Any) -> None:
    """The same as through the SDK's own transport."""
    own = Own(kind)
    act = Answer(answer(b"no gzip", headers=[("Content-Encoding", "gzip")]))
    with FaultServer(act) as server, connect(kind, server.url, http_client=own.client) as caller:
        with pytest.raises(ResponseValidationError, match="Content-Encoding"):
            caller.get()
        assert caller.identity("c-1").client_id == "c-1"
        assert len(server.requests) == 2
        own.finish(caller)


@respx.mock(base_url=URL)
def test_respx_sees_the_calls_and_shows_the_secret(respx_mock: respx.MockRouter, kind: Any) -> None:
    """Respx works at httpcore, below the place where the secret is put in (documented)."""
    read = respx_mock.get("/api/v1/KEY/customers/c-1").respond(json={"customer": {"client_id": "c-1"}})
    post = respx_mock.post("/identities").respond(201)
    with connect(kind, URL) as caller:
        assert caller.get().client_id == "c-1"
        caller.identity()
    assert str(read.calls.last.request.url) == f"{URL}/api/v1/KEY/customers/c-1?secret=s3cr3t"
    assert str(post.calls.last.request.url) == f"{URL}/identities"


def test_instruments_of_the_transports_see_the_call_without_the_secret(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenTelemetry and pytest-httpx put themselves in place of `handle_request`: the URL there is clean."""
    seen: list[str] = []

    def handle(self: object, request: httpx.Request) -> httpx.Response:
        seen.append(f"{request!r} {request.url} {request.headers} {request.content!r}")
        return found(request)

    async def handle_async(self: object, request: httpx.Request) -> httpx.Response:
        return handle(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)
    with connect(kind, URL) as caller:
        assert caller.get(include=["events"]).client_id == "c-7"
    assert len(seen) == 1
    assert "s3cr3t" not in seen[0]
    assert f"{URL}/api/v1/KEY/customers/c-1?show_events=true " in seen[0]


def test_a_test_doubles_complaint_reaches_its_test(kind: Any) -> None:
    """An assertion that fails below is no failure of the network: a test that expects one must not pass on it."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError("not mocked")

    own = Own(kind, refuse)
    with connect(kind, URL, http_client=own.client) as caller:
        with pytest.raises(AssertionError, match="not mocked"):
            caller.get()
        own.finish(caller)
    assert len(own.requests) == 1


class Duck:
    """An async client of another make, whose `send` is no coroutine function but returns an awaitable."""

    def __init__(self) -> None:
        self.build_request = httpx.AsyncClient().build_request

    def send(self, request: httpx.Request, **options: Any) -> Any:
        """Answer every request alike."""

        async def answering() -> httpx.Response:
            return found(request)

        return answering()


def test_an_async_client_of_another_make_will_do() -> None:
    """Its shape is what counts."""
    with connect(AsyncClient, URL, http_client=Duck()) as caller:
        assert caller.get().client_id == "c-7"
