"""The methods of the client that make a call, found in the client. A test that uses them sees a new one at once."""

import inspect
import typing
from dataclasses import dataclass
from typing import Any

from pyttributionio import AsyncClient, Client
from pyttributionio.resources.endpoints import AsyncEndpoints, Endpoints


@dataclass(frozen=True)
class Method:
    """A method that makes a call: `path` is its place below the client, such as "customers.get"."""

    path: str
    resource: type

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition(".")[2]

    @property
    def function(self) -> Any:
        """The function itself."""
        return inspect.getattr_static(self.resource, self.name)


def _resources(client: type) -> dict[str, type]:
    """Return the resources that a client declares, by their names."""
    hints = typing.get_type_hints(client)
    return {name: hints[name] for name in client.__annotations__ if inspect.isclass(hints[name])}


def _calls(resource: type) -> list[str]:
    return [name for name, member in vars(resource).items() if inspect.isfunction(member) and not name.startswith("_")]


BLOCKING, WAITING = _resources(Client), _resources(AsyncClient)
METHODS = [Method(f"{place}.{name}", kind) for place, kind in BLOCKING.items() for name in _calls(kind)]
"""The calls that the SDK knows."""
OF_ENDPOINTS = [Method(name, Endpoints) for name in _calls(Endpoints)]
"""The calls of endpoints that the SDK does not know."""


def _raw(kind: type) -> type:
    found = inspect.getattr_static(kind, "with_raw_response")
    raw: type = typing.get_type_hints(found.fget)["return"]
    return raw


_PLAIN = [*zip(BLOCKING.values(), WAITING.values(), strict=True), (Endpoints, AsyncEndpoints)]
RESOURCE_PAIRS: list[tuple[type, type]] = [*_PLAIN, *((_raw(one), _raw(other)) for one, other in _PLAIN)]
"""Each class behind a client, blocking and async, and their raw versions."""
PLAIN_AND_RAW: list[tuple[type, type]] = [(kind, _raw(kind)) for pair in _PLAIN for kind in pair]
"""Each class behind a client, and its raw version."""
