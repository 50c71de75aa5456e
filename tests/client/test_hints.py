"""A refused request says which setting is probably wrong, and shows neither the key nor the secret."""

from typing import Any

import httpx
import pytest

from pyttributionio import APIStatusError, AuthenticationError, Client
from support.faults import KINDS, Answer, FaultServer, Received, answer, connect
from support.surfaces import check_error, walk

KEY, SECRET = "pk_0123456789abcdef", "S3cr3t/+=%&value!"
SEGMENT = "sk-0123456789abcdef"
"""A secret that is also a possible segment of a path."""


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


def refused(kind: Any, key: str, secret: str, status: int = 401) -> APIStatusError:
    """Return the error of a read that is refused by a server that repeats the URL."""

    def data(request: Received) -> bytes:
        return answer(f"no access: {request.target}", status, [("X-Request", request.target)])

    options = {"api_key": key, "api_secret": secret, "max_retries": 0}
    with (
        FaultServer(Answer(data)) as server,
        connect(kind, server.url, **options) as caller,
        pytest.raises(APIStatusError) as caught,
    ):
        caller.get()
    return caught.value


def assert_hidden(error: BaseException, *texts: str) -> None:
    """Look for texts in an error, its attributes, and their pickles."""
    check_error(error)
    for path, found in walk(error.with_traceback(None), "the error"):
        for text in texts:
            assert text not in repr(found), path
            assert text not in str(found), path


@pytest.mark.parametrize("short", [False, True])
def test_a_key_with_the_value_of_the_secrets_variable_is_named(
    kind: Any, short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The URL has the real secret in it then, as a segment of its path."""
    secret, key = ("s3cr3t", "pk_012") if short else (SEGMENT, KEY)
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", f"{secret}\n")
    error = refused(kind, secret, key)
    assert "api_key has the value of the variable PYTTRIBUTIONIO_API_SECRET" in str(error)
    assert "probably swapped" in str(error)
    assert "/api/v1/[secret]/customers/c-1" in error.request.url
    assert_hidden(error, secret, key)


def test_a_secret_with_the_value_of_the_keys_variable_is_named(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key may be the secret, so it is not shown either."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", KEY)
    error = refused(kind, SEGMENT, KEY)
    assert "api_secret has the value of the variable PYTTRIBUTIONIO_API_KEY" in str(error)
    assert_hidden(error, SEGMENT, KEY)


def test_the_same_value_for_both_is_named(kind: Any) -> None:
    """One of both was pasted twice."""
    error = refused(kind, SEGMENT, SEGMENT)
    assert "api_key and api_secret have the same value" in str(error)
    assert_hidden(error, SEGMENT)


@pytest.mark.parametrize(("status", "key"), [(401, KEY), (404, SEGMENT), (403, SEGMENT)])
def test_other_refusals_are_as_before(kind: Any, status: int, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables may belong to another account."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", SEGMENT)
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "pk_another")
    error = refused(kind, key, SECRET, status)
    assert "swapped" not in str(error)
    assert key in error.request.url


@pytest.mark.parametrize("status", [302, 401, 404, 405])
@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/proxy/api/v2"])
def test_a_tracking_url_with_the_path_of_the_private_api_is_named(status: int, path: str) -> None:
    """It was copied from base_url, which has a version."""
    own = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status)))
    client = Client(KEY, tracking_url=f"https://attribution.example{path}", http_client=own)
    with pytest.raises(APIStatusError, match=r"check tracking_url, which ends in /api/v[12]: that is the path of"):
        client.tracking.identity("c-1", visitor_id="v")


@pytest.mark.parametrize(("status", "path"), [(404, ""), (404, "/api"), (422, "/api/v1"), (404, "/api/v1/x")])
def test_other_posts_get_no_such_hint(status: int, path: str) -> None:
    """The path may be that of a proxy, and a refused content has another reason."""
    own = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status)))
    client = Client(KEY, tracking_url=f"https://attribution.example{path}", http_client=own)
    with pytest.raises(APIStatusError) as caught:
        client.tracking.identity("c-1", visitor_id="v")
    assert "tracking_url" not in str(caught.value)


def test_a_message_has_no_control_characters_of_a_server() -> None:
    """It is printed in terminals, and logged."""
    body = "no\n2030-01-01 CRITICAL forged\r\x1b[2J\x1b]0;title\x07\u202e\u2028\x85\x00"
    own = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(401, text=body)))
    with pytest.raises(AuthenticationError) as caught:
        Client(KEY, SECRET, http_client=own).customers.get("c-1")
    assert str(caught.value).isprintable()
    assert caught.value.body == body
