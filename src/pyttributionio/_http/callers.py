"""The HTTP clients and transports that a caller can pass as `http_client`."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, ItemsView, Iterator
from typing import Final, Protocol, TypeAlias, runtime_checkable

import httpx

from pyttributionio._shared.naming import set_public_module

__all__ = ["AsyncHTTPClient", "HTTPClient"]

LIBRARIES: Final = frozenset({"httpx", "httpx2"})
"""The libraries whose clients and exceptions are known."""


@runtime_checkable
class HTTPResponse(Protocol):
    """The parts of a blocking client's response that this SDK reads."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> "HTTPHeaders": ...
    @property
    def is_stream_consumed(self) -> bool: ...
    @property
    def content(self) -> bytes: ...
    def iter_raw(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


@runtime_checkable
class AsyncHTTPResponse(Protocol):
    """The parts of an async client's response that this SDK reads."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> "HTTPHeaders": ...
    @property
    def is_stream_consumed(self) -> bool: ...
    @property
    def content(self) -> bytes: ...
    def aiter_raw(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


@runtime_checkable
class HTTPHeaders(Protocol):
    """The parts of a response's headers that this SDK reads."""

    def items(self) -> ItemsView[str, str]: ...


@runtime_checkable
class HTTPClient(Protocol):
    """A blocking HTTP client of the caller: httpx.Client, httpx2.Client, or a client with the same methods."""

    @property
    def build_request(self) -> Callable[..., object]: ...
    @property
    def send(self) -> Callable[..., HTTPResponse]: ...


@runtime_checkable
class AsyncHTTPClient(Protocol):
    """An async HTTP client of the caller: httpx.AsyncClient, httpx2.AsyncClient, or one with the same methods."""

    @property
    def build_request(self) -> Callable[..., object]: ...
    @property
    def send(self) -> Callable[..., Awaitable[AsyncHTTPResponse]]: ...


CallersClient: TypeAlias = HTTPClient | httpx.BaseTransport
"""The types of `http_client` of a Client."""
AsyncCallersClient: TypeAlias = AsyncHTTPClient | httpx.AsyncBaseTransport
"""The types of `http_client` of an AsyncClient."""


def checked_http_client(client: object, *, is_async: bool) -> None:
    """Raise if an HTTP client or transport lacks the methods, or is for the other kind of Client."""
    if client is None or isinstance(client, httpx.AsyncBaseTransport if is_async else httpx.BaseTransport):
        return
    kind = "AsyncClient" if is_async else "Client"
    send = getattr(client, "send", None)
    if isinstance(client, type):
        raise TypeError(f"http_client is the class {client.__name__}: pass an instance of it")
    if isinstance(client, httpx.BaseTransport | httpx.AsyncBaseTransport):
        raise TypeError(f"http_client is of the wrong kind: this client needs an httpx.{kind} or a transport for it")
    if not callable(send) or not callable(getattr(client, "build_request", None)):
        raise TypeError(
            f"http_client is {type(client).__name__}, which has no send and build_request: pass an httpx.{kind} "
            "or a transport for it"
        )
    # `send` of another library's async client may be a plain function that returns an awaitable. httpx's is not.
    certain = not is_async or bool(libraries_of(client))
    if certain and inspect.iscoroutinefunction(send) is not is_async:
        raise TypeError(f"http_client is of the wrong kind: this client needs an httpx.{kind}")


def libraries_of(client: object) -> frozenset[str]:
    """Return the known libraries from which a client's class or its bases come."""
    return LIBRARIES & {base.__module__.partition(".")[0] for base in type(client).__mro__}


set_public_module(AsyncHTTPClient, HTTPClient)
