"""Clients whose server is a function: what it answers is written in the test."""

import asyncio
import json
from collections.abc import Callable, Collection
from typing import Any

import httpx

from pyttributionio import AsyncClient, Client, Customer, Drift

ALL = ("pageviews", "touchpoints", "events", "identities")


def answering(content: bytes | str, status: int = 200) -> httpx.MockTransport:
    """Answer every request alike."""
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content))


def connect(
    content: bytes | str, *, on_drift: Callable[[Drift], object] | None = None, strict: bool = False, status: int = 200
) -> Client:
    """Make a client whose every call is answered with `content`."""
    http = httpx.Client(transport=answering(content, status), trust_env=False)
    return Client("key", "s3cr3t", http_client=http, on_drift=on_drift, strict=strict)


def connect_async(
    content: bytes | str, *, on_drift: Callable[[Drift], object] | None = None, strict: bool = False
) -> AsyncClient:
    """Make an async client whose every call is answered with `content`."""
    http = httpx.AsyncClient(transport=answering(content), trust_env=False)
    return AsyncClient("key", "s3cr3t", http_client=http, on_drift=on_drift, strict=strict)


def read_text(content: bytes | str, include: Collection[Any] = (), **options: Any) -> Customer:
    """Read a customer from an answer's very text."""
    return connect(content, **options).customers.get("id", include=include)


def read_text_async(content: bytes | str, include: Collection[Any] = (), **options: Any) -> Customer:
    """Read a customer from an answer's very text with the async client."""

    async def read() -> Customer:
        return await connect_async(content, **options).customers.get("id", include=include)

    return asyncio.run(read())


def read(customer: object, include: Collection[Any] = (), **options: Any) -> Any:
    """Read a customer from an answer that holds this one; untyped, for tests read what types forbid."""
    return read_text(json.dumps({"customer": customer}), include, **options)


def read_one(collection: str, item: object, **options: Any) -> Any:
    """Read a single item of one collection."""
    return getattr(read({collection: [item]}, [collection], **options), collection)[0]


def loads_once(text: str) -> Any:
    """Read JSON; a key that stands twice in one object is an error."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert sorted(names) == sorted(set(names)), f"duplicate keys: {names}"
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)
