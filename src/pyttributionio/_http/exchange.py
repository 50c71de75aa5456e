"""One attempt: its deadline, the connection that it holds, and a way to end it from another thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

FOREVER: Final = float("inf")


class Acquired(Protocol):
    """A connection that an exchange holds."""

    def discard(self) -> None:
        """Close the connection, unless it was released before."""
        ...

    def abort(self) -> None:
        """End what the connection is doing, from another thread."""
        ...


class AsyncAcquired(Protocol):
    """A connection that an async exchange holds."""

    async def discard(self) -> None:
        """Close the connection, unless it was released before."""
        ...


A = TypeVar("A")


@dataclass(slots=True, eq=False)
class Exchange(Generic[A]):
    """One attempt of one request. It travels with the request, as its extension `EXTENSION`.

    Attributes:
        deadline: When the attempt must be over, by `monotonic`.
        monotonic: The clock, in seconds.
        acquired: The connection that it holds; None before it has one, after it has released it, and if a test
            double answers.
    """

    deadline: float
    monotonic: Callable[[], float]
    acquired: A | None = None

    @property
    def is_aborted(self) -> bool:
        """Whether another thread has ended it."""
        return self.deadline == -FOREVER


EXTENSION: Final = "pyttributionio"


def abort(exchange: Exchange[Acquired]) -> None:
    """End an exchange from another thread: its next operation fails, and the current one is interrupted."""
    exchange.deadline = -FOREVER
    acquired = exchange.acquired
    if acquired is not None:
        acquired.abort()
