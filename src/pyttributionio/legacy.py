"""The compatibility API of pyttributionio 0.5.

A program that was written for 0.5 can change the version first and the code later. Each method is deprecated, and
its warning names the replacement. The methods return what 0.5 returned. They log an error and return None where 0.5
did so, and raise where 0.5 raised (for an answer that is not JSON). Two defects of 0.5 are fixed: an event and its
identity have the same client id, and two events of one person in one second have different transaction ids.
"""

import json
import weakref
from collections.abc import Callable, Sequence
from logging import getLogger
from typing import ClassVar, TypeAlias, TypeVar, cast, get_args

from typing_extensions import deprecated

from pyttributionio._client import Client
from pyttributionio._core.requests import random_client_id
from pyttributionio._core.secret import Secret, hidden_from_tracebacks
from pyttributionio._core.settings import BASE_URL, TRACKING_URL, checked_secret, environment
from pyttributionio._core.types import JSONValue
from pyttributionio._errors import APIStatusError, PyttributionioError
from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.text import one_line
from pyttributionio.models import IncludeName

__all__ = ["PyttributionIo"]

T = TypeVar("T")
JSONObject: TypeAlias = dict[str, JSONValue]

_log = getLogger("pyttributionio.pyttributionio")  # the name in 0.5; a child of the package's logger


