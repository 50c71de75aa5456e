"""Middleware for WSGI applications. Flask and Django have their own: `pyttributionio.flask` and `.django`.

app = AttributionMiddleware(app, tracker)
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from logging import ERROR
from typing import TypeAlias
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from typing_extensions import Unpack

from pyttributionio.outbox import Outbox
from pyttributionio.web import Tracker, TrackerOptions, Visit, cookies_in, parts_of_environ
from pyttributionio.web._log import log
from pyttributionio.web._tracker import tracker_of

__all__ = ["AttributionMiddleware", "cookies_of"]

KEY = "attributionio.visit"
"""The key of the visit in an environ."""
_Use: TypeAlias = Callable[[], AbstractContextManager[object]]


def cookies_of(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the cookies of an environ by name, for a function that reads consent.

    Args:
        environ: The environ of a request.
    """
    return cookies_in(parts_of_environ(environ).cookies)


class AttributionMiddleware:
    """Make a visit of each request, and make it the current one.

    The visit is `environ["attributionio.visit"]` too. A body that is an iterator sees the visit of its request while
    the server reads it. The middleware does no I/O, and a failure of it never reaches the application.

    Args:
        app: The application.
        tracker: The tracker. Its function for consent gets the environ.
        outbox: An outbox, in place of a tracker. The other options of `Tracker` can be given with it.
        options: The options of `Tracker`, with an outbox.

    Raises:
        TypeError: A tracker and an outbox are given, or none of both; or an option has the wrong type.
        ValueError: An option is malformed.
    """

    def __init__(
        self,
        app: WSGIApplication,
        tracker: Tracker[WSGIEnvironment] | None = None,
        *,
        outbox: Outbox | None = None,
        **options: Unpack[TrackerOptions[WSGIEnvironment]],
    ) -> None:
        self.app = app
        self._tracker = tracker_of(tracker, outbox, options)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Run the application for one request."""
        visit = self._visit(environ)
        environ[KEY] = visit

        def use() -> AbstractContextManager[Visit]:
            return self._tracker.use(visit)

        with use():
            body = self.app(environ, start_response)
        return with_visit(body, environ, use)

    def _visit(self, environ: WSGIEnvironment) -> Visit:
        try:
            parts = parts_of_environ(environ)
        except Exception as error:
            log(ERROR, "A request could not be read, so it is not tracked: %s", type(error).__name__)
            return Visit(why="error")
        return self._tracker.visit(environ, parts)


def with_visit(body: Iterable[bytes], environ: WSGIEnvironment, use: _Use) -> Iterable[bytes]:
    """Return a body whose parts are made with the visit of its request.

    Only an iterator is made while the server reads it. Any other body stays the object that it is: servers look at
    the length of a list, and send a file on another way.

    Args:
        body: The body.
        environ: The environ of its request.
        use: Makes the visit the current one in a `with` block.
    """
    file_wrapper = environ.get("wsgi.file_wrapper")
    is_file = isinstance(file_wrapper, type) and isinstance(body, file_wrapper)
    if is_file or not isinstance(body, Iterator) or hasattr(body, "read") or hasattr(body, "__len__"):
        return body
    return _Body(body, use)


class _Body:
    """An iterator over a body, each part of which is made with the visit of its request."""

    def __init__(self, body: Iterator[bytes], use: _Use) -> None:
        self._body = body
        self._use = use

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._use():
            return next(self._body)

    def close(self) -> None:
        """Close the body, if it can be closed (PEP 3333)."""
        close = getattr(self._body, "close", None)
        if close is not None:
            with self._use():
                close()
