"""The log of requests."""

import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest

from pyttributionio.sandbox import ReceivedRequest, Sandbox
from pyttributionio.sandbox.api.recorder import RequestLog
from pyttributionio.sandbox.values.bodies import MAX_BODY_BYTES

from .._posting import MOMENT, Caller, connect, exchange


def received(body: bytes, answer: bytes = b"") -> ReceivedRequest:
    """Return a request with a body."""
    return ReceivedRequest(0, datetime.now(UTC), "POST", "/events", "", {}, body, 200, answer, None)


def test_request_is_logged_byte_for_byte(caller: Caller) -> None:
    """With the raw path and the raw body; headers are looked up in any case."""
    body = b' {"event" : \xff} '
    sent = b"POST /ev%65nts/%2e%2E/a%2Fb?x=%20&y HTTP/1.1\r\nHost: x\r\nX-Mine: Yes\r\n"
    sent += b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    exchange(caller.sandbox, sent + body)
    (request,) = caller.sandbox.requests
    assert request.method == "POST"
    assert request.path == "/ev%65nts/%2e%2E/a%2Fb"
    assert request.query == "x=%20&y"
    assert request.body == body
    assert request.headers["x-MINE"] == "Yes"
    assert request.status == 404


def test_request_is_logged_before_its_answer_arrives(caller: Caller) -> None:
    """In the order of the answers, each with its status."""
    caller.post_identity()
    assert [r.status for r in caller.sandbox.requests] == [200]
    caller.read(secret="wrong")
    caller.post_bytes("/events", b"{")
    assert [r.status for r in caller.sandbox.requests] == [200, 401, 400]


def test_list_is_a_copy_and_its_requests_are_frozen(caller: Caller) -> None:
    """A test cannot change the log by accident."""
    caller.post_identity()
    caller.sandbox.requests.clear()
    (request,) = caller.sandbox.requests
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.status = 500  # type: ignore[misc]


@pytest.mark.parametrize("secret", ["SANDBOX_SECRET", "wrong"])
def test_secret_is_not_logged_whether_right_or_wrong(caller: Caller, secret: str) -> None:
    """A wrong secret may be that of another account."""
    caller.post_identity()
    caller.read("customer-42", "show_all", secret=secret)
    assert caller.sandbox.requests[-1].query == "secret=REDACTED&show_all=true"
    assert secret not in repr(caller.sandbox.requests)


def test_secrets_of_all_accounts_are_hidden_in_path_and_headers(caller: Caller) -> None:
    """In requests over HTTP."""
    caller.sandbox.add_account("K2", "other-hush")
    url = f"{caller.sandbox.base_url}/other%2Dhush/customers/SANDBOX_SECRET"
    caller.http.get(url, headers={"Authorization": "Bearer other-hush", "Referer": f"{url}?secret=SANDBOX_SECRET"})
    shown = repr(caller.sandbox.requests)
    assert "other" not in shown
    assert "SANDBOX_SECRET" not in shown
    assert caller.sandbox.requests[0].headers["authorization"] == "Bearer REDACTED"


def test_heads_count_towards_the_limit_of_the_log() -> None:
    """Thousands of long headers would fill the memory too."""
    log = RequestLog(max_bytes=200)
    long = dataclasses.replace(received(b""), headers={"x": "y" * 150})
    log.add(long)
    log.add(long)
    assert len(log.since()) == 1


def test_largest_body_is_accepted_and_a_larger_one_is_413(caller: Caller) -> None:
    """The limit is a mebibyte; the rest of a larger body is read and dropped."""
    assert caller.post_bytes("/events", b" " * MAX_BODY_BYTES).status_code == 400
    for excess in (1, 9 * MAX_BODY_BYTES):
        answer = caller.post_bytes("/events", b" " * (MAX_BODY_BYTES + excess))
        assert answer.status_code == 413
        assert answer.json() == {"error": {"message": "the body is larger than 1048576 bytes"}}
    assert [r.status for r in caller.sandbox.requests] == [400, 413, 413]
    assert len(caller.sandbox.requests[-1].body) < 2 * MAX_BODY_BYTES


def test_connection_can_be_used_after_a_413(caller: Caller) -> None:
    """The rest of the large body is not read as a request."""
    caller.post_bytes("/events", b" " * 3 * MAX_BODY_BYTES)
    assert caller.post_identity().status_code == 200
    assert len(caller.sandbox.requests) == 2


def test_body_in_chunks_is_one_body(caller: Caller) -> None:
    """The log has the whole body."""
    chunks = iter([b"[1,", b"", b"2]"])
    answer = caller.http.post(caller.sandbox.tracking_url + "/events", content=chunks)
    assert answer.status_code == 422
    assert caller.sandbox.requests[0].body == b"[1,2]"


def test_incomplete_request_is_not_logged(sandbox: Sandbox) -> None:
    """The client disconnected half way, and got no answer."""
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    with connect(sandbox) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"[1,")
    sandbox.close()
    assert sandbox.requests == []


def test_log_drops_the_oldest_requests_beyond_its_limits() -> None:
    """So a sandbox that runs for days does not fill the memory."""
    log = RequestLog(max_requests=2, max_bytes=10 + 2 * len("/events"))
    for body in (b"a", b"b", b"c"):
        log.add(received(body))
    assert [r.body for r in log.since()] == [b"b", b"c"]
    log.add(received(b"d" * 9))
    assert [r.body for r in log.since()] == [b"c", b"d" * 9]
    log.add(received(b"e" * 18))
    assert log.since() == []
    log.add(received(b"f"))
    assert [r.body for r in log.since()] == [b"f"]


def test_answers_count_towards_the_limit_of_the_log() -> None:
    """Because they are kept too."""
    log = RequestLog(max_bytes=10 + 2 * len("/events"))
    log.add(received(b"a" * 4, answer=b"b" * 4))
    log.add(received(b"c", answer=b"d" * 2))
    assert [r.body for r in log.since()] == [b"c"]


def test_numbers_of_requests_do_not_change() -> None:
    """Also when older requests are dropped; the requests after a number can be listed."""
    log = RequestLog(max_requests=3)
    for body in (b"a", b"b", b"c", b"d"):
        log.add(received(body))
    assert [(r.number, r.body) for r in log.since()] == [(2, b"b"), (3, b"c"), (4, b"d")]
    assert [r.body for r in log.since(3)] == [b"d"]
    assert log.since(4) == []
    assert log.find(1) is None
    found = log.find(3)
    assert found is not None
    assert found.body == b"c"


def test_waiting_ends_with_the_next_request() -> None:
    """For all that wait; it ends at once if there is a newer request already."""

    async def wait() -> None:
        log = RequestLog()
        waiting = [asyncio.ensure_future(log.wait_after(0)) for _ in range(2)]
        gone = asyncio.ensure_future(log.wait_after(0))
        await asyncio.sleep(0)
        assert not any(each.done() for each in waiting)
        gone.cancel()
        log.add(received(b"a"))
        await asyncio.gather(*waiting)
        await log.wait_after(0)

    asyncio.run(wait())


def test_log_has_the_time_and_the_answer(caller: Caller) -> None:
    """The time is that of the sandbox's clock, and the answer is complete."""
    with Sandbox(clock=datetime.fromtimestamp(MOMENT, UTC)) as sandbox:
        answer = Caller(sandbox, caller.http).post_identity()
        (request,) = sandbox.requests
    assert request.received_at == datetime.fromtimestamp(MOMENT, UTC)
    assert request.answer == answer.content
    assert request.number == 1
    assert request.fault is None
