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

    package: str
    """The statement that imports the package alone; a lazy one imports little then."""

    imports: str
    """The statement that imports what its users call."""

    is_async: bool = True
    """Whether it has an async client."""

    wants: tuple[str, ...] = ()
    """What its environment has besides the pinned versions; none: it lives in .venv-bench, beside our package."""


FLOOR = "floor"
OURS = "ours"
_PYDANTIC = "from httpx import Client; from pydantic import BaseModel"
_OUR_MODELS = "from httpx import Client; from pyttributionio import CustomerWithAll"
CLIENTS = {
    FLOOR: Client(
        "httpx + json.loads", "adapters.Floor", "import httpx, json", "import json; from httpx import Client"
    ),
    "plain": Client("httpx + plain pydantic", "adapters.Plain", "import httpx, pydantic", _PYDANTIC),
    "pydantic": Client("httpx + our models", "adapters.Pydantic", "import httpx, pydantic", _OUR_MODELS),
    OURS: Client("**pyttributionio**", "adapters.Ours", "import pyttributionio", "from pyttributionio import Client"),
    "requests": Client(
        "requests + json.loads",
        "peers.Requests",
        "import requests, json",
        "import json; from requests import Session",
        is_async=False,
    ),
    "old": Client(
        "pyttributionio 0.5",
        "peers.Old",
        "import pyttributionio.pyttributionio",
        "from pyttributionio.pyttributionio import PyttributionIo",
        is_async=False,
        wants=("pyttributionio", "requests"),
    ),
    "openai": Client("openai", "peers.OpenAI", "import openai", "from openai import OpenAI", wants=("openai",)),
    "anthropic": Client(
        "anthropic", "peers.Anthropic", "import anthropic", "from anthropic import Anthropic", wants=("anthropic",)
    ),
    "stripe": Client(
        "stripe", "peers.Stripe", "import stripe", "from stripe import StripeClient", wants=("stripe", "httpx")
    ),
    "workos": Client("workos", "peers.WorkOS", "import workos", "from workos import WorkOSClient", wants=("workos",)),
}


def adapter(name: str) -> "type[Adapter]":
    """Return a client's adapter; only where it lives can it be imported."""
    module, _, kind = CLIENTS[name].adapter.partition(".")
    found: type[Adapter] = getattr(import_module(f"benchmark.{module}"), kind)
    return found
