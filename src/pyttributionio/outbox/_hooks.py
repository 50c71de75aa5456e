"""What the outbox tells the program around it. A hook that raises is logged, and hurts nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from logging import getLogger
from typing import TypeVar

from pyttributionio.outbox._destination import DestinationState
from pyttributionio.outbox._entry import Kind
from pyttributionio.outbox._view import StoredEntry

T = TypeVar("T")
_log = getLogger("pyttributionio.outbox")


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry that was delivered whole.

    Attributes:
        transaction_id: As in its `Accepted`.
        kind: What it was.
        attempts: How many requests failed before.
        waited: Seconds from its acceptance to the answer.
    """

    transaction_id: str
    kind: Kind
    attempts: int
    waited: float


@dataclass(frozen=True, slots=True)
class StateChange:
    """The destination's state changed.

    Attributes:
        old: The state before.
        new: The state from now on.
        reason: What was wrong, where it is not open.
    """

    old: DestinationState
    new: DestinationState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Hooks:
    """The program's own functions, called from the outbox's thread; None for those it has not."""

    on_delivered: Callable[[Delivery], object] | None = None
    on_dead: Callable[[StoredEntry], object] | None = None
    on_state: Callable[[StateChange], object] | None = None

    def delivered(self, delivery: Delivery) -> None:
        """Tell of a delivery."""
        _call(self.on_delivered, delivery)

    def dead(self, entry: StoredEntry) -> None:
        """Tell of a dead letter."""
        _call(self.on_dead, entry)

    def state(self, change: StateChange) -> None:
        """Tell of a change of state."""
        _call(self.on_state, change)


def _call(hook: Callable[[T], object] | None, news: T) -> None:
    if hook is None:
        return
    try:
        hook(news)
    except Exception:
        _log.exception("A hook of the outbox raised; delivery goes on.")
