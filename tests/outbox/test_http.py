"""Delivery over real HTTP: unusual answers, ended connections, proxies, and the tools that watch or replace httpx."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import respx
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from outbox._helpers import OK, name_of, received, wait_until
from pyttributionio import Client
from pyttributionio._core.types import Failure
from pyttributionio.outbox import Outbox, StoredEntry
from pyttributionio.outbox.delivery.sender import Sender
from support.faults import PATIENCE, Answer, Drip, FaultServer, Hang, Received, Reset, answer
from support.listening import Listening
from support.proxy import Proxy
from support.tls import Authority

UNUSUAL = {
    "early hints before it": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + OK,
    "processing before it": b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + OK,
    "101 header lines": answer(b"{}", headers=[(f"X-Debug-{n}", "1") for n in range(101)]),
    "a header line of 66 kB": answer(b"{}", headers=[("Content-Security-Policy", "a" * 66_000)]),
    "a body of 200 kB": answer(b"x" * 200_000),
    "a compressed body": answer(b"not gzip", headers=[("Content-Encoding", "gzip")]),
    "no body": answer(status=204),
}


def opened(url: str, **options: Any) -> Outbox:
    """Return an outbox in memory with one worker, so that all requests use one connection."""
    return Outbox(Client("KEY", tracking_url=url, **options), durability="memory", in_flight=1, drain_on_exit=0)


def accept(outbox: Outbox, *names: str) -> None:
    """Accept events of one visitor."""
    for name in names:
        outbox.event("ev", visitor_id="v", client_id="c", transaction_id=name, identify=False)


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL)
def test_an_event_is_delivered_once_for_any_success(data: bytes) -> None:
    """A client would accept these answers too."""
    with FaultServer(data) as server, opened(server.url) as outbox:
        accept(outbox, "a", "b")
        assert outbox.flush(20) == 0
        assert received(server) == ["a", "b"]


def test_a_post_is_the_clients_but_for_compression() -> None:
    """Method, path, body and headers. The answer must not be compressed: a dead letter keeps its text."""
    with FaultServer(OK) as server, opened(f"{server.url}/proxy") as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        with Client("KEY", tracking_url=f"{server.url}/proxy") as client:
            client.tracking.event("ev", visitor_id="v", client_id="c", transaction_id="a", identify=False)
        own, clients = server.requests
        assert (own.method, own.target) == (clients.method, clients.target) == ("POST", "/proxy/events")
        assert b"Accept-Encoding: identity" in own.head
        assert own.head.replace(b"identity", b"gzip, deflate") == clients.head


@pytest.mark.parametrize(
    "act",
    [
        Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 100_000),
        Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", close=True),
        Answer(b"SSH-2.0-OpenSSH\r\n\r\n", close=True),
        Reset(),
    ],
    ids=["a negative chunk size", "half an answer", "not HTTP", "reset"],
)
def test_an_answer_that_is_none_pauses_and_the_entry_is_sent_again(act: Any) -> None:
    """Nothing of it is kept in memory, and the next request uses a new connection."""
    with FaultServer(act, OK) as server, opened(server.url) as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
        assert received(server) == ["a", "a"]
        assert server.connections == 2


@pytest.mark.parametrize("in_one_piece", [True, False])
def test_a_second_answer_to_one_request_is_not_the_answer_to_the_next(in_one_piece: bool) -> None:
    """The event that a server refuses is a dead letter, although a stray success lies in the connection."""
    refused = answer("no such key", 422)
    with SecondAnswer(in_one_piece=in_one_piece, then=refused) as server:
        dead: list[StoredEntry] = []
        client = Client("KEY", tracking_url=server.url)
        with Outbox(client, durability="memory", in_flight=1, on_dead=dead.append) as outbox:
            accept(outbox, "a")
            assert outbox.flush(20) == 0
            server.second.wait_until_sent()
            accept(outbox, "b")
            assert outbox.flush(20) == 0
            assert outbox.stats().delivered == 1
        assert [each.transaction_id for each in dead] == ["b"]


class _Sent:
    """A note that bytes were sent and have arrived."""

    def __init__(self) -> None:
        self.sent = False

    def wait_until_sent(self) -> None:
        """Return when they were."""
        wait_until(lambda: self.sent)


class SecondAnswer(Listening):
    """Answer the first request of each connection twice, and the requests of the second connection with a refusal."""

    def __init__(self, *, in_one_piece: bool, then: bytes) -> None:
        super().__init__()
        self._in_one_piece = in_one_piece
        self._then = then
        self.second = _Sent()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while connection.recv(65536):
                if self.second.sent:
                    connection.sendall(self._then)
                    continue
                connection.sendall(OK * 2 if self._in_one_piece else OK)
                if not self._in_one_piece:
                    connection.sendall(OK)
                self.second.sent = True


@pytest.mark.parametrize("end", ["close", "reset", "notify"])
@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
def test_a_connection_that_ended_unused_is_replaced_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secured: bool, end: str
) -> None:
    """In every form that TCP and TLS have for it. That is no failure: nothing pauses, and nothing is sent twice."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with Ending(authority.context("localhost") if secured else None, end) as server, opened(server.url) as outbox:
        for n in range(4):
            accept(outbox, f"t-{n}")
            assert outbox.flush(20) == 0
            server.end_connection()
        assert [name_of(request) for request in server.requests] == [f"t-{n}" for n in range(4)]
        assert outbox.stats().last_error is None


