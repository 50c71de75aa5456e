"""The two clients: credentials and options in, resources out."""

from collections.abc import Callable
from copy import deepcopy
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from pyttributionio._core.drift import AnswerListener, Drift
from pyttributionio._core.secret import veiled
from pyttributionio._core.settings import (
    Settings,
    checked_secret,
    checked_settings,
    checked_timeouts,
    environment,
)
from pyttributionio._core.validation import checked_count, checked_seconds
from pyttributionio._http.callers import AsyncHTTPClient, HTTPClient, checked_http_client
from pyttributionio._http.driver import AsyncTransport, Transport
from pyttributionio._http.messages import read_timeouts
from pyttributionio._shared.naming import at_home
from pyttributionio.resources.customers import AsyncCustomers, Customers
from pyttributionio.resources.tracking import AsyncTracking, Tracking

if TYPE_CHECKING:
    import httpx

_OWN: Final = frozenset({"_settings", "_transport", "customers", "tracking"})


def changed(
    settings: Settings, timeout: "float | httpx.Timeout | None", max_retries: int | None, deadline: float | None
) -> Settings:
    """Return settings with other options; None leaves one as it is."""
    return settings._replace(
        timeouts=settings.timeouts if timeout is None else checked_timeouts(read_timeouts(timeout)),
        max_retries=settings.max_retries if max_retries is None else checked_count("max_retries", max_retries, 0),
        deadline=settings.deadline if deadline is None else checked_seconds("deadline", deadline),
    )


def described(settings: Settings) -> str:
    """Return what a client's repr says of its settings."""
    secret = "" if settings.api_secret is None else f", api_secret={settings.api_secret!r}"
    return f"api_key={settings.api_key!r}{secret}, base_url={str(settings.base)!r}"


def of_a_subclass(client: object) -> dict[str, object]:
    """Return what a client has beside what the SDK gave it."""
    return {name: value for name, value in vars(client).items() if name not in _OWN}


def picklable(settings: Settings, http_client: object) -> Settings:
    """Return what a client's pickle holds: its settings, whose secret stays behind."""
    if http_client is not None:
        raise TypeError(
            "A client with an http_client of your own does not pickle, because that one doesn't. "
            "Make both anew where they are needed."
        )
    return settings


def unpickled(settings: Settings) -> Settings:
    """Return settings with their secret found again in the environment, unless that names another account's key."""
    if settings.api_secret is None or not settings.api_secret.lost:
        return settings
    if environment("API_KEY") not in {None, settings.api_key}:
        return settings
    return settings._replace(api_secret=checked_secret(None) or settings.api_secret)


