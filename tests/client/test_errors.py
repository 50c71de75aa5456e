"""What a call raises: the class for each status, what it carries and says, and that it travels."""

import json
from typing import Any

import httpx
import pytest

import pyttributionio
from pyttributionio import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ClientDisabledError,
    ConflictError,
    InternalServerError,
    NetworkBlockedError,
    NotFoundError,
    NotIncludedError,
    OutboxCorruptError,
    OutboxError,
    OutboxFullError,
    PermissionDeniedError,
    PyttributionioError,
    RateLimitError,
    ResponseValidationError,
    UnprocessableEntityError,
)
from wire._both import KINDS, SECRET, Kind, call_through

TREE: dict[type[Exception], type[Exception]] = {
    PyttributionioError: Exception,
    APIError: PyttributionioError,
    APIConnectionError: APIError,
    APITimeoutError: APIConnectionError,
    APIStatusError: APIError,
    BadRequestError: APIStatusError,
    AuthenticationError: APIStatusError,
    PermissionDeniedError: APIStatusError,
    NotFoundError: APIStatusError,
    ConflictError: APIStatusError,
    UnprocessableEntityError: APIStatusError,
    RateLimitError: APIStatusError,
    InternalServerError: APIStatusError,
    ResponseValidationError: APIError,
    ClientClosedError: PyttributionioError,
    ClientDisabledError: PyttributionioError,
    OutboxError: PyttributionioError,
    OutboxFullError: OutboxError,
    OutboxCorruptError: OutboxError,
    NotIncludedError: AttributeError,
    NetworkBlockedError: RuntimeError,
}
STATUSES: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    **dict.fromkeys([500, 502, 503, 504, 511, 599], InternalServerError),
    **dict.fromkeys([100, 103, 199, 300, 301, 302, 304, 308, 399], APIStatusError),
    **dict.fromkeys([402, 405, 408, 410, 413, 418, 451, 499, 600, 999], APIStatusError),
}
HTML = "<!doctype html><title>Bad gateway</title>"
BODIES = {
    "json": json.dumps({"error": {"message": "no"}}),
    "html": HTML,
    "empty": "",
    "blank": " \r\n ",
    "text": "nö",
}


def test_tree_is_the_design_s() -> None:
    """Each error has its one parent, and the package exports no other error."""
    exported = [getattr(pyttributionio, name) for name in pyttributionio.__all__]
    errors = {each for each in exported if isinstance(each, type) and issubclass(each, BaseException)}
    assert {error: error.__base__ for error in errors} == TREE


def failing(status: int, body: bytes, headers: dict[str, str] | None = None, *, post: bool, kind: Kind) -> Any:
    """Return the error of a call that is answered like this."""

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers=headers)

    def do(client: Any) -> Any:
        return client.tracking.identity("c", visitor_id="v") if post else client.customers.get("c")

    with pytest.raises(APIError) as caught:
        call_through(kind, handle, do, max_retries=0)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("post", [False, True], ids=["read", "post"])
@pytest.mark.parametrize("status", STATUSES)
def test_class_is_the_status_s_whatever_the_body(status: int, post: bool, kind: Kind) -> None:
    """JSON, a proxy's HTML, or nothing at all: the status decides, and the body is kept as text."""
    for body in BODIES.values():
        error = failing(status, body.encode(), post=post, kind=kind)
        assert type(error) is STATUSES[status]
        assert (error.status_code, error.body, error.attempts, error.retry_after) == (status, body, 1, None)
        assert error.request.method == ("POST" if post else "GET")
        assert f"was answered {status}" in str(error)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_to_a_post_is_success(status: int) -> None:
    """The contract knows no more of it than that."""
    handle = lambda _: httpx.Response(status)  # noqa: E731 (a handler of one line)
    identity = call_through("sync", handle, lambda c: c.tracking.identity("c", visitor_id="v"))
    assert identity.client_id == "c"


