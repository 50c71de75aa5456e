"""The account's secret is on the wire of a read, and nowhere else."""

import asyncio
import copy
import json
import logging
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpcore
import pytest

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    InternalServerError,
    PyttributionIo,
    ResponseValidationError,
)
from pyttributionio.sandbox import Sandbox
from support.faults import (
    CUSTOMER,
    KINDS,
    Act,
    Answer,
    Drip,
    FaultServer,
    Hang,
    Received,
    Reset,
    answer,
    connect,
    refusing,
)
from support.surfaces import FORMS, SECRET, Logs, assert_clean, check_error, check_object
from support.timing import interrupt_at, retry_at_once

ON_THE_WIRE = f"secret={quote(SECRET, safe='')}"


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Catch what all loggers say at DEBUG, and look at it at the end."""
    root, caught = logging.getLogger(), Logs()
    before = root.level
    root.addHandler(caught)
    root.setLevel(logging.DEBUG)
    yield caught
    root.removeHandler(caught)
    root.setLevel(before)
    caught.check()


def echo(status: int, *, header: str = "X-Request", body: str = "<p>{}</p>") -> Answer:
    """Answer with the request's URL in a header and in the body, and with every form of the secret there."""

    def data(request: Received) -> bytes:
        shown = [f"http://other.example{request.target}", *FORMS]
        text = body.replace("{}", " ".join(shown))
        return answer(text, status, [(header, value) for value in shown])

    return Answer(data)


@dataclass(frozen=True)
class Case:
    """One way for a read to fail."""

    error: type[BaseException]
    act: Act = field(default_factory=lambda: Answer(CUSTOMER))
    options: dict[str, Any] = field(default_factory=dict)
    inside: BaseException | None = None
    moment: type[Exception] = httpcore.ReadTimeout
    on_the_wire: int = 1
    """How often the read that fails reaches the server."""


