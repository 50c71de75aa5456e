"""The calls that the worker measures: the interface of all adapters."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from benchmarks.calls.payloads import API_SECRET, CUSTOMERS, answer

AsyncGet = Callable[[str], Awaitable[object]]
QUERY = {"secret": API_SECRET, "show_all": "true"}
SECONDS = 600.0
"""Every client's timeout: under valgrind all calls are slow, and no client may give up."""


class Adapter(ABC):
    """One client, behind the interface that the benchmark calls."""

    does: ClassVar[str]
    """The calls that it makes, for the docs."""

    posts: ClassVar[int] = 1
    """How many posts `post` sends."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.customers = f"{address}{CUSTOMERS}"

    @abstractmethod
    def get(self, size: str) -> object:
        """Read the customer of a size, and return the customer or an object with it."""

    @abstractmethod
    def post(self) -> object:
        """Post the event."""

    @abstractmethod
    def parser(self, size: str) -> Callable[[], object]:
        """Return a function that parses the bytes of a size as `get` does."""


class Parsing(Adapter):
    """A client whose parsing can be called with bytes."""

    def parser(self, size: str) -> Callable[[], object]:
        """Return a function that parses the bytes of a size."""
        content = answer(size)
        return lambda: self.parse(content)

    @abstractmethod
    def parse(self, content: bytes) -> object:
        """Parse an answer's bytes as `get` does."""


class Concurrent(ABC):
    """A client with an async version."""

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[AsyncGet]:
        """Open the async client, and return a function that reads a customer with it."""
