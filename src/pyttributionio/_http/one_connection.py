"""httpx's transports over one connection each, which is opened anew where it has ended.

httpx has a pool of httpcore's below each transport, for any number of connections to any servers. To look
through it for the one connection there can be takes a fifth of a call, so here the pool is asked for
the connection once, and the connection for the rest.
"""

import ssl
from typing import Final

import anyio
import httpcore
import httpx

from pyttributionio._http.proxies import Route, no_tls

KEEP_ALIVE: Final = 30.0
"""Seconds that a connection is kept unused."""

_LIMITS: Final = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)


def transport_on(route: Route) -> httpx.HTTPTransport:
    """Return a blocking transport with one connection on a route, not opened yet."""
    if route.proxy is None:
        return DirectTransport(route.tls)
    # A proxy's connections are of several kinds, and slower than any pool: httpx's own choice of them stays.
    return httpx.HTTPTransport(verify=route.tls or no_tls(), proxy=route.proxy, limits=_LIMITS)


def async_transport_on(route: Route) -> httpx.AsyncHTTPTransport:
    """Return an async transport with one connection on a route, not opened yet."""
    if route.proxy is None:
        return AsyncDirectTransport(route.tls)
    return httpx.AsyncHTTPTransport(verify=route.tls or no_tls(), proxy=route.proxy, limits=_LIMITS)


def has_leftover(connection: object) -> bool:
    """Tell whether a server sent more than its answer, in one piece with it.

    The parser keeps that, and would read it as the answer to the next call. Nobody can ask httpcore for it.
    """
    while (inner := getattr(connection, "_connection", None)) is not None:
        connection = inner
    parser = getattr(connection, "_h11_state", None)
    return parser is not None and parser.trailing_data[0] != b""


class DirectTransport(httpx.HTTPTransport):
    """A blocking transport without httpx's pool."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        # In place of the base's, which makes a usual pool, and a TLS context for plain http as well.
        self._pool = self._one = _OneConnection(tls, keepalive_expiry=KEEP_ALIVE)

    def let_go(self) -> None:
        """Forget a connection that has ended."""
        self._one.let_go()


class _OneConnection(httpcore.ConnectionPool):
    """A pool that is lent to one call at a time, to one server, so that there is nothing to search or to lock."""

    _kept: httpcore.ConnectionInterface | None = None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        kept = self._kept
        if kept is None or kept.is_closed() or kept.has_expired():
            self.close()
            self._kept = kept = self.create_connection(request.url.origin)
        return kept.handle_request(request)

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def let_go(self) -> None:
        if self._kept is not None and self._kept.is_closed():
            self._kept = None

    @property
    def connections(self) -> list[httpcore.ConnectionInterface]:
        return [] if self._kept is None else [self._kept]


class AsyncDirectTransport(httpx.AsyncHTTPTransport):
    """An async transport without httpx's pool."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._pool = self._one = _AsyncOneConnection(tls, keepalive_expiry=KEEP_ALIVE)

    def let_go(self) -> None:
        """Forget a connection that has ended."""
        self._one.let_go()


class _AsyncOneConnection(httpcore.AsyncConnectionPool):
    _kept: httpcore.AsyncConnectionInterface | None = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        kept = self._kept
        if kept is None or kept.is_closed() or kept.has_expired():
            with anyio.CancelScope(shield=True):  # half closed would be open for ever
                await self.aclose()
            self._kept = kept = self.create_connection(request.url.origin)
        return await kept.handle_async_request(request)

    async def aclose(self) -> None:
        if self._kept is not None:
            await self._kept.aclose()

    def let_go(self) -> None:
        if self._kept is not None and self._kept.is_closed():
            self._kept = None

    @property
    def connections(self) -> list[httpcore.AsyncConnectionInterface]:
        return [] if self._kept is None else [self._kept]