WRONG_SHAPE = '{"customer": {"events": {"called": "{}"}}}'
CASES = {
    "reset-unread": Case(APIConnectionError, Reset(after_reading=False), on_the_wire=0),
    "reset-while-reading": Case(
        APIConnectionError, Reset(), on_the_wire=2
    ),  # once on the kept connection, once on a new one
    "cut": Case(APIConnectionError, Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", close=True)),
    "not-http": Case(APIConnectionError, Answer(lambda request: b"what is " + request.head, close=True)),
    "read-timeout": Case(APITimeoutError, Hang(), {"timeout": 0.1}),
    "deadline-in-headers": Case(APITimeoutError, Drip(b"HTTP/1.1 200 OK\r\nX: ", b"x"), {"deadline": 0.2}),
    "deadline-in-body": Case(APITimeoutError, Drip(b"HTTP/1.1 200 OK\r\n\r\n", b" "), {"deadline": 0.2}),
    "write-error": Case(
        APIConnectionError, inside=OSError("cut"), moment=httpcore.WriteTimeout, act=Hang(), on_the_wire=0
    ),
    "401-echo": Case(AuthenticationError, echo(401)),
    "500-echo": Case(InternalServerError, echo(500, body='{"error": "{}"}')),
    "redirect-echo": Case(APIStatusError, echo(302, header="Location")),
    "html-echo": Case(ResponseValidationError, echo(200)),
    "wrong-shape-echo": Case(ResponseValidationError, echo(200, body=WRONG_SHAPE)),
    "strict-echo": Case(ResponseValidationError, echo(200, body='{"customer": {"echo": "{}"}}'), {"strict": True}),
    "ctrl-c-while-writing": Case(
        KeyboardInterrupt, inside=KeyboardInterrupt("now"), moment=httpcore.WriteTimeout, on_the_wire=0
    ),
    "ctrl-c-while-reading": Case(KeyboardInterrupt, inside=KeyboardInterrupt("now")),
    "cancelled-while-reading": Case(asyncio.CancelledError, inside=asyncio.CancelledError()),
    "group": Case(BaseExceptionGroup, inside=BaseExceptionGroup("both", [KeyboardInterrupt(), ValueError()])),
    "foreign-error-that-quotes": Case(APIConnectionError, inside=RuntimeError(f"GET /?{ON_THE_WIRE} ({SECRET})")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_failure_of_a_read_shows_the_secret(
    kind: Any, case: Case, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the error, its traceback with locals, its pickle or copy; not a log line; not the client after it."""
    options = {"api_secret": SECRET, "max_retries": 0, **case.options}
    with FaultServer(CUSTOMER, case.act) as server, connect(kind, server.url, **options) as caller:
        caller.warm()
        if case.inside is not None:
            interrupt_at(monkeypatch, case.moment, case.inside)
        with pytest.raises(case.error) as caught:
            caller.get(include="all")
        assert type(caught.value) is case.error
        check_error(caught.value)
        check_object(caller.client, "the client")
        number = case.on_the_wire + 1
        server.wait_for(requests=number)
        assert [ON_THE_WIRE in request.target for request in server.requests] == [True] * number
    assert logs.lines("httpcore")


def test_a_retry_and_its_log_line_do_not_show_the_secret(
    kind: Any, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry is logged with its reason; a server may put the URL into that."""
    retry_at_once(monkeypatch)
    acts = [echo(503), Answer(lambda request: request.head, close=True), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        raw = caller.run(caller.client.customers.with_raw_response.get("c-1"))
        assert raw.attempts == 3
        check_object(raw, "the raw response")
    assert len(logs.lines("pyttributionio")) == 3  # two retries, and the call


ECHOES = {
    "header": (b'{"customer": {"id": "c-1"}}', [("Content-Location", "https://x{}"), ("X{}", "1")]),
    "unknown members": (
        b'{"customer": {"id": "c-1", "self": "https://x{}", "{}": [{"deep": "{}"}]}, "links": {"self": "{}"}}',
        [],
    ),
    "known members": (
        b'{"customer": {"id": "c-1", "client_id": "{}", "events": [{"url": "{}", "meta": {"x": "{}"}, "y": "{}"}]}}',
        [],
    ),
    "odd types": (b'{"customer": {"id": "c-1", "touchpoints": [{"channel": {"{}": "{}"}}]}}', []),
}


@pytest.mark.parametrize("cut", [1_000, 45], ids=["whole", "cut"])
@pytest.mark.parametrize(("body", "headers"), ECHOES.values(), ids=ECHOES)
def test_an_answer_that_repeats_the_url_does_not_show_the_secret(
    kind: Any, body: bytes, headers: list[tuple[str, str]], cut: int, logs: Logs
) -> None:
    """Not its headers and bytes, not the model, its extras, dumps, pickles and copies, not a drift."""
    drifts: list[Any] = []

    def data(request: Received) -> bytes:
        target = request.target[:cut]
        shown = [(name.replace("{}", quote(target, safe="")), value.replace("{}", target)) for name, value in headers]
        return answer(body.decode().replace("{}", target), 200, shown)

    with (
        FaultServer(Answer(data)) as server,
        connect(kind, server.url, api_secret=SECRET, on_drift=drifts.append) as at,
    ):
        raw = at.run(at.client.customers.with_raw_response.get("c-1", include="all"))
        customer = raw.parse()
        assert quote(SECRET, safe="")[:6] in server.requests[0].target[:cut]
        for name, found in (("the raw response", raw), ("the customer", customer), ("the drifts", drifts)):
            check_object(found, name)
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                pickled = pickle.dumps(found, protocol)
                assert_clean(f"the pickle of {name}", pickled)
                assert SECRET[:6].encode() not in pickled
            assert SECRET[:6] not in repr(copy.deepcopy(found))
        texts = [repr(raw.headers), str(dict(raw.headers)), str([*raw.headers.items()]), raw.content.decode()]
        texts += [customer.model_dump_json(), repr(customer.model_dump()), repr(customer.model_extra), f"{customer}"]
        for shown in texts:
            assert_clean("the answer", shown)
            assert SECRET[:6] not in shown
        assert "[secret]" in "".join(texts)


def test_a_refused_connection_does_not_show_the_secret(kind: Any, logs: Logs) -> None:
    """Nothing is on the wire, and the error's chain ends with it: httpx's exception has the request."""
    with refusing() as url, connect(kind, url, api_secret=SECRET, max_retries=0) as caller:
        with pytest.raises(APIConnectionError) as caught:
            caller.get()
        check_error(caught.value)
        assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("error", [AuthenticationError, KeyboardInterrupt])
def test_an_error_raised_while_another_is_handled_does_not_show_the_secret(
    kind: Any, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller's own exception stays the context, with its traceback; what lay between is gone."""
    with FaultServer(echo(401)) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        if error is KeyboardInterrupt:
            interrupt_at(monkeypatch, httpcore.ReadTimeout, KeyboardInterrupt())
        own = ValueError("the caller's")
        try:
            raise own
        except ValueError:
            with pytest.raises(error) as caught:
                caller.get()
        check_error(caught.value)
        assert own.__traceback__ is not None


def test_a_cancelled_task_does_not_show_the_secret(logs: Logs) -> None:
    """A real cancellation, as a web server does it when its client goes away."""
    with FaultServer(Hang()) as server, connect(KINDS[1], server.url, api_secret=SECRET) as caller:

        async def work() -> BaseException:
            task = asyncio.ensure_future(caller.client.customers.get("c-1"))
            await asyncio.to_thread(server.wait_for, requests=1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            return caught.value

        check_error(caller.run(work()))
        assert ON_THE_WIRE in server.requests[0].target


def test_a_closed_client_does_not_show_the_secret(kind: Any) -> None:
    """The RuntimeError of a call after close."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        caller.close()
        with pytest.raises(RuntimeError) as caught:
            caller.get()
        check_error(caught.value)


@pytest.mark.parametrize(
    ("secret", "options"),
    [
        (SECRET, {"max_retries": -1}),
        (SECRET, {"base_url": "ftp://x"}),
        (SECRET, {"http_client": object()}),
        (SECRET + "\n", {}),
        (SECRET.encode(), {}),
    ],
    ids=["retries", "url", "http-client", "line-end", "bytes"],
)
def test_a_refused_argument_does_not_show_the_secret(kind: Any, secret: Any, options: dict[str, Any]) -> None:
    """Whichever argument is wrong, the secret itself too, the constructor's frames don't hold it."""
    with pytest.raises((TypeError, ValueError)) as caught:
        kind("KEY", secret, **options)
    check_error(caught.value)


@pytest.mark.parametrize("secret", [SECRET, SECRET + "\n"], ids=["url", "line-end"])
def test_the_old_wrappers_refusals_do_not_show_the_secret(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its constructor checks the secret and the URL constants at once."""
    monkeypatch.setattr(PyttributionIo, "PRIVATE_API_URL", "ftp://x")
    with pytest.raises(ValueError) as caught:
        PyttributionIo("KEY", secret)
    check_error(caught.value)


def test_nothing_of_a_working_client_shows_the_secret(kind: Any, logs: Logs) -> None:
    """Client, resources, settings, raw response and models, before and after use; yet the server admits it."""
    with Sandbox(api_secret=SECRET) as sandbox:
        client = kind(sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url)
        check_object(client, "the new client")
        with connect(kind, sandbox.tracking_url, api_key=sandbox.api_key, api_secret=SECRET) as caller:
            caller.event(client_id="c-1")
            raw = caller.run(caller.client.customers.with_raw_response.get("c-1"))
            assert raw.parse().client_id == "c-1"
            check_object(raw, "the raw response")
            check_object(raw.parse(), "the customer")
            check_object(caller.client, "the used client")
            check_object(caller.client.with_options(timeout=3), "the client with other options")
            check_object(caller.client.customers.with_raw_response, "its raw resource")
        assert "REDACTED" in sandbox.requests[-1].query
    assert logs.lines("httpcore")
    assert not logs.lines("httpx")


def test_posts_never_carry_the_secret(kind: Any) -> None:
    """The public API has no use for it (wire contract)."""
    with FaultServer(answer()) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        caller.event(meta={"plan": "gold"})
        caller.identity()
        assert len(server.requests) == 3
        for request in server.requests:
            assert_clean("a post", request.head + request.body)


def test_a_pickled_client_leaves_the_secret_behind(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads again where the environment has the secret, and says so where not; nothing shows it."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        caller.get()
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert_clean(f"the pickle of protocol {protocol}", pickle.dumps(caller.client, protocol))
        without = pickle.loads(pickle.dumps(caller.client))
        with pytest.raises(ValueError, match="PYTTRIBUTIONIO_API_SECRET") as caught:
            caller.run(without.customers.get("c-1"))
        check_error(caught.value)
        monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", SECRET)
        again = pickle.loads(pickle.dumps(caller.client))
        check_object(again, "the unpickled client")
        assert caller.run(again.customers.get("c-1")).client_id == "c-1"
        caller.run(again.close())
        assert [ON_THE_WIRE in request.target for request in server.requests] == [True, True]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_copied_client_reads_and_does_not_show_the_secret(kind: Any, duplicate: Any) -> None:
    """A copy within the process keeps the secret, as hidden as it was."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        other = duplicate(caller.client)
        check_object(other, "the copy")
        assert caller.run(other.customers.get("c-1")).client_id == "c-1"
        caller.run(other.close())
        assert ON_THE_WIRE in server.requests[0].target


def test_the_surfaces_are_looked_at() -> None:
    """These checks find a secret that is there: in a local variable, an attribute, a slot, a record."""

    def fail(shown: str) -> None:
        raise ValueError("no secret in the text")

    with pytest.raises(ValueError) as caught:
        fail(SECRET)
    with pytest.raises(AssertionError, match="the traceback shows the secret"):
        check_error(caught.value)
    record = logging.LogRecord("x", logging.DEBUG, "", 1, "%s", (quote(SECRET),), None)
    for holder in ([{"deep": (SECRET,)}], record, Received(SECRET.encode(), b""), json.dumps({"x": SECRET})):
        with pytest.raises(AssertionError, match="shows the secret"):
            check_object(holder, "a holder")
