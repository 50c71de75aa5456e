"""`PyttributionIo` when things go wrong: what 0.5 swallowed, returned or let out."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pyttributionio import PyttributionIo
from support.faults import FaultServer, Hang, refusing
from wire._both import KEY, SECRET
from wire._server import CUT, HANG, RawServer, answer, target

pytestmark = pytest.mark.filterwarnings("ignore:Use Client:DeprecationWarning")

FETCHES = ["base", "full", "pageviews", "touchpoints", "events", "identities"]
CALLS: dict[str, Callable[[Any], Any]] = {
    **{name: lambda old, name=name: getattr(old, f"fetch_customer_info_{name}")("c") for name in FETCHES},
    "identity": lambda old: old.trigger_identity("v", "c"),
    "event": lambda old: old.trigger_event("v", "ev", "c"),
}
REPEATED = f"/api/v1/{KEY}/customers/c?secret={quote(SECRET, safe='')}&x={SECRET}".encode()
"""The URL as a server's error page repeats it, secret and all."""
AT_ONCE = {"Retry-After": "0"}


def connected(url: str, **options: Any) -> PyttributionIo:
    """Return the old wrapper with both servers at one address, and other options where a test needs them."""
    moved: Any = type("Moved", (PyttributionIo,), {"PRIVATE_API_URL": f"{url}/api/v1", "PUBLIC_API_URL": url})
    old = moved(KEY, SECRET)
    assert isinstance(old, PyttributionIo)
    if options:
        old._client = old._client.with_options(**options)
    return old


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What the test logs at ERROR; no line of any level, of any logger, has the secret in it."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    handler = Keep(logging.ERROR)
    logging.getLogger("pyttributionio").addHandler(handler)
    yield told
    logging.getLogger("pyttributionio").removeHandler(handler)
    assert "s3cr3t" not in caplog.text
    assert not [record for record in caplog.records if "s3cr3t" in repr(vars(record))]


@pytest.fixture
def nowhere() -> Iterator[str]:
    """Return an address where nobody listens."""
    with refusing() as url:
        yield url


@pytest.mark.parametrize("name", CALLS)
def test_no_answer_is_none_and_one_log_line(name: str, nowhere: str, errors: list[str]) -> None:
    """The old wrapper swallowed it; why it failed is in the log, once."""
    assert CALLS[name](connected(nowhere, max_retries=0)) is None
    (line,) = errors
    assert line.startswith("Pyttribution.io: ")
    assert "failed: APIConnectionError: " in line
    assert "ConnectError" in line


@pytest.mark.parametrize("name", CALLS)
def test_server_that_hangs_ends_in_none(name: str, errors: list[str]) -> None:
    """The old wrapper had no timeout; this one has those of its client."""
    silence = httpx.Timeout(20, read=0.05)
    with FaultServer(Hang()) as server:
        assert CALLS[name](connected(server.url, timeout=silence, max_retries=0)) is None
        server.wait_for(requests=1, ended=1)
    assert ["APITimeoutError" in line for line in errors] == [True]
    assert len(server.requests) == 1


def test_deadline_bounds_the_old_wrapper_too(errors: list[str]) -> None:
    """All attempts together have an end, where 0.5 tried ten times."""
    with RawServer(HANG) as server:
        assert CALLS["base"](connected(server.url, deadline=0.1, max_retries=9)) is None
    assert ["before the deadline of 0.1 s" in line for line in errors] == [True]


def test_wrapper_has_the_client_s_timeouts_and_deadline() -> None:
    """No part of an attempt is without end, and neither is the whole, which bounds the wait for a connection too."""
    settings = PyttributionIo(KEY, SECRET)._client._settings
    assert (settings.timeouts, settings.max_retries, settings.deadline) == ((10.0, 10.0, 10.0, None), 2, 60.0)


def test_identity_without_an_answer_leaves_the_event_s_status(errors: list[str]) -> None:
    """As in 0.5: a tuple whose second is None."""
    with RawServer(answer(201), CUT) as server:
        assert CALLS["event"](connected(server.url, max_retries=0)) == (201, None)
    assert [line.partition(" failed")[0] for line in errors] == ['Pyttribution.io: Identity trigger for ID "v"']


