"""The parts of a request that a visit is made of, from the headers of ASGI and the environ of WSGI."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

_SAFE = "/!$&'()*+,;=:@~%"
"""Characters that stay as they are in a path: RFC 3986, section 3.3, and the percent sign of what is encoded."""


class RequestParts(NamedTuple):
    """The parts of a request that a visit is made of. An absent part is empty.

    Attributes:
        cookies: The Cookie headers, joined with "; ".
        user_agent: The User-Agent header.
        gpc: The Sec-GPC header.
        dnt: The DNT header.
        host: The Host header. The client chooses it, so it is only used if `allowed_hosts` has it.
        scheme: "http" or "https".
        path: The path, percent-encoded.
        query: The query, percent-encoded, without the question mark.
    """

    cookies: str = ""
    user_agent: str = ""
    gpc: str = ""
    dnt: str = ""
    host: str = ""
    scheme: str = ""
    path: str = ""
    query: str = ""


_FIELDS = {b"user-agent": "user_agent", b"sec-gpc": "gpc", b"dnt": "dnt", b"host": "host"}


def parts_of_headers(
    headers: Iterable[tuple[bytes, bytes]],
    *,
    scheme: str = "",
    path: str | bytes = "",
    query: bytes = b"",
) -> RequestParts:
    """Return the parts of a request whose headers are bytes, as in ASGI.

    HTTP/2 allows several Cookie headers; they are joined. The first of several other headers counts.

    Args:
        headers: Names and values. The names may have any case.
        scheme: "http" or "https"; "ws" and "wss" count as these.
        path: The path: percent-encoded if it is bytes, decoded if it is text.
        query: The query, percent-encoded.
    """
    cookies: list[str] = []
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key == b"cookie":
            cookies.append(value.decode("utf-8", "replace"))
        elif (field := _FIELDS.get(key)) is not None:
            found.setdefault(field, value.decode("utf-8", "replace"))
    return RequestParts(
        cookies="; ".join(cookies),
        scheme={"ws": "http", "wss": "https"}.get(scheme, scheme),
        path=quote(path, _SAFE) if isinstance(path, bytes) else quote(path, "/!$&'()*+,;=:@~", errors="replace"),
        query=query.decode("latin-1"),
        **found,
    )


def parts_of_environ(environ: Mapping[str, object]) -> RequestParts:
    """Return the parts of a request from a WSGI environ (PEP 3333). The META of a Django request is one too."""
    path = _text(environ, "SCRIPT_NAME") + _text(environ, "PATH_INFO")
    return RequestParts(
        _decoded(environ, "HTTP_COOKIE"),
        _decoded(environ, "HTTP_USER_AGENT"),
        _text(environ, "HTTP_SEC_GPC"),
        _text(environ, "HTTP_DNT"),
        _text(environ, "HTTP_HOST"),
        _text(environ, "wsgi.url_scheme"),
        quote(path.encode("latin-1", "replace"), "/!$&'()*+,;=:@~"),
        _text(environ, "QUERY_STRING"),
    )


def _text(environ: Mapping[str, object], name: str) -> str:
    value = environ.get(name)
    return value if isinstance(value, str) else ""


def _decoded(environ: Mapping[str, object], name: str) -> str:
    """Return a value as UTF-8. In a WSGI environ, each character is one byte."""
    text = _text(environ, name)
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")
