"""`retry_posts`: which posts are sent again after a failure, over real sockets."""

from typing import Any

import pytest

from pyttributionio import APIConnectionError, APIStatusError
from pyttributionio._http.messages import failure
from support.faults import KINDS, Act, Answer, FaultServer, Hang, Reset, answer, connect, refusing
from support.timing import retry_at_once

OK = answer(b"{}")
LOST: dict[str, Act] = {
    "reset before reading": Reset(after_reading=False),
    "reset after reading": Reset(),
    "closed without an answer": Answer(b"", close=True),
    "cut in the headers": Answer(b"HTTP/1.1 200 OK\r\nContent-", close=True),
    "cut in the body": Answer(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"event"', close=True),
    "cut in the body of a 503": Answer(b"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nbusy", close=True),
    "cut in the chunks of a 429": Answer(b"HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nwait", close=True),
    "not HTTP": Answer(b"SSH-2.0-OpenSSH_9.9\r\n", close=True),
}
"""Failures after which the server may have processed the request."""
MAYBE = 'It may have arrived, so it was not sent again (retry_posts="unsent")'


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return each client's class; retries follow at once."""
    retry_at_once(monkeypatch)
    return request.param


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_post_whose_answer_was_lost_is_sent_again_by_default(kind: Any, act: Act) -> None:
    """It may be counted twice: the default is that no event is lost."""
    with FaultServer(act, OK) as server, connect(kind, server.url) as caller:
        caller.event(identify=False)
        assert server.started == 2


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_post_whose_answer_was_lost_is_not_sent_again_if_asked(kind: Any, act: Act) -> None:
    """Any post. The error says why. A read is sent again as before."""
    with FaultServer(act) as server, connect(kind, server.url, retry_posts="unsent") as caller:
        for number, call in enumerate((caller.event, caller.identity), 1):
            with pytest.raises(APIConnectionError) as caught:
                call()
            assert caught.value.attempts == 1
            assert str(caught.value).endswith(MAYBE)
            assert server.started == number
        with pytest.raises(APIConnectionError, match="1 attempt;"):
            caller.run(caller.client.post("events", body={}, cast_to=None))
        assert server.started == 3
        with pytest.raises(APIConnectionError, match="3 attempts") as caught:
            caller.get()
        assert MAYBE not in str(caught.value)
        assert server.started == 6


def test_post_that_timed_out_is_not_sent_again_if_asked(kind: Any) -> None:
    """The server has the whole request, and may answer too late."""
    with FaultServer(Hang()) as server, connect(kind, server.url, retry_posts="unsent", timeout=0.05) as caller:
        with pytest.raises(APIConnectionError, match="ReadTimeout") as caught:
            caller.event()
        assert (caught.value.attempts, len(server.requests)) == (1, 1)


@pytest.mark.parametrize("status", [408, 429, 503])
def test_post_that_was_not_processed_is_sent_again(kind: Any, status: int) -> None:
    """The server says so in a complete answer."""
    with FaultServer(answer(b"later", status), OK) as server:
        with connect(kind, server.url, retry_posts="unsent") as caller:
            caller.event(identify=False)
        first, second = server.requests
        assert first.body == second.body


@pytest.mark.parametrize("status", [500, 502, 504])
def test_post_that_may_have_been_processed_is_not_sent_again(kind: Any, status: int) -> None:
    """A server that failed may have failed late, and a proxy does not know what the server did."""
    with FaultServer(answer(b"oh", status), OK) as server:
        with connect(kind, server.url, retry_posts="unsent") as caller, pytest.raises(APIStatusError) as caught:
            caller.event()
        assert (caught.value.status_code, caught.value.attempts, len(server.requests)) == (status, 1, 1)


def test_post_without_a_connection_is_tried_again(kind: Any) -> None:
    """Nothing was sent."""
    with (
        refusing() as url,
        connect(kind, url, retry_posts="unsent") as caller,
        pytest.raises(APIConnectionError, match="3 attempts; last: ConnectError") as caught,
    ):
        caller.event()
    assert MAYBE not in str(caught.value)


@pytest.mark.parametrize(("choice", "requests"), [("always", 3), ("unsent", 2)])
@pytest.mark.parametrize("act", [Reset(), Answer(b"", close=True)], ids=["reset", "closed"])
def test_post_on_a_kept_connection_that_ends_is_sent_again_only_if_that_is_allowed(
    kind: Any, act: Act, choice: str, requests: int
) -> None:
    """Without an answer, the server may have processed it. It is not an attempt of its own."""
    with (
        FaultServer(OK, act, OK) as server,
        connect(kind, server.url, retry_posts=choice, max_retries=0) as caller,
    ):
        caller.identity()
        if choice == "always":
            caller.identity()
        else:
            with pytest.raises(APIConnectionError):
                caller.identity()
        assert len(server.requests) == requests


def test_read_on_a_kept_connection_that_ends_is_sent_again(kind: Any) -> None:
    """It changes nothing."""
    customer = answer(b'{"customer": {}}')
    with FaultServer(customer, Reset(), customer) as server:
        with connect(kind, server.url, retry_posts="unsent", max_retries=0) as caller:
            caller.get()
            caller.get()
        assert len(server.requests) == 3


def test_choice_for_some_calls(kind: Any) -> None:
    """And back again; the identity of an event has the same one."""
    with FaultServer(OK, Answer(b"", close=True)) as server, connect(kind, server.url) as caller:
        careful = caller.client.with_options(retry_posts="unsent")
        with pytest.raises(APIConnectionError) as caught:
            caller.run(careful.tracking.event("ev", visitor_id="v", transaction_id="t-1"))
        assert (caught.value.attempts, caught.value.accepted_transaction_id) == (1, "t-1")
        again = careful.with_options(retry_posts="always").with_options(timeout=5)
        with pytest.raises(APIConnectionError, match="3 attempts"):
            caller.run(again.tracking.identity(visitor_id="v"))


@pytest.mark.parametrize("wrong", ["never", "", True, 2, ["unsent"]])
def test_another_choice_is_refused(kind: Any, wrong: Any) -> None:
    """With those that there are."""
    says = r"retry_posts is .*: it takes one of 'always', 'unsent'"
    with pytest.raises(ValueError, match=says):
        kind("KEY", retry_posts=wrong)
    with pytest.raises(ValueError, match=says):
        kind("KEY").with_options(retry_posts=wrong)
    with pytest.raises(ValueError, match=says):
        kind("KEY", retry_posts=None)


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize(
    ("name", "unsent"),
    [
        *((name, True) for name in ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError")),
        *((name, False) for name in ("ReadError", "ReadTimeout", "WriteError", "WriteTimeout", "CloseError")),
        *((name, False) for name in ("RemoteProtocolError", "LocalProtocolError", "DecodingError")),
    ],
)
def test_failures_that_surely_sent_nothing(library: str, name: str, unsent: bool) -> None:
    """Those before there is a connection, of each library."""
    module = pytest.importorskip(library, reason="it comes with the tools for development")
    assert failure(getattr(module, name)("no"), None).unsent is unsent
