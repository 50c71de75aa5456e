"""The async client, typed as the blocking one. Read by four checkers, run by nobody."""

import asyncio
from typing import assert_type

import httpx

from pyttributionio import (
    AsyncClient,
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    CustomerWithPageviewsAndEvents,
    Event,
    Identity,
    IncludeName,
    RawResponse,
)


def constructed(
    http_client: httpx.AsyncClient,
    blocking_client: httpx.Client,
    transport: httpx.AsyncHTTPTransport,
    blocking_transport: httpx.HTTPTransport,
) -> None:
    """An http_client of the wrong kind is an error."""
    AsyncClient("key", "secret", http_client=http_client)
    AsyncClient("key", "secret", http_client=transport)
    _ = AsyncClient("key", "secret", http_client=blocking_client)  # type: ignore
    _ = AsyncClient("key", "secret", http_client=blocking_transport)  # type: ignore


async def awaited(client: AsyncClient, names: list[IncludeName]) -> None:
    """Exact after the await; nothing before it."""
    assert_type(await client.customers.get("id"), Customer)
    assert_type(await client.customers.get("id", include=["events"]), CustomerWithEvents)
    assert_type(await client.customers.get("id", include="all"), CustomerWithAll)
    assert_type(await client.customers.get("id", include=names), Customer)
    (await client.customers.get("id", include=["events"])).pageviews  # type: ignore
    client.customers.get("id").client_id  # type: ignore
    _ = await client.customers.get("id", include=["pageview"])  # type: ignore
    assert_type(await client.tracking.event("ev", visitor_id="v"), Event)
    assert_type(await client.tracking.identity("id", visitor_id="v"), Identity)
    assert_type(await client.customers.with_raw_response.get("id"), RawResponse[Customer])
    assert_type((await client.tracking.with_raw_response.event("ev", visitor_id="v")).parse(), Event)


async def gathered(client: AsyncClient, ids: list[str]) -> list[CustomerWithEvents]:
    """Many at once keep their types."""
    one, two = await asyncio.gather(
        client.customers.get("a", include=["events", "pageviews"]), client.customers.get("b")
    )
    assert_type(one, CustomerWithPageviewsAndEvents)
    assert_type(two, Customer)
    two.events  # type: ignore
    return await asyncio.gather(*[client.customers.get(each, include=["events"]) for each in ids])


async def closed(client: AsyncClient) -> None:
    """Entering, options and closing."""
    async with client.with_options(deadline=5) as entered:
        assert_type(entered, AsyncClient)
    with client:  # type: ignore
        pass
    assert_type(await client.close(), None)
