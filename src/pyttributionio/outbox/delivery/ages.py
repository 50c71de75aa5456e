"""The age of waiting entries. The time of day may be wrong and jump, so the monotonic clock bounds it."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from pyttributionio._core.clock import Clock

PLAUSIBLE: Final = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
"""No entry is older: the outbox did not exist then. A clock that shows an earlier time has not been set yet."""
_JUMP: Final = 60.0
"""Seconds by which the time of day must advance more than the monotonic clock to count as a jump."""


class Bounds(NamedTuple):
    """Between which times, in Unix seconds, an entry was accepted that is too old."""

    since: float
    before: float


class Ages:
    """Measure ages by the time of day, and see when that jumps forward.

    A machine may start in 1970, or at the time of its last shutdown, and gets the right time from the network later.
    Then entries look days or decades old at once. So after a jump an entry has the age that the monotonic clock has
    measured since, at most. This is also the rule for an entry that was accepted before the clock was set: by this
    process or by an earlier one. A jump back makes entries look younger, which needs no rule.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        """When the last jump was seen; when this process began, if there was none."""
        self._has_jumped = False
        self._difference = clock.now().timestamp() - self._since

    def observe(self) -> float:
        """Compare the clocks; return the seconds for which they have agreed. Called about every half second."""
        monotonic = self._clock.monotonic()
        difference = self._clock.now().timestamp() - monotonic
        if difference - self._difference > _JUMP:
            self._since, self._has_jumped = monotonic, True
        self._difference = difference
        return monotonic - self._since

    def of(self, accepted_at: float) -> float:
        """Return for how many seconds an entry has waited, as far as that is known."""
        measured, now = self.observe(), self._clock.now().timestamp()
        age = max(0.0, now - accepted_at)
        return min(age, measured) if self._has_jumped or accepted_at < PLAUSIBLE <= now else age

    def too_old(self, limit: float) -> Bounds | None:
        """Return the bounds of entries that have waited longer than some seconds; None if there can be none."""
        measured, now = self.observe(), self._clock.now().timestamp()
        if measured < limit and self._has_jumped:
            return None
        is_certain = measured >= limit or now < PLAUSIBLE
        return Bounds(0.0 if is_certain else PLAUSIBLE, now - limit)
