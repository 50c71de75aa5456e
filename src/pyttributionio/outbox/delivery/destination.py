"""How the server is doing, and when to try it again. Pure: is given the time, and never waits.

Back-off belongs to the destination, not to the entry: one failure holds back everything, and until the
server answers again there is one attempt at a time, the probe.
"""

import random
from collections.abc import Callable
from typing import Final

from pyttributionio.outbox._events import DestinationState

SHORTEST: Final = 0.05
LONGEST: Final = 30.0
LONGEST_ASKED: Final = 3600.0
"""A server may ask for more, but an outbox must not sleep for a year on one header."""
_FIRST: Final = 0.1


class Destination:
    """The state of the one server that all entries go to. All times are in seconds on one clock.

    Args:
        chance: Returns a number from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self.state: DestinationState = "unknown"
        self.failures = 0
        """How many attempts in a row failed."""
        self.reason: str | None = None
        """What was wrong last."""
        self.until = 0.0
        """When the next probe may go out; of no meaning while it is open."""
        self._floor = 0.0
        self._round: int = 0
        self._probing = False

    def allows(self, now: float) -> bool:
        """Tell whether another request may be sent."""
        return self.state == "open" or (not self._probing and now >= self.until)

    def send(self) -> int:
        """Note that a request goes out; return the round to hand back with its outcome."""
        if self.state != "open":
            self._probing = True
        return self._round

    def wait(self, now: float) -> float | None:
        """Return the seconds until the next probe; None if there is nothing to wait for but answers."""
        return None if self.state == "open" or self._probing else max(0.0, self.until - now)

    def answered(self, round_: int) -> None:
        """Note a good answer, or one about the entry alone: the server is there."""
        if round_ == self._round:
            self.state, self.failures, self._probing = "open", 0, False

    def failed(
        self, round_: int, now: float, *, reason: str, asked: float | None = None, refused: bool = False
    ) -> None:
        """Note a failure.

        Of requests that were under way together, the first failure counts for all: the others can only
        prolong the pause by what the server asked for.
        """
        asked = None if asked is None else min(asked, LONGEST_ASKED)
        if round_ != self._round:
            if self.state != "open" and asked is not None:
                self._floor = max(self._floor, now + asked)
                self.until = max(self.until, self._floor)
            return
        self._round += 1
        self._probing = False
        self.failures += 1
        self.state, self.reason = "refused" if refused else "paused", reason
        # The exponent is capped before the power is taken: 2.0 ** 2000 overflows.
        bound = min(LONGEST, _FIRST * 2.0 ** min(self.failures - 1, 16))
        self._floor = max(self._floor, now + (asked or 0.0))
        self.until = max(self._floor, now + max(SHORTEST, self._chance() * bound))

    def hurry(self, now: float) -> None:
        """Let the next probe go out now, for somebody asked for it; but not before the server wants it."""
        self.until = min(self.until, max(now, self._floor))
