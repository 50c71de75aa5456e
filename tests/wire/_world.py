"""A world whose time only a test moves, to run flows in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pyttributionio._core.clock import Clock
from pyttributionio._core.retry import Limits, send_flow
from pyttributionio._core.types import Answer, APIRequest, Failure, Flow, Outcome, Reply, Send, Timeouts

NOW = datetime(2026, 3, 2, 14, 13, 20, tzinfo=UTC)
REQUEST = APIRequest("GET", "https://attribution.io", "/api/v1/KEY/customers/c", "show_all=true", private=True)
TIMEOUTS = Timeouts(1.0, 2.0, 3.0, 4.0)
REFUSED = Failure("ConnectError: refused")
SILENT = Failure("ReadTimeout", timeout=True)
BROKEN = Failure("TypeError: not a transport's", retryable=False)


def reply(status: int, **headers: str) -> Reply:
    """Return an empty answer; `Retry_After` is the header Retry-After."""
    return Reply(status, [(name.replace("_", "-"), value) for name, value in headers.items()], b"")


@dataclass
class World:
    """Runs a flow: answers its sends, lets its waits pass, and keeps a record of both."""

    chance: float = 1.0
    time: float = 1000.0
    sends: list[Send] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """Time as it stands in this world."""
        return Clock(lambda: self.time, lambda: NOW + timedelta(seconds=self.time - 1000), lambda: self.chance)

    def run(self, flow: Flow[Any], outcomes: Iterable[Reply | Failure], takes: float = 0.0) -> Any:
        """Return what the flow returns; each attempt takes so many seconds."""
        coming = iter(outcomes)
        outcome: Outcome = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as stop:
                return stop.value
            if isinstance(step, Send):
                self.sends.append(step)
                self.time += takes
                outcome = next(coming)
            else:
                self.waits.append(step.seconds)
                self.time += step.seconds
                outcome = None

    def send(
        self, *outcomes: Reply | Failure, max_retries: int = 2, deadline: float = 60.0, takes: float = 0.0
    ) -> Answer:
        """Send one request in this world."""
        limits = Limits(TIMEOUTS, max_retries, deadline, self.time + deadline, self.clock)
        found = self.run(send_flow(REQUEST, limits), outcomes, takes)
        assert isinstance(found, Answer)
        return found
