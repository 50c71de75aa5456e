"""One attempt of a request, over the client's driver.

The driver's own retries are not used: an outbox has pauses of its own, which stop all of its requests.
"""

from typing import Final

from pyttributionio._core.call_log import log_call
from pyttributionio._core.requests import api_request
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Failure, Reply, Send
from pyttributionio._http.driver import Driver
from pyttributionio._http.exchange import FOREVER, Acquired, Exchange, abort

_CLOSED: Final = Failure("the outbox was closed before the request was sent", unsent=True)


class Sender:
    """Send the requests of one thread, one after the other.

    Args:
        settings: The server, the timeouts and the clock.
        driver: The driver, which all threads share.
    """

    def __init__(self, settings: Settings, driver: Driver) -> None:
        self._settings = settings
        self._driver = driver
        self._exchange: Exchange[Acquired] | None = None
        self._closed = False

    @property
    def is_ours(self) -> bool:
        """Whether the connections are the SDK's own: an exception that is not of the network comes before they open."""
        return self._driver.http_client is None

    def post(self, endpoint: str, body: bytes, deadline: float = FOREVER) -> Reply | Failure:
        """Make one attempt, which ends before `deadline` and within the client's own deadline.

        Only an exception that is not one of the network is raised, such as for a proxy that can't be used.
        """
        settings, clock = self._settings, self._settings.clock
        # A dead letter keeps the answer as text, so it must not be compressed.
        request = api_request(settings, "POST", settings.tracking, endpoint, body=body, encoding="identity")
        step = Send(request, settings.timeouts, min(deadline, clock.monotonic() + settings.deadline))
        self._exchange = exchange = Exchange[Acquired](step.deadline, clock.monotonic)
        started = clock.monotonic()
        try:
            # After the exchange is set: `close`, in another thread, sees the exchange, or it is seen here.
            outcome = _CLOSED if self._closed else self._driver.attempt(step, exchange)
        finally:
            self._exchange = None
        log_call(request, outcome, 1, clock.monotonic() - started)
        return outcome

    def close(self) -> None:
        """End the request under way, from another thread, and send no further one."""
        self._closed = True
        exchange = self._exchange
        if exchange is not None:
            abort(exchange)
