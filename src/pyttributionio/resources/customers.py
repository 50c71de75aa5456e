"""`client.customers`: read customers and their journeys.

Generated from scripts/resources/customers.py and schemas/ by scripts/generate-models.
Do not edit: change the source and run it again.
"""

# mypy: disable-error-code="overload-overlap"
# pyright: reportOverlappingOverload=false

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias, TypeVar, overload

from pyttributionio._core.operations import get_customer
from pyttributionio._core.responses import RawResponse
from pyttributionio.models import (
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    CustomerWithEventsAndIdentities,
    CustomerWithIdentities,
    CustomerWithPageviews,
    CustomerWithPageviewsAndEvents,
    CustomerWithPageviewsAndEventsAndIdentities,
    CustomerWithPageviewsAndIdentities,
    CustomerWithPageviewsAndTouchpoints,
    CustomerWithPageviewsAndTouchpointsAndEvents,
    CustomerWithPageviewsAndTouchpointsAndIdentities,
    CustomerWithTouchpoints,
    CustomerWithTouchpointsAndEvents,
    CustomerWithTouchpointsAndEventsAndIdentities,
    CustomerWithTouchpointsAndIdentities,
)
from pyttributionio.models import IncludeName as Name
from pyttributionio.resources._base import AsyncResource, Resource


class IncludeName:
    """A marker that tells a list written in the call from a list variable. No value has this type.

    It has the name of the public type, because checkers show it to a user who passes a `list[str]`. A
    variable that is annotated `list[IncludeName]`, with the public type, is accepted.
    """


_K = TypeVar("_K")
Names: TypeAlias = list[_K | IncludeName] | tuple[_K, ...]
AllNames: TypeAlias = list[Name | IncludeName] | tuple[Name, Name, Name, Name] | Literal["all"]
IncludeNames: TypeAlias = Sequence[Name] | AbstractSet[Name]


class CustomersWithRawResponse(Resource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    @overload
    def get(
        self, client_id: str | int, *, include: list[IncludeName] | tuple[()] | None = ...
    ) -> RawResponse[Customer]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews"]]
    ) -> RawResponse[CustomerWithPageviews]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints"]]
    ) -> RawResponse[CustomerWithTouchpoints]: ...
    @overload
    def get(self, client_id: str | int, *, include: Names[Literal["events"]]) -> RawResponse[CustomerWithEvents]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["identities"]]
    ) -> RawResponse[CustomerWithIdentities]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints"]]
    ) -> RawResponse[CustomerWithPageviewsAndTouchpoints]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events"]]
    ) -> RawResponse[CustomerWithPageviewsAndEvents]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "identities"]]
    ) -> RawResponse[CustomerWithPageviewsAndIdentities]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events"]]
    ) -> RawResponse[CustomerWithTouchpointsAndEvents]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "identities"]]
    ) -> RawResponse[CustomerWithTouchpointsAndIdentities]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["events", "identities"]]
    ) -> RawResponse[CustomerWithEventsAndIdentities]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "events"]]
    ) -> RawResponse[CustomerWithPageviewsAndTouchpointsAndEvents]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "identities"]]
    ) -> RawResponse[CustomerWithPageviewsAndTouchpointsAndIdentities]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events", "identities"]]
    ) -> RawResponse[CustomerWithPageviewsAndEventsAndIdentities]: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events", "identities"]]
    ) -> RawResponse[CustomerWithTouchpointsAndEventsAndIdentities]: ...
    @overload
    def get(self, client_id: str | int, *, include: AllNames) -> RawResponse[CustomerWithAll]: ...
    @overload
    def get(self, client_id: str | int, *, include: IncludeNames | None) -> RawResponse[Customer]: ...

    def get(self, client_id: str | int, *, include: Collection[object] | None = ()) -> RawResponse[Customer]:
        """Read one customer by the id given in an earlier identity call; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(get_customer(self._settings, client_id, include))


class Customers(Resource):
    """Read customers, blocking."""

    @overload
    def get(self, client_id: str | int, *, include: list[IncludeName] | tuple[()] | None = ...) -> Customer: ...
    @overload
    def get(self, client_id: str | int, *, include: Names[Literal["pageviews"]]) -> CustomerWithPageviews: ...
    @overload
    def get(self, client_id: str | int, *, include: Names[Literal["touchpoints"]]) -> CustomerWithTouchpoints: ...
    @overload
    def get(self, client_id: str | int, *, include: Names[Literal["events"]]) -> CustomerWithEvents: ...
    @overload
    def get(self, client_id: str | int, *, include: Names[Literal["identities"]]) -> CustomerWithIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints"]]
    ) -> CustomerWithPageviewsAndTouchpoints: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events"]]
    ) -> CustomerWithPageviewsAndEvents: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "identities"]]
    ) -> CustomerWithPageviewsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events"]]
    ) -> CustomerWithTouchpointsAndEvents: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "identities"]]
    ) -> CustomerWithTouchpointsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["events", "identities"]]
    ) -> CustomerWithEventsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "events"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndEvents: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "identities"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events", "identities"]]
    ) -> CustomerWithPageviewsAndEventsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events", "identities"]]
    ) -> CustomerWithTouchpointsAndEventsAndIdentities: ...
    @overload
    def get(self, client_id: str | int, *, include: AllNames) -> CustomerWithAll: ...
    @overload
    def get(self, client_id: str | int, *, include: IncludeNames | None) -> Customer: ...

    def get(self, client_id: str | int, *, include: Collection[object] | None = ()) -> Customer:
        """Read one customer by the id given in an earlier identity call.

        Args:
            client_id: Anything non-empty, text or a whole number; an email address or a slash in it is fine.
            include: The collections to read along: a list such as ["pageviews", "identities"], or "all"; None reads
                none. Only those are attributes of the result. One that is empty, or left out there, reads as [].

        Returns:
            The customer, as the class that has exactly the collections asked for.

        Raises:
            NotFoundError: No identity call has named this id.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason.
            ClientClosedError: The client was closed before the call; nothing was sent.
            ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
            ResponseValidationError: The answer has no JSON object `customer`, or a collection in it is not an array.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(get_customer(self._settings, client_id, include)).parse()

    @property
    def with_raw_response(self) -> CustomersWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return CustomersWithRawResponse(self._driver, self._settings)


