"""HTTP clients and transports of the caller's choice, each for real: httpx's, httpx2's, and aiohttp's."""

import gzip
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncClient,
    Client,
    NotFoundError,
    ResponseValidationError,
)
from support.faults import CUSTOMER, KINDS, Answer, Caller, Drip, FaultServer, Hang, Reset, answer, connect
from support.surfaces import SECRET, Logs, check_error
from support.timing import retry_at_once

httpx2 = pytest.importorskip("httpx2", reason="it comes with the tools for development")
httpx_aiohttp = pytest.importorskip("httpx_aiohttp", reason="it comes with the tools for development")

CHOICES: dict[str, tuple[Any, Callable[[], Any]]] = {
    "httpx": (Client, lambda: httpx.Client(verify=False)),
    "httpx-async": (AsyncClient, lambda: httpx.AsyncClient(verify=False)),
    "httpx2": (Client, lambda: httpx2.Client(verify=False)),
    "httpx2-async": (AsyncClient, lambda: httpx2.AsyncClient(verify=False)),
    "httpx-aiohttp": (AsyncClient, lambda: httpx.AsyncClient(transport=httpx_aiohttp.AiohttpTransport(verify=False))),
    "transport": (Client, lambda: httpx.HTTPTransport(verify=False)),
    "transport-async": (AsyncClient, lambda: httpx.AsyncHTTPTransport(verify=False)),
    "transport-aiohttp": (AsyncClient, lambda: httpx_aiohttp.AiohttpTransport(verify=False)),
}


class Chosen:
    """A client of ours over one of the caller's."""

    def __init__(self, name: str) -> None:
        self.name, (self.kind, self.make) = name, CHOICES[name]

    def connect(self, server: FaultServer, **options: Any) -> Caller:
        """Connect to a server."""
        self.own = self.make()
        return connect(self.kind, server.url, http_client=self.own, **options)

    def finish(self, caller: Caller) -> None:
        """Close the caller's client, which ours has left open."""
        caller.close()
        assert not getattr(self.own, "is_closed", False)  # a transport can't tell
        caller.run(self.own.close() if self.kind is Client else self.own.aclose())


@pytest.fixture(params=CHOICES)
def chosen(request: pytest.FixtureRequest) -> Chosen:
    """Take each choice."""
    return Chosen(request.param)


def test_reads_and_posts_share_its_connection(chosen: Chosen) -> None:
    """Arrived as they should be; compressed answers are read."""
    packed = answer(gzip.compress(b'{"customer": {"client_id": "c-9"}}'), headers=[("Content-Encoding", "gzip")])
    with FaultServer(CUSTOMER, packed, answer(status=201)) as server, chosen.connect(server) as caller:
        assert caller.get("a/b", include=["events"]).client_id == "c-1"
        assert caller.get().client_id == "c-9"
        assert caller.event(client_id="c-1").client_id == "c-1"
        chosen.finish(caller)
        assert server.connections == 1
    targets = [request.target for request in server.requests]
    assert targets[0] == "/api/v1/KEY/customers/a%2Fb?secret=s3cr3t&show_events=true"
    assert targets[2:] == ["/events", "/identities"]


