"""How a request and its outcome look to an HTTP library; the only place that puts the secret on the wire."""

import sys
import time
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Final, TypeAlias, TypeGuard, TypeVar, cast
from urllib.parse import parse_qsl

import httpx

from pyttributionio._core.secret import Secret
from pyttributionio._core.types import APIRequest, Failure, Send, Timeouts
from pyttributionio._http.callers import LIBRARIES, AsyncHTTPResponse, HTTPResponse, libraries_of
from pyttributionio._http.proxies import RouteKind
from pyttributionio._shared.headers import Headers
from pyttributionio._shared.version import __version__

USER_AGENT: Final = f"pyttributionio/{__version__} (Python {sys.version.split()[0]}; httpx {httpx.__version__})"
"""Names this SDK and what it runs on."""
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": USER_AGENT,
}
_BODY_HEADERS: Final = {**_HEADERS, "Content-Type": "application/json"}
_TRANSPORTS: Final = sys.stdlib_module_names | LIBRARIES | {"httpcore", "httpcore2", "h11", "anyio", "trio", "aiohttp"}
"""Whose exceptions are the network's."""

V = TypeVar("V")


class _Pieces:
    """Async steps over an iterator. No generator: trio warns of one that a cancelled call leaves unfinished."""

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
    """A request's body, whole."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces(iter(self))


_NO_BODY: Final = _Content(b"")


def read_timeouts(timeout: float | httpx.Timeout) -> Timeouts | float:
    """Return an httpx.Timeout's four parts, or the number as it is."""
    if isinstance(timeout, httpx.Timeout):
        return Timeouts(timeout.connect, timeout.read, timeout.write, timeout.pool)
    return timeout


def seconds_left(step: Send, timeout: float | None) -> float:
    """Return the seconds that a part of an attempt may take: its timeout, but not beyond the attempt's end."""
    remaining = max(0.0, step.ends - time.monotonic())
    return remaining if timeout is None else min(timeout, remaining)


def timeout_extension(step: Send) -> dict[str, float]:
    """Return an attempt's timeouts, none of them longer than what is left until its end."""
    connect, read, write, pool = step.timeouts
    remaining = max(0.0, step.ends - time.monotonic())
    return {
        "connect": remaining if connect is None else min(connect, remaining),
        "read": remaining if read is None else min(read, remaining),
        "write": remaining if write is None else min(write, remaining),
        "pool": remaining if pool is None else min(pool, remaining),
    }


def secret_query(step: Send, secret: Secret | None) -> str:
    """Return the query of a read with the secret in it (wire contract, "Private API")."""
    assert secret is not None  # a read without a secret is refused where its request is built
    flags = f"&{step.request.query}" if step.request.query else ""
    return f"secret={secret.quoted()}{flags}"


RawHeaders: TypeAlias = list[tuple[bytes, bytes]]


@lru_cache(maxsize=32)
def _server(origin: str) -> httpx.URL:
    return httpx.URL(origin)


@lru_cache(maxsize=32)
def _headers_to(origin: str, *, body: bool) -> RawHeaders:
    headers = {"Host": _server(origin).netloc.decode("ascii"), **(_BODY_HEADERS if body else _HEADERS)}
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


