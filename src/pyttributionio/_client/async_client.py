"""The async client.

Generated from client.py by scripts/generate-models.
Do not edit: change the source and run it again.
"""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import httpx

from pyttributionio._client.base import AnyClient
from pyttributionio._client.class_resources import resource_of_each
from pyttributionio._core.clock import CLOCK
from pyttributionio._core.credentials import checked_disabled
from pyttributionio._core.drift import AnswerListener, Drift, DriftReporter
from pyttributionio._core.extras import Parameter, checked_headers, checked_parameters
from pyttributionio._core.secret import hidden_from_tracebacks
from pyttributionio._core.settings import (
    BASE_URL,
    TRACKING_URL,
    Settings,
    checked_flag,
    checked_key_if_any,
    checked_retry_posts,
    checked_secret,
    checked_server,
    checked_timeouts,
)
from pyttributionio._core.types import RetryPosts
from pyttributionio._core.validation import checked_count, checked_seconds
from pyttributionio._http.callers import AsyncHTTPClient, checked_http_client
from pyttributionio._http.driver import AsyncDriver
from pyttributionio._http.messages import read_timeouts
from pyttributionio._shared.naming import set_public_module
from pyttributionio.resources.customers import AsyncCustomers
from pyttributionio.resources.endpoints import AsyncEndpoints
from pyttributionio.resources.tracking import AsyncTracking


