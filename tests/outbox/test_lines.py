"""How a sender speaks HTTP: over loopback, with a server that misbehaves."""

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from outbox._helpers import OK, wait_until
from pyttributionio import Client
from pyttributionio._core.types import Failure, Reply
from pyttributionio.outbox.delivery.lines import FOREVER, ClientLine, DirectLine, Line, LineOpener
from support.faults import PATIENCE, Answer, Drip, FaultServer, Hang, Reset, answer, refusing
from support.tls import Authority, TLSServer

KINDS = ["direct", "client"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Take each way to the server."""
    return str(request.param)


def opened(url: str, kind: str = "direct", **options: Any) -> Line:
    """Open a line to a server."""
    client = Client("KEY", tracking_url=url, **options)
    lines = LineOpener(client._settings, client._transport.http_client)
    return lines.direct() if kind == "direct" else lines.through_client()


@pytest.fixture
def closing() -> Iterator[list[Line]]:
    """Close what was opened."""
    lines: list[Line] = []
    yield lines
    for line in lines:
        line.close()
        if isinstance(line, ClientLine):
            line._transport.close()


def test_a_request_is_what_the_client_would_send(kind: str, closing: list[Line]) -> None:
    """Method, path and body to the byte; its name and the kind of its body in the headers."""
    with FaultServer(OK) as server:
        line = opened(server.url + "/proxy", kind)
        closing.append(line)
        assert line.post("events", b'{"event":{}}') == Reply(200, getattr(line.post("events", b""), "headers"), b"{}")  # noqa: B009
        request = server.requests[0]
        head = request.head.decode().lower()
        assert (request.method, request.target, request.body) == ("POST", "/proxy/events", b'{"event":{}}')
        assert "user-agent: pyttributionio/" in head
        assert "content-type: application/json" in head


def test_a_connection_is_kept(kind: str, closing: list[Line]) -> None:
    """One serves many requests."""
    with FaultServer(OK) as server:
        closing.append(line := opened(server.url, kind))
        assert [type(line.post("events", b"x")) for _ in range(5)] == [Reply] * 5
        assert server.connections == 1


def test_a_connection_that_was_closed_between_two_requests_is_made_anew(closing: list[Line]) -> None:
    """A server may close a kept one at any time; that says nothing of how it is doing."""
    with FaultServer(Answer(OK, close=True)) as server:
        closing.append(line := opened(server.url))
        for n in range(1, 4):
            assert isinstance(line.post("events", b"x"), Reply)
            server.wait_for(ended=n)
        assert len(server.requests) == 3


def test_an_abort_that_comes_too_late_does_not_hurt_the_next_request(closing: list[Line]) -> None:
    """The keeper found it late just as its answer came; the connection is gone, and the next is answered on another."""
    with FaultServer(OK) as server:
        closing.append(line := opened(server.url))
        assert isinstance(line.post("events", b"x"), Reply)
        line.abort()
        assert isinstance(line.post("events", b"y"), Reply)
        server.wait_for(ended=1)
        assert (len(server.requests), server.connections) == (2, 2)


class CutShort(http.client.HTTPResponse):
    """An answer whose connection is reset when some of it has been read."""

    def begin(self) -> None:
        """Read its beginning, and no more."""
        super().begin()
        raise ConnectionResetError("cut short")


def test_a_kept_connection_that_is_reset_before_an_answer_is_made_anew(closing: list[Line]) -> None:
    """As one that was closed is: not a byte of an answer came."""
    with FaultServer(OK, Reset(), OK) as server:
        closing.append(line := opened(server.url))
        assert isinstance(line.post("events", b"x"), Reply)
        assert isinstance(line.post("events", b"y"), Reply)
        assert len(server.requests) == 3


def test_an_answer_that_began_is_no_reason_to_send_at_once_again(closing: list[Line]) -> None:
    """The server has the request; what it will say to another is for the outbox's back-off to find out."""
    with FaultServer(OK) as server:
        closing.append(line := opened(server.url))
        assert isinstance(line, DirectLine)
        assert isinstance(line.post("events", b"x"), Reply)
        line._connection.response_class = CutShort
        outcome = line.post("events", b"y")
        assert isinstance(outcome, Failure)
        assert outcome.text == "ConnectionResetError: cut short"
        assert len(server.requests) == 2


def test_a_reset_on_a_new_connection_is_a_failure(kind: str, closing: list[Line]) -> None:
    """Sent once: the outbox has a back-off of its own."""
    with FaultServer(Reset()) as server:
        closing.append(line := opened(server.url, kind))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Failure)
        assert len(server.requests) == 1


