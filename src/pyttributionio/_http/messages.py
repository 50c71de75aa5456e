"""The translation of our requests to httpx's, and of httpx's errors to ours. The secret is added to a request here.

The secret is the value of a query parameter (wire contract, "Private API"). A tool that prints a URL would show it.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from socket import gaierror
from typing import Final, TypeGuard, cast
from urllib.parse import parse_qsl

import httpx

from pyttributionio._core.secret import Secret
from pyttributionio._core.types import APIRequest, Failure, Send, Timeouts
from pyttributionio._http.callers import LIBRARIES, libraries_of
from pyttributionio._http.exchange import EXTENSION, Acquired, AsyncAcquired, Exchange
from pyttributionio._http.private_names import parsed
from pyttributionio._shared.text import one_line
from pyttributionio._shared.version import __version__

USER_AGENT: Final = f"pyttributionio/{__version__} (Python {sys.version.split()[0]}; httpx {httpx.__version__})"
"""The name and version of this SDK, of Python and of httpx."""
_NETWORK: Final = sys.stdlib_module_names | LIBRARIES | {"httpcore", "httpcore2", "h11", "anyio", "trio", "aiohttp"}
"""The packages whose exceptions mean that an attempt failed."""
_UNSENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})
"""The exceptions of httpx and httpx2 without a connection. A ProxyError means that a proxy opened no tunnel."""


class _Steps:
    """An async iterator over an iterator. Not a generator: trio warns if a cancelled call leaves one unfinished."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


class _Content(httpx.ByteStream):
    """The body of a request."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Steps(iter(self))


_NO_CONTENT: Final = _Content(b"")


def read_timeouts(timeout: float | httpx.Timeout) -> Timeouts | float:
    """Return the four parts of an httpx.Timeout, or a number unchanged."""
    if isinstance(timeout, httpx.Timeout):
        return Timeouts(timeout.connect, timeout.read, timeout.write, timeout.pool)
    return timeout


def _timeout_extension(timeouts: Timeouts, remaining: float) -> dict[str, float]:
    """Return an attempt's timeouts, each limited to the seconds that remain until the deadline."""
    connect, read, write, pool = timeouts
    remaining = max(0.0, remaining)
    return {
        "connect": remaining if connect is None else min(connect, remaining),
        "read": remaining if read is None else min(read, remaining),
        "write": remaining if write is None else min(write, remaining),
        "pool": remaining if pool is None else min(pool, remaining),
    }


def _private_query(request: APIRequest, secret: Secret | None) -> str:
    """Return the query of a read, with the secret."""
    assert secret is not None  # the request of a read is not built without a secret
    flags = f"&{request.query}" if request.query else ""
    return f"secret={secret.quoted()}{flags}"


@lru_cache(maxsize=32)
def _server(origin: str) -> httpx.URL:
    return httpx.URL(origin)


@lru_cache(maxsize=64)
def _headers(
    origin: str, encoding: str, extra: tuple[tuple[str, str], ...], *, body: bool
) -> list[tuple[bytes, bytes]]:
    """Return all headers except Content-Length. For each request, httpx would take a sixth of a call to make them."""
    headers = {
        "Host": _server(origin).netloc.decode("ascii"),
        "Accept": "application/json",
        "Accept-Encoding": encoding,
        "User-Agent": USER_AGENT,
    }
    if body:
        headers["Content-Type"] = "application/json"
    replaced = {name.lower() for name, _ in extra}
    headers = {name: value for name, value in headers.items() if name.lower() not in replaced} | dict(extra)
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def sent_headers(request: APIRequest) -> list[tuple[bytes, bytes]]:
    """Return all headers of a request, as the SDK's own transport sends them."""
    body = request.body
    headers = _headers(request.origin, request.encoding, request.headers, body=body is not None)
    return headers if body is None else [*headers, (b"Content-Length", b"%d" % len(body))]


class UnparsedURL(httpx.URL):
    """A URL that httpx parses only when it is used: parsing takes a tenth of a read.

    The transport needs only the server and the path, and has them without parsing. The extension "target" replaces
    the path.
    """

    def __init__(self, request: APIRequest, server: httpx.URL) -> None:
        self._request = request
        self._server = server

    @property
    def raw_scheme(self) -> bytes:
        return self._server.raw_scheme

    @property
    def raw_host(self) -> bytes:
        return self._server.raw_host

    @property
    def port(self) -> int | None:
        return self._server.port

    @property
    def raw_path(self) -> bytes:
        request = self._request
        return (f"{request.path}?{request.query}" if request.query else request.path).encode("ascii")

    def __getattr__(self, name: str) -> object:
        # Only `_uri_reference` is missing: httpx's constructor sets it, and its methods read it.
        if name != "_uri_reference":
            raise AttributeError(name)
        found = self.__dict__[name] = parsed(self._request.url)
        return found


