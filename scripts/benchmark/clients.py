"""Who is measured: each client's name, the environment it lives in, and its adapter."""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from benchmark.calls import Adapter


class Client(NamedTuple):
    """One row of the tables; no dataclass, for fresh processes are timed, and they import this."""

    title: str
    """What the row is called."""

    adapter: str
    """Module and class that call it."""

    imports: str
    """The statement its users start with."""

    is_async: bool = True
    """Whether it has an async client."""

    wants: tuple[str, ...] = ()
    """What its environment has besides the pinned versions; none: it lives in .venv-bench, beside our package."""


FLOOR = "floor"
OURS = "ours"
CLIENTS = {
    FLOOR: Client("httpx + json.loads", "adapters.Floor", "import httpx, json"),
    "plain": Client("httpx + plain pydantic", "adapters.Plain", "import httpx, pydantic"),
    "pydantic": Client("httpx + our models", "adapters.Pydantic", "import httpx, pydantic"),
    OURS: Client("**pyttributionio**", "adapters.Ours", "from pyttributionio import Client"),
    "requests": Client("requests + json.loads", "peers.Requests", "import requests, json", is_async=False),
    "old": Client(
        "pyttributionio 0.5",
        "peers.Old",
        "from pyttributionio.pyttributionio import PyttributionIo",
        is_async=False,
        wants=("pyttributionio", "requests"),
    ),
    "openai": Client("openai", "peers.OpenAI", "from openai import OpenAI", wants=("openai",)),
    "anthropic": Client("anthropic", "peers.Anthropic", "from anthropic import Anthropic", wants=("anthropic",)),
    "stripe": Client("stripe", "peers.Stripe", "from stripe import StripeClient", wants=("stripe", "httpx")),
    "workos": Client("workos", "peers.WorkOS", "from workos import WorkOSClient", wants=("workos",)),
}


def adapter(name: str) -> "type[Adapter]":
    """Return a client's adapter; only where it lives can it be imported."""
    module, _, kind = CLIENTS[name].adapter.partition(".")
    found: type[Adapter] = getattr(import_module(f"benchmark.{module}"), kind)
    return found
