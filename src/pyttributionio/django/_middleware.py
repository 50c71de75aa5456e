"""The middleware, for WSGI and for ASGI."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from logging import ERROR
from typing import TypeAlias, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from pyttributionio.django._outbox import find_tracker, start_delivery
from pyttributionio.django._request import attributionio
from pyttributionio.web._log import log
from pyttributionio.web._tracker import ACTIVE, Active, leave

_GetResponse: TypeAlias = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class AttributionMiddleware:
    """Give each request its `request.attributionio`, and make its visit the current one for `track`.

    It reads no body, no session and no user, and changes no header. A streaming response sees the visit too.

    Args:
        get_response: The next middleware, or the view.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: _GetResponse) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)  # pyright: ignore[reportDeprecated] - inspect's knows no mark before 3.12
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Handle a request."""
        if self._is_async:
            return self._answer(request)
        active = _begin(request)
        with _current(active):
            response = cast("HttpResponseBase", self._get_response(request))
        return _with_visit(response, active)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        active = _begin(request)
        with _current(active):
            response = await cast("Awaitable[HttpResponseBase]", self._get_response(request))
        return _with_visit(response, active)


def _begin(request: HttpRequest) -> Active | None:
    """Give a request its attribution; return it with the tracker, or None if nothing can be tracked."""
    try:
        start_delivery()
        found, tracker = attributionio(request), find_tracker()
        return None if tracker is None else (tracker, found)
    except Exception as error:
        log(ERROR, "A request is not tracked: %s", type(error).__name__)
        return None


class _current:  # noqa: N801 - it is used like a function of contextlib, whose generators cost more
    """Make a visit the current one in a `with` block.

    Args:
        active: The tracker and the visit.
    """

    def __init__(self, active: Active | None) -> None:
        self._active = active

    def __enter__(self) -> None:
        self._token = ACTIVE.set(self._active)

    def __exit__(self, *_: object) -> None:
        leave(self._token)


def _with_visit(response: HttpResponseBase, active: Active | None) -> HttpResponseBase:
    """Return a response whose streamed body is made while the visit is the current one."""
    # The server sends a file itself, if it is not wrapped.
    if isinstance(response, StreamingHttpResponse) and active is not None and not isinstance(response, FileResponse):
        content = response.streaming_content
        if isinstance(content, AsyncIterable):
            response.streaming_content = _parts_async(content, active)
        else:
            response.streaming_content = _parts(content, active)
    return response


def _parts(content: Iterable[bytes], active: Active) -> Iterator[bytes]:
    """Yield the parts of a body, each made while the visit is the current one."""
    parts = iter(content)
    while True:
        with _current(active):
            part = next(parts, None)
        if part is None:
            return
        yield part


async def _parts_async(content: AsyncIterable[bytes], active: Active) -> AsyncIterator[bytes]:
    parts = aiter(content)
    try:
        while True:
            with _current(active):
                part = await anext(parts, None)
            if part is None:
                return
            yield part
    finally:
        if isinstance(parts, AsyncGenerator):
            with _current(active):
                await parts.aclose()