@lru_cache(maxsize=32)
def _url_of_posts(url: str) -> httpx.URL:
    return httpx.URL(url)  # a client posts to the same two URLs


def own_request(
    step: Send, secret: Secret | None, exchange: Exchange[Acquired] | Exchange[AsyncAcquired]
) -> httpx.Request:
    """Return an attempt's request for the SDK's own transport.

    The secret goes into httpcore's extension "target", which has the bytes of the request line. The URL does not have
    it, so tools that print URLs or patch `handle_request` (tracing, logging, test doubles) don't show it.
    """
    request, body = step.request, step.request.body
    made = httpx.Request(
        request.method,
        _server(request.origin) if body is None else _url_of_posts(request.url),
        headers=sent_headers(request),
        stream=_NO_CONTENT if body is None else _Content(body),
    )
    made.read()  # tools may read `content`
    made.extensions["timeout"] = _timeout_extension(step.timeouts, step.deadline - exchange.monotonic())
    made.extensions[EXTENSION] = exchange
    if body is None:
        made.url = UnparsedURL(request, made.url)
    if request.private:
        made.extensions["target"] = f"{request.path}?{_private_query(request, secret)}".encode("ascii")
    return made


def whole_request(step: Send, secret: Secret | None, remaining: float) -> httpx.Request:
    """Return an attempt's request for a caller's transport.

    A transport of another library does not know the extension "target", so the secret is in the URL.
    """
    request, body = step.request, step.request.body
    query = _private_query(request, secret) if request.private else request.query
    return httpx.Request(
        request.method,
        f"{request.origin}{request.path}{'?' if query else ''}{query}",
        headers=_headers(request.origin, request.encoding, request.headers, body=body is not None),
        content=body,
        extensions={"timeout": _timeout_extension(step.timeouts, remaining)},
    )


def request_arguments(step: Send, secret: Secret | None, remaining: float) -> dict[str, object]:
    """Return an attempt's request as arguments for `build_request` of a caller's client.

    The secret is in the URL, because no code below the caller's client is ours. It is masked in log lines.
    """
    request = step.request
    query = _private_query(request, secret) if request.private else request.query
    headers = _headers(request.origin, request.encoding, request.headers, body=request.body is not None)
    return {
        "method": request.method,
        "url": request.origin + request.path,
        # Not in the URL: a client with default parameters would replace the URL's query with them.
        "params": dict(parse_qsl(query, keep_blank_values=True)) if query else None,
        "headers": {name.decode("ascii"): value.decode("ascii") for name, value in headers[1:]},
        "content": request.body,
        "extensions": {"timeout": _timeout_extension(step.timeouts, remaining)},
    }


def is_of_the_network(error: BaseException, client: object) -> TypeGuard[Exception]:
    """Return whether an exception means that an attempt failed, and is not meant for the caller.

    These are meant for the caller: an interruption, an assertion of a test double, and an exception of the program's
    signal handler, such as the time limit of a job queue. The class of the last one is neither Python's nor an HTTP
    library's. Each exception of a caller's client of another library means that the attempt failed.
    """
    if not isinstance(error, Exception) or isinstance(error, AssertionError):
        return False
    if client is not None and not libraries_of(client):
        return True
    return type(error) is not Exception and type(error).__module__.partition(".")[0] in _NETWORK


def failure(error: Exception, secret: Secret | None) -> Failure:
    """Return the failure for a transport's exception: its class and message on one line, without the secret.

    httpx and httpx2 have no classes in common, so their exceptions are recognised by name.
    """
    names = {base.__name__ for base in type(error).__mro__ if base.__module__.partition(".")[0] in LIBRARIES}
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(
        one_line(text if secret is None else secret.redact(text)),
        timeout="TimeoutException" in names or isinstance(error, TimeoutError),
        retryable="TransportError" in names or isinstance(error, OSError),
        unsent=not _UNSENT.isdisjoint(names) or isinstance(error, ConnectionRefusedError | gaierror),
    )


def strip_tracebacks(error: BaseException, outer: BaseException | None) -> BaseException:
    """Remove the tracebacks of an exception and of those that it links to, except the caller's own one.

    The local variables of their frames have the request line, and so the secret.
    """
    links: list[BaseException | None] = [error]
    seen = {id(None), id(outer)}
    while links:
        link = links.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        link.__traceback__ = None
        links += [link.__context__, link.__cause__]
        if isinstance(link, BaseExceptionGroup):
            links += cast("BaseExceptionGroup[BaseException]", link).exceptions
    return error
