"""`client.tracking`: post events and identities.

Generated from scripts/resources/tracking.py and schemas/ by scripts/generate-models.
Do not edit: change the source and run it again.
"""

from collections.abc import Mapping
from datetime import datetime

from pyttributionio._core.operations import post_event, post_identity
from pyttributionio._core.requests import EventFields, Person
from pyttributionio._core.responses import RawResponse
from pyttributionio._core.types import JSONValue
from pyttributionio.models import Event, Identity
from pyttributionio.resources._base import AsyncResource, Resource


class TrackingWithRawResponse(Resource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    def event(
        self,
        event_key: str,
        *,
        visitor_id: str | int,
        client_id: str | int | None = None,
        url: str | None = None,
        user_agent: str | None = None,
        transaction_id: str | int | None = None,
        created_at: datetime | None = None,
        is_informational: bool = False,
        meta: Mapping[str, JSONValue] | None = None,
        identify: bool = True,
    ) -> RawResponse[Event]:
        """Count one event for a visitor, then post the identity that belongs to it; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(
            post_event(
                self._settings,
                Person(client_id, visitor_id, user_agent, created_at, meta),
                EventFields(event_key, url, transaction_id, is_informational),
                identify=identify,
            )
        )

    def identity(
        self,
        client_id: str | int | None = None,
        *,
        visitor_id: str | int,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        meta: Mapping[str, JSONValue] | None = None,
    ) -> RawResponse[Identity]:
        """Link a person's id to a visitor id; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(
            post_identity(self._settings, Person(client_id, visitor_id, user_agent, created_at, meta))
        )


class Tracking(Resource):
    """Post events and identities, blocking. Needs no secret, and never sends it."""

    def event(
        self,
        event_key: str,
        *,
        visitor_id: str | int,
        client_id: str | int | None = None,
        url: str | None = None,
        user_agent: str | None = None,
        transaction_id: str | int | None = None,
        created_at: datetime | None = None,
        is_informational: bool = False,
        meta: Mapping[str, JSONValue] | None = None,
        identify: bool = True,
    ) -> Event:
        """Count one event for a visitor, then post the identity that belongs to it.

        Both have the same client id, a random one if none is given, and share one deadline.

        A post whose answer was lost is sent again, with the same bytes, although it may have arrived. Whether the
        vendor removes duplicates, by transaction id or otherwise, is documented nowhere. If it does not, the event is
        counted twice. `Client(retry_posts="unsent")` sends only those again that the server surely did not process.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            client_id: The person's id; a random one if left out, because an event without an id is not counted.
            url: The page on which it happened; "URL unknown" is sent if left out.
            user_agent: The visitor's user agent; "User-Agent unknown" is sent if left out.
            transaction_id: An id that no other event has, such as an order's number; a random one if left out.
                Give one if your own code may send the event again, so that both have the same one.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            is_informational: Whether to record the event without counting it as a conversion.
            meta: Further JSON members of the event's `meta` object.
            identify: Whether to post the identity too.

        Returns:
            The event as sent. If the server echoed it, the echo's values replace those sent.

        Raises:
            BadRequestError: The server did not understand the event or its identity.
            ConflictError: It contradicts what the server holds.
            UnprocessableEntityError: The server understood it, and refused its content.
            APIStatusError: Any other answer that is not a 2xx; 401 is AuthenticationError, 429 RateLimitError,
                and so on. A note says so if only the identity failed.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason; the event may have arrived.
            ClientClosedError: The client was closed before the call; nothing was sent.
            NetworkBlockedError: PYTTRIBUTIONIO_NETWORK=loopback forbids the connection; nothing was sent.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(
            post_event(
                self._settings,
                Person(client_id, visitor_id, user_agent, created_at, meta),
                EventFields(event_key, url, transaction_id, is_informational),
                identify=identify,
            )
        ).parse()

    def identity(
        self,
        client_id: str | int | None = None,
        *,
        visitor_id: str | int,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        meta: Mapping[str, JSONValue] | None = None,
    ) -> Identity:
        """Link a person's id to a visitor id.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            user_agent: The visitor's user agent; "User-Agent unknown" is sent if left out.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            meta: Further JSON members of the identity's `meta` object.

        Returns:
            The identity as sent. If the server echoed it, the echo's values replace those sent.

        Raises:
            BadRequestError: The server did not understand the identity.
            ConflictError: It contradicts what the server holds.
            UnprocessableEntityError: The server understood it, and refused its content.
            APIStatusError: Any other answer that is not a 2xx; 401 is AuthenticationError, 429 RateLimitError,
                and so on.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason; the identity may have arrived.
            ClientClosedError: The client was closed before the call; nothing was sent.
            NetworkBlockedError: PYTTRIBUTIONIO_NETWORK=loopback forbids the connection; nothing was sent.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(
            post_identity(self._settings, Person(client_id, visitor_id, user_agent, created_at, meta))
        ).parse()

    @property
    def with_raw_response(self) -> TrackingWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return TrackingWithRawResponse(self._driver, self._settings)


