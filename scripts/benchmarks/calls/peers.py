"""Other SDKs, each called through its public generic call, with this API's fields in its own kind of models.

They are imported by name when they are used, because each environment has only one of them.
"""

# ruff: noqa: ANN401 (none of them is installed where this is checked)

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from importlib import import_module
from typing import Any

from benchmarks.calls.interface import QUERY, SECONDS, AsyncGet, Concurrent, Parsing
from benchmarks.calls.payloads import API_KEY, API_SECRET, CUSTOMERS, EVENT


class Requests(Parsing):
    """requests, with one Session."""

    does = "`requests.Session().get(url, params=...)`, `json.loads` of the bytes"

    @cached_property
    def client(self) -> Any:
        """The session."""
        return import_module("requests").Session()

    def get(self, size: str) -> object:
        """Read a customer as plain dicts."""
        return self.parse(self.client.get(f"{self.customers}/{size}", params=QUERY, timeout=SECONDS).content)

    def post(self) -> object:
        """Post the event; the answer is read as JSON."""
        return self.parse(self.client.post(f"{self.address}/events", json=EVENT, timeout=SECONDS).content)

    def parse(self, content: bytes) -> object:
        """Make dicts."""
        return json.loads(content)


class Old(Parsing):
    """This package before 1.0."""

    does = "`fetch_customer_info_full`; `trigger_event`, whose two posts count as two; a connection a call"
    posts = 2

    @cached_property
    def client(self) -> Any:
        """The wrapper, pointed at the loopback server."""
        wrapper = import_module("pyttributionio.pyttributionio").PyttributionIo
        wrapper.PRIVATE_API_URL = f"{self.address}/api/v1"
        wrapper.PUBLIC_API_URL = f"{self.address}/"
        return wrapper(API_KEY, API_SECRET)

    def get(self, size: str) -> object:
        """Read a customer as plain dicts."""
        return self.client.fetch_customer_info_full(size)

    def post(self) -> object:
        """Post the event and its identity."""
        return self.client.trigger_event(
            "visitor-7", "ev_purchase", "customer-42", "Mozilla/5.0", "https://shop.example"
        )

    def parse(self, content: bytes) -> object:
        """Make dicts."""
        return json.loads(content)


class Stainless(Parsing, Concurrent):
    """The common part of openai's and anthropic's SDKs, which come from one generator."""

    module: str
    kind: str

    @cached_property
    def envelope(self) -> Any:
        """The model of an answer, on the SDK's own base class."""
        from benchmarks.calls.shapes import envelope

        return envelope(import_module(self.module).BaseModel)

    @cached_property
    def echo(self) -> Any:
        """The model of the answer to a post, on the SDK's own base class."""
        from benchmarks.calls.shapes import echo

        return echo(import_module(self.module).BaseModel)

    def make(self, kind: str) -> Any:
        """Make a client; only the timeout differs from its default."""
        made = getattr(import_module(self.module), kind)
        return made(api_key=API_KEY, base_url=self.address, timeout=SECONDS)

    @cached_property
    def client(self) -> Any:
        """The blocking client."""
        return self.make(self.kind)

    def get(self, size: str) -> object:
        """Read a customer as the SDK's models."""
        return self.client.get(f"{CUSTOMERS}/{size}", cast_to=self.envelope, options={"params": QUERY})

    def post(self) -> object:
        """Post the event; the answer is read as a model."""
        return self.client.post("/events", cast_to=self.echo, body=EVENT)

    def parse(self, content: bytes) -> object:
        """Make models as `get` does: parsed JSON, and the public `construct` of the SDK's base class."""
        return self.envelope.construct(**json.loads(content))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open the async client."""
        async with self.make(f"Async{self.kind}") as client:

            async def get(size: str) -> object:
                return await client.get(f"{CUSTOMERS}/{size}", cast_to=self.envelope, options={"params": QUERY})

            yield get


class OpenAI(Stainless):
    """openai."""

    does = "`OpenAI(...).get(path, cast_to=...)`, models on `openai.BaseModel`"
    module = "openai"
    kind = "OpenAI"


class Anthropic(Stainless):
    """anthropic."""

    does = "`Anthropic(...).get(path, cast_to=...)`, models on `anthropic.BaseModel`"
    module = "anthropic"
    kind = "Anthropic"


class Stripe(Parsing, Concurrent):
    """stripe."""

    does = "`StripeClient(...).raw_request`, then `deserialize`; telemetry off; a post is form-encoded, as its v1 is"

    @cached_property
    def client(self) -> Any:
        """The client; its defaults are requests for blocking calls and httpx for async ones."""
        stripe: Any = import_module("stripe")
        stripe.enable_telemetry = False
        return stripe.StripeClient(API_KEY, base_addresses={"api": self.address})

    def get(self, size: str) -> object:
        """Read a customer as StripeObjects."""
        answer = self.client.raw_request("get", f"{CUSTOMERS}/{size}", **QUERY)
        return self.client.deserialize(answer, api_mode="V1")

    def post(self) -> object:
        """Post the event; the answer is read as a StripeObject."""
        return self.client.deserialize(self.client.raw_request("post", "/events", **EVENT), api_mode="V1")

    def parse(self, content: bytes) -> object:
        """Make StripeObjects from parsed JSON."""
        return self.client.deserialize(json.loads(content), api_mode="V1")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Use the same client's async calls."""

        async def get(size: str) -> object:
            answer = await self.client.raw_request_async("get", f"{CUSTOMERS}/{size}", **QUERY)
            return self.client.deserialize(answer, api_mode="V1")

        yield get


class WorkOS(Parsing, Concurrent):
    """workos."""

    does = (
        "`WorkOSClient(...).request(..., model=...)`, slots dataclasses with `from_dict`, as its generator writes them"
    )

    @cached_property
    def options(self) -> dict[str, Any]:
        """The arguments of both clients."""
        return {"api_key": API_KEY, "client_id": "client", "base_url": self.address, "request_timeout": int(SECONDS)}

    @cached_property
    def model(self) -> Any:
        """The model of an answer."""
        return import_module("benchmarks.calls.records").Envelope

    @cached_property
    def client(self) -> Any:
        """The blocking client."""
        return import_module("workos").WorkOSClient(**self.options)

    def get(self, size: str) -> object:
        """Read a customer as dataclasses."""
        return self.client.request("get", (*CUSTOMERS.split("/")[1:], size), params=QUERY, model=self.model)

    def post(self) -> object:
        """Post the event; the answer is read as a dataclass."""
        return self.client.request("post", ("events",), body=EVENT, model=self.model)

    def parse(self, content: bytes) -> object:
        """Make dataclasses from parsed JSON."""
        return self.model.from_dict(json.loads(content))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open the async client."""
        async with import_module("workos").AsyncWorkOSClient(**self.options) as client:

            async def get(size: str) -> object:
                path = (*CUSTOMERS.split("/")[1:], size)
                return await client.request("get", path, params=QUERY, model=self.model)

            yield get
