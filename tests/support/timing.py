"""The clock of clients and the moments of an exchange, as a test wants them. The one place that replaces either."""

from typing import Any

import httpcore
import pytest

from pyttributionio._client import async_client, client
from pyttributionio._core.clock import CLOCK, Clock
from pyttributionio._http.streams import Traffic


def use_clock(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Give this clock to every client that is made from now on."""
    for module in (client, async_client):
        monkeypatch.setattr(module, "CLOCK", clock)


def retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let retries follow at once: the jitter is a share of the longest wait, and here it is none of it."""
    use_clock(monkeypatch, CLOCK._replace(random=lambda: 0.0))


def retry_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first wait last beyond every deadline."""
    use_clock(monkeypatch, CLOCK._replace(random=lambda: 1e12))


class Hand:
    """The system's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.clock = CLOCK._replace(monotonic=lambda: CLOCK.monotonic() + self.ahead)

    def __call__(self, seconds: float = 1000.0) -> None:
        """Let this many seconds pass at once."""
        self.ahead += seconds


def interrupt_at(monkeypatch: pytest.MonkeyPatch, moment: type[Exception], error: BaseException) -> list[Any]:
    """Raise an error whenever a stream connects, writes or reads; return the moments that come.

    Args:
        monkeypatch: Undoes it.
        moment: ConnectTimeout, WriteTimeout or ReadTimeout of httpcore, by which the streams tell the moments apart.
        error: What is raised.
    """
    seen: list[Any] = []
    remaining = Traffic.remaining

    def interrupted(self: Traffic, timeout: float | None, kind: type[httpcore.TimeoutException]) -> float:
        seen.append(kind)
        if kind is moment:
            raise error
        return remaining(self, timeout, kind)

    monkeypatch.setattr(Traffic, "remaining", interrupted)
    return seen
