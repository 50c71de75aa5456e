"""What is read, against the wire contract: paths, flags, the secret's place."""

import json
from collections import deque
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio import Client
from pyttributionio._core.requests import included, path_segment
from wire._both import KEY, KINDS, Kind, call_server, call_through
from wire._server import RawServer, answer, target

CUSTOMER = answer(200, b'{"customer":{}}')
MOMENT = datetime(2018, 3, 2, 14, 13, 20, tzinfo=UTC)
PREFIX = f"/api/v1/{KEY}/customers/"
SECRET_QUERY = "secret=s3cr3t%26%3D%2F%2B%25"

SEGMENTS: dict[Any, str] = {
    "a/b?c#d@x.io": "a%2Fb%3Fc%23d%40x.io",
    "..": "%2E%2E",
    ".": "%2E",
    "...": "...",
    "%2e%2e": "%252e%252e",
    "-1": "-1",
    -1: "-1",
    2**64 + 1: "18446744073709551617",
    "a\\b": "a%5Cb",
    "a b": "a%20b",
    " a ": "%20a%20",
    "a+b&c=d;e": "a%2Bb%26c%3Dd%3Be",
    "zoë": "zo%C3%AB",
    "😀": "%F0%9F%98%80",
    "a\r\nHost: evil": "a%0D%0AHost%3A%20evil",
    "\x00": "%00",
}


TARGETS = [f"{PREFIX}{segment}?{SECRET_QUERY}" for segment in SEGMENTS.values()]


@pytest.mark.parametrize("kind", KINDS)
def test_client_id_is_one_segment_on_the_wire(kind: Kind) -> None:
    """Whatever the id has in it, the SDK's own transport sends it as one segment, the secret right after it."""
    with RawServer(CUSTOMER) as server:
        call_server(kind, server.url, lambda c: [c.customers.get(client_id) for client_id in SEGMENTS])
    assert [target(request) for request in server.requests] == TARGETS


def test_client_id_is_one_segment_through_an_httpx_client() -> None:
    """A caller's httpx.Client, which normalises paths, sends the same request lines."""
    with RawServer(CUSTOMER) as server, httpx.Client(trust_env=False, timeout=30) as http:
        call_server(
            "sync", server.url, lambda c: [c.customers.get(client_id) for client_id in SEGMENTS], http_client=http
        )
    assert [target(request) for request in server.requests] == TARGETS


def test_client_id_posted_is_the_one_that_is_read(client: Client) -> None:
    """A person is found again under the very id that an identity named, and under no other."""
    for client_id in SEGMENTS:
        client.tracking.identity(client_id, visitor_id="visitor-1")
    read = [client.customers.get(client_id).client_id for client_id in SEGMENTS]
    assert read == [str(client_id) for client_id in SEGMENTS]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_text_is_one_segment_that_unquotes_to_itself(text: str) -> None:
    """No text breaks out of its segment, climbs, or comes back as another."""
    segment = path_segment(text)
    assert unquote(segment, errors="strict") == text
    assert not set(segment) & set("/?#\\ \r\n")
    assert segment not in {"", ".", ".."}
    url = httpx.URL(f"https://attribution.io/api/v1/{KEY}/customers/{segment}")
    assert url.raw_path.decode("ascii") == f"{PREFIX}{segment}"


FLAGS = {
    (): "",
    ("pageviews",): "&show_pageviews=true",
    ("touchpoints",): "&show_touchpoints=true",
    ("events",): "&show_events=true",
    ("identities",): "&show_identities=true",
    ("events", "pageviews"): "&show_pageviews=true&show_events=true",
    ("identities", "events", "touchpoints"): "&show_touchpoints=true&show_events=true&show_identities=true",
    ("identities", "events", "touchpoints", "pageviews"): "&show_all=true",
    ("events", "events"): "&show_events=true",
}


def test_includes_are_sent_as_flags() -> None:
    """In the schema's order whatever the caller's, each once; all four are show_all."""
    with RawServer(CUSTOMER) as server:
        call_server("sync", server.url, lambda c: [c.customers.get("x", include=names) for names in FLAGS])
    assert [target(request) for request in server.requests] == [
        f"{PREFIX}x?{SECRET_QUERY}{flags}" for flags in FLAGS.values()
    ]


@pytest.mark.parametrize("form", [list, tuple, set, frozenset, deque, lambda names: dict.fromkeys(names).keys()])
def test_includes_come_in_any_collection(form: Any) -> None:
    """A list, a tuple, any other sequence, any set: they mean the same."""
    names = ("events", "pageviews")
    assert included(form(names)) == frozenset(names)


def test_include_all_is_the_four_names() -> None:
    """The short form and the long one are one request."""
    assert included("all") == included(["pageviews", "touchpoints", "events", "identities"])


@pytest.mark.parametrize("kind", KINDS)
def test_http_client_gets_the_same_request(kind: Kind) -> None:
    """Through a caller's client, the URL, the body and the SDK's own headers are the same."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"customer": {}})

    call_through(kind, handle, lambda c: c.customers.get("a/b", include=["events"]))
    call_through(kind, handle, lambda c: c.tracking.identity("a/b", visitor_id="v", created_at=MOMENT))
    read, post = seen
    assert str(read.url) == f"https://attribution.io{PREFIX}a%2Fb?{SECRET_QUERY}&show_events=true"
    assert (read.method, read.headers["accept"], read.content) == ("GET", "application/json", b"")
    assert str(post.url) == "https://api.attribution.io/identities"
    assert (post.method, post.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(post.content)["identity"]["client_id"] == "a/b"
