"""Who is measured: each client's name, the environment it lives in, and its adapter."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.adapters import Adapter


@dataclass(frozen=True)
class Client:
    """One row of the tables."""

    title: str
    """What the row is called."""

    adapter: str
    """Module and class that call it."""

    imports: str
    """The statement its users start with."""

    environment: str = ""
    """The peer whose environment it lives in; "" is .venv-bench, with our package."""


FLOOR = "floor"
OURS = "ours"
CLIENTS = {
    FLOOR: Client("httpx + json.loads", "adapters.Floor", "import httpx, json"),
    "pydantic": Client("httpx + pydantic", "adapters.Pydantic", "import httpx, pydantic"),
    OURS: Client("**pyttributionio**", "adapters.Ours", "from pyttributionio import Client"),
}


def adapter(name: str) -> "type[Adapter]":
    """Return a client's adapter; only where it lives can it be imported."""
    module, _, kind = CLIENTS[name].adapter.partition(".")
    found: type[Adapter] = getattr(import_module(f"benchmark.{module}"), kind)
    return found
