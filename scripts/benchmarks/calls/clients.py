"""The clients that are measured: their names, environments and adapters."""

from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from benchmarks.calls.interface import Adapter


class Client(NamedTuple):
    """One row of the tables; not a dataclass, because the start of processes that import this is measured."""

    title: str
    """The title of the row; for a package, its name."""

    adapter: str
    """The module and the class that call it."""

    package: str
    """The statement that imports the package only; a lazy package imports little then."""

    imports: str
    """The statement that imports the names that users call."""

    calls: Literal["both", "blocking", "async"] = "both"
    """Which of its clients are measured: it has only that one, or another row has the other one."""

    environment: str = ""
    """The last part of the name of its environment; "" is .venv-bench, with our package and requests."""

    def takes(self, order: str) -> bool:
        """Return whether it takes part in the measurement of an order."""
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
    """Return a client's adapter; it can only be imported in the client's environment."""
    module, _, kind = CLIENTS[name].adapter.partition(".")
    found: type[Adapter] = getattr(import_module(f"benchmarks.calls.{module}"), kind)
    return found