READ = "GET https://attribution.io/api/v1/KEY/customers/c was answered"
POST = "POST https://api.attribution.io/identities was answered"
MESSAGES: dict[str, tuple[int, bytes, bool, str]] = {
    "401": (401, b"", False, f"{READ} 401 Unauthorized: check the public key and the secret"),
    "403": (
        403,
        b"",
        False,
        f"{READ} 403 Forbidden: the account is disabled; check its payment status or contact the vendor",
    ),
    "404": (
        404,
        b"",
        False,
        f"{READ} 404 Not Found: no identity call has named this id; if one has, check base_url, its version included",
    ),
    "401 to a post": (401, b"", True, f"{POST} 401 Unauthorized: check the public key"),
    "404 to a post": (404, b"", True, f"{POST} 404 Not Found"),
    "no advice": (409, b"", False, f"{READ} 409 Conflict"),
    "no phrase": (599, b"", True, f"{POST} 599"),
    "redirect": (
        302,
        b"",
        False,
        f"{READ} 302 Found: redirects are not followed, because they could lead to another server; check the base URL",
    ),
    "JSON": (400, b'{"error":\n "no"}', True, f'{POST} 400 Bad Request. The server said: {{"error": "no"}}'),
    "HTML": (502, HTML.encode(), True, f"{POST} 502 Bad Gateway. The server said: {HTML}"),
    "blank": (500, b" \n\t ", True, f"{POST} 500 Internal Server Error"),
    "no UTF-8": (500, b"n\xf6", True, f"{POST} 500 Internal Server Error. The server said: n\ufffd"),
    "200 characters": (500, b"x" * 200, True, f"{POST} 500 Internal Server Error. The server said: {'x' * 200}"),
    "201 characters": (500, b"x" * 201, True, f"{POST} 500 Internal Server Error. The server said: {'x' * 200}…"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message_says_what_was_asked_what_came_and_what_to_do(name: str) -> None:
    """One line, with the vendor's own meaning of the status and the beginning of the body."""
    status, body, post, expected = MESSAGES[name]
    assert str(failing(status, body, post=post, kind="sync")) == expected


def test_attempts_are_told_where_there_were_several() -> None:
    """One attempt needs no mention."""
    with pytest.raises(InternalServerError) as caught:
        call_through(
            "sync",
            lambda _: httpx.Response(503, headers={"Retry-After": "0"}),
            lambda c: c.tracking.identity("c", visitor_id="v"),
        )
    assert str(caught.value) == f"{POST} 503 Service Unavailable (3 attempts)"
    assert caught.value.attempts == 3


def test_of_a_huge_body_the_beginning_is_kept_and_its_message_is_short() -> None:
    """A proxy's page of megabytes does not become a log line of megabytes."""
    body = "é" * 2_000_000
    error = failing(500, body.encode(), post=False, kind="sync")
    assert error.body == "é" * 32768
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0", 0.0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), ("100", 100.0), ("soon", None)],
)
@pytest.mark.parametrize("status", [429, 503, 301, 418])
def test_retry_after_is_on_the_error_as_the_server_asked(status: int, value: str, seconds: float | None) -> None:
    """In seconds, uncapped, whatever the status."""
    error = failing(status, b"", {"Retry-After": value}, post=True, kind="sync")
    assert (error.retry_after, error.headers["retry-after"]) == (seconds, value)


def test_retry_after_that_overflows_is_no_error_of_its_own() -> None:
    """A server can't break out of the tree with a header."""
    header = {"Retry-After": "Sun, 06 Nov 99999999999999999999 08:49:37 GMT"}
    error = failing(429, b"", header, post=True, kind="sync")
    assert (type(error), error.retry_after) == (RateLimitError, None)


@pytest.mark.parametrize("post", [False, True], ids=["read", "post"])
def test_secret_that_a_server_repeats_is_masked(post: bool) -> None:
    """In headers, body and message, as it is and as it stood in the URL."""
    url = str(httpx.URL("https://a.example", params={"secret": SECRET}))
    error = failing(302, f"moved to {url} ({SECRET})".encode(), {"Location": url}, post=post, kind="sync")
    for shown in (error.body, error.headers["location"], str(error), repr(error)):
        assert "[secret]" in shown
        assert SECRET not in shown
        assert "s3cr3t" not in shown


def test_message_says_how_long_the_server_asks_to_wait() -> None:
    """Longer than a client waits by itself, it is the caller's to plan for."""
    with pytest.raises(APIStatusError, match=r"429 Too Many Requests; it asks to wait 3600 s$") as caught:
        call_through(
            "sync",
            lambda _: httpx.Response(429, headers={"Retry-After": "3600"}),
            lambda c: c.with_options(max_retries=0).tracking.identity("c", visitor_id="v"),
        )
    assert caught.value.retry_after == 3600
