"""What the worker asks of a client, and the clients that live in .venv-bench: plain HTTP libraries and our own.

Each does what its users would write: the same bytes, keep-alive, its defaults for all else.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import httpx

from benchmark.payloads import API_KEY, API_SECRET, EVENT, answer

if TYPE_CHECKING:
    from pyttributionio import Client

AsyncGet = Callable[[str], Awaitable[object]]
QUERY = {"secret": API_SECRET, "show_all": "true"}
SECONDS = 600.0
"""Every client's timeout: under valgrind all is slow, and none may give up."""


class Adapter:
    """One client, called in one way by all of the benchmark."""

    does: ClassVar[str]
    """How it is called, for the docs."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.private = f"{address}/api/v1/{API_KEY}"

    def get(self, size: str) -> object:
        """Read the customer of a size, and return it or the object it is in."""
        raise NotImplementedError

    def post(self) -> object:
        """Post the event."""
        raise NotImplementedError

    def parser(self, size: str) -> Callable[[], object]:
        """Return what makes of the bytes of a size what `get` makes of them."""
        content = answer(size)
        return lambda: self.parse(content)

    def parse(self, content: bytes) -> object:
        """Make of an answer's bytes what `get` makes of them."""
        raise NotImplementedError

    def opened(self) -> AbstractAsyncContextManager[AsyncGet]:
        """Open the async client, and give what reads a customer with it; not called where there is none."""
        raise NotImplementedError

    @property
    def is_async(self) -> bool:
        """Whether there is an async client."""
        return type(self).opened is not Adapter.opened


class Floor(Adapter):
    """Plain httpx and json.loads: what the ratios are to."""

    does = "`httpx.Client(base_url=...)`, `params=`, `json.loads` of the bytes; nothing is checked"

    @cached_property
    def client(self) -> httpx.Client:
        """The blocking client."""
        return httpx.Client(base_url=self.private, timeout=SECONDS)

    def get(self, size: str) -> object:
        """Read a customer as plain dicts."""
        return self.parse(self.client.get(f"/customers/{size}", params=QUERY).content)

    def post(self) -> object:
        """Post the event; the answer is read as JSON."""
        return json.loads(self.client.post(f"{self.address}/events", json=EVENT).content)

    def parse(self, content: bytes) -> object:
        """Make dicts."""
        return json.loads(content)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open an AsyncClient."""
        async with httpx.AsyncClient(base_url=self.private, timeout=SECONDS) as client:

            async def get(size: str) -> object:
                return self.parse((await client.get(f"/customers/{size}", params=QUERY)).content)

            yield get


class Pydantic(Floor):
    """The floor, but the bytes are validated into our models."""

    does = "the same, with `model_validate_json` into the models of this package"

    def __init__(self, address: str) -> None:
        from pydantic import create_model

        from pyttributionio import CustomerWithAll, Event

        super().__init__(address)
        self.envelope = create_model("Envelope", customer=(CustomerWithAll, ...))
        self.echo = create_model("Echo", event=(Event, ...))

    def post(self) -> object:
        """Post the event; the answer is validated."""
        return self.echo.model_validate_json(self.client.post(f"{self.address}/events", json=EVENT).content)

    def parse(self, content: bytes) -> object:
        """Make models, at pydantic-core's own speed."""
        return self.envelope.model_validate_json(content)


class Ours(Adapter):
    """This package."""

    does = '`customers.get(..., include="all")`; `tracking.event(..., identify=False)`, one post as everyone\'s'

    @cached_property
    def client(self) -> "Client":
        """The blocking client; imported here, so that a first reply costs what a user's costs."""
        from pyttributionio import Client

        base_url = f"{self.address}/api/v1"
        return Client(
            API_KEY, API_SECRET, base_url=base_url, tracking_url=self.address, timeout=SECONDS, deadline=SECONDS
        )

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
        """Return the parse of a raw answer: what the plain call does after the last byte, and no more."""
        return self.client.customers.with_raw_response.get(size, include="all").parse

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open an AsyncClient."""
        from pyttributionio import AsyncClient

        base_url = f"{self.address}/api/v1"
        async with AsyncClient(API_KEY, API_SECRET, base_url=base_url, timeout=SECONDS, deadline=SECONDS) as client:

            async def get(size: str) -> object:
                return await client.customers.get(size, include="all")

            yield get
