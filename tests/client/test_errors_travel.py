"""Errors between processes: each pickles and copies with its class, attributes and notes."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pyttributionio import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    ClientClosedError,
    ConflictError,
    Headers,
    InternalServerError,
    NotFoundError,
    NotIncludedError,
    PyttributionioError,
    RateLimitError,
    RequestInfo,
    ResponseValidationError,
)
from wire._both import KINDS, Kind, call_through


class OwnError(NotFoundError):
    """A user's, with a constructor of its own."""

    def __init__(self, who: str, *, found: NotFoundError) -> None:
        super().__init__(f"{who} is gone", **found.__dict__)
        self.who = who


class OwnRootError(PyttributionioError):
    """A user's, with nothing of its own."""


REQUEST = RequestInfo("GET", "https://attribution.io/api/v1/KEY/customers/c")
OF_STATUS: dict[str, Any] = {
    "request": REQUEST,
    "attempts": 2,
    "headers": Headers([("Retry-After", "7")]),
    "body": "ü",
    "retry_after": 7.0,
}
ERRORS: list[Exception] = [
    PyttributionioError("plain"),
    OwnRootError("plain", 1),
    ClientClosedError("closed"),
    *(kind("no answer", request=REQUEST, attempts=3) for kind in (APIError, APIConnectionError, APITimeoutError)),
    *(kind("answered", status_code=400, **OF_STATUS) for kind in APIStatusError.__subclasses__()),
    InternalServerError("answered", status_code=500, **OF_STATUS),
    OwnError("c", found=NotFoundError("answered", status_code=404, **OF_STATUS)),
    ResponseValidationError(
        "unreadable",
        request=REQUEST,
        attempts=1,
        status_code=200,
        path="customer.events[0].url",
        expected="a string",
        body="{}",
    ),
    NotIncludedError("events was not asked for"),
]
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_error_travels_whole(error: Exception, way: str) -> None:
    """A pool of processes hands the caller what its worker caught."""
    error.__notes__ = ["a note"]
    again = WAYS[way](error)
    assert again is not error
    assert type(again) is type(error)
    assert (str(again), again.args) == (str(error), error.args)
    assert again.__dict__ == error.__dict__
    assert again.__dict__["__notes__"] == ["a note"]


@pytest.mark.parametrize("kind", KINDS)
def test_error_that_a_call_raised_travels(kind: Kind) -> None:
    """What is raised is what can be sent on; pickles hold no traceback."""
    handle = lambda _: httpx.Response(429, headers={"Retry-After": "7"}, text="slow down")  # noqa: E731
    with pytest.raises(RateLimitError) as caught:
        call_through(kind, handle, lambda c: c.customers.get("c"), max_retries=0)
    again = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(again, RateLimitError)
    assert (again.retry_after, again.body, again.request) == (7.0, "slow down", REQUEST)
    assert repr(again) == repr(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [409, 503])
def test_identity_that_failed_after_its_event_leaves_a_note(status: int, kind: Kind) -> None:
    """Sending the event again would count it twice: the note says so, and travels with the error."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path == "/events" else status)

    with pytest.raises((ConflictError, InternalServerError)) as caught:
        call_through(
            kind,
            handle,
            lambda c: c.tracking.event("ev", visitor_id="v", client_id="c'1", transaction_id="t-1"),
            max_retries=0,
        )
    note = (
        "The event itself was accepted (transaction id t-1); only its identity was not. Post it with "
        'client.tracking.identity("c\'1", visitor_id=...); sending the event again could count it twice.'
    )
    assert caught.value.__notes__ == [note]
    assert caught.value.accepted_transaction_id == "t-1"
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (copied.__notes__, copied.accepted_transaction_id) == ([note], "t-1")
    assert caught.value.request.url == "https://api.attribution.io/identities"


@pytest.mark.parametrize("kind", KINDS)
def test_event_that_failed_has_no_note(kind: Kind) -> None:
    """Nothing arrived, so nothing need be said of it."""
    with pytest.raises(ConflictError) as caught:
        call_through(kind, lambda _: httpx.Response(409), lambda c: c.tracking.event("ev", visitor_id="v"))
    assert not hasattr(caught.value, "__notes__")
    assert caught.value.accepted_transaction_id is None


def test_request_in_an_error_is_plain_text() -> None:
    """Method and URL, shown as one would write them, and never to be changed."""
    assert str(REQUEST) == "GET https://attribution.io/api/v1/KEY/customers/c"
    assert RequestInfo(method="GET", url=REQUEST.url) == REQUEST
    with pytest.raises(AttributeError):
        REQUEST.url = ""  # type: ignore[misc]
