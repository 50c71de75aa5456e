"""With an HTTP client of the caller's the secret is in its URLs: what is masked, and what is known to remain."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    Client,
    ResponseValidationError,
)
from support.faults import (
    CUSTOMER,
    KINDS,
    Act,
    Answer,
    Caller,
    FaultServer,
    Hang,
    Received,
    Reset,
    answer,
    connect,
    refusing,
)
from support.surfaces import FORMS, SECRET, Logs, assert_clean, check_error, check_object

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


def own(kind: Any, **options: Any) -> Any:
    """Make an httpx client of the kind that fits."""
    options = {"verify": False, **options}  # reading certificates takes longer than all the rest
    return httpx.Client(**options) if kind is Client else httpx.AsyncClient(**options)


def connect_own(kind: Any, url: str, http_client: Any, **options: Any) -> Caller:
    return connect(kind, url, api_secret=SECRET, max_retries=0, http_client=http_client, **options)


def finish(caller: Caller, http_client: Any) -> None:
    """Close the caller's own client, which the SDK leaves open."""
    caller.run(http_client.close() if isinstance(http_client, httpx.Client) else http_client.aclose())


def echo(status: int, header: str = "X-Request") -> Answer:
    """Answer with the request's URL in a header and in the body, and with every form of the secret there."""

    def data(request: Received) -> bytes:
        shown = [f"http://other.example{request.target}", *FORMS]
        return answer(" ".join(shown), status, [(header, value) for value in shown])

    return Answer(data)


CASES: dict[str, tuple[Act, dict[str, Any], type[Exception]]] = {
    "reset": (Reset(), {}, APIConnectionError),
    "timeout": (Hang(), {"timeout": httpx.Timeout(20, read=0.1)}, APITimeoutError),
    "401": (echo(401), {}, AuthenticationError),
    "redirect": (echo(307, "Location"), {}, APIStatusError),
    "unreadable": (echo(200), {}, ResponseValidationError),
}


@pytest.mark.parametrize(("act", "options", "error"), CASES.values(), ids=CASES)
def test_errors_through_a_callers_client_do_not_show_the_secret(
    kind: Any, act: Act, options: dict[str, Any], error: type[Exception], logs: Logs
) -> None:
    """Neither do the log lines of httpx and httpcore, which have it before they are masked."""
    with FaultServer(act) as server:
        http_client = own(kind)
        with connect_own(kind, server.url, http_client, **options) as caller:
            with pytest.raises(error) as caught:
                caller.get()
            assert type(caught.value) is error
            check_error(caught.value)
            check_object(caller.client, "the client")
            finish(caller, http_client)
        server.wait_for(requests=1)
        assert ON_THE_WIRE in server.requests[0].target
    assert logs.lines("httpcore")


def test_the_log_line_of_httpx_is_masked_and_stays(kind: Any, logs: Logs) -> None:
    """The caller's log keeps its lines; only the secret is gone from them."""
    with FaultServer(CUSTOMER) as server:
        http_client = own(kind)
        with connect_own(kind, server.url, http_client) as caller:
            caller.get()
            finish(caller, http_client)
        assert ON_THE_WIRE in server.requests[0].target
    url = f"{server.url}/api/v1/KEY/customers/c-1"
    assert logs.lines("httpx") == [f'HTTP Request: GET {url}?secret=[secret] "HTTP/1.1 200 Reason"']


def test_other_lines_of_the_callers_are_left_alone(logs: Logs) -> None:
    """What has no secret in it is passed on as it came, its arguments too."""
    with Client("KEY", SECRET):
        logging.getLogger("httpx").info("%d of %s", 3, ["x"])
    assert [(record.msg, record.args) for record in logs.records] == [("%d of %s", (3, ["x"]))]


def test_a_refused_connection_of_a_callers_client_does_not_show_the_secret(kind: Any, logs: Logs) -> None:
    """Httpx's exception has the request with its URL; none of it is left on ours."""
    with refusing() as url:
        http_client = own(kind)
        with connect_own(kind, url, http_client) as caller:
            with pytest.raises(APIConnectionError) as caught:
                caller.get()
            check_error(caught.value)
            finish(caller, http_client)


@pytest.mark.parametrize(
    "interruption",
    [KeyboardInterrupt, asyncio.CancelledError, SystemExit, GeneratorExit],
)
def test_an_interruption_of_a_callers_client_does_not_show_the_secret(kind: Any, interruption: Any) -> None:
    """Its chain neither: causes, contexts and the members of groups lose their frames."""

    def work(request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        assert ON_THE_WIRE in url
        try:
            raise ValueError("inner")
        except ValueError as inner:
            group = BaseExceptionGroup("both", [caught_inside(url)])
            inner.__cause__ = group
            raise interruption() from OSError("cause") if url else None

    def caught_inside(url: str) -> BaseException:
        try:
            raise KeyboardInterrupt(len(url))
        except KeyboardInterrupt as error:
            return error

    http_client = own(kind, transport=httpx.MockTransport(work))
    with connect_own(kind, "https://shop.example", http_client) as caller:
        with pytest.raises(interruption) as caught:
            caller.get()
        check_error(caught.value)
        finish(caller, http_client)


@pytest.mark.parametrize("make", [RuntimeError, ValueError, httpx.InvalidURL, OSError])
def test_a_foreign_error_that_quotes_the_url_is_masked(kind: Any, make: Any) -> None:
    """Event hooks and instruments of the caller's raise what they like: a raise_for_status, for one."""

    def work(request: httpx.Request) -> httpx.Response:
        raise make(f"cannot send {request.url}")

    http_client = own(kind, transport=httpx.MockTransport(work))
    with connect_own(kind, "https://shop.example", http_client) as caller:
        with pytest.raises(APIConnectionError, match=r"cannot send .*secret=\[secret\]") as caught:
            caller.get()
        check_error(caught.value)
        finish(caller, http_client)


def test_a_raise_for_status_hook_of_the_callers_is_masked(kind: Any) -> None:
    """The text of httpx's HTTPStatusError has the URL in it."""

    def check(response: httpx.Response) -> None:
        response.raise_for_status()

    async def check_async(response: httpx.Response) -> None:
        response.raise_for_status()

    hooks = {"response": [check if kind is Client else check_async]}
    transport = httpx.MockTransport(lambda request: httpx.Response(401))
    http_client = own(kind, transport=transport, event_hooks=hooks)
    with connect_own(kind, "https://shop.example", http_client) as caller:
        with pytest.raises(APIConnectionError, match="HTTPStatusError: Client error '401 Unauthorized'") as caught:
            caller.get()
        check_error(caught.value)
        finish(caller, http_client)


def test_event_hooks_of_a_callers_client_see_the_secret(kind: Any) -> None:
    """Known, and documented for `http_client`: its own instruments have the whole URL. Posts have none in it."""
    seen: list[str] = []

    def hook(request: httpx.Request) -> None:
        seen.append(str(request.url))

    async def hook_async(request: httpx.Request) -> None:
        seen.append(str(request.url))

    hooks = {"request": [hook if kind is Client else hook_async]}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"customer": {}}))
    http_client = own(kind, transport=transport, event_hooks=hooks)
    with connect_own(kind, "https://shop.example", http_client) as caller:
        caller.get(include=["events"])
        caller.identity()
        finish(caller, http_client)
    assert seen == [
        f"https://shop.example/api/v1/KEY/customers/c-1?{ON_THE_WIRE}&show_events=true",
        "https://shop.example/identities",
    ]
    assert_clean("a post", seen[1])
