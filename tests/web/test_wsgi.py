"""The middleware for WSGI, around a plain function."""

from collections.abc import Iterator
from typing import Any
from wsgiref.util import FileWrapper

import pytest

from outbox._helpers import Scripted, manual
from pyttributionio.web import Tracker, Visit, current_visit, track
from pyttributionio.wsgi import AttributionMiddleware, cookies_of

from . import _sites
from ._asking import USUAL, ask_wsgi
from .nevers import Nevers


class TestWsgi(Nevers):
    """The contract."""

    def make(self, options: _sites.Options) -> _sites.Site:
        """Return the site as a function of WSGI."""
        return _sites.plain_wsgi(options)


def around(app: Any, **options: Any) -> AttributionMiddleware:
    """Return the middleware around an application."""
    return AttributionMiddleware(app, outbox=manual(Scripted()), **options)


def test_visit_is_in_the_environ() -> None:
    """For code that has no current visit."""
    found: list[Any] = []

    def app(environ: Any, start_response: Any) -> Any:
        found.append(environ["attributionio.visit"])
        start_response("200 OK", [])
        return []

    ask_wsgi(around(app, site_url="https://shop.example"), "/socks", USUAL)
    assert found == [Visit("visitor-7", "https://shop.example/socks", "Firefox/145.0")]


@pytest.mark.parametrize("body", [[b"a", b"b"], (b"a", b"b")])
def test_list_stays_the_object_that_it_is(body: Any) -> None:
    """Servers take its length for Content-Length."""
    assert around(lambda *_: body)({}, lambda *_: None) is body


def test_file_stays_the_object_that_it_is(tmp_path: Any) -> None:
    """Servers send it without Python."""
    file = tmp_path / "file"
    file.write_bytes(b"content")
    with file.open("rb") as opened:
        wrapped = FileWrapper(opened)
        assert around(lambda *_: wrapped)({"wsgi.file_wrapper": FileWrapper}, lambda *_: None) is wrapped
        assert around(lambda *_: opened)({}, lambda *_: None) is opened


def test_iterator_is_closed_within_the_visit() -> None:
    """A generator's `finally` may count an event."""
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            yield b"part"
        finally:
            seen.append(current_visit())

    body = around(app)({"HTTP_COOKIE": "AttrioP_KEY=visitor-7"}, lambda *_: None)
    assert next(iter(body)) == b"part"
    assert current_visit() is None
    body.close()  # type: ignore[attr-defined]
    assert [each.visitor_id for each in seen] == ["visitor-7"]


def test_iterator_without_close_can_be_closed() -> None:
    """PEP 3333: a server calls `close` if there is one, so the body always has one."""
    body = around(lambda *_: iter([b"part"]))({}, lambda *_: None)
    body.close()  # type: ignore[attr-defined]
    assert [*body] == [b"part"]


def test_inner_middleware_has_its_own_tracker() -> None:
    """An application within another one, with an account of its own."""
    inner_outbox = manual(Scripted())

    def app(environ: Any, start_response: Any) -> Any:
        track.event("ev_inner")
        return []

    ask = around(AttributionMiddleware(app, Tracker(inner_outbox)))
    ask({"HTTP_COOKIE": "AttrioP_KEY=visitor-7"}, lambda *_: None)
    assert inner_outbox.stats().pending == 1


def test_cookies_for_a_function_of_consent() -> None:
    """By name."""
    assert cookies_of({"HTTP_COOKIE": "consent=marketing; a=b"}) == {"consent": "marketing", "a": "b"}


def test_environ_that_is_damaged_is_not_tracked() -> None:
    """A gateway that gives bytes for texts."""
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> Any:
        seen.append(current_visit())
        return []

    around(app)({"PATH_INFO": b"/", "HTTP_COOKIE": 7}, lambda *_: None)
    assert [each.why for each in seen] == ["no_cookie"]
