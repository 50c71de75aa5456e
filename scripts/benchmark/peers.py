"""Other SDKs, each called through its public generic call with the shapes of this API in its own kind of models.

They are imported by name when they are used, for each lives in an environment where the others are not.
"""

# ruff: noqa: ANN401 (where this is checked, none of them is installed)

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from importlib import import_module
from typing import Any

from benchmark.calls import QUERY, SECONDS, AsyncGet, Concurrent, Parsing
from benchmark.payloads import API_KEY, API_SECRET, CUSTOMERS, EVENT


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
    """What this package was before 1.0."""

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
    """What openai's and anthropic's SDKs, from one generator, have in common."""

    module: str
    kind: str

    @cached_property
    def envelope(self) -> Any:
        """The shapes, on the SDK's own base."""
        from benchmark.shapes import envelope

        return envelope(import_module(self.module).BaseModel)

    @cached_property
    def echo(self) -> Any:
        """The shape of the answer to a post, on the SDK's own base."""
        from benchmark.shapes import echo

        return echo(import_module(self.module).BaseModel)

    def made(self, kind: str) -> Any:
        """Make a client; the timeout is the one thing that is not its default."""
        made = getattr(import_module(self.module), kind)
        return made(api_key=API_KEY, base_url=self.address, timeout=SECONDS)

    @cached_property
    def client(self) -> Any:
        """The blocking client."""
        return self.made(self.kind)

    def get(self, size: str) -> object:
        """Read a customer as the SDK's models."""
        return self.client.get(f"{CUSTOMERS}/{size}", cast_to=self.envelope, options={"params": QUERY})

    def post(self) -> object:
        """Post the event; the answer is read as a model."""
        return self.client.post("/events", cast_to=self.echo, body=EVENT)

    def parse(self, content: bytes) -> object:
        """Make models as `get` does: the public `construct` of the SDK's base, of what json gives."""
        return self.envelope.construct(**json.loads(content))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open the async client."""
        async with self.made(f"Async{self.kind}") as client:

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
        """The client; blocking through requests, async through httpx, which are its defaults."""
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
        """Make StripeObjects of what json gives."""
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

    does = "`WorkOSClient(...).request(..., model=...)`, slots dataclasses with `from_dict`, as its generator writes"

    @cached_property
    def options(self) -> dict[str, Any]:
        """What both clients are made with."""
        return {"api_key": API_KEY, "client_id": "client", "base_url": self.address, "request_timeout": int(SECONDS)}

    @cached_property
    def model(self) -> Any:
        """The shapes."""
        return import_module("benchmark.records").Envelope

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
        """Make dataclasses of what json gives."""
        return self.model.from_dict(json.loads(content))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncGet]:
        """Open the async client."""
        async with import_module("workos").AsyncWorkOSClient(**self.options) as client:

            async def get(size: str) -> object:
                path = (*CUSTOMERS.split("/")[1:], size)
                return await client.request("get", path, params=QUERY, model=self.model)

            yield get
