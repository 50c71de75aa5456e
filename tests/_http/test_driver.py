"""One attempt of the driver, over real HTTP: what another thread may end, and what answers are read as."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pyttributionio import Client
from pyttributionio._core.types import APIRequest, Failure, Reply, Send
from pyttributionio._http.driver import ABORTED, Driver
from pyttributionio._http.exchange import Acquired, Exchange, abort
from support.faults import CUSTOMER, PATIENCE, Answer, Drip, FaultServer, Hang, answer
from support.timing import Hand

OK = answer(b"{}")


class Sender:
    """Posts through a client's driver, one attempt at a time, as an outbox does."""

    def __init__(self, url: str, **options: Any) -> None:
        self.client = Client("KEY", tracking_url=url, **options)
        self.settings = self.client._settings
        self.driver: Driver = self.client._driver
        self.exchange = self.new()

    def new(self) -> Exchange[Acquired]:
        """Return an exchange that has the client's deadline."""
        clock = self.settings.clock
        return Exchange(clock.monotonic() + self.settings.deadline, clock.monotonic)

    def post(self, body: bytes = b"{}") -> Reply | Failure:
        """Make one attempt."""
        self.exchange = self.new()
        tracking = self.settings.tracking
        request = APIRequest("POST", tracking.origin, f"{tracking.path}/events", body=body, encoding="identity")
        return self.driver.attempt(Send(request, self.settings.timeouts, self.exchange.deadline), self.exchange)

    def post_in_a_thread(self, meanwhile: Callable[[], object]) -> Reply | Failure:
        """Make one attempt in a thread, do something meanwhile, and return the outcome."""
        found: list[Reply | Failure] = []
        thread = threading.Thread(target=lambda: found.append(self.post()), daemon=True)
        thread.start()
        meanwhile()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the attempt never ended"
        return found[0]


@pytest.fixture
def sender() -> Iterator[Callable[..., Sender]]:
    """Give what makes senders; they are closed at the end."""
    made: list[Sender] = []

    def make(url: str, **options: Any) -> Sender:
        made.append(Sender(url, **options))
        return made[-1]

    yield make
    for each in made:
        each.client.close()


def test_a_request_is_the_clients_and_asks_for_the_encoding_that_it_was_given(sender: Callable[..., Sender]) -> None:
    """Method, path and body to the byte."""
    with FaultServer(OK) as server:
        assert sender(server.url + "/proxy").post(b'{"event":{}}') == Reply(200, [(b"Content-Length", b"2")], b"{}")
        request = server.requests[0]
        head = request.head.decode().lower()
        assert (request.method, request.target, request.body) == ("POST", "/proxy/events", b'{"event":{}}')
        assert "accept-encoding: identity\r\n" in head
        assert "user-agent: pyttributionio/" in head


def test_an_attempt_is_one_attempt(sender: Callable[..., Sender]) -> None:
    """Whatever `max_retries` says: the outbox has a back-off of its own."""
    with FaultServer(answer("busy", 503), OK) as server:
        outcome = sender(server.url, max_retries=5).post()
        assert isinstance(outcome, Reply)
        assert (outcome.status, len(server.requests)) == (503, 1)


def test_a_slow_answer_ends_with_the_deadline(sender: Callable[..., Sender], leap: Hand) -> None:
    """Each byte comes in time, and the answer never ends."""
    drip = Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", begun=lambda: leap(2 * PATIENCE))
    with FaultServer(drip) as server:
        slow = sender(server.url, timeout=httpx.Timeout(None), deadline=PATIENCE)
        outcome = slow.post_in_a_thread(lambda: server.wait_for(requests=1))
        assert isinstance(outcome, Failure)
        assert outcome.timeout
        server.wait_for(ended=1)


