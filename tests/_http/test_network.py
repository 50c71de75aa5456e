"""What a bad network does to a call: typed errors, in time, with what was asked and how often."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    RateLimitError,
    RequestInfo,
    ResponseValidationError,
)
from support.faults import (
    CUSTOMER,
    KEY,
    KINDS,
    PATIENCE,
    Act,
    Answer,
    Drip,
    FaultServer,
    Hang,
    Received,
    Reset,
    Sip,
    answer,
    connect,
    refusing,
)
from support.timing import retry_at_once, retry_never

LARGE = {"padding": "x" * 12_000_000}
"""More than the sockets' buffers take, so that writing it has to wait for the reader."""
CUT = b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"customer": {}}'
CUT_CHUNKS = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"customer": {}}\r\n'
OPEN_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"
OPEN_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

FAILURES = {
    "reset-before-reading": Reset(after_reading=False),
    "reset-while-reading": Reset(),
    "closed-without-answer": Answer(b"", close=True),
    "cut-headers": Answer(b"HTTP/1.1 200 OK\r\nContent-", close=True),
    "cut-body": Answer(CUT, close=True),
    "cut-chunks": Answer(CUT_CHUNKS, close=True),
    "not-http": Answer(b"SSH-2.0-OpenSSH_9.9\r\n", close=True),
}
DRIPS = {
    "headers": Drip(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"),
    "body": Drip(OPEN_BODY, b" "),
    "chunks": Drip(OPEN_CHUNKS, b"1\r\n \r\n"),
    "compressed-body": Drip(
        OPEN_BODY.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + b"\x1f\x8b\x08\x08\0\0\0\0\0\3", b"n"
    ),
    "interim-answers": Drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the waits between attempts away."""
    retry_at_once(monkeypatch)


def customer_url(server: FaultServer) -> str:
    return f"{server.url}/api/v1/{KEY}/customers/c-1"


def test_a_refused_connection_is_a_connection_error(kind: Any) -> None:
    """Nobody listens: an APIConnectionError that is no timeout says so, with what was asked."""
    refused = pytest.raises(APIConnectionError, match="ConnectError")
    with refusing() as url, connect(kind, url, max_retries=0) as caller, refused as caught:
        caller.get()
    assert type(caught.value) is APIConnectionError
    assert caught.value.attempts == 1
    assert caught.value.request == RequestInfo("GET", f"{url}/api/v1/{KEY}/customers/c-1")


@pytest.mark.parametrize("act", FAILURES.values(), ids=FAILURES)
def test_a_broken_connection_is_a_connection_error(kind: Any, act: Act) -> None:
    """However an answer breaks off, the error is one of ours and tells of one attempt."""
    with FaultServer(act) as server, connect(kind, server.url, max_retries=0) as caller:
        with pytest.raises(APIConnectionError) as caught:
            caller.get()
        assert type(caught.value) is APIConnectionError
        assert caught.value.attempts == 1
        assert caught.value.request == RequestInfo("GET", customer_url(server))
        assert server.started == 1


@pytest.mark.parametrize("act", FAILURES.values(), ids=FAILURES)
@pytest.mark.usefixtures("no_backoff")
def test_a_broken_connection_is_tried_again_as_often_as_allowed(kind: Any, act: Act) -> None:
    """Two retries are three attempts, and the error counts them."""
    with FaultServer(act) as server, connect(kind, server.url, max_retries=2) as caller:
        with pytest.raises(APIConnectionError) as caught:
            caller.identity()
        assert caught.value.attempts == 3
        assert caught.value.request == RequestInfo("POST", f"{server.url}/identities")
        assert server.started == 3


def test_a_reset_while_writing_is_a_connection_error(kind: Any) -> None:
    """The server resets while most of the body is still to be sent."""
    act = Reset(after_reading=False)
    with FaultServer(act) as server, connect(kind, server.url, max_retries=0) as caller:
        with pytest.raises(APIConnectionError) as caught:
            caller.identity(meta=LARGE)
        assert type(caught.value) is APIConnectionError
        assert caught.value.attempts == 1
        assert server.requests == []


def test_a_silent_server_is_a_timeout_after_each_attempts_timeout(kind: Any) -> None:
    """`timeout` ends an attempt, and is retried like other failures on the way."""
    silence = httpx.Timeout(PATIENCE, read=0.1)
    with FaultServer(Hang()) as server, connect(kind, server.url, timeout=silence, max_retries=0) as caller:
        with pytest.raises(APITimeoutError, match="ReadTimeout") as caught:
            caller.get()
        assert "deadline" not in str(caught.value)
        assert caught.value.attempts == 1
        server.wait_for(requests=1, ended=1)
        assert len(server.requests) == 1


@pytest.mark.parametrize("act", DRIPS.values(), ids=DRIPS)
def test_the_deadline_ends_a_drip(kind: Any, act: Drip, leap: Callable[..., None]) -> None:
    """Each byte comes well within the timeout; only the deadline can end the call, and no retry follows."""
    act = replace(act, begun=leap)
    with FaultServer(CUSTOMER, act) as server, connect(kind, server.url, deadline=PATIENCE) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError, match="deadline of 20 s") as caught:
            caller.get()
        assert caught.value.attempts == 1
        assert caught.value.request == RequestInfo("GET", customer_url(server))
        server.wait_for(ended=1)
        assert len(server.requests) == 2


def test_the_deadline_ends_a_wait_for_an_answer(kind: Any) -> None:
    """Nothing comes at all; the timeout would wait for longer."""
    with FaultServer(CUSTOMER, Hang()) as server, connect(kind, server.url, deadline=0.3) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError, match=r"deadline of 0\.3 s") as caught:
            caller.get()
        assert caught.value.attempts == 1
        assert caught.value.request == RequestInfo("GET", customer_url(server))
        server.wait_for(ended=1)
        assert server.connections == 1
        assert len(server.requests) <= 2


def test_the_deadline_ends_a_write_to_a_slow_reader(kind: Any) -> None:
    """A server that takes the body sip by sip holds nobody beyond the deadline."""
    with FaultServer(CUSTOMER, Sip()) as server, connect(kind, server.url, deadline=0.3) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError, match=r"deadline of 0\.3 s") as caught:
            caller.identity(meta=LARGE)
        assert caught.value.attempts == 1
        assert len(server.requests) == 1


@pytest.mark.usefixtures("no_backoff")
def test_one_deadline_holds_for_an_event_and_its_identity(kind: Any, leap: Callable[..., None]) -> None:
    """The event is accepted after 15 s, its identity is not: the error and its note say so."""

    def late(request: Received) -> bytes:
        leap(15.0)
        return answer()

    drip = replace(DRIPS["body"], begun=lambda: leap(10.0))
    with FaultServer(CUSTOMER, Answer(late), drip) as server, connect(kind, server.url, deadline=PATIENCE) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError, match="deadline") as caught:
            caller.event(transaction_id="t-7")
        assert caught.value.request.url == f"{server.url}/identities"
        assert "accepted (transaction id t-7)" in caught.value.__notes__[0]


def test_the_client_works_on_after_a_deadline(kind: Any, leap: Callable[..., None]) -> None:
    """The connection of an ended call is thrown away, and the next call makes its own."""
    acts = [CUSTOMER, replace(DRIPS["body"], begun=leap), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url, deadline=PATIENCE) as caller:
        caller.warm()
        with pytest.raises(APITimeoutError, match="deadline of 20 s"):
            caller.get()
        assert caller.get().client_id == "c-1"
        assert server.connections == 2


FIRST_TRIES = {
    **{str(status): Answer(answer("later", status)) for status in (408, 429, 500, 502, 503, 504)},
    **FAILURES,
}


@pytest.mark.parametrize("act", FIRST_TRIES.values(), ids=FIRST_TRIES)
@pytest.mark.usefixtures("no_backoff")
def test_a_read_is_tried_again_and_succeeds(kind: Any, act: Act) -> None:
    """The second attempt is the first to the byte, and its answer is the call's."""
    with FaultServer(act, CUSTOMER) as server, connect(kind, server.url) as caller:
        raw = caller.run(caller.client.customers.with_raw_response.get("c-1"))
        assert raw.attempts == 2
        assert raw.parse().client_id == "c-1"
        assert len(set(server.requests)) == 1


@pytest.mark.parametrize("act", FIRST_TRIES.values(), ids=FIRST_TRIES)
@pytest.mark.usefixtures("no_backoff")
def test_an_event_is_tried_again_the_same_to_the_byte(kind: Any, act: Act) -> None:
    """Its transaction id and time are fixed before the first attempt, so the server can tell it is one event."""
    with FaultServer(act, answer()) as server, connect(kind, server.url) as caller:
        caller.event()
        assert server.started == 3
        events = [request for request in server.requests if request.target == "/events"]
        assert len(set(events)) == 1
        assert [request.target for request in server.requests][-1] == "/identities"


@pytest.mark.parametrize("value", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"], ids=["seconds", "past-date"])
def test_retry_after_is_honoured(kind: Any, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server says at once, so the SDK's own backoff, endless here, does not count."""
    retry_never(monkeypatch)
    first = answer("busy", 503, [("Retry-After", value)])
    with FaultServer(first, CUSTOMER) as server, connect(kind, server.url) as caller:
        assert caller.get().client_id == "c-1"
        assert len(server.requests) == 2


def test_a_retry_after_beyond_the_deadline_raises_at_once(kind: Any) -> None:
    """Waiting could only end in the deadline, so the answer is raised as it is, with what it asked for."""
    act = answer("slow down", 429, [("Retry-After", "86400")])
    with FaultServer(act) as server, connect(kind, server.url, deadline=20) as caller:
        with pytest.raises(RateLimitError) as caught:
            caller.get()
        assert caught.value.retry_after == 86400.0
        assert caught.value.attempts == 1
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "value",
    ["Wed, 21 Oct 99999999999999999999 07:28:00 GMT", "soon", "-1", "1e9", "2, 3"],
    ids=["year", "word", "negative", "exponent", "list"],
)
def test_a_senseless_retry_after_is_none(kind: Any, value: str) -> None:
    """Whatever stands in the header, the error is the status's."""
    act = answer("no", 500, [("Retry-After", value)])
    with FaultServer(act) as server, connect(kind, server.url, max_retries=0) as caller:
        with pytest.raises(InternalServerError) as caught:
            caller.get()
        assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
@pytest.mark.usefixtures("no_backoff")
def test_a_callers_error_is_not_tried_again(kind: Any, status: int) -> None:
    """Sending the same again would be answered the same."""
    with FaultServer(answer("no", status)) as server, connect(kind, server.url) as caller:
        for call in (caller.get, caller.identity):
            with pytest.raises(APIStatusError) as caught:
                call()
            assert caught.value.status_code == status
            assert caught.value.attempts == 1
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(kind: Any, status: int) -> None:
    """It could carry the secret elsewhere: the other host sees nothing, and the error says what to do."""

    def elsewhere(request: Received) -> bytes:
        return answer("moved", status, [("Location", other.url + request.target)])

    with FaultServer(CUSTOMER) as other, FaultServer(Answer(elsewhere)) as server, connect(kind, server.url) as caller:
        for call in (caller.get, caller.identity):
            with pytest.raises(APIStatusError, match="redirects are not followed") as caught:
                call()
            assert type(caught.value) is APIStatusError
            assert caught.value.status_code == status
        assert len(server.requests) == 2
        assert other.connections == 0


@pytest.mark.parametrize(
    ("encoding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)], ids=["gzip", "deflate"]
)
def test_a_compressed_answer_is_read(kind: Any, encoding: str, encode: Any) -> None:
    """The SDK asks for gzip and deflate, and reads both."""
    data = answer(encode(b'{"customer": {"client_id": "c-9"}}'), headers=[("Content-Encoding", encoding)])
    with FaultServer(data) as server, connect(kind, server.url) as caller:
        assert caller.get().client_id == "c-9"
        assert b"accept-encoding: gzip, deflate" in server.requests[0].head.lower()


def test_a_broken_compression_fails_a_read_and_not_a_post(kind: Any) -> None:
    """All bytes arrived, so it is no connection error; a post was accepted whatever its body is."""
    act = answer(b"this is no gzip", headers=[("Content-Encoding", "gzip")])
    with FaultServer(act) as server, connect(kind, server.url) as caller:
        with pytest.raises(ResponseValidationError, match="Content-Encoding") as caught:
            caller.get()
        assert (caught.value.path, caught.value.expected, caught.value.body) == ("", "a readable body", "")
        assert caller.identity("c-3").client_id == "c-3"
        assert len(server.requests) == 2