class AsyncClient(AnyClient[AsyncDriver], AsyncEndpoints):
    """Talk to Attribution.io, async.

    All times are in seconds. The secret is sent only when customers are read. Reprs, logs, errors and pickles
    do not contain it. One client serves any number of tasks and event loops.

    Args:
        api_key: The account's public key; from the environment variable PYTTRIBUTIONIO_API_KEY if left out. If it has
            none either, the first call raises a ValueError: a module can make its client before the key is set.
        api_secret: The account's secret; from PYTTRIBUTIONIO_API_SECRET if left out. Needed to read
            customers, not to track.
        base_url: Where customers are read, version included; from PYTTRIBUTIONIO_BASE_URL if left out.
        tracking_url: Where events and identities are posted; from PYTTRIBUTIONIO_TRACKING_URL if left out.
        timeout: Seconds for each of connecting, reading and writing, in one attempt. The wait for one of the
            hundred connections to a server is bounded by the deadline alone; an httpx.Timeout sets all four.
        max_retries: Further attempts after the first, if no complete answer came or its status says "later": 408,
            429, 500, 502, 503, 504.
        retry_posts: Which posts are sent again after a failure. "always": those whose answer was lost too. Such a post
            may have arrived, and whether the vendor then counts an event twice is not documented. "unsent": only
            those that the server surely did not process: there was no connection, or the answer is 408, 429 or 503.
        deadline: Seconds after which a call is over: all attempts, the waits between them, and slow answers
            count. For an event, its identity counts too. Only the blocking client's look-up of a host name is not
            bounded; the operating system bounds it.
        http_client: An async client of your own to send through, of httpx or httpx2, or an async transport of httpx,
            which costs less and can be a test double. It is never closed here. It sees the secret in the URL: its
            log lines are masked, but other instruments of it are not. With a blocking one, the deadline is checked
            between the pieces of a body, so headers that come byte by byte can exceed it.
        strict: Whether an answer to a read that differs from the schemas is an error, even in an assumed field. An
            answer to a post with status 2xx never is one.
        on_drift: Called with the differences between answers and the schemas: a function such as log_drift once for
            each kind and path; a DriftReport, or another AnswerListener, for each answer.
        allow_insecure_http: Whether to allow plain http:// to hosts other than this machine.
        max_response_bytes: Bytes that an answer's body may have after decompression. No more is read of a longer one: a
            read raises ResponseValidationError, and an accepted post stays accepted. A customer with 10,000 records
            of each kind takes a tenth of the default.
        max_response_items: Objects and arrays that the JSON of an answer may have. An answer with more is handled as a
            longer one, before its objects are made: an empty event has two bytes, and a thousand in memory. A customer
            with 10,000 records of each kind takes a fifth of the default.
        disabled: Whether to send nothing, as in development or staging; from PYTTRIBUTIONIO_DISABLED (1 or 0) if left
            out. Events and identities are checked, dropped and returned as sent. A call that needs an answer, such as
            a read, raises ClientDisabledError.

    Raises:
        ValueError: A setting is empty or malformed; the message says which and what to do.
        TypeError: A setting has the wrong type.
    """

    customers: AsyncCustomers = resource_of_each(AsyncCustomers)
    """Read customers and their journeys."""

    tracking: AsyncTracking = resource_of_each(AsyncTracking)
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
        retry_posts: RetryPosts = "always",
        deadline: float = 60.0,
        http_client: "AsyncHTTPClient | httpx.AsyncBaseTransport | None" = None,
        strict: bool = False,
        on_drift: Callable[[Drift], object] | AnswerListener | None = None,
        allow_insecure_http: bool = False,
        max_response_bytes: int = 100_000_000,
        max_response_items: int = 500_000,
        disabled: bool | None = None,
    ) -> None:
        secret = hidden_from_tracebacks(api_secret)
        del api_secret  # a traceback with locals would show it, whichever argument is refused
        settings = Settings(
            api_key=checked_key_if_any(api_key),
            api_secret=checked_secret(secret()),
            base=checked_server("base_url", base_url, BASE_URL, allow_insecure_http=allow_insecure_http),
            tracking=checked_server(
                "tracking_url", tracking_url, TRACKING_URL, allow_insecure_http=allow_insecure_http
            ),
            timeouts=checked_timeouts(read_timeouts(timeout)),
            max_retries=checked_count("max_retries", max_retries, 0),
            deadline=checked_seconds("deadline", deadline),
            strict=checked_flag("strict", strict),
            on_drift=None if on_drift is None else DriftReporter(on_drift),
            max_response_bytes=checked_count("max_response_bytes", max_response_bytes, 1),
            max_response_items=checked_count("max_response_items", max_response_items, 1),
            clock=CLOCK,
            retry_posts=checked_retry_posts(retry_posts),
            disabled=checked_disabled(disabled),
        )
        checked_http_client(http_client, is_async=True)
        self._bind(settings, AsyncDriver(settings, http_client))

    def _bind(self, settings: Settings, driver: AsyncDriver) -> None:
        self._settings = settings
        self._driver = driver
        self.customers = AsyncCustomers(driver, settings)
        self.tracking = AsyncTracking(driver, settings)

    def _new_driver(self, settings: Settings, original: AsyncDriver | None) -> AsyncDriver:
        return AsyncDriver(settings, None if original is None else original.http_client)

    def with_options(
        self,
        *,
        timeout: "float | httpx.Timeout | None" = None,
        max_retries: int | None = None,
        retry_posts: RetryPosts | None = None,
        deadline: float | None = None,
        extra_query: Mapping[str, Parameter] | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a client with other options on the same connections. Closing one closes both.

        Args:
            timeout: Seconds for each part of one attempt; unchanged if left out.
            max_retries: Further attempts after the first; unchanged if left out.
            retry_posts: Which posts are sent again after a failure; unchanged if left out.
            deadline: Seconds over all attempts; unchanged if left out.
            extra_query: Further parameters of each request; unchanged if left out. They replace the parameters of the
                same name, but none can replace or contain the secret.
            extra_headers: Further headers of each request; unchanged if left out. They replace "Accept" and
                "User-Agent", but none can contain the secret, or describe the body or the connection.

        Raises:
            ValueError: A number is negative or not finite, a time is zero, `retry_posts` is unknown, or a parameter or
                header is not allowed.
            TypeError: An option has the wrong type.
        """
        settings = self._settings
        changed = settings._replace(
            timeouts=settings.timeouts if timeout is None else checked_timeouts(read_timeouts(timeout)),
            max_retries=settings.max_retries if max_retries is None else checked_count("max_retries", max_retries, 0),
            deadline=settings.deadline if deadline is None else checked_seconds("deadline", deadline),
            retry_posts=settings.retry_posts if retry_posts is None else checked_retry_posts(retry_posts),
        )
        if extra_query is not None:
            parameters = checked_parameters(settings, "extra_query", extra_query)
            changed = changed._replace(extra_query=tuple(parameters.items()))
        if extra_headers is not None:
            changed = changed._replace(extra_headers=checked_headers(settings, extra_headers))
        return self._with(changed, self._driver)

    async def close(self) -> None:
        """Close the connections; a call after it raises ClientClosedError.

        A call that is under way still gets the answer to the request that it has sent. Closing twice is fine, and a
        caller's `http_client` stays open.
        """
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


set_public_module(AsyncClient)
