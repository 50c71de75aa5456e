"""The face of pyttributionio 0.5, over the parts of 1.0.

For programs that were written for 0.5: change the version first, the code later. Everything here is
deprecated, one by one, with its replacement named. It returns what 0.5 returned; where 0.5 swallowed
an error, logged it and returned None, so does this, and where 0.5 let one out (an answer that is no
JSON), so does this. Two of its defects are mended: an event and its identity carry one client id, and
two events of one person in one second are two.
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
from pyttributionio.models import IncludeName

__all__ = ["PyttributionIo"]

T = TypeVar("T")
JSONObject: TypeAlias = dict[str, JSONValue]

_log = getLogger("pyttributionio.pyttributionio")  # 0.5's name; the package's logger is above it


class PyttributionIo:
    """The old wrapper: plain dicts as the server sent them, status codes, None for an error.

    Args:
        api_key: The account's public key.
        api_secret: The account's secret.

    Raises:
        ValueError: The public key or the secret is malformed, or a URL constant is; nothing was sent.
        TypeError: The public key or the secret is not a str.
    """

    PRIVATE_API_URL: ClassVar[str] = BASE_URL
    """Where customers are read; set it here or on a subclass to move the server."""

    PUBLIC_API_URL: ClassVar[str] = f"{TRACKING_URL}/"
    """Where events and identities are posted; set it here or on a subclass to move the server."""

    ALLOW_INSECURE_HTTP: ClassVar[bool] = False
    """Whether the URL constants may be plain http:// on other machines, as 0.5 let them be; the secret is then
    readable on the way."""

    GET_REQUEST: ClassVar[str] = "GET"
    """Kept for programs that read it; it steers nothing any more."""

    REQUEST_RETRY_AMOUNT: ClassVar[int] = 10
    """Kept for programs that read it; it steers nothing any more: see Client's `max_retries`."""

    REQUEST_RETRY_DELAY: ClassVar[int] = 5
    """Kept for programs that read it; it steers nothing any more: see Client's `deadline`. In seconds."""

    RequestException: ClassVar[type[PyttributionioError]] = PyttributionioError
    """What a failed request raises inside; as in 0.5, no method lets it out."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._api_key = api_key
        secret = hidden_from_tracebacks(api_secret or None)
        del api_secret  # whatever is refused here, a traceback with locals would show it
        self._api_secret = checked_secret(secret()) or Secret(None)
        self._servers = ("", "")
        self._connect()

    def _connect(self) -> Client:
        """Return the client for the servers that the URL constants name now."""
        # A constant that nobody moved is no wish for production: the environment counts, as it does for Client.
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
            # 0.5 had no close(), so no program calls one.
            weakref.finalize(self, self._client.close)
        return self._client

    def _fetch(self, what: str, client_id: str | int, include: Sequence[IncludeName]) -> JSONObject | None:
        """Return the inner `customer` as it came, whatever the status, as 0.5 did."""
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
        """Return an answer as it came if it is a JSON object, else with the secret masked.

        What is none ends in an error, as in 0.5; the error and its traceback's frames hold the text,
        and the text may repeat the URL.
        """
        text = text.removeprefix("\ufeff")  # as json.loads does with bytes
        return text if _is_object(text) else self._api_secret.redact(text)

    def _status(self, what: str, visitor_id: str, send: Callable[[], int]) -> int | None:
        """Return the status of a post, whatever it is, or None where no answer came, as 0.5 did."""
        try:
            return send()
        except APIStatusError as error:
            return error.status_code
        except (PyttributionioError, ValueError, TypeError) as error:
            _log.error(
                'Pyttribution.io: %s trigger for ID "%s" failed: %s: %s', what, visitor_id, type(error).__name__, error
            )
            return None

    def _post_identity(self, visitor_id: str, client_id: str | int, user_agent: str) -> int | None:
        def send() -> int:
            tracking = self._connect().tracking.with_raw_response
            return tracking.identity(client_id, visitor_id=visitor_id, user_agent=user_agent or "").status_code

        return self._status("Identity", visitor_id, send)

    @deprecated("Use Client(...).customers.get(client_id) instead, which returns a typed Customer.")
    def fetch_customer_info_base(self, client_id: str | int) -> JSONObject | None:
        """Read a customer's own fields; None where no answer came (the log says why)."""
        return self._fetch("base customer info", client_id, ())

    @deprecated('Use Client(...).customers.get(client_id, include="all") instead, which returns a CustomerWithAll.')
    def fetch_customer_info_full(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with all collections; None where no answer came (the log says why)."""
        return self._fetch("full customer info", client_id, get_args(IncludeName))

    @deprecated('Use Client(...).customers.get(client_id, include=["pageviews"]).pageviews instead.')
    def fetch_customer_info_pageviews(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with pageviews; None where no answer came (the log says why)."""
        return self._fetch("customer pageviews", client_id, ["pageviews"])

    @deprecated('Use Client(...).customers.get(client_id, include=["touchpoints"]).touchpoints instead.')
    def fetch_customer_info_touchpoints(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with touchpoints; None where no answer came (the log says why)."""
        return self._fetch("customer touchpoints", client_id, ["touchpoints"])

    @deprecated('Use Client(...).customers.get(client_id, include=["events"]).events instead.')
    def fetch_customer_info_events(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with events; None where no answer came (the log says why)."""
        return self._fetch("customer events", client_id, ["events"])

    @deprecated('Use Client(...).customers.get(client_id, include=["identities"]).identities instead.')
    def fetch_customer_info_identities(self, client_id: str | int) -> JSONObject | None:
        """Read a customer with identities; None where no answer came (the log says why)."""
        return self._fetch("customer identities", client_id, ["identities"])

    @deprecated("Use Client(...).tracking.identity(client_id, visitor_id=...) instead.")
    def trigger_identity(self, attributionio_id: str, client_id: str | int = "", user_agent: str = "") -> int | None:
        """Tie a person's id to a visitor id; return the status, or None where no answer came."""
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
        """Count an event, then post its identity; return both statuses, or None where the event got no answer."""
        person = client_id or random_client_id()

        def send() -> int:
            tracking = self._connect().tracking.with_raw_response
            return tracking.event(
                event_key,
                visitor_id=attributionio_id,
                client_id=person,
                user_agent=user_agent or "",
                url=last_url or "",
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
