"""What the worker asks of a client: the calls that are measured, the same for all."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from benchmark.payloads import API_SECRET, CUSTOMERS, answer

AsyncGet = Callable[[str], Awaitable[object]]
QUERY = {"secret": API_SECRET, "show_all": "true"}
SECONDS = 600.0
"""Every client's timeout: under valgrind all is slow, and none may give up."""


class Adapter:
    """One client, called in one way by all of the benchmark."""

    does: ClassVar[str]
    """How it is called, for the docs."""

    posts: ClassVar[int] = 1
    """How many posts `post` sends."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.customers = f"{address}{CUSTOMERS}"

    def get(self, size: str) -> object:
        """Read the customer of a size, and return it or the object it is in."""
        raise NotImplementedError

    def post(self) -> object:
        """Post the event."""
        raise NotImplementedError

    def parser(self, size: str) -> Callable[[], object]:
        """Return what makes of the bytes of a size what `get` makes of them."""
        content = answer(size)
        return lambda: self.parse(content)

    def parse(self, content: bytes) -> object:
        """Make of an answer's bytes what `get` makes of them."""
        raise NotImplementedError

    def opened(self) -> AbstractAsyncContextManager[AsyncGet]:
        """Open the async client, and give what reads a customer with it; not called where there is none."""
        raise NotImplementedError
