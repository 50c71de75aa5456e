"""A clock that a test moves, for an outbox in a test."""

from datetime import UTC, datetime, timedelta

from pyttributionio._core.clock import Clock
from pyttributionio._core.validation import checked_seconds

__all__ = ["ManualClock"]


class ManualClock:
    """A clock that stands still until a test moves it: `Outbox(client, clock=ManualClock().clock, manual=True)`.

    Args:
        start: The time at which it begins, with a time zone; 1 January 2026 if left out.

    Attributes:
        now: The time of day on this clock.

    Raises:
        ValueError: The time has no time zone.
    """

    now: datetime

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError(f"start {start.isoformat()} has no time zone: use datetime(..., tzinfo=UTC)")
        self.now = start
        self._seconds = 0.0

    @property
    def clock(self) -> Clock:
        """The argument `clock` of an outbox. The random part of its pauses is always the half."""
        return Clock(lambda: self._seconds, lambda: self.now, lambda: 0.5)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Args:
            seconds: How far.

        Raises:
            ValueError: The number is negative or not finite.
            TypeError: It is no number.
        """
        seconds = checked_seconds("seconds", seconds, or_zero=True)
        self._seconds += seconds
        self.now += timedelta(seconds=seconds)

    def __repr__(self) -> str:
        return f"ManualClock({self.now.isoformat()})"