def test_event_without_an_answer_posts_no_identity(errors: list[str]) -> None:
    """As in 0.5: None for both."""
    with RawServer(CUT) as server:
        assert CALLS["event"](connected(server.url, max_retries=0)) is None
    assert [target(request) for request in server.requests] == ["/events"]
    assert [line.partition(" failed")[0] for line in errors] == ['Pyttribution.io: Event trigger for ID "v"']


@pytest.mark.parametrize("status", [200, 202, 302, 400, 401, 403, 404, 418, 422, 429, 500, 503, 599])
def test_status_of_a_post_is_returned_as_it_is(status: int, errors: list[str]) -> None:
    """Nothing is raised or logged, and the identity is posted whatever became of the event."""
    with RawServer(answer(status, b"<html>", AT_ONCE)) as server:
        old = connected(server.url)
        assert CALLS["identity"](old) == status
        assert CALLS["event"](old) == (status, status)
    assert errors == []


def test_event_and_identity_have_a_status_each() -> None:
    """In the order in which they were posted."""
    with RawServer(answer(401), answer(404)) as server:
        assert CALLS["event"](connected(server.url)) == (401, 404)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 500])
@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"error":"no"}', None), (b'{"customer":{"id":7}}', {"id": 7}), (b'{"customer":null}', None)],
)
def test_body_of_an_error_is_read_like_any_other(status: int, body: bytes, expected: Any, errors: list[str]) -> None:
    """0.5 looked for `customer` in whatever came; this does, and logs the status besides."""
    with RawServer(answer(status, body, AT_ONCE)) as server:
        assert CALLS["base"](connected(server.url)) == expected
    assert [f"was answered {status}" in line for line in errors] == [True]


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer":{"id":12345678901234567890,"revenue":1.10,"new":[{"a":null}],"client_id":"z\\u00f6"}}',
        b'\xef\xbb\xbf{"customer":{"a":1}}',
        b' {"other":1, "customer":{"a":1}}\n',
        b'{"customer":[1]}',
        b'{"customer":{"events":"not a list"}}',
        b'{"customer":{"url":"https://shop.example/?secret=of-a-visitor"}}',
        b"{}",
    ],
    ids=["numbers", "BOM", "white space", "array", "wrong type", "secret", "nothing"],
)
def test_json_is_returned_as_it_came(body: bytes, errors: list[str]) -> None:
    """Whatever its shape, what json.loads makes of it: nothing is validated, dropped or masked."""
    with RawServer(answer(200, body)) as server:
        assert CALLS["base"](connected(server.url)) == json.loads(body).get("customer")
    assert errors == []


@pytest.mark.parametrize("status", [200, 404])
def test_a_url_that_the_server_repeats_is_returned_without_the_secret(status: int) -> None:
    """A dict is printed and stored as easily as a model; nothing else of it changes."""
    body = b'{"customer":{"url":"' + REPEATED + b'","id":12345678901234567890}}'
    with RawServer(answer(status, body)) as server:
        found = CALLS["base"](connected(server.url))
    assert found == {"url": f"/api/v1/{KEY}/customers/c?secret=[secret]&x=[secret]", "id": 12345678901234567890}


def frames_shown(error: BaseException | None) -> str:
    """Return all tracebacks with locals, as error trackers record them, but for this file's own frames."""
    shown = []
    while error is not None:
        recorded = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown += [(frame.name, frame.locals) for frame in recorded.stack if frame.filename != __file__]
        error = error.__context__
    assert "_fetch" in dict(shown)
    return repr(shown)


BROKEN = {"HTML": b"<html>" + REPEATED, "cut": b'{"customer":{"url":"' + REPEATED, "empty": b""}


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_body_that_is_no_json_raises_as_in_0_5_without_the_secret(status: int, body: bytes, errors: list[str]) -> None:
    """A JSONDecodeError carries the whole text, and its traceback's frames do: the secret is masked in both."""
    with RawServer(answer(status, body, AT_ONCE)) as server, pytest.raises(json.JSONDecodeError) as caught:
        CALLS["full"](connected(server.url))
    assert "s3cr3t" not in caught.value.doc
    assert ("[secret]" in caught.value.doc) is bool(body)
    assert "s3cr3t" not in frames_shown(caught.value)
    assert len(errors) == (status != 200)


