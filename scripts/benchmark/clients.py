"""Who is measured: each client's name, the environment it lives in, and its adapter."""

from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from benchmark.calls import Adapter


class Client(NamedTuple):
    """One row of the tables; no dataclass, for fresh processes are timed, and they import this."""

    title: str
    """What the row is called; a package's row by the package's name, whose version is told."""

    adapter: str
    """Module and class that call it."""

    package: str
    """The statement that imports the package alone; a lazy one imports little then."""

    imports: str
    """The statement that imports what its users call."""

    calls: Literal["both", "blocking", "async"] = "both"
    """Which of its clients are measured, for it has no other, or the other is another row's."""

    environment: str = ""
    """What the name of its environment ends with; "" is .venv-bench, with our package and what lives beside it."""

    def takes(self, order: str) -> bool:
        """Return whether it takes part in what the worker is told."""
        return self.calls in ("both", "async" if order.startswith("async") else "blocking")


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
    "ours-httpx2": Client(
        "pyttributionio on httpx2",
        "adapters.OursOnHttpx2",
        "import pyttributionio, httpx2",
        "import httpx2; from pyttributionio import Client",
        environment="transports",
    ),
    "ours-aiohttp": Client(
        "pyttributionio on httpx-aiohttp",
        "adapters.OursOnAiohttp",
        "import pyttributionio, httpx_aiohttp",
        "import httpx_aiohttp; from pyttributionio import AsyncClient",
        calls="async",
        environment="transports",
    ),
    "requests": Client(
        "requests + json.loads",
        "peers.Requests",
        "import requests, json",
        "import json; from requests import Session",
        calls="blocking",
    ),
    "old": Client(
        "pyttributionio 0.5",
        "peers.Old",
        "import pyttributionio.pyttributionio",
        "from pyttributionio.pyttributionio import PyttributionIo",
        calls="blocking",
        environment="old",
    ),
    "openai": Client("openai", "peers.OpenAI", "import openai", "from openai import OpenAI", environment="openai"),
    "anthropic": Client(
        "anthropic", "peers.Anthropic", "import anthropic", "from anthropic import Anthropic", environment="anthropic"
    ),
    "stripe": Client(
        "stripe", "peers.Stripe", "import stripe", "from stripe import StripeClient", environment="stripe"
    ),
    "workos": Client(
        "workos", "peers.WorkOS", "import workos", "from workos import WorkOSClient", environment="workos"
    ),
}


def adapter(name: str) -> "type[Adapter]":
    """Return a client's adapter; only where it lives can it be imported."""
    module, _, kind = CLIENTS[name].adapter.partition(".")
    found: type[Adapter] = getattr(import_module(f"benchmark.{module}"), kind)
    return found
