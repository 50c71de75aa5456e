"""pytest-httpx sees our calls too. It wants httpx 0.28, so the tests of the lowest dependencies leave this file out."""

from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from pyttributionio import APITimeoutError, AuthenticationError, Client
from pyttributionio.outbox import Outbox
from support.faults import KINDS, connect
from support.surfaces import SECRET, assert_clean, check_object
from support.timing import retry_at_once

URL = "https://attribution.test"
READ = f"{URL}/api/v1/KEY/customers/c-1"


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture(autouse=True)
def _no_secret_in_what_was_requested(httpx_mock: HTTPXMock) -> Any:
    """Look at every request that a test's double was sent."""
    yield
    requests = httpx_mock.get_requests()
    assert requests
    for request in requests:
        assert_clean("a request", f"{request!r} {request.url} {request.headers} {request.content!r}")
        check_object(request.url, "a request's URL")


def test_pytest_httpx_doubles_reads_and_posts(httpx_mock: HTTPXMock, kind: Any) -> None:
    """By URL, method and body, all of it without the secret."""
    httpx_mock.add_response(url=f"{READ}?show_events=true", json={"customer": {"client_id": "c-1"}})
    httpx_mock.add_response(method="POST", url=f"{URL}/identities", status_code=201)
    with connect(kind, URL, api_secret=SECRET) as caller:
        assert caller.get(include=["events"]).client_id == "c-1"
        caller.identity()
    assert [request.method for request in httpx_mock.get_requests()] == ["GET", "POST"]
    assert b"v-1" in httpx_mock.get_requests()[1].content


def test_pytest_httpx_doubles_refusals_and_retries(
    httpx_mock: HTTPXMock, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt is a request of its own."""
    retry_at_once(monkeypatch)
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_response(status_code=401, text="no such key")
    with connect(kind, URL, api_secret=SECRET) as caller, pytest.raises(AuthenticationError) as caught:
        caller.get()
    assert (caught.value.attempts, caught.value.body) == (2, "no such key")


def test_pytest_httpx_doubles_failures(httpx_mock: HTTPXMock, kind: Any) -> None:
    """Its exceptions are what the SDK makes of the network's own."""
    httpx_mock.add_exception(httpx.ReadTimeout("too slow"))
    with connect(kind, URL, api_secret=SECRET, max_retries=0) as caller, pytest.raises(APITimeoutError, match="slow"):
        caller.get()


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
def test_a_call_that_pytest_httpx_was_not_told_of_times_out(httpx_mock: HTTPXMock, kind: Any) -> None:
    """That is its way to refuse; its message lists what there was, without the secret."""
    with connect(kind, URL, api_secret=SECRET, max_retries=0) as caller, pytest.raises(APITimeoutError) as caught:
        caller.get()
    assert_clean("the refusal", str(caught.value))
    assert f"No response can be found for GET request on {READ}" in str(caught.value)


def test_pytest_httpx_doubles_the_posts_of_an_outbox(httpx_mock: HTTPXMock) -> None:
    """Its threads send through the same driver."""
    httpx_mock.add_response(method="POST", url=f"{URL}/events")
    with Outbox(Client("KEY", tracking_url=URL), durability="memory") as outbox:
        outbox.event("ev", visitor_id="v-1", identify=False)
        assert outbox.flush(20) == 0
    assert b"v-1" in httpx_mock.get_requests()[0].content