class AsyncCustomersWithRawResponse(AsyncResource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    @overload
    async def get(
        self, client_id: str | int, *, include: list[IncludeName] | tuple[()] | None = ...
    ) -> RawResponse[Customer]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews"]]
    ) -> RawResponse[CustomerWithPageviews]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints"]]
    ) -> RawResponse[CustomerWithTouchpoints]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["events"]]
    ) -> RawResponse[CustomerWithEvents]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["identities"]]
    ) -> RawResponse[CustomerWithIdentities]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints"]]
    ) -> RawResponse[CustomerWithPageviewsAndTouchpoints]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events"]]
    ) -> RawResponse[CustomerWithPageviewsAndEvents]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "identities"]]
    ) -> RawResponse[CustomerWithPageviewsAndIdentities]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events"]]
    ) -> RawResponse[CustomerWithTouchpointsAndEvents]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "identities"]]
    ) -> RawResponse[CustomerWithTouchpointsAndIdentities]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["events", "identities"]]
    ) -> RawResponse[CustomerWithEventsAndIdentities]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "events"]]
    ) -> RawResponse[CustomerWithPageviewsAndTouchpointsAndEvents]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "identities"]]
    ) -> RawResponse[CustomerWithPageviewsAndTouchpointsAndIdentities]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events", "identities"]]
    ) -> RawResponse[CustomerWithPageviewsAndEventsAndIdentities]: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events", "identities"]]
    ) -> RawResponse[CustomerWithTouchpointsAndEventsAndIdentities]: ...
    @overload
    async def get(self, client_id: str | int, *, include: AllNames) -> RawResponse[CustomerWithAll]: ...
    @overload
    async def get(self, client_id: str | int, *, include: IncludeNames | None) -> RawResponse[Customer]: ...

    async def get(self, client_id: str | int, *, include: Collection[object] | None = ()) -> RawResponse[Customer]:
        """Read one customer by the id given in an earlier identity call; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._driver.run(get_customer(self._settings, client_id, include))


class AsyncCustomers(AsyncResource):
    """Read customers, async."""

    @overload
    async def get(self, client_id: str | int, *, include: list[IncludeName] | tuple[()] | None = ...) -> Customer: ...
    @overload
    async def get(self, client_id: str | int, *, include: Names[Literal["pageviews"]]) -> CustomerWithPageviews: ...
    @overload
    async def get(self, client_id: str | int, *, include: Names[Literal["touchpoints"]]) -> CustomerWithTouchpoints: ...
    @overload
    async def get(self, client_id: str | int, *, include: Names[Literal["events"]]) -> CustomerWithEvents: ...
    @overload
    async def get(self, client_id: str | int, *, include: Names[Literal["identities"]]) -> CustomerWithIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints"]]
    ) -> CustomerWithPageviewsAndTouchpoints: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events"]]
    ) -> CustomerWithPageviewsAndEvents: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "identities"]]
    ) -> CustomerWithPageviewsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events"]]
    ) -> CustomerWithTouchpointsAndEvents: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "identities"]]
    ) -> CustomerWithTouchpointsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["events", "identities"]]
    ) -> CustomerWithEventsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "events"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndEvents: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "touchpoints", "identities"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["pageviews", "events", "identities"]]
    ) -> CustomerWithPageviewsAndEventsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: Names[Literal["touchpoints", "events", "identities"]]
    ) -> CustomerWithTouchpointsAndEventsAndIdentities: ...
    @overload
    async def get(self, client_id: str | int, *, include: AllNames) -> CustomerWithAll: ...
    @overload
    async def get(self, client_id: str | int, *, include: IncludeNames | None) -> Customer: ...

    async def get(self, client_id: str | int, *, include: Collection[object] | None = ()) -> Customer:
        """Read one customer by the id given in an earlier identity call.

        Args:
            client_id: Anything non-empty, text or a whole number; an email address or a slash in it is fine.
            include: The collections to read along: a list such as ["pageviews", "identities"], or "all"; None reads
                none. Only those are attributes of the result. One that is empty, or left out there, reads as [].

        Returns:
            The customer, as the class that has exactly the collections asked for.

        Raises:
            NotFoundError: No identity call has named this id.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason.
            ClientClosedError: The client was closed before the call; nothing was sent.
            ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
            ResponseValidationError: The answer has no JSON object `customer`, or a collection in it is not an array.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return (await self._driver.run(get_customer(self._settings, client_id, include))).parse()

    @property
    def with_raw_response(self) -> AsyncCustomersWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return AsyncCustomersWithRawResponse(self._driver, self._settings)
