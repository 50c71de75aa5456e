"""How a worker sends: one attempt of the client's driver, without the client's retries."""

from typing import Final, Protocol

from pyttributionio._core.settings import Settings
from pyttributionio._core.types import APIRequest, Failure, Reply, Send
from pyttributionio._http.callers import CallersClient
from pyttributionio._http.driver import Driver
from pyttributionio._http.exchange import Acquired, Exchange, abort

FOREVER: Final = float("inf")


class Line(Protocol):
    """One sender's way to the server."""

    deadline: float

    def post(self, endpoint: str, body: bytes) -> Reply | Failure:
        """Make one attempt; never raises."""
        ...

    def abort(self) -> None:
        """End the request under way, from another thread."""
        ...

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        ...


class LineOpener:
    """Open lines."""

    def __init__(self, settings: Settings, http_client: CallersClient | None) -> None:
        self._settings = settings
        # It posts only, and posts carry no secret.
        self._driver = Driver(settings._replace(api_secret=None), http_client)

    def direct(self) -> Line:
        """Open a line for a sender thread."""
        return ClientLine(self._settings, self._driver)

    def through_client(self) -> Line:
        """Open a line for `pump`."""
        return ClientLine(self._settings, self._driver)

    def close(self) -> None:
        """Close the driver's connections."""
        self._driver.close()


class ClientLine:
    """The client's driver: one attempt a request, because the outbox has a back-off of its own."""

    def __init__(self, settings: Settings, driver: Driver) -> None:
        self._settings = settings
        self._driver = driver
        self._exchange: Exchange[Acquired] | None = None
        self.deadline = FOREVER

    def post(self, endpoint: str, body: bytes) -> Reply | Failure:
        """Make one attempt."""
        tracking, clock = self._settings.tracking, self._settings.clock
        request = APIRequest("POST", tracking.origin, f"{tracking.path}/{endpoint}", body=body, encoding="identity")
        deadline = min(self.deadline, clock.monotonic() + self._settings.deadline)
        if self._driver.closed:
            return Failure("the outbox was closed meanwhile", retryable=False)
        self._exchange = exchange = Exchange[Acquired](deadline, clock.monotonic)
        try:
            return self._driver.attempt(Send(request, self._settings.timeouts, deadline), exchange)
        finally:
            self._exchange = None

    def abort(self) -> None:
        """End the request under way."""
        exchange = self._exchange
        if exchange is not None:
            abort(exchange)

    def close(self) -> None:
        """Do nothing: the connections are the driver's."""
