"""What `customers.get` returns for each choice of `include`.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

# mypy: disable-error-code="overload-overlap"
# pyright: reportOverlappingOverload=false

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias, TypeVar, overload

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
    IncludeName,
)
from pyttributionio.resources._reader import AsyncReader, Reader


class _IncludeName:
    """No value has this type. It tells a list written in the call from a list variable."""


_K = TypeVar("_K")
_Listed: TypeAlias = list[_K | _IncludeName] | tuple[_K, ...]
_All: TypeAlias = (
    list[IncludeName | _IncludeName] | tuple[IncludeName, IncludeName, IncludeName, IncludeName] | Literal["all"]
)
_Computed: TypeAlias = Sequence[IncludeName] | AbstractSet[IncludeName]


class CustomersGet(Reader):
    """The method whose result is typed by `include`."""

    @overload
    def get(self, client_id: str | int, *, include: list[_IncludeName] | tuple[()] = ...) -> Customer: ...
    @overload
    def get(self, client_id: str | int, *, include: _Listed[Literal["pageviews"]]) -> CustomerWithPageviews: ...
    @overload
    def get(self, client_id: str | int, *, include: _Listed[Literal["touchpoints"]]) -> CustomerWithTouchpoints: ...
    @overload
    def get(self, client_id: str | int, *, include: _Listed[Literal["events"]]) -> CustomerWithEvents: ...
    @overload
    def get(self, client_id: str | int, *, include: _Listed[Literal["identities"]]) -> CustomerWithIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "touchpoints"]]
    ) -> CustomerWithPageviewsAndTouchpoints: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "events"]]
    ) -> CustomerWithPageviewsAndEvents: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "identities"]]
    ) -> CustomerWithPageviewsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints", "events"]]
    ) -> CustomerWithTouchpointsAndEvents: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints", "identities"]]
    ) -> CustomerWithTouchpointsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["events", "identities"]]
    ) -> CustomerWithEventsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "touchpoints", "events"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndEvents: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "touchpoints", "identities"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "events", "identities"]]
    ) -> CustomerWithPageviewsAndEventsAndIdentities: ...
    @overload
    def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints", "events", "identities"]]
    ) -> CustomerWithTouchpointsAndEventsAndIdentities: ...
    @overload
    def get(self, client_id: str | int, *, include: _All) -> CustomerWithAll: ...
    @overload
    def get(self, client_id: str | int, *, include: _Computed) -> Customer: ...

    def get(self, client_id: str | int, *, include: Collection[object] = ()) -> Customer:
        """Read one customer by the id given in an earlier identity call.

        Args:
            client_id: Anything non-empty, text or a whole number; an email address or a slash in it is fine.
            include: The collections to read along: a list such as ["pageviews", "identities"], or "all". Only those
                are attributes of the result; one that is empty, or that the server left out, reads as [].

        Returns:
            The customer, as the class that has exactly the collections asked for.

        Raises:
            NotFoundError: No identity call has named this id.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No whole answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No whole answer came for another reason.
            ResponseValidationError: The answer is not JSON, or a field that is more than assumed has another type.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._read(client_id, include)


class AsyncCustomersGet(AsyncReader):
    """The method whose result is typed by `include`."""

    @overload
    async def get(self, client_id: str | int, *, include: list[_IncludeName] | tuple[()] = ...) -> Customer: ...
    @overload
    async def get(self, client_id: str | int, *, include: _Listed[Literal["pageviews"]]) -> CustomerWithPageviews: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints"]]
    ) -> CustomerWithTouchpoints: ...
    @overload
    async def get(self, client_id: str | int, *, include: _Listed[Literal["events"]]) -> CustomerWithEvents: ...
    @overload
    async def get(self, client_id: str | int, *, include: _Listed[Literal["identities"]]) -> CustomerWithIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "touchpoints"]]
    ) -> CustomerWithPageviewsAndTouchpoints: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "events"]]
    ) -> CustomerWithPageviewsAndEvents: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "identities"]]
    ) -> CustomerWithPageviewsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints", "events"]]
    ) -> CustomerWithTouchpointsAndEvents: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints", "identities"]]
    ) -> CustomerWithTouchpointsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["events", "identities"]]
    ) -> CustomerWithEventsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "touchpoints", "events"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndEvents: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "touchpoints", "identities"]]
    ) -> CustomerWithPageviewsAndTouchpointsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["pageviews", "events", "identities"]]
    ) -> CustomerWithPageviewsAndEventsAndIdentities: ...
    @overload
    async def get(
        self, client_id: str | int, *, include: _Listed[Literal["touchpoints", "events", "identities"]]
    ) -> CustomerWithTouchpointsAndEventsAndIdentities: ...
    @overload
    async def get(self, client_id: str | int, *, include: _All) -> CustomerWithAll: ...
    @overload
    async def get(self, client_id: str | int, *, include: _Computed) -> Customer: ...

    async def get(self, client_id: str | int, *, include: Collection[object] = ()) -> Customer:
        """Read one customer by the id given in an earlier identity call.

        Args:
            client_id: Anything non-empty, text or a whole number; an email address or a slash in it is fine.
            include: The collections to read along: a list such as ["pageviews", "identities"], or "all". Only those
                are attributes of the result; one that is empty, or that the server left out, reads as [].

        Returns:
            The customer, as the class that has exactly the collections asked for.

        Raises:
            NotFoundError: No identity call has named this id.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No whole answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No whole answer came for another reason.
            ResponseValidationError: The answer is not JSON, or a field that is more than assumed has another type.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._read(client_id, include)
