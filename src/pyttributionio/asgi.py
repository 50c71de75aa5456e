"""Middleware for ASGI applications, such as those of Starlette and FastAPI.

app.add_middleware(AttributionMiddleware, tracker=tracker)  # Starlette and FastAPI
app = AttributionMiddleware(app, tracker)                   # any other application
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from logging import ERROR
from typing import TypeAlias, cast

from typing_extensions import Unpack

from pyttributionio.outbox import Outbox
from pyttributionio.web import Tracker, TrackerOptions, Visit, cookies_in, parts_of_headers
from pyttributionio.web._log import log
from pyttributionio.web._tracker import tracker_of

__all__ = ["AttributionMiddleware", "cookies_of"]

Scope: TypeAlias = MutableMapping[str, object]
Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies of a scope by name, for a function that reads consent.

    Args:
        scope: The scope of an HTTP request or a websocket.
    """
    return cookies_in(parts_of_headers(_headers(scope)).cookies)


class AttributionMiddleware:
    """Make a visit of each HTTP request and websocket, and make it the current one.

    The visit is `scope["attributionio"]` too. Streamed responses, background tasks and endpoints in threads see the
    visit of their request. The middleware does no I/O, and a failure of it never reaches the application.

    Args:
        app: The application.
        tracker: The tracker. Its function for consent gets the scope.
        outbox: An outbox, in place of a tracker. The other options of `Tracker` can be given with it.
        manage_outbox: Whether to start the outbox when the application has started, and to close it when the
            application ends. A closed outbox can't be opened again, so this is for an application that starts once.
        options: The options of `Tracker`, with an outbox.

    Raises:
        TypeError: A tracker and an outbox are given, or none of both; or an option has the wrong type.
        ValueError: An option is malformed.
    """

    def __init__(
        self,
        app: ASGIApp,
        tracker: Tracker[Scope] | None = None,
        *,
        outbox: Outbox | None = None,
        manage_outbox: bool = False,
        **options: Unpack[TrackerOptions[Scope]],
    ) -> None:
        self.app = app
        self._tracker = tracker_of(tracker, outbox, options)
        self._manages_outbox = manage_outbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for one scope."""
        if scope["type"] in {"http", "websocket"}:
            visit = self._visit(scope)
            # The scope itself, not a copy: middlewares around this one read what the application writes into it.
            scope["attributionio"] = visit
            with self._tracker.use(visit):
                await self.app(scope, receive, send)
        elif scope["type"] == "lifespan" and self._manages_outbox:
            await self.app(scope, receive, self._managing(send))
        else:
            await self.app(scope, receive, send)

    def _visit(self, scope: Scope) -> Visit:
        try:
            parts = parts_of_headers(
                _headers(scope),
                scheme=cast("str", scope.get("scheme", "")),
                path=_path(scope),
                query=cast("bytes", scope.get("query_string", b"")),
            )
        except Exception as error:
            log(ERROR, "A request could not be read, so it is not tracked: %s", type(error).__name__)
            return Visit(why="error")
        return self._tracker.visit(scope, parts)

    def _managing(self, send: Send) -> Send:
        """Return a function that starts and closes the outbox before it sends the answers of the application."""
        outbox = self._tracker.outbox

        async def send_and_manage(message: Message) -> None:
            try:
                if message["type"] == "lifespan.startup.complete":
                    await outbox.__aenter__()
                elif message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                    await outbox.aclose()
            except Exception as error:
                log(ERROR, "The outbox could not be started or closed: %s: %s", type(error).__name__, error)
            await send(message)

        return send_and_manage


def _headers(scope: Scope) -> Iterable[tuple[bytes, bytes]]:
    return cast("Iterable[tuple[bytes, bytes]]", scope.get("headers", ()))


def _path(scope: Scope) -> str | bytes:
    """Return the path: as the client wrote it if the server knows that, or else decoded."""
    raw = scope.get("raw_path")
    if isinstance(raw, bytes):
        return raw.partition(b"?")[0]
    return cast("str", scope.get("path", ""))
