"""The clients in .venv-bench: plain httpx in three ways, and our own.

Each is called as its users call it: the same bytes, keep-alive, and defaults for everything else.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, TypedDict

import httpx

from benchmarks.calls.interface import QUERY, SECONDS, Adapter, AsyncGet, Concurrent, Parsing
from benchmarks.calls.payloads import API_KEY, API_SECRET, EVENT

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pyttributionio import Client


class Floor(Parsing, Concurrent):
    """Plain httpx and json.loads: the base of all ratios."""

    does = "`httpx.Client(base_url=...)`, `params=`, `json.loads` of the bytes; nothing is checked"

    @cached_property
    def client(self) -> httpx.Client:
        """The blocking client."""
        return httpx.Client(base_url=self.customers, timeout=SECONDS)

    def get(self, size: str) -> object:
        """Read a customer as plain dicts."""
        return self.parse(self.client.get(f"/{size}", params=QUERY).content)

    def post(self) -> object:
        """Post the event; the answer is read as JSON."""
        return json.loads(self.client.post(f"{self.address}/events", json=EVENT).content)

    def parse(self, content: bytes) -> object:
        """Make dicts."""
        return json.loads(content)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open an AsyncClient."""
        async with httpx.AsyncClient(base_url=self.customers, timeout=SECONDS) as client:

            async def get(size: str) -> object:
                return self.parse((await client.get(f"/{size}", params=QUERY)).content)

            yield get


class Plain(Floor):
    """The floor, but the bytes are validated into plain models with the same fields."""

    does = "the same, with `model_validate_json` into plain models: what pydantic-core does at its fastest"

    @cached_property
    def envelope(self) -> "type[BaseModel]":
        """The model of an answer."""
        from pydantic import BaseModel

        from benchmarks.calls.shapes import envelope

        return envelope(BaseModel)

    @cached_property
    def echo(self) -> "type[BaseModel]":
        """The model of the answer to a post."""
        from pydantic import BaseModel

        from benchmarks.calls.shapes import echo

        return echo(BaseModel)

    def post(self) -> object:
        """Post the event; the answer is validated."""
        return self.echo.model_validate_json(self.client.post(f"{self.address}/events", json=EVENT).content)

    def parse(self, content: bytes) -> object:
        """Make models, at pydantic-core's own speed."""
        return self.envelope.model_validate_json(content)


class Pydantic(Plain):
    """The floor, but the bytes are validated into our models."""

    does = "the same, with `model_validate_json` into the models of this package"

    @cached_property
    def envelope(self) -> "type[BaseModel]":
        """The model of an answer."""
        from pydantic import create_model

        from pyttributionio import CustomerWithAll

        return create_model("Envelope", customer=CustomerWithAll)

    @cached_property
    def echo(self) -> "type[BaseModel]":
        """The model of the answer to a post."""
        from pydantic import create_model

        from pyttributionio import Event

        return create_model("Echo", event=Event)


class Options(TypedDict):
    """The arguments of our clients."""

    base_url: str
    tracking_url: str
    timeout: float
    deadline: float


class Ours(Adapter, Concurrent):
    """This package."""

    does = '`customers.get(..., include="all")`; `tracking.event(..., identify=False)`, one post as for the others'

    @cached_property
    def options(self) -> Options:
        """The arguments of both clients."""
        base_url = f"{self.address}/api/v1"
        return {"base_url": base_url, "tracking_url": self.address, "timeout": SECONDS, "deadline": SECONDS}

    def through(self) -> httpx.Client | None:
        """Return the `http_client` of the blocking client; None for its own connections."""
        return None

    def through_async(self) -> httpx.AsyncClient | httpx.AsyncBaseTransport | None:
        """Return the `http_client` of the async client; None for its own connections."""
        return None

    @cached_property
    def client(self) -> "Client":
        """The blocking client; imported here, so that a first reply includes the import, as for a user."""
        from pyttributionio import Client

        return Client(API_KEY, API_SECRET, http_client=self.through(), **self.options)

    def get(self, size: str) -> object:
        """Read a customer as models."""
        return self.client.customers.get(size, include="all")

    def post(self) -> object:
        """Post the event alone."""
        return self.client.tracking.event(
            "ev_purchase",
            visitor_id="visitor-7",
            client_id="customer-42",
            url="https://shop.example/thanks?order=1001",
            transaction_id="order-1001",
            user_agent="Mozilla/5.0",
            identify=False,
        )

    def parser(self, size: str) -> Callable[[], object]:
        """Return the parse of a raw answer: the part of a call after the last byte."""
        return self.client.customers.with_raw_response.get(size, include="all").parse

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open an AsyncClient."""
        from pyttributionio import AsyncClient

        async with AsyncClient(API_KEY, API_SECRET, http_client=self.through_async(), **self.options) as client:

            async def get(size: str) -> object:
                return await client.customers.get(size, include="all")

            yield get


class OursOnHttpx2(Ours):
    """This package, sending through a caller's httpx2 clients."""

    does = "the same, with `http_client=httpx2.Client()` or `httpx2.AsyncClient()`"

    def through(self) -> httpx.Client | None:
        """Return an httpx2.Client."""
        made: httpx.Client = import_module("httpx2").Client()  # another class, with the same calls
        return made

    def through_async(self) -> httpx.AsyncClient | None:
        """Return an httpx2.AsyncClient."""
        made: httpx.AsyncClient = import_module("httpx2").AsyncClient()
        return made


class OursOnAiohttp(Ours):
    """This package, sending through a caller's transport that uses aiohttp."""

    does = "the same, with `http_client=httpx_aiohttp.AiohttpTransport()`"

    def through_async(self) -> httpx.AsyncBaseTransport:
        """Return a transport that uses aiohttp's connections."""
        made: httpx.AsyncBaseTransport = import_module("httpx_aiohttp").AiohttpTransport()
        return made
