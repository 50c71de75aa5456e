"""The extension for Flask. It needs the extra: `pip install 'pyttributionio[flask]'`.

attribution = Attribution(app, outbox=outbox)
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from logging import ERROR
from typing import Final, Protocol, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from typing_extensions import Unpack

from pyttributionio.outbox import Outbox
from pyttributionio.web import Track, Tracker, TrackerOptions, Visit, parts_of_environ
from pyttributionio.web._log import log
from pyttributionio.web._tracker import ACTIVE, enter, leave, tracker_of
from pyttributionio.wsgi import KEY, with_visit

try:
    from flask import Flask, Request, request
    from werkzeug.local import LocalProxy
except ModuleNotFoundError as _error:
    # Only for the package of the extra: another missing module is another problem.
    if (_error.name or "").partition(".")[0] != "flask":
        raise
    _hint = "pyttributionio.flask needs Flask: pip install 'pyttributionio[flask]'"
    raise ImportError(_hint) from _error

__all__ = ["Attribution"]

_RESET: Final = "attributionio.reset"
"""The key of the token with which the visit before is made the current one again."""
_LAYER: Final = "attributionio.layer"
"""The key that says that the extension's layer around the application does that."""


class _HasWSGIApp(Protocol):
    wsgi_app: WSGIApplication


class Attribution(Track):
    """Make a visit of each request to a Flask application, and make it the current one.

    The visit is `request.environ["attributionio.visit"]` too. `event` and `identity` use the visit of the current
    request. A streamed response sees the visit of its request. The extension does no I/O, and a failure of it never
    reaches the application.

    The function for consent gets Flask's request, and may read the session. If the application has the setting
    TRUSTED_HOSTS, and neither `site_url` nor `allowed_hosts` is given, URLs begin with the host that Flask has checked.

    Args:
        app: The application. If left out, call `init_app` in the application's factory.
        tracker: The tracker.
        outbox: An outbox, in place of a tracker. The other options of `Tracker` can be given with it. `debug` is that
            of the application if left out.
        options: The options of `Tracker`, with an outbox.

    Raises:
        TypeError: A tracker and an outbox are given; or both are left out, and there is an application; or an option
            has the wrong type.
        ValueError: An option is malformed.
    """

    def __init__(
        self,
        app: Flask | None = None,
        tracker: Tracker[Request] | None = None,
        *,
        outbox: Outbox | None = None,
        **options: Unpack[TrackerOptions[Request]],
    ) -> None:
        self._tracker = tracker
        self._outbox = outbox
        self._options = options
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        tracker: Tracker[Request] | None = None,
        *,
        outbox: Outbox | None = None,
        **options: Unpack[TrackerOptions[Request]],
    ) -> None:
        """Set up an application. One extension can serve several.

        Args:
            app: The application.
            tracker: The tracker; that of the constructor if left out.
            outbox: An outbox, in place of a tracker; that of the constructor if left out.
            options: The options of `Tracker`, in addition to those of the constructor.

        Raises:
            TypeError: A tracker and an outbox are given, or none of both; or an option has the wrong type.
            ValueError: An option is malformed.
        """
        if tracker is None and outbox is None:
            tracker, outbox = self._tracker, self._outbox
        merged: TrackerOptions[Request] = {**self._options, **options}
        if outbox is not None and merged.get("debug") is None:
            merged["debug"] = app.debug
        made = tracker_of(tracker, outbox, merged)
        app.extensions["attributionio"] = made
        # The first of all functions, so that the others see the visit.
        app.before_request_funcs.setdefault(None, []).insert(0, lambda: _begin(made))
        app.teardown_request(_end)
        cast("_HasWSGIApp", app).wsgi_app = _Layer(app.wsgi_app)  # type checkers take the attribute for a method


def _begin(tracker: Tracker[Request]) -> None:
    """Make the visit of the request, and make it the current one."""
    environ = request.environ
    try:
        # The request itself: the proxy stands for another one later.
        proxy = cast("LocalProxy[Request]", request)
        found = proxy._get_current_object()  # pyright: ignore[reportPrivateUsage]
        visit = tracker.visit(found, parts_of_environ(environ), origin=_origin(found))
    except Exception as error:
        log(ERROR, "A request could not be read, so it is not tracked: %s", type(error).__name__)
        visit = Visit(why="error")
    environ[KEY] = visit
    token = enter(tracker, visit)
    if _LAYER not in environ:  # `preprocess_request` in a test's own request context
        environ[_RESET] = token


def _end(_: BaseException | None) -> None:
    token = request.environ.pop(_RESET, None)
    if token is not None:
        leave(token)


def _origin(found: Request) -> str | None:
    """Return the address of the site if TRUSTED_HOSTS has the host, "" if not, and None without TRUSTED_HOSTS."""
    if not found.trusted_hosts:
        return None
    try:
        return found.host_url.rstrip("/")
    except Exception:  # Werkzeug's SecurityError: the host is not among them
        return ""


class _Layer:
    """A layer around an application: it makes the visit before the current one again, also in streamed bodies.

    Functions of the application can't do that. Flask calls the last of them before the server reads the body.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[_LAYER] = True
        before = ACTIVE.get()
        token = ACTIVE.set(before)
        try:
            body = self._app(environ, start_response)
            active = ACTIVE.get()
        finally:
            leave(token)
        if active is None or active is before:  # the application failed before its first function
            return body
        tracker, source = active
        visit = source.visit

        def use() -> AbstractContextManager[Visit]:
            return tracker.use(visit)

        return with_visit(body, environ, use)