@pytest.mark.parametrize("body", [b"null", b"7", b'["' + REPEATED + b'"]', b'"' + REPEATED + b'"'])
def test_json_that_is_no_object_raises_as_in_0_5_without_the_secret(body: bytes, errors: list[str]) -> None:
    """`.get` of what has none; the frames show the text with the secret masked."""
    with (
        RawServer(answer(200, body)) as server,
        pytest.raises(AttributeError, match="no attribute 'get'") as caught,
    ):
        CALLS["base"](connected(server.url))
    assert "s3cr3t" not in frames_shown(caught.value)
    assert errors == []


@pytest.mark.parametrize("name", CALLS)
def test_url_constant_that_is_none_ends_in_none(name: str, errors: list[str]) -> None:
    """In 0.5 requests refused it, which was swallowed like all else."""
    old = connected("http://127.0.0.1:1")
    type(old).PRIVATE_API_URL = type(old).PUBLIC_API_URL = "attribution.example"
    assert CALLS[name](old) is None
    assert ["base_url 'attribution.example' is not an absolute https:// URL" in line for line in errors] == [True]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda old: old.fetch_customer_info_base(""), "ValueError: client_id is empty"),
        (lambda old: old.fetch_customer_info_base(None), "TypeError: client_id is a str or an int, not NoneType"),
        (lambda old: old.trigger_identity("", "c"), "ValueError: visitor_id is empty"),
        (lambda old: old.trigger_event("v", ""), "ValueError: event_key is empty"),
        (lambda old: old.trigger_event(None, "ev"), "TypeError: visitor_id is a str or an int, not NoneType"),
    ],
)
def test_argument_that_can_t_be_sent_ends_in_none(call: Callable[[Any], Any], text: str, errors: list[str]) -> None:
    """Nothing is sent, and the log says which argument it was."""
    with RawServer() as server:
        assert call(connected(server.url)) is None
    assert [text in line for line in errors] == [True]
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("a/b", SECRET), ValueError, "api_key 'a/b' is not a public key"),
        ((7, SECRET), TypeError, "api_key is the account's public key as a str, not int"),
        ((KEY, "hush hush"), ValueError, "api_secret has white space"),
        ((KEY, "hush\ud800"), ValueError, "api_secret has white space, control or non-ASCII"),
        ((KEY, b"hush"), TypeError, "api_secret is the account's secret as a str, not bytes"),
    ],
)
def test_credentials_are_checked_when_the_wrapper_is_made(
    arguments: tuple[Any, Any], error: type[Exception], text: str
) -> None:
    """A wrong key or secret would fail every call: better at once, by name, and without showing the secret."""
    with pytest.raises(error) as caught:
        PyttributionIo(*arguments)
    assert text in str(caught.value)
    assert "hush" not in str(caught.value)


def test_secret_of_the_environment_is_used_and_masked(monkeypatch: pytest.MonkeyPatch, errors: list[str]) -> None:
    """Where none is given, the environment's is sent, and shown no more than a given one."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", SECRET)
    with RawServer(answer(200, REPEATED)) as server:
        kind: Any = type("Moved", (PyttributionIo,), {"PRIVATE_API_URL": server.url})
        with pytest.raises(json.JSONDecodeError) as caught:
            CALLS["base"](kind(KEY, ""))
    assert f"secret={quote(SECRET, safe='')}" in target(server.requests[0])
    assert "s3cr3t" not in caught.value.doc
    assert errors == []


def test_without_a_secret_reading_is_none_and_tracking_works(errors: list[str]) -> None:
    """0.5 would have sent the read, to be told 401."""
    with RawServer() as server:
        kind: Any = type("Moved", (PyttributionIo,), {"PUBLIC_API_URL": server.url})
        assert CALLS["event"](kind(KEY, None)) == (200, 200)
        assert CALLS["base"](kind(KEY, None)) is None
    assert ["need the account's secret" in line for line in errors] == [True]
