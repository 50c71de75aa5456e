"""The resources that the class of a client has, in addition to those of each client."""

from collections.abc import Callable
from typing import NoReturn, TypeVar, cast

R = TypeVar("R")


class _NoClient:
    """Takes the place of the driver and the settings of a resource that was read from the class of a client."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError("customers and tracking belong to a client, not to its class: call Client(...) first")


class _OfTheClass:
    """The resource that the class of a client has. `unittest.mock` and other tools read its methods and signatures.

    Each client has its own resource in an attribute of the same name, which Python finds first.
    """

    def __init__(self, make: Callable[[object, object], object]) -> None:
        self._make = make

    def __get__(self, client: object, kind: type[object]) -> object:
        if client is None:
            return self._make(_NoClient(), _NoClient())
        # A half-built client, or a subclass without our constructor.
        raise AttributeError(
            f"{kind.__name__} was not set up: call super().__init__() in the constructor of a subclass"
        )


def resource_of_each(kind: type[R]) -> R:
    """Declare a resource in the class of a client. Each client sets its own."""
    return cast("R", _OfTheClass(cast("Callable[[object, object], object]", kind)))