class AsyncTrackingWithRawResponse(AsyncResource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    async def event(
        self,
        event_key: str,
        *,
        visitor_id: str | int,
        client_id: str | int | None = None,
        url: str | None = None,
        user_agent: str | None = None,
        transaction_id: str | int | None = None,
        created_at: datetime | None = None,
        is_informational: bool = False,
        meta: Mapping[str, JSONValue] | None = None,
        identify: bool = True,
    ) -> RawResponse[Event]:
        """Count one event for a visitor, then post the identity that belongs to it; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._driver.run(
            post_event(
                self._settings,
                Person(client_id, visitor_id, user_agent, created_at, meta),
                EventFields(event_key, url, transaction_id, is_informational),
                identify=identify,
            )
        )

    async def identity(
        self,
        client_id: str | int | None = None,
        *,
        visitor_id: str | int,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        meta: Mapping[str, JSONValue] | None = None,
    ) -> RawResponse[Identity]:
        """Link a person's id to a visitor id; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._driver.run(
            post_identity(self._settings, Person(client_id, visitor_id, user_agent, created_at, meta))
        )


class AsyncTracking(AsyncResource):
    """Post events and identities, async. Needs no secret, and never sends it."""

    async def event(
        self,
        event_key: str,
        *,
        visitor_id: str | int,
        client_id: str | int | None = None,
        url: str | None = None,
        user_agent: str | None = None,
        transaction_id: str | int | None = None,
        created_at: datetime | None = None,
        is_informational: bool = False,
        meta: Mapping[str, JSONValue] | None = None,
        identify: bool = True,
    ) -> Event:
        """Count one event for a visitor, then post the identity that belongs to it.

        Both have the same client id, a random one if none is given, and share one deadline.

        A post whose answer was lost is sent again, with the same bytes, although it may have arrived. Whether the
        vendor removes duplicates, by transaction id or otherwise, is documented nowhere. If it does not, the event is
        counted twice. `Client(retry_posts="unsent")` sends only those again that the server surely did not process.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            client_id: The person's id; a random one if left out, because an event without an id is not counted.
            url: The page on which it happened; "URL unknown" is sent if left out.
            user_agent: The visitor's user agent; "User-Agent unknown" is sent if left out.
            transaction_id: An id that no other event has, such as an order's number; a random one if left out.
                Give one if your own code may send the event again, so that both have the same one.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            is_informational: Whether to record the event without counting it as a conversion.
            meta: Further JSON members of the event's `meta` object.
            identify: Whether to post the identity too.

        Returns:
            The event as sent. If the server echoed it, the echo's values replace those sent.

        Raises:
            BadRequestError: The server did not understand the event or its identity.
            ConflictError: It contradicts what the server holds.
            UnprocessableEntityError: The server understood it, and refused its content.
            APIStatusError: Any other answer that is not a 2xx; 401 is AuthenticationError, 429 RateLimitError,
                and so on. A note says so if only the identity failed.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason; the event may have arrived.
            ClientClosedError: The client was closed before the call; nothing was sent.
            NetworkBlockedError: PYTTRIBUTIONIO_NETWORK=loopback forbids the connection; nothing was sent.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return (
            await self._driver.run(
                post_event(
                    self._settings,
                    Person(client_id, visitor_id, user_agent, created_at, meta),
                    EventFields(event_key, url, transaction_id, is_informational),
                    identify=identify,
                )
            )
        ).parse()

    async def identity(
        self,
        client_id: str | int | None = None,
        *,
        visitor_id: str | int,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        meta: Mapping[str, JSONValue] | None = None,
    ) -> Identity:
        """Link a person's id to a visitor id.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            user_agent: The visitor's user agent; "User-Agent unknown" is sent if left out.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            meta: Further JSON members of the identity's `meta` object.

        Returns:
            The identity as sent. If the server echoed it, the echo's values replace those sent.

        Raises:
            BadRequestError: The server did not understand the identity.
            ConflictError: It contradicts what the server holds.
            UnprocessableEntityError: The server understood it, and refused its content.
            APIStatusError: Any other answer that is not a 2xx; 401 is AuthenticationError, 429 RateLimitError,
                and so on.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason; the identity may have arrived.
            ClientClosedError: The client was closed before the call; nothing was sent.
            NetworkBlockedError: PYTTRIBUTIONIO_NETWORK=loopback forbids the connection; nothing was sent.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return (
            await self._driver.run(
                post_identity(self._settings, Person(client_id, visitor_id, user_agent, created_at, meta))
            )
        ).parse()

    @property
    def with_raw_response(self) -> AsyncTrackingWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return AsyncTrackingWithRawResponse(self._driver, self._settings)
