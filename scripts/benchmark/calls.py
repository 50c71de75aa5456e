"""What the worker asks of a client: the calls that are measured, the same for all."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from benchmark.payloads import API_SECRET, CUSTOMERS, answer

AsyncGet = Callable[[str], Awaitable[object]]
QUERY = {"secret": API_SECRET, "show_all": "true"}
SECONDS = 600.0
"""Every client's timeout: under valgrind all is slow, and none may give up."""


class Adapter(ABC):
    """One client, called in one way by all of the benchmark."""

    does: ClassVar[str]
    """How it is called, for the docs."""

    posts: ClassVar[int] = 1
    """How many posts `post` sends."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.customers = f"{address}{CUSTOMERS}"

    @abstractmethod
    def get(self, size: str) -> object:
        """Read the customer of a size, and return it or the object it is in."""

    @abstractmethod
    def post(self) -> object:
        """Post the event."""

    @abstractmethod
    def parser(self, size: str) -> Callable[[], object]:
        """Return what makes of the bytes of a size what `get` makes of them."""


class Parsing(Adapter):
    """A client whose parsing can be called with bytes."""

    def parser(self, size: str) -> Callable[[], object]:
        """Return what parses the bytes of a size."""
        content = answer(size)
        return lambda: self.parse(content)

    @abstractmethod
    def parse(self, content: bytes) -> object:
        """Make of an answer's bytes what `get` makes of them."""


class Concurrent(ABC):
    """A client that has an async twin."""

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[AsyncGet]:
        """Open the async client, and give what reads a customer with it."""
