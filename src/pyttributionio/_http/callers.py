"""What a caller may have a client send through: an HTTP client of theirs, or a transport of httpx's."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, ItemsView, Iterator
from typing import Final, Protocol, TypeAlias

import httpx

from pyttributionio._shared.naming import at_home

LIBRARIES: Final = frozenset({"httpx", "httpx2"})
"""Whose clients and exceptions are known."""


class HTTPResponse(Protocol):
    """What this SDK reads of a blocking client's response."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> "HTTPHeaders": ...
    def iter_bytes(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class AsyncHTTPResponse(Protocol):
    """What this SDK reads of an async client's response."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> "HTTPHeaders": ...
    def aiter_bytes(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


class HTTPHeaders(Protocol):
    """What this SDK reads of a response's headers."""

    def items(self) -> ItemsView[str, str]: ...


class HTTPClient(Protocol):
    """A blocking HTTP client of the caller's: httpx.Client, httpx2.Client, or anything of their shape."""

    @property
    def build_request(self) -> Callable[..., object]: ...
    @property
    def send(self) -> Callable[..., HTTPResponse]: ...


class AsyncHTTPClient(Protocol):
    """An async HTTP client of the caller's: httpx.AsyncClient, httpx2.AsyncClient, or anything of their shape."""

    @property
    def build_request(self) -> Callable[..., object]: ...
    @property
    def send(self) -> Callable[..., Awaitable[AsyncHTTPResponse]]: ...


CallersClient: TypeAlias = HTTPClient | httpx.BaseTransport
"""What a caller may have a blocking client send through."""
AsyncCallersClient: TypeAlias = AsyncHTTPClient | httpx.AsyncBaseTransport
"""What a caller may have an async client send through."""


def checked_http_client(client: object, *, is_async: bool) -> None:
    """Refuse an HTTP client or transport that can't be driven, or only by the other kind of Client."""
    if client is None or isinstance(client, httpx.AsyncBaseTransport if is_async else httpx.BaseTransport):
        return
    kind = "AsyncClient" if is_async else "Client"
    send = getattr(client, "send", None)
    if isinstance(client, type):
        raise TypeError(f"http_client is the class {client.__name__}: pass an instance of it")
    if isinstance(client, httpx.BaseTransport | httpx.AsyncBaseTransport):
        raise TypeError(f"http_client is of the wrong kind: this client needs an httpx.{kind}, or a transport of its")
    if not callable(send) or not callable(getattr(client, "build_request", None)):
        raise TypeError(
            f"http_client is {type(client).__name__}, which has no send and build_request: pass an httpx.{kind}, "
            "or a transport of its"
        )
    # An async client of another make may have a plain `send` that returns an awaitable; httpx's own have none.
    certain = not is_async or bool(libraries_of(client))
    if certain and inspect.iscoroutinefunction(send) is not is_async:
        raise TypeError(f"http_client is of the wrong kind: this client needs an httpx.{kind}")


def libraries_of(client: object) -> frozenset[str]:
    """Return which of the known libraries a client's class comes from."""
    return LIBRARIES & {base.__module__.partition(".")[0] for base in type(client).__mro__}


at_home(AsyncHTTPClient, HTTPClient)