def test_a_refused_connection_is_a_failure(kind: str, closing: list[Line]) -> None:
    """It says what happened."""
    with refusing() as url:
        closing.append(line := opened(url, kind))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Failure)
        assert "refused" in outcome.text.lower()
        assert line.deadline == FOREVER


def test_a_name_that_does_not_resolve_is_a_failure(closing: list[Line]) -> None:
    """RFC 6761 keeps it for that."""
    closing.append(line := opened("https://nobody.invalid"))
    assert isinstance(line.post("events", b"x"), Failure)


def test_a_silent_server_is_a_timeout(kind: str, closing: list[Line]) -> None:
    """After the client's own timeout."""
    with FaultServer(Hang()) as server:
        closing.append(line := opened(server.url, kind, timeout=0.05))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Failure)
        assert outcome.timeout


def test_a_line_through_the_client_ends_when_it_is_told_to(closing: list[Line]) -> None:
    """Before the client's own deadline."""
    with FaultServer(Hang()) as server:
        closing.append(line := opened(server.url, "client", timeout=httpx.Timeout(None), deadline=10 * PATIENCE))
        line.deadline = time.monotonic() + 0.05
        outcome = posted(line, lambda: None)  # on a busy machine the request may not even be sent by then
        assert isinstance(outcome, Failure)
        assert outcome.timeout


def test_a_line_through_the_client_ends_in_the_middle_of_an_answer(
    closing: list[Line], leap: Callable[..., None]
) -> None:
    """The request was sent, and each byte comes in time."""
    with FaultServer(Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", begun=lambda: leap(2 * PATIENCE))) as server:
        closing.append(line := opened(server.url, "client", timeout=httpx.Timeout(None), deadline=10 * PATIENCE))
        line.deadline = time.monotonic() + PATIENCE
        outcome = posted(line, lambda: server.wait_for(requests=1))
        assert isinstance(outcome, Failure)
        assert outcome.timeout
        server.wait_for(ended=1)


def test_a_dripping_server_is_ended_from_outside(closing: list[Line]) -> None:
    """Each byte comes in time; the keeper ends what is late, and the next request works."""
    with FaultServer(Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"), OK) as server:
        line = opened(server.url, deadline=0.2)
        closing.append(line)
        found: list[Reply | Failure] = []
        thread = threading.Thread(target=lambda: found.append(line.post("events", b"x")))
        thread.start()
        server.wait_for(requests=1)
        wait_until(lambda: line.deadline < FOREVER)
        wait_until(lambda: time.monotonic() >= line.deadline)
        line.abort()
        thread.join()
        (outcome,) = found
        assert isinstance(outcome, Failure)
        assert (outcome.text, outcome.timeout) == ("the deadline passed", True)
        assert isinstance(line.post("events", b"x"), Reply)


def posted(line: Line, then: Callable[[], object]) -> Reply | Failure:
    """Post from a thread, do something meanwhile, and return what came of it."""
    found: list[Reply | Failure] = []
    thread = threading.Thread(target=lambda: found.append(line.post("events", b"x")), daemon=True)
    thread.start()
    then()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it never ended"
    return found[0]


def silent(server: FaultServer, deadline: float) -> Line:
    """Open a line to a server that takes part in no handshake, with nothing but the deadline to end it."""
    return opened(server.url.replace("http:", "https:"), timeout=httpx.Timeout(None), deadline=deadline)


def test_a_handshake_ends_with_the_deadline(closing: list[Line]) -> None:
    """Whatever the client's timeouts leave open: a server that says nothing would hold a thread for ever."""
    with FaultServer(Hang()) as server:
        closing.append(line := silent(server, deadline=0.05))
        outcome = posted(line, lambda: server.wait_for(started=1))
        assert isinstance(outcome, Failure)
        assert outcome.timeout


def test_a_handshake_is_ended_from_outside(closing: list[Line]) -> None:
    """One that drips, say: each byte of it comes in time."""
    with FaultServer(Hang()) as server:
        closing.append(line := silent(server, deadline=10 * PATIENCE))

        def abort() -> None:
            server.wait_for(started=1)
            line.abort()

        outcome = posted(line, abort)
        assert isinstance(outcome, Failure)
        assert (outcome.text, outcome.timeout) == ("the deadline passed", True)


def test_a_line_without_a_connection_has_nothing_to_end(kind: str, closing: list[Line]) -> None:
    """A keeper that closes ends all of them, used or not."""
    with FaultServer(OK) as server:
        closing.append(line := opened(server.url, kind))
        line.abort()
        assert server.connections == 0


def test_a_deadline_beyond_what_sockets_know_is_none(closing: list[Line]) -> None:
    """They count in milliseconds, and not so far."""
    with FaultServer(OK) as server:
        closing.append(line := opened(server.url, timeout=httpx.Timeout(None), deadline=1e300))
        assert isinstance(line.post("events", b"x"), Reply)


def test_an_answer_that_ends_too_soon_is_a_failure(closing: list[Line]) -> None:
    """Half an answer tells nothing."""
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"
    with FaultServer(Answer(half, close=True)) as server:
        closing.append(line := opened(server.url))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Failure)
        assert "IncompleteRead" in outcome.text


def test_what_is_no_http_is_a_failure(closing: list[Line]) -> None:
    """Whatever speaks there."""
    with FaultServer(Answer(b"SSH-2.0-OpenSSH\r\n\r\n", close=True)) as server:
        closing.append(line := opened(server.url))
        assert isinstance(line.post("events", b"x"), Failure)


def test_an_error_comes_with_its_headers_and_its_text(kind: str, closing: list[Line]) -> None:
    """The dead letter keeps what the server said."""
    with FaultServer(answer("no such key", 422, [("Retry-After", "3")])) as server:
        closing.append(line := opened(server.url, kind))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Reply)
        assert (outcome.status, outcome.content, outcome.headers["retry-after"]) == (422, b"no such key", "3")


