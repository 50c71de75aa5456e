"""One way to call both clients, so that a test says once what holds for either."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import httpx
import pytest

from pyttributionio import AsyncClient, Client

KEY = "KEY"
SECRET = "s3cr3t&=/+%"
"""With characters that have to be encoded in a query."""

Kind = Literal["sync", "async"]
KINDS: list[Any] = [pytest.param("sync", id="Client"), pytest.param("async", id="AsyncClient")]
Handler = Callable[[httpx.Request], httpx.Response]


async def _awaited(found: Any) -> Any:
    return [await each for each in found] if isinstance(found, list) else await found


def call(kind: Kind, do: Callable[[Any], Any], **settings: Any) -> Any:
    """Make a client of a kind, let `do` make its call, or a list of calls, close it, and return what came of it."""
    settings = {"api_key": KEY, "api_secret": SECRET} | settings
    if kind == "sync":
        with Client(**settings) as client:
            return do(client)

    async def main() -> Any:
        async with AsyncClient(**settings) as client:
            return await _awaited(do(client))

    return asyncio.run(main())


def call_server(kind: Kind, url: str, do: Callable[[Any], Any], **settings: Any) -> Any:
    """Like `call`, with both servers at one address."""
    return call(kind, do, base_url=f"{url}/api/v1", tracking_url=url, **settings)


def call_through(kind: Kind, handler: Handler, do: Callable[[Any], Any], **settings: Any) -> Any:
    """Like `call`, through an httpx client of the caller's whose answers `handler` makes."""
    transport = httpx.MockTransport(handler)
    if kind == "sync":
        with httpx.Client(transport=transport) as http:
            return call(kind, do, http_client=http, **settings)

    async def main() -> Any:
        async with (
            httpx.AsyncClient(transport=transport) as http,
            AsyncClient(**({"api_key": KEY, "api_secret": SECRET} | settings), http_client=http) as client,
        ):
            return await _awaited(do(client))

    return asyncio.run(main())