def test_another_thread_ends_a_request(sender: Callable[..., Sender]) -> None:
    """While it is being answered; the next request works."""
    with FaultServer(Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"), OK) as server:
        slow = sender(server.url, timeout=httpx.Timeout(None), deadline=10 * PATIENCE)

        def end() -> None:
            server.wait_for(requests=1)
            abort(slow.exchange)

        assert slow.post_in_a_thread(end) == Failure("the request was aborted from outside", timeout=True)
        assert isinstance(slow.post(), Reply)


def test_another_thread_ends_a_tls_handshake(sender: Callable[..., Sender]) -> None:
    """The handshake has taken the socket away from its stream, which must not keep it from being ended."""
    with FaultServer(Hang()) as server:
        secure = server.url.replace("http:", "https:")
        silent = sender(secure, timeout=httpx.Timeout(None), deadline=10 * PATIENCE)

        def end() -> None:
            server.wait_for(started=1)
            while silent.exchange.acquired is None or silent.exchange.acquired.connection.traffic.handshaking is None:  # type: ignore[attr-defined]
                threading.Event().wait(0.001)
            abort(silent.exchange)

        assert silent.post_in_a_thread(end) == Failure("the request was aborted from outside", timeout=True)


@pytest.mark.parametrize("as_transport", [True, False], ids=["transport", "client"])
def test_an_abort_ends_a_request_of_a_callers_client_between_two_pieces(
    sender: Callable[..., Sender], as_transport: bool
) -> None:
    """Its connections are out of reach, and its body is not."""
    post: list[Sender] = []

    def pieces() -> Iterator[bytes]:
        yield b"{"
        abort(post[0].exchange)
        yield b" " * 10
        raise AssertionError("the body was read to its end")

    own: Any = httpx.MockTransport(lambda _: httpx.Response(200, content=pieces()))
    post.append(sender("https://attribution.test", http_client=own if as_transport else httpx.Client(transport=own)))
    assert post[0].post() == ABORTED


def test_an_abort_that_comes_too_late_does_not_hurt_the_next_request(sender: Callable[..., Sender]) -> None:
    """The request has just been answered, and its connection may serve another exchange already."""
    with FaultServer(OK) as server:
        quick = sender(server.url)
        assert isinstance(quick.post(), Reply)
        abort(quick.exchange)
        assert isinstance(quick.post(), Reply)
        assert server.connections == 1


def test_an_exchange_that_was_ended_before_it_began_sends_nothing(sender: Callable[..., Sender]) -> None:
    """An outbox that closes ends all exchanges, those that have not begun as well."""
    with FaultServer(OK) as server:
        early = sender(server.url)
        exchange = early.new()
        abort(exchange)
        tracking = early.settings.tracking
        request = APIRequest("POST", tracking.origin, "/events", body=b"{}")
        outcome = early.driver.attempt(Send(request, early.settings.timeouts, exchange.deadline), exchange)
        assert isinstance(outcome, Failure)
        assert server.requests == []


INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
MANY = b"".join(b"X-Debug-%d: 1\r\n" % number for number in range(101))
LONG = b"Content-Security-Policy: " + b"a" * 66_000 + b"\r\n"


@pytest.mark.parametrize(
    "data",
    [
        INTERIM + OK,
        OK.replace(b"\r\n", b"\r\n" + MANY, 1),
        OK.replace(b"\r\n", b"\r\n" + LONG, 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["interim", "101-headers", "long-header", "chunked"],
)
def test_unusual_answers_are_read(sender: Callable[..., Sender], data: bytes) -> None:
    """Interim answers are skipped. Many headers and long ones are read. The connection is kept."""
    with FaultServer(data) as server:
        usual = sender(server.url)
        for _ in range(2):
            outcome = usual.post()
            assert isinstance(outcome, Reply)
            assert (outcome.status, outcome.content) == (200, b"{}")
        assert server.connections == 1


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + bytes(1 << 20),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
    ],
    ids=["negative-chunk", "negative-length", "two-lengths", "no-http", "cut"],
)
def test_broken_answers_are_failures(sender: Callable[..., Sender], data: bytes) -> None:
    """And their connection is closed."""
    with FaultServer(Answer(data, close=True), OK) as server:
        broken = sender(server.url)
        assert isinstance(broken.post(), Failure)
        assert isinstance(broken.post(), Reply)
        assert server.connections == 2


def test_a_second_answer_in_one_piece_with_the_first_is_not_the_next_requests(sender: Callable[..., Sender]) -> None:
    """The parser holds it. It would count the next event as delivered."""
    with FaultServer(OK + CUSTOMER, answer("busy", 503)) as server:
        stray = sender(server.url)
        assert isinstance(stray.post(), Reply)
        outcome = stray.post()
        assert isinstance(outcome, Reply)
        assert (outcome.status, server.connections) == (503, 2)
