"""The clock that a test moves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyttributionio.testing import ManualClock


def test_clock_stands_still_until_it_is_moved() -> None:
    """Both clocks move together."""
    clock = ManualClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    used = clock.clock
    assert (used.monotonic(), used.now(), used.random()) == (0.0, datetime(2026, 3, 2, 12, tzinfo=UTC), 0.5)
    clock.advance(90)
    assert (used.monotonic(), used.now()) == (90.0, datetime(2026, 3, 2, 12, 1, 30, tzinfo=UTC))
    assert repr(clock) == "ManualClock(2026-03-02T12:01:30+00:00)"


@pytest.mark.parametrize(("seconds", "error"), [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError)])
def test_clock_goes_forward_alone(seconds: Any, error: type[Exception]) -> None:
    """By a number of seconds."""
    with pytest.raises(error, match="seconds"):
        ManualClock().advance(seconds)


def test_clock_needs_a_time_zone() -> None:
    """A naive time could be any of 24 hours."""
    with pytest.raises(ValueError, match="has no time zone"):
        ManualClock(datetime(2026, 3, 2))