class PyttributionIo:
    """The wrapper of 0.5: it returns dicts as the server sent them, status codes, and None for an error.

    If the server repeats the secret in a dict, it is masked.

    Args:
        api_key: The account's public key.
        api_secret: The account's secret.

    Raises:
        ValueError: The public key, the secret or a URL constant is malformed. Nothing was sent.
        TypeError: The public key or the secret is not a str.
    """

    PRIVATE_API_URL: ClassVar[str] = BASE_URL
    """The URL to read customers from. Set it here or on a subclass to use another server."""

    PUBLIC_API_URL: ClassVar[str] = f"{TRACKING_URL}/"
    """The URL to post events and identities to. Set it here or on a subclass to use another server."""

    ALLOW_INSECURE_HTTP: ClassVar[bool] = False
    """Whether the URL constants may be http:// URLs of other machines, as in 0.5. The network can then read the
    secret."""

    GET_REQUEST: ClassVar[str] = "GET"
    """Has no effect. It is kept for programs that read it."""

    REQUEST_RETRY_AMOUNT: ClassVar[int] = 10
    """Has no effect: see `max_retries` of `Client`. It is kept for programs that read it."""

    REQUEST_RETRY_DELAY: ClassVar[int] = 5
    """Has no effect: see `deadline` of `Client`. It is kept for programs that read it. In seconds."""

    RequestException: ClassVar[type[PyttributionioError]] = PyttributionioError
    """The class of a failed request's error. As in 0.5, the methods log it and do not raise it."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._api_key = api_key
        secret = hidden_from_tracebacks(api_secret or None)
        del api_secret  # if a check below raises, a traceback with locals would show it
        self._api_secret = checked_secret(secret()) or Secret(None)
        self._servers = ("", "")
        self._connect()

    def _connect(self) -> Client:
        """Return a client for the servers that the URL constants name now."""
        # If a constant has its default value, the environment variable counts, as it does for Client.
        servers = (
            (environment("BASE_URL") if self.PRIVATE_API_URL == BASE_URL else None) or self.PRIVATE_API_URL,
            (environment("TRACKING_URL") if f"{TRACKING_URL}/" == self.PUBLIC_API_URL else None) or self.PUBLIC_API_URL,
        )
        if servers != self._servers:
            self._client = Client(
                self._api_key,
                None if self._api_secret.lost else self._api_secret.reveal(),
                base_url=servers[0],
                tracking_url=servers[1],
                allow_insecure_http=self.ALLOW_INSECURE_HTTP,
            )
            self._servers = servers
            # 0.5 had no close(), so programs that were written for it do not close the client.
            weakref.finalize(self, self._client.close)
        return self._client

    def _fetch(self, what: str, client_id: str | int, include: Sequence[IncludeName]) -> JSONObject | None:
        """Return the member `customer` of an answer of any status, as 0.5 did."""
        try:
            raw = self._connect().customers.with_raw_response.get(client_id, include=include)
            text = self._shown(raw.content.decode("utf-8", errors="replace"))
        except APIStatusError as error:
            _log.error("Pyttribution.io: Retrieval of %s failed: %s", what, error)
            text = self._shown(error.body)
        except (PyttributionioError, ValueError, TypeError) as error:
            _log.error("Pyttribution.io: Retrieval of %s failed: %s: %s", what, type(error).__name__, error)
            return None
        return cast("JSONObject | None", cast("JSONObject", json.loads(text)).get("customer"))

    def _shown(self, text: str) -> str:
        """Return an answer's text; mask the secret in it unless it is a JSON object.

        Another text leads to an error, as in 0.5. The error and the frames of its traceback have the text, and the
        text may repeat the request's URL.
        """
        text = text.removeprefix("\ufeff")  # as json.loads does with bytes
        return text if _is_object(text) else self._api_secret.redact(text)

    def _status(self, what: str, visitor_id: str, send: Callable[[], int]) -> int | None:
        """Return the status of a post, a 2xx or not, or None if no answer came, as 0.5 did."""
        try:
            return send()
        except APIStatusError as error:
            return error.status_code
        except (PyttributionioError, ValueError, TypeError) as error:
            _log.error(
                'Pyttribution.io: %s trigger for ID "%s" failed: %s: %s',
                what,
                one_line(str(visitor_id)),
                type(error).__name__,
                one_line(str(error)),
            )
            return None

    def _post_identity(self, visitor_id: str, client_id: str | int, user_agent: str) -> int | None:
        def send() -> int:
            tracking = self._connect().tracking.with_raw_response
            return tracking.identity(client_id, visitor_id=visitor_id, user_agent=user_agent or None).status_code

        return self._status("Identity", visitor_id, send)

    @deprecated("Use Client(...).customers.get(client_id) instead, which returns a typed Customer.")
    def fetch_customer_info_base(self, client_id: str | int) -> JSONObject | None:
        """Read a customer without collections; return None if no answer came (the log has the reason)."""
        return self._fetch("base customer info", client_id, ())

    @deprecated('Use Client(...).customers.get(client_id, include="all") instead, which returns a CustomerWithAll.')
    def fetch_customer_info_full(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with all collections; return None if no answer came (the log has the reason)."""
        return self._fetch("full customer info", client_id, get_args(IncludeName))

    @deprecated('Use Client(...).customers.get(client_id, include=["pageviews"]).pageviews instead.')
    def fetch_customer_info_pageviews(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with pageviews; return None if no answer came (the log has the reason)."""
        return self._fetch("customer pageviews", client_id, ["pageviews"])

    @deprecated('Use Client(...).customers.get(client_id, include=["touchpoints"]).touchpoints instead.')
    def fetch_customer_info_touchpoints(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with touchpoints; return None if no answer came (the log has the reason)."""
        return self._fetch("customer touchpoints", client_id, ["touchpoints"])

    @deprecated('Use Client(...).customers.get(client_id, include=["events"]).events instead.')
    def fetch_customer_info_events(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with events; return None if no answer came (the log has the reason)."""
        return self._fetch("customer events", client_id, ["events"])

    @deprecated('Use Client(...).customers.get(client_id, include=["identities"]).identities instead.')
    def fetch_customer_info_identities(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with identities; return None if no answer came (the log has the reason)."""
        return self._fetch("customer identities", client_id, ["identities"])

    @deprecated("Use Client(...).tracking.identity(client_id, visitor_id=...) instead.")
    def trigger_identity(self, attributionio_id: str, client_id: str | int = "", user_agent: str = "") -> int | None:
        """Tie a client id to a visitor id; return the status, or None if no answer came."""
        return self._post_identity(attributionio_id, client_id or random_client_id(), user_agent)

    @deprecated("Use Client(...).tracking.event(event_key, visitor_id=..., client_id=...) instead.")
    def trigger_event(
        self,
        attributionio_id: str,
        event_key: str,
        client_id: str | int = "",
        user_agent: str = "",
        last_url: str = "",
    ) -> tuple[int, int | None] | None:
        """Post an event, then its identity; return both statuses, or None if the event got no answer."""
        person = client_id or random_client_id()

        def send() -> int:
            tracking = self._connect().tracking.with_raw_response
            return tracking.event(
                event_key,
                visitor_id=attributionio_id,
                client_id=person,
                user_agent=user_agent or None,
                url=last_url or None,
                identify=False,
            ).status_code

        status = self._status("Event", attributionio_id, send)
        return None if status is None else (status, self._post_identity(attributionio_id, person, user_agent))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


set_public_module(PyttributionIo)