class Client:
    """Talk to Attribution.io, blocking.

    All times are in seconds. The secret is sent only when customers are read, and shown nowhere: not in
    reprs, logs, errors or pickles. Safe to share between threads; it works on in a forked child.

    Args:
        api_key: The account's public key; from the environment variable PYTTRIBUTIONIO_API_KEY if left out.
        api_secret: The account's secret; from PYTTRIBUTIONIO_API_SECRET if left out. Needed to read
            customers, not to track.
        base_url: Where customers are read, version included; from PYTTRIBUTIONIO_BASE_URL if left out.
        tracking_url: Where events and identities are posted; from PYTTRIBUTIONIO_TRACKING_URL if left out.
        timeout: Seconds for each of connecting, reading and writing, in one attempt. The wait for one of the
            hundred connections to a server is bounded by the deadline alone; an httpx.Timeout sets all four.
        max_retries: Further attempts after the first, for calls that failed on the way or with a
            status that says "later": 408, 429, 500, 502, 503, 504.
        deadline: Seconds after which a call is over, whatever it does: all attempts, the waits between
            them, answers that drip. For an event, its identity is in it. Only the blocking client's look-up
            of a host's name is the operating system's alone.
        http_client: A client of your own to send through, httpx's or httpx2's, or a transport of httpx's, which
            costs less and makes a double for tests. It is never closed here, and it sees the secret in the URL; its
            log lines are masked, other instruments are yours.
            Its network streams are out of reach: headers that drip, or compressed pieces too small to
            read, can outlast the deadline there.
        strict: Whether a read's answer that differs from the schemas is an error, even in what is only assumed;
            an answer to a post never is, once its status is a 2xx.
        on_drift: Told of each way in which answers differ from the schemas: a function once per kind and path, such
            as log_drift; a DriftReport, or another AnswerListener, of all that drifted in each answer.
        allow_insecure_http: Whether to talk plain http:// to hosts other than this machine.
        max_response_bytes: Bytes that an answer's body may have, any compression undone. Of a longer one no more is
            read: a read is a ResponseValidationError, a post that was accepted stays so. A customer with 10,000
            records of each kind has a tenth of what is allowed if left out.

    Raises:
        ValueError: A setting is missing, empty or malformed; the message says which and what to do.
        TypeError: A setting has the wrong type.
    """

    customers: Customers
    """Read customers and their journeys."""

    tracking: Tracking
    """Post events and identities."""

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        base_url: str | None = None,
        tracking_url: str | None = None,
        timeout: "float | httpx.Timeout" = 10.0,
        max_retries: int = 2,
        deadline: float = 60.0,
        http_client: "HTTPClient | httpx.BaseTransport | None" = None,
        strict: bool = False,
        on_drift: Callable[[Drift], object] | AnswerListener | None = None,
        allow_insecure_http: bool = False,
        max_response_bytes: int = 100_000_000,
    ) -> None:
        secret = veiled(api_secret)
        del api_secret  # whichever argument is refused, a traceback with locals would show it
        settings = checked_settings(
            api_key=api_key,
            api_secret=secret,
            base_url=base_url,
            tracking_url=tracking_url,
            timeout=read_timeouts(timeout),
            max_retries=max_retries,
            deadline=deadline,
            strict=strict,
            on_drift=on_drift,
            allow_insecure_http=allow_insecure_http,
            max_response_bytes=max_response_bytes,
        )
        checked_http_client(http_client, is_async=False)
        self._bind(settings, Transport(settings.api_secret, http_client, settings.max_response_bytes))

    def _bind(self, settings: Settings, transport: Transport) -> None:
        self._settings = settings
        self._transport = transport
        self.customers = Customers(transport, settings)
        self.tracking = Tracking(transport, settings)

    def with_options(
        self,
        *,
        timeout: "float | httpx.Timeout | None" = None,
        max_retries: int | None = None,
        deadline: float | None = None,
    ) -> Self:
        """Make a client with other options on the same connections; closing either closes both.

        Args:
            timeout: Seconds for each part of one attempt; as it was, if left out.
            max_retries: Further attempts after the first; as it was, if left out.
            deadline: Seconds over all attempts; as it was, if left out.

        Raises:
            ValueError: A number is negative or not finite, or a time is zero.
            TypeError: An option has the wrong type.
        """
        other = type(self).__new__(type(self))
        other.__dict__.update(of_a_subclass(self))
        other._bind(changed(self._settings, timeout, max_retries, deadline), self._transport)
        return other

    def close(self) -> None:
        """Close the connections; a call after it is a RuntimeError.

        A call that is under way still gets the answer to what it has sent. Closing twice is fine, and a caller's
        `http_client` stays open.
        """
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        # A constructor that raised leaves an object without settings, and a traceback with locals shows it.
        settings = getattr(self, "_settings", None)
        return f"{type(self).__name__}({'' if settings is None else described(settings)})"

    def __getstate__(self) -> tuple[Settings, dict[str, object]]:
        return picklable(self._settings, self._transport.http_client), of_a_subclass(self)

    def __setstate__(self, state: tuple[Settings, dict[str, object]]) -> None:
        settings = unpickled(state[0])
        self.__dict__.update(state[1])
        self._bind(settings, Transport(settings.api_secret, None, settings.max_response_bytes))

    def __copy__(self) -> Self:
        # Connections are not copied; a caller's own client can only be shared.
        other = type(self).__new__(type(self))
        other.__dict__.update(of_a_subclass(self))
        settings = self._settings
        other._bind(settings, Transport(settings.api_secret, self._transport.http_client, settings.max_response_bytes))
        return other

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        other = memo[id(self)] = self.__copy__()
        other.__dict__.update(deepcopy(of_a_subclass(self), memo))
        return other