def test_a_huge_answer_is_not_read_to_its_end(closing: list[Line]) -> None:
    """Its connection is given up instead."""
    with FaultServer(answer(b"x" * 200_000), OK) as server:
        closing.append(line := opened(server.url))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Reply)
        assert len(outcome.content or b"") == 64 * 1024
        assert isinstance(line.post("events", b"x"), Reply)
        assert server.connections == 2


def test_a_redirect_is_not_followed(kind: str, closing: list[Line]) -> None:
    """It could carry the entry elsewhere."""
    with FaultServer(answer(status=302, headers=[("Location", "/other")])) as server:
        closing.append(line := opened(server.url, kind))
        outcome = line.post("events", b"x")
        assert isinstance(outcome, Reply)
        assert (outcome.status, len(server.requests)) == (302, 1)


def test_a_callers_http_client_is_sent_through() -> None:
    """Its proxies, its certificates, its headers."""
    seen: list[str] = []
    own = httpx.Client(
        headers={"X-Own": "yes"},
        transport=httpx.MockTransport(lambda request: (seen.append(request.headers["x-own"]), httpx.Response(200))[1]),
    )
    line = opened("https://api.attribution.io", http_client=own)
    assert isinstance(line, ClientLine)
    assert isinstance(line.post("events", json.dumps({}).encode()), Reply)
    assert seen == ["yes"]
    assert not own.is_closed


@pytest.mark.parametrize(
    ("variables", "direct"),
    [
        ({}, True),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128"}, False),
        ({"https_proxy": "http://127.0.0.1:3128"}, False),
        ({"ALL_PROXY": "http://127.0.0.1:3128"}, False),
        ({"HTTP_PROXY": "http://127.0.0.1:3128"}, True),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": "attribution.io"}, True),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": "*"}, True),
    ],
)
def test_behind_a_proxy_the_clients_transport_is_used(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], direct: bool
) -> None:
    """It is the one that knows proxies; one that is not for this server does not count."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert isinstance(opened("https://api.attribution.io"), DirectLine) is direct


def test_https_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the certificates that httpx itself trusts, read once."""
    client = Client("KEY")
    lines = LineOpener(client._settings, None)
    first, second = lines.direct(), lines.direct()
    assert isinstance(first, DirectLine)
    assert isinstance(second, DirectLine)
    context = first._connection._context
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert second._connection._context is context


@pytest.mark.parametrize(("name", "says"), [("localhost", None), ("other.example", "[Hh]ostname mismatch")])
def test_a_line_shakes_hands_with_the_right_server_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closing: list[Line], name: str, says: str | None
) -> None:
    """One connection serves many requests; of another server's certificate it says what is wrong with it."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with TLSServer(authority.context(name)) as server:
        closing.append(line := opened(f"https://localhost:{server.port}"))
        assert isinstance(line, DirectLine)
        first, second = line.post("events", b"x"), line.post("events", b"y")
        if says is None:
            assert [type(first), type(second)] == [Reply, Reply]
            assert [request.body for request in server.requests] == [b"x", b"y"]
            line.close()
        else:
            assert isinstance(first, Failure)
            assert re.search(says, first.text)
            assert server.requests == []