def test_errors_are_the_sdks(chosen: Chosen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset is tried again, a status is an error, a redirect is not followed, a broken body is told."""
    retry_at_once(monkeypatch)
    moved = answer("", 302, [("Location", "http://127.0.0.1:9/")])
    broken = answer(b"no gzip", headers=[("Content-Encoding", "gzip")])
    acts = [Reset(), CUSTOMER, answer("no", 404), moved, broken, Reset()]
    with FaultServer(*acts) as server, chosen.connect(server, max_retries=1) as caller:
        tries = caller.run(caller.client.customers.with_raw_response.get("c-1")).attempts
        assert tries == (1 if "aiohttp" in chosen.name else 2)  # aiohttp sends a read again by itself
        for error in (NotFoundError, APIStatusError, ResponseValidationError, APIConnectionError):
            with pytest.raises(error) as caught:
                caller.get()
        assert caught.value.attempts == 2
        chosen.finish(caller)


@pytest.mark.parametrize(
    ("act", "options"),
    [
        (Hang(), {"timeout": 0.1}),
        (Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "), {"deadline": 0.3}),
    ],
    ids=["timeout", "deadline"],
)
def test_time_is_bounded(chosen: Chosen, act: Any, options: dict[str, Any]) -> None:
    """By the timeout of an attempt, and by the deadline of the whole."""
    with FaultServer(CUSTOMER, act) as server, chosen.connect(server, max_retries=0, **options) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError):
            caller.get()
        chosen.finish(caller)


def test_secret_is_in_no_log_line_and_no_error(chosen: Chosen) -> None:
    """Though the client has it in its URL."""
    root, logs = logging.getLogger(), Logs()
    before = root.level
    root.addHandler(logs)
    root.setLevel(logging.DEBUG)
    try:
        with FaultServer(CUSTOMER, answer("no", 401)) as server:
            with chosen.connect(server, api_secret=SECRET) as caller:
                caller.get()
                with pytest.raises(APIStatusError) as caught:
                    caller.get()
                check_error(caught.value)
                chosen.finish(caller)
            assert "secret=S3cr3t" in server.requests[0].target
    finally:
        root.removeHandler(logs)
        root.setLevel(before)
    logs.check()


def test_answers_beyond_the_bound_are_left_off(chosen: Chosen) -> None:
    """Whatever the client would have read."""
    endless = Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b" " * 300_000)
    with FaultServer(endless) as server, chosen.connect(server, max_response_bytes=1000) as caller:
        with pytest.raises(ResponseValidationError, match="max_response_bytes"):
            caller.get()
        server.wait_for(ended=1)
        chosen.finish(caller)


@pytest.mark.parametrize("kind", KINDS, ids=["sync", "async"])
def test_transport_stays_open_and_usable(kind: Any) -> None:
    """When our client is closed; another one goes on with its connection."""
    own = httpx.HTTPTransport(verify=False) if kind is Client else httpx.AsyncHTTPTransport(verify=False)
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, http_client=own) as caller:
        caller.get()
        caller.run(caller.client.close())
        caller.client = kind("KEY", "s3cr3t", base_url=f"{server.url}/api/v1", http_client=own)
        caller.get()
        assert server.connections == 1
        caller.run(own.close() if isinstance(own, httpx.HTTPTransport) else own.aclose())


@pytest.mark.parametrize("kind", KINDS, ids=["sync", "async"])
def test_mock_transport_is_a_double_for_tests(kind: Any) -> None:
    """It is of both kinds, and sees whole requests."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"customer": {"client_id": "c-7"}})

    own = httpx.MockTransport(handle)
    with connect(kind, "https://attribution.test", http_client=own) as caller:
        assert caller.get().client_id == "c-7"
        caller.event(client_id="c-7")
    assert [request.method for request in seen] == ["GET", "POST", "POST"]
    assert seen[0].url == "https://attribution.test/api/v1/KEY/customers/c-1?secret=s3cr3t"
    assert json.loads(seen[1].content)["event"]["client_id"] == "c-7"
    assert seen[1].headers["content-length"] == str(len(seen[1].content))


@pytest.mark.parametrize(
    ("kind", "own"),
    [(AsyncClient, httpx.HTTPTransport(verify=False)), (Client, httpx.AsyncHTTPTransport(verify=False))],
    ids=["sync for async", "async for sync"],
)
def test_transport_of_the_wrong_kind_is_refused(kind: Any, own: object) -> None:
    """Before anything is sent; the message names what would do."""
    with pytest.raises(TypeError, match=f"wrong kind: this client needs an httpx.{kind.__name__} or a transport"):
        kind("KEY", http_client=own)
