"""The route to a server: direct or through the environment's proxy, and the trusted certificates."""

import os
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from pyttributionio._shared.setup_lock import setup_lock


class Route(NamedTuple):
    """The proxy and the TLS context for one server."""

    proxy: httpx.Proxy | None
    tls: ssl.SSLContext | None
    """None for plain http."""

    @property
    def is_socks(self) -> bool:
        """Whether the proxy is a SOCKS proxy."""
        return self.proxy is not None and self.proxy.url.scheme.startswith("socks")


def route_to(origin: str) -> Route:
    """Return the route to a server (scheme, host and port), by the present environment.

    The variables are HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, lower case first. They are read as urllib and
    httpx read them. HTTP_PROXY is ignored in a CGI script, because any client can set it there with a header.
    """
    tls = tls_context() if origin.startswith("https:") else None
    url = _proxy_for(origin)
    return Route(None if url is None else _proxy(url, origin.partition(":")[0]), tls)


def _proxy(url: str, scheme: str) -> httpx.Proxy:
    try:
        return httpx.Proxy(url, ssl_context=tls_context() if urlsplit(url).scheme == "https" else None)
    except (ValueError, httpx.InvalidURL):
        kind = url.partition("://")[0]
    # The original error is left out: it may quote the password, which is often the wrong part of the URL.
    raise httpx.InvalidURL(
        f"the environment's proxy for {scheme} ({scheme.upper()}_PROXY or ALL_PROXY) is no {kind}:// proxy that can be "
        "used: http://, https:// or socks5://, and in a password /, #, ? and @ are %2F, %23, %3F and %40 (the value "
        "is not shown here)"
    )


def _proxy_for(origin: str) -> str | None:
    parts = urlsplit(origin)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    # NO_PROXY may name the host with the port or without it. An IPv6 address has brackets only with the port.
    if not url or proxy_bypass(parts.netloc) or proxy_bypass(parts.hostname or ""):
        return None
    return url if "://" in url else f"http://{url}"


def tls_context() -> ssl.SSLContext:
    """Return the TLS context that all clients share.

    Reading certificates takes about twenty milliseconds, so it is done at the first https call, and again only if
    the environment names other certificates.
    """
    with setup_lock():
        return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    try:
        if file:
            Path(file).open("rb").close()  # httpx 0.27 uses its own certificates if the file does not exist
        return httpx.create_ssl_context()
    except OSError as error:
        if not file and not folder:
            raise
        named = f"SSL_CERT_FILE={file}" if file else f"SSL_CERT_DIR={folder}"
        raise ValueError(f"the certificates that {named} names can't be read: {error}") from None


def connection_on(
    route: Route, origin: httpcore.Origin, backend: httpcore.NetworkBackend
) -> httpcore.ConnectionInterface:
    """Return a new blocking connection for a route. It is not opened yet."""
    if route.proxy is None:
        return httpcore.HTTPConnection(origin, route.tls, network_backend=backend)
    kind = httpcore.SOCKSProxy if route.is_socks else httpcore.HTTPProxy
    return kind(**_arguments(route, route.proxy), network_backend=backend).create_connection(origin)


def async_connection_on(
    route: Route, origin: httpcore.Origin, backend: httpcore.AsyncNetworkBackend
) -> httpcore.AsyncConnectionInterface:
    """Return a new async connection for a route. It is not opened yet."""
    if route.proxy is None:
        return httpcore.AsyncHTTPConnection(origin, route.tls, network_backend=backend)
    kind = httpcore.AsyncSOCKSProxy if route.is_socks else httpcore.AsyncHTTPProxy
    return kind(**_arguments(route, route.proxy), network_backend=backend).create_connection(origin)


def _arguments(route: Route, proxy: httpx.Proxy) -> dict[str, Any]:
    url = proxy.url
    arguments: dict[str, Any] = {
        "proxy_url": httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        "proxy_auth": proxy.raw_auth,
        "ssl_context": route.tls,
    }
    if not route.is_socks:
        arguments |= {"proxy_headers": proxy.headers.raw, "proxy_ssl_context": proxy.ssl_context}
    return arguments
