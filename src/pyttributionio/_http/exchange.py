"""One attempt: its deadline, the connection that it holds, and a way to abort it from another thread."""

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
        """Abort the current operation of the connection, from another thread."""
        ...


class AsyncAcquired(Protocol):
    """A connection that an async exchange holds."""

    async def discard(self) -> None:
        """Close the connection, unless it was released before."""
        ...


A = TypeVar("A")


@dataclass(slots=True, eq=False)
class Exchange(Generic[A]):
    """One attempt of one request. The request has it as its extension `EXTENSION`.

    Attributes:
        deadline: The time of `monotonic` when the attempt must have ended.
        monotonic: The clock, in seconds.
        acquired: The connection that it holds. None before it has one, after it released it, and if a test double
            answers.
        is_repeatable: Whether the request may be sent again, on a new connection, if the server ended a kept connection
            before an answer.
    """

    deadline: float
    monotonic: Callable[[], float]
    acquired: A | None = None
    is_repeatable: bool = True

    @property
    def is_aborted(self) -> bool:
        """Whether another thread has aborted it."""
        return self.deadline == -FOREVER


EXTENSION: Final = "pyttributionio"


def abort(exchange: Exchange[Acquired]) -> None:
    """Abort an exchange from another thread: its next operation fails, and the current one is interrupted."""
    exchange.deadline = -FOREVER
    acquired = exchange.acquired
    if acquired is not None:
        acquired.abort()
