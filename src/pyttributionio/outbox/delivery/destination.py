"""The state of the server, and the time of the next attempt. Pure: it gets the time as an argument, and never waits.

The pause after a failure belongs to the server, not to the entry: one failure stops all requests. Until the server
answers again, one request at a time is sent, the probe.
"""

import random
from collections.abc import Callable
from typing import Final

from pyttributionio.outbox._events import DestinationState

MIN_PAUSE: Final = 0.05
MAX_PAUSE: Final = 30.0
MAX_RETRY_AFTER: Final = 3600.0
"""A server may ask for a longer pause, but one header must not stop an outbox for a year."""
_FIRST_PAUSE: Final = 0.1


class Destination:
    """The state of the server to which all entries are sent. All times are in seconds on the same clock.

    Args:
        chance: Returns a random number from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self.state: DestinationState = "unknown"
        self.failures = 0
        """How many attempts failed one after the other."""
        self.reason: str | None = None
        """The reason of the last failure."""
        self.until = 0.0
        """When the next probe may be sent; without meaning while the state is open."""
        self._retry_after = 0.0
        """The time before which the server asked for no request."""
        self._round: int = 0
        self._is_probing = False

    def allows(self, now: float) -> bool:
        """Return whether another request may be sent."""
        return self.state == "open" or (not self._is_probing and now >= self.until)

    def send(self) -> int:
        """Note that a request is sent. Return the current round: each failure begins a new one."""
        if self.state != "open":
            self._is_probing = True
        return self._round

    def take_back(self) -> None:
        """Note that a request was interrupted and has no outcome. If it was the probe, another one may be sent."""
        self._is_probing = False

    def wait(self, now: float) -> float | None:
        """Return the seconds until the next probe; None if no probe is to be sent."""
        return None if self.state == "open" or self._is_probing else max(0.0, self.until - now)

    def answered(self, round_: int) -> None:
        """Note a success, or an answer about the entry alone. An answer from an earlier round changes nothing."""
        if round_ == self._round:
            self.state, self.failures, self._is_probing = "open", 0, False

    def failed(
        self, round_: int, now: float, *, reason: str, retry_after: float | None = None, refused: bool = False
    ) -> None:
        """Note a failure.

        If several requests are under way and fail, they count as one failure. The others can only make the pause
        longer, by their Retry-After.
        """
        retry_after = None if retry_after is None else min(retry_after, MAX_RETRY_AFTER)
        if round_ != self._round:
            if self.state != "open" and retry_after is not None:
                self._retry_after = max(self._retry_after, now + retry_after)
                self.until = max(self.until, self._retry_after)
            return
        self._round += 1
        self._is_probing = False
        self.failures += 1
        self.state, self.reason = "refused" if refused else "paused", reason
        # The exponent is capped before the power is taken: 2.0 ** 2000 overflows.
        bound = min(MAX_PAUSE, _FIRST_PAUSE * 2.0 ** min(self.failures - 1, 16))
        self._retry_after = max(self._retry_after, now + (retry_after or 0.0))
        self.until = max(self._retry_after, now + max(MIN_PAUSE, self._chance() * bound))

    def forget_pause(self, now: float) -> None:
        """Allow the next probe at once, also before the time that the server asked for."""
        self._retry_after = self.until = now

    def probe_now(self, now: float) -> None:
        """Allow the next probe at once, but not before the time that the server asked for."""
        self.until = min(self.until, max(now, self._retry_after))
