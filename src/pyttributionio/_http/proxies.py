"""The way to a server: directly or through the environment's proxy, and whom to trust on it."""

import os
import ssl
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from pyttributionio._shared.setup_lock import setting_up

RouteKind: TypeAlias = Literal["direct", "forward", "tunnel"]


class Route(NamedTuple):
    """How to reach one server.

    `kind` tells what a proxy is told of a request: nothing (it is none, or SOCKS), its whole URL
    ("forward", plain http), or its host alone ("tunnel", https).
    """

    kind: RouteKind
    proxy: httpx.Proxy | None
    tls: ssl.SSLContext | None
    """None for plain http."""


def route_to(origin: str) -> Route:
    """Return the way to a server, by its scheme, host and port, as the environment says now.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, lower case first, as urllib reads them, and httpx
    too: HTTP_PROXY does not count in a CGI script, where any client can set it by a header.
    """
    secure = origin.startswith("https:")
    tls = tls_context() if secure else None
    url = _proxy_for(origin)
    if url is None:
        return Route("direct", None, tls)
    proxy = _proxy(url, origin.partition(":")[0])
    if proxy.url.scheme.startswith("socks"):
        return Route("direct", proxy, tls)
    return Route("tunnel" if secure else "forward", proxy, tls)


def _proxy(url: str, scheme: str) -> httpx.Proxy:
    try:
        return httpx.Proxy(url, ssl_context=tls_context() if urlsplit(url).scheme == "https" else None)
    except (ValueError, httpx.InvalidURL):
        kind = url.partition("://")[0]
    # Not what was raised: it may quote the password, which is often where a URL goes wrong.
    raise httpx.InvalidURL(
        f"the environment's proxy for {scheme} ({scheme.upper()}_PROXY or ALL_PROXY) is no {kind}:// proxy that can be "
        "used: http://, https:// or socks5://, and in a password /, #, ? and @ are %2F, %23, %3F and %40 (the value "
        "is not shown here)"
    )


def _proxy_for(origin: str) -> str | None:
    parts = urlsplit(origin)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    # With the port and without it: NO_PROXY may name either, and an IPv6 address has brackets in the one only.
    if not url or proxy_bypass(parts.netloc) or proxy_bypass(parts.hostname or ""):
        return None
    return url if "://" in url else f"http://{url}"


def tls_context() -> ssl.SSLContext:
    """Return the one TLS context that all clients share.

    Reading certificates takes some twenty milliseconds, so it is done at the first https call, and
    again only where the environment names other ones.
    """
    with setting_up():
        return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    try:
        if file:
            Path(file).open("rb").close()  # httpx 0.27 takes its own in the place of one that is not there
        return httpx.create_ssl_context()
    except OSError as error:
        if not file and not folder:
            raise
        named = f"SSL_CERT_FILE={file}" if file else f"SSL_CERT_DIR={folder}"
        raise ValueError(f"the certificates that {named} names can't be read: {error}") from None


def no_tls() -> ssl.SSLContext:
    """Return what httpx's own transport is given for plain http: it would read certificates for a context."""
    with setting_up():
        return _no_tls()


@cache
def _no_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