class Ending(Listening):
    """Answer one request of each connection. End the connection on demand: closed, reset, or with TLS's notice."""

    def __init__(self, context: ssl.SSLContext | None, end: str) -> None:
        super().__init__()
        self._context = context
        self._end = end
        self.requests: list[Received] = []
        self._demands, self._ends = threading.Semaphore(0), threading.Semaphore(0)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self._context else ''}://localhost:{self.port}"

    def end_connection(self) -> None:
        """End the connection that was answered, and return when that is done."""
        self._demands.release()
        assert self._ends.acquire(timeout=PATIENCE)

    def _serve(self, connection: socket.socket) -> None:
        try:
            used = connection if self._context is None else self._context.wrap_socket(connection, server_side=True)
        except OSError:  # the client refuses the certificate
            return
        data = b""
        while not data.endswith(b"}"):
            data += used.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        self.requests.append(Received(head, body))
        used.sendall(OK)
        assert self._demands.acquire(timeout=PATIENCE)
        if self._end == "notify" and isinstance(used, ssl.SSLSocket):
            used.setblocking(False)
            with suppress(ssl.SSLWantReadError):  # the notice is sent, and the client's is not waited for
                used.unwrap()
        if self._end == "reset":
            used.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        used.close()
        self._ends.release()


def test_the_server_must_have_the_right_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nothing is sent, and the state says why."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with Ending(authority.context("other.example"), "close") as server, opened(server.url) as outbox:
        accept(outbox, "a")
        wait_until(lambda: outbox.stats().state == "paused")
        assert "ostname mismatch" in (outbox.stats().last_error or "")
        assert server.requests == []


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the client."""
    with FaultServer(OK) as server, Proxy(urlsplit(server.url).port or 0) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with Outbox(
            Client("KEY", tracking_url="http://tracking.example", allow_insecure_http=True), durability="memory"
        ) as outbox:
            accept(outbox, "a")
            assert outbox.flush(20) == 0
        assert received(server) == ["a"]
        assert proxy.requests[0].target == "http://tracking.example/events"


def test_a_callers_http_client_is_used_and_left_open() -> None:
    """Its certificates, its proxies, its headers."""
    seen: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["x-own"])
        return httpx.Response(200)

    own = httpx.Client(headers={"X-Own": "yes"}, transport=httpx.MockTransport(respond))
    with opened("https://api.attribution.io", http_client=own) as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
    assert seen == ["yes"]
    assert not own.is_closed


def test_a_closed_sender_sends_nothing() -> None:
    """The end of an outbox ends the request under way, and no worker begins another one."""
    with FaultServer(OK) as server, Client("KEY", tracking_url=server.url) as client:
        sender = Sender(client._settings, client._driver)
        sender.close()
        assert isinstance(sender.post("events", b"{}"), Failure)
        assert server.connections == 0


@pytest.mark.parametrize("act", [Hang(), Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")], ids=["silent", "dripping"])
def test_closing_ends_the_request_under_way(act: Any) -> None:
    """Its thread ends, although the server and the client's timeouts would let it wait for long."""
    with FaultServer(act) as server:
        outbox = opened(server.url, timeout=10 * PATIENCE, deadline=10 * PATIENCE)
        accept(outbox, "a")
        server.wait_for(requests=1)
        outbox.close()
        server.wait_for(ended=1)
        assert not outbox._engine().threads._alive


@pytest.fixture
def unreachable() -> Iterator[Callable[[], Outbox]]:
    """Return what makes an outbox whose server must not be reached: it would count the connections."""
    with FaultServer(OK) as server:
        yield lambda: opened(server.url)
        assert server.connections == 0


def test_respx_answers_the_outbox(unreachable: Callable[[], Outbox], respx_mock: respx.MockRouter) -> None:
    """As it answers a client: a suite that mocks httpx reaches no network."""
    route = respx_mock.post(path="/events").respond(201)
    with unreachable() as outbox:
        accept(outbox, "a")
        assert outbox.flush(20) == 0
    assert route.call_count == 1


def test_a_post_that_respx_does_not_know_is_kept(
    unreachable: Callable[[], Outbox], respx_mock: respx.MockRouter
) -> None:
    """Its complaint can reach no test, because a thread meets it. It is in the health."""
    respx_mock.post(path="/other").respond(201)
    respx_mock._assert_all_called = False
    with unreachable() as outbox:
        accept(outbox, "a")
        wait_until(lambda: outbox.stats().state == "refused")
        assert "not mocked" in outbox.health().problems[0]
        assert outbox.stats().pending == 1


def test_vcrpy_records_and_answers_the_outbox(tmp_path: Path) -> None:
    """Recorded once, then played without the server."""
    cassette = str(tmp_path / "cassette.yaml")
    with FaultServer(OK) as server:
        for recorded in (0, 1):
            with vcr.use_cassette(cassette) as tape, opened(server.url) as outbox:
                assert len(tape) == recorded
                accept(outbox, "a")
                assert outbox.flush(20) == 0
        assert received(server) == ["a"]


def test_opentelemetry_sees_the_posts() -> None:
    """Each attempt is a span of its instrument of httpx."""
    spans = InMemorySpanExporter()
    traces, instrument = TracerProvider(), HTTPXClientInstrumentor()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    instrument.instrument(tracer_provider=traces)
    try:
        with FaultServer(answer(status=503), OK) as server, opened(server.url) as outbox:
            accept(outbox, "a")
            assert outbox.flush(20) == 0
            seen = [dict(span.attributes or {}) for span in spans.get_finished_spans()]
            assert [each.get("http.status_code", each.get("http.response.status_code")) for each in seen] == [503, 200]
    finally:
        instrument.uninstrument()
        traces.shutdown()