class _UnreadURL(httpx.URL):
    """A URL that httpx takes apart only if somebody looks at it: that is a tenth of a read.

    Its transport needs to know the server alone, for the "target" extension has the rest.
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
        return self._request.url.removeprefix(self._request.origin).encode("ascii")

    def __getattr__(self, name: str) -> object:
        # What httpx's own constructor keeps; if that is renamed, the tests of instruments fail.
        if name != "_uri_reference":
            raise AttributeError(name)
        self._uri_reference = httpx.URL(self._request.url)._uri_reference
        return self._uri_reference


@lru_cache(maxsize=32)
def _url_of_posts(url: str) -> httpx.URL:
    return httpx.URL(url)  # a client posts to the same two all its life


class _ForTheRequestItself(dict[str, V]):
    """A request's extensions on their way through a tunnel: "target" is there for the first who takes it.

    That is the request. httpcore hands its extensions on to the CONNECT that opens the tunnel, which
    would send the proxy the secret in clear in place of the server's name.
    """

    def __getitem__(self, name: str) -> V:
        return self.pop(name) if name == "target" else super().__getitem__(name)


def own_request(step: Send, secret: Secret | None, kind: RouteKind) -> httpx.Request:
    """Return an attempt's request for the SDK's own transport; `kind` is its route's.

    The secret goes into httpcore's "target" extension, the very bytes of the request line: below all
    that prints URLs, and unseen by what instruments `handle_request` (tracing, logging, test doubles).
    Headers are whole, because httpx takes a sixth of a call to make them up for each request anew.
    """
    request, body = step.request, step.request.body
    headers = _headers_to(request.origin, body=body is not None)
    made = httpx.Request(
        request.method,
        _server(request.origin) if body is None else _url_of_posts(request.url),
        headers=headers if body is None else [*headers, (b"Content-Length", b"%d" % len(body))],
        stream=_NO_BODY if body is None else _Content(body),
    )
    made.read()  # so that instruments may look at `content`
    made.extensions["timeout"] = timeout_extension(step)
    if request.private:
        made.url = _UnreadURL(request, made.url)
        # To a proxy a plain request tells its whole URL (RFC 9112, section 3.2.2).
        before = request.origin if kind == "forward" else ""
        made.extensions["target"] = f"{before}{request.path}?{secret_query(step, secret)}".encode("ascii")
        if kind == "tunnel":
            made.extensions = _ForTheRequestItself(made.extensions)
    return made


def whole_request(step: Send, secret: Secret | None) -> httpx.Request:
    """Return an attempt's request for a caller's transport.

    One of another make knows no "target" extension, so the secret stands in its URL.
    """
    request, body = step.request, step.request.body
    query = f"?{secret_query(step, secret)}" if request.private else ""
    return httpx.Request(
        request.method,
        f"{request.origin}{request.path}{query}",
        headers=_headers_to(request.origin, body=body is not None),
        content=body,
        extensions={"timeout": timeout_extension(step)},
    )


def request_arguments(step: Send, secret: Secret | None) -> dict[str, object]:
    """Return an attempt's request as arguments of `build_request` of a caller's client.

    One can't go below a client that is not ours, so the secret stands in its URL; the logs are guarded.
    """
    request = step.request
    return {
        "method": request.method,
        "url": request.origin + request.path,
        # Not in the URL: a client with default parameters would put those in place of its query.
        "params": dict(parse_qsl(secret_query(step, secret))) if request.private else None,
        "headers": _HEADERS if request.body is None else _BODY_HEADERS,
        "content": request.body,
        "extensions": {"timeout": timeout_extension(step)},
    }


def is_the_transports(error: BaseException, client: object) -> TypeGuard[Exception]:
    """Tell whether an exception says how an attempt went, and is not a word to the caller.

    Such a word is an interruption, an assertion of a test double's, or what the program's own signal
    handler raises in the middle of an attempt, such as the time limit of a queue of jobs: an exception
    of no class of Python's or an HTTP library's. What a caller's client of another make raises is all its own.
    """
    if not isinstance(error, Exception) or isinstance(error, AssertionError):
        return False
    if client is not None and not libraries_of(client):
        return True
    return type(error) is not Exception and type(error).__module__.partition(".")[0] in _TRANSPORTS


def failure(error: Exception, secret: Secret | None) -> Failure:
    """Return what is worth knowing of a transport's exception: its class and text, without the secret.

    httpx and httpx2 share no classes, so their exceptions are told by name.
    """
    names = {base.__name__ for base in type(error).__mro__ if base.__module__.partition(".")[0] in LIBRARIES}
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(
        text if secret is None else secret.redact(text),
        timeout="TimeoutException" in names or isinstance(error, TimeoutError),
        retryable="TransportError" in names or isinstance(error, OSError),
    )


def undecodable(error: Exception) -> bool:
    """Tell whether an exception says that a body does not match its Content-Encoding."""
    return any(base.__name__ == "DecodingError" for base in type(error).__mro__)


def headers_of(response: HTTPResponse | AsyncHTTPResponse) -> Headers:
    """Return a response's headers, free of its library."""
    return Headers(response.headers.items())


def own_headers(response: httpx.Response) -> Headers:
    """Return a response's headers; httpx itself guesses one encoding for all, by trying, at each look."""
    return Headers((name.decode("latin-1"), _header_text(value)) for name, value in response.headers.raw)


def _header_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def without_frames(error: BaseException, outer: BaseException | None) -> BaseException:
    """Take the tracebacks off an interruption and what it interrupted, down to the caller's own exception.

    The frames below hold the request line, and with it the secret, in their local variables.
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
