"""The private attributes of httpx and httpcore that this package uses, with the reasons.

Each has a test that fails if the attribute is renamed.
"""

from typing import Protocol, cast

import httpx


class Parser(Protocol):
    """h11's parser of one connection; the property is public."""

    @property
    def trailing_data(self) -> tuple[bytes, bool]: ...


def use_pool(transport: httpx.BaseTransport | httpx.AsyncBaseTransport, pool: object) -> None:
    """Replace the pool of an httpx transport.

    A transport has no public argument for its pool. `handle_request` is not overridden, because test doubles and
    tracing tools patch it on the base class.
    """
    transport.__dict__["_pool"] = pool


def parser_of(connection: object) -> Parser | None:
    """Return the parser of an open HTTP/1.1 connection of httpcore, or None before it is open.

    A server may send more bytes than its answer. The parser keeps them, and would read them as the answer to the next
    request. httpcore has no public method that shows them. A connection through a proxy contains other connections.
    """
    while (inner := getattr(connection, "_connection", None)) is not None:
        connection = inner
    return cast("Parser | None", getattr(connection, "_h11_state", None))


def parsed(url: str) -> object:
    """Return the parts of a URL as `httpx.URL` stores them."""
    return httpx.URL(url)._uri_reference  # pyright: ignore[reportPrivateUsage]  # see `messages.UnparsedURL`
