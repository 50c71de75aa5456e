"""The one clock. It is part of the settings, and no other code of a call reads the time."""

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple


def _monotonic() -> Callable[[], float]:
    """Return the monotonic clock of the operating system, which runs while the `time` module is frozen.

    freezegun and time-machine stop `time.monotonic`. Then a deadline would never pass, or would have passed already.
    They don't change `clock_gettime` for this clock. Windows does not have it.
    """
    if sys.platform != "win32":
        return partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    else:  # noqa: RET505 (type checkers skip a branch of another platform, not what follows it)
        return time.monotonic


def _now() -> datetime:
    return datetime.now(UTC)


class Clock(NamedTuple):
    """Time and random numbers, in one object that a test can replace.

    Attributes:
        monotonic: Returns seconds on a clock that never goes back.
        now: Returns the time of day, aware.
        random: Returns a number from 0 up to 1; it spreads retries over time.
    """

    monotonic: Callable[[], float] = _monotonic()
    now: Callable[[], datetime] = _now
    random: Callable[[], float] = random.random

    def __reduce__(self) -> str | tuple[object, ...]:
        # The default clock pickles as its name, because the generator of `random` has 2.5 kB of state.
        return "CLOCK" if self is CLOCK else (Clock, tuple(self))


CLOCK: Final = Clock()