class AsyncClient:
    """Talk to Attribution.io, async.

    All times are in seconds. The secret is sent only when customers are read, and shown nowhere: not in
    reprs, logs, errors or pickles. One client serves many tasks and any number of event loops.

    Args:
        api_key: The account's public key; from the environment variable PYTTRIBUTIONIO_API_KEY if left out.
        api_secret: The account's secret; from PYTTRIBUTIONIO_API_SECRET if left out. Needed to read
            customers, not to track.
        base_url: Where customers are read, version included; from PYTTRIBUTIONIO_BASE_URL if left out.
        tracking_url: Where events and identities are posted; from PYTTRIBUTIONIO_TRACKING_URL if left out.
        timeout: Seconds for each of connecting, reading and writing, in one attempt. The wait for one of the
            hundred connections to a server is bounded by the deadline alone; an httpx.Timeout sets all four.
        max_retries: Further attempts after the first, for calls that failed on the way or with a
            status that says "later": 408, 429, 500, 502, 503, 504.
        deadline: Seconds after which a call is over, whatever it does: all attempts, the waits between
            them, answers that drip. For an event, its identity is in it. Only the blocking client's look-up
            of a host's name is the operating system's alone.
        http_client: An async client of your own to send through, httpx's or httpx2's, or an async transport of
            httpx's, which costs less and makes a double for tests. It is never closed here, and it sees the secret
            in the URL; its log lines are masked, other instruments are yours.
        strict: Whether a read's answer that differs from the schemas is an error, even in what is only assumed;
            an answer to a post never is, once its status is a 2xx.
        on_drift: Told of each way in which answers differ from the schemas: a function once per kind and path, such
            as log_drift; a DriftReport, or another AnswerListener, of all that drifted in each answer.
        allow_insecure_http: Whether to talk plain http:// to hosts other than this machine.
        max_response_bytes: Bytes that an answer's body may have, any compression undone. Of a longer one no more is
            read: a read is a ResponseValidationError, a post that was accepted stays so. A customer with 10,000
            records of each kind has a tenth of what is allowed if left out.

    Raises:
        ValueError: A setting is missing, empty or malformed; the message says which and what to do.
        TypeError: A setting has the wrong type.
    """

    customers: AsyncCustomers
    """Read customers and their journeys."""

    tracking: AsyncTracking
    """Post events and identities."""

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        base_url: str | None = None,
        tracking_url: str | None = None,
        timeout: "float | httpx.Timeout" = 10.0,
        max_retries: int = 2,
        deadline: float = 60.0,
        http_client: "AsyncHTTPClient | httpx.AsyncBaseTransport | None" = None,
        strict: bool = False,
        on_drift: Callable[[Drift], object] | AnswerListener | None = None,
        allow_insecure_http: bool = False,
        max_response_bytes: int = 100_000_000,
    ) -> None:
        secret = veiled(api_secret)
        del api_secret  # whichever argument is refused, a traceback with locals would show it
        settings = checked_settings(
            api_key=api_key,
            api_secret=secret,
            base_url=base_url,
            tracking_url=tracking_url,
            timeout=read_timeouts(timeout),
            max_retries=max_retries,
            deadline=deadline,
            strict=strict,
            on_drift=on_drift,
            allow_insecure_http=allow_insecure_http,
            max_response_bytes=max_response_bytes,
        )
        checked_http_client(http_client, is_async=True)
        self._bind(settings, AsyncTransport(settings.api_secret, http_client, settings.max_response_bytes))

    def _bind(self, settings: Settings, transport: AsyncTransport) -> None:
        self._settings = settings
        self._transport = transport
        self.customers = AsyncCustomers(transport, settings)
        self.tracking = AsyncTracking(transport, settings)

    def with_options(
        self,
        *,
        timeout: "float | httpx.Timeout | None" = None,
        max_retries: int | None = None,
        deadline: float | None = None,
    ) -> Self:
        """Make a client with other options on the same connections; closing either closes both.

        Args:
            timeout: Seconds for each part of one attempt; as it was, if left out.
            max_retries: Further attempts after the first; as it was, if left out.
            deadline: Seconds over all attempts; as it was, if left out.

        Raises:
            ValueError: A number is negative or not finite, or a time is zero.
            TypeError: An option has the wrong type.
        """
        other = type(self).__new__(type(self))
        other.__dict__.update(of_a_subclass(self))
        other._bind(changed(self._settings, timeout, max_retries, deadline), self._transport)
        return other

    async def close(self) -> None:
        """Close the connections; a call after it is a RuntimeError.

        A call that is under way still gets the answer to what it has sent. Closing twice is fine, and a caller's
        `http_client` stays open.
        """
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        # A constructor that raised leaves an object without settings, and a traceback with locals shows it.
        settings = getattr(self, "_settings", None)
        return f"{type(self).__name__}({'' if settings is None else described(settings)})"

    def __getstate__(self) -> tuple[Settings, dict[str, object]]:
        return picklable(self._settings, self._transport.http_client), of_a_subclass(self)

    def __setstate__(self, state: tuple[Settings, dict[str, object]]) -> None:
        settings = unpickled(state[0])
        self.__dict__.update(state[1])
        self._bind(settings, AsyncTransport(settings.api_secret, None, settings.max_response_bytes))

    def __copy__(self) -> Self:
        # Connections are not copied; a caller's own client can only be shared.
        other = type(self).__new__(type(self))
        other.__dict__.update(of_a_subclass(self))
        settings = self._settings
        other._bind(
            settings, AsyncTransport(settings.api_secret, self._transport.http_client, settings.max_response_bytes)
        )
        return other

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        other = memo[id(self)] = self.__copy__()
        other.__dict__.update(deepcopy(of_a_subclass(self), memo))
        return other


at_home(AsyncClient, Client)
