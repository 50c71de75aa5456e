"""The private attributes of httpx and httpcore that this package uses, each with its reason.

Each has a test that fails when the attribute is renamed.
"""

from typing import Protocol, cast

import httpx


class Parser(Protocol):
    """h11's parser of one connection; the property is public."""

    @property
    def trailing_data(self) -> tuple[bytes, bool]: ...


def use_pool(transport: httpx.BaseTransport | httpx.AsyncBaseTransport, pool: object) -> None:
    """Give a transport of httpx's another pool.

    A transport has no public argument for it. `handle_request` is not overridden instead, because test doubles and
    instruments patch it on the base class.
    """
    transport.__dict__["_pool"] = pool


def parser_of(connection: object) -> Parser | None:
    """Return the parser of an open HTTP/1.1 connection of httpcore's; None before it is open.

    A server may send more bytes than its answer. The parser keeps them, and would read them as the answer to the next
    request. httpcore has no public way to see them. A connection through a proxy wraps others.
    """
    while (inner := getattr(connection, "_connection", None)) is not None:
        connection = inner
    return cast("Parser | None", getattr(connection, "_h11_state", None))


def parsed(url: str) -> object:
    """Return the parts of a URL, as `httpx.URL` keeps them."""
    return httpx.URL(url)._uri_reference  # pyright: ignore[reportPrivateUsage]  # see `messages.UnparsedURL`
