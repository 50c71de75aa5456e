"""`client.customers`: read customers and their journeys."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

from pyttributionio._core.operations import get_customer
from pyttributionio._core.responses import RawResponse
from pyttributionio._core.settings import Settings
from pyttributionio._http.driver import AsyncTransport, Transport
from pyttributionio.models import Customer, IncludeName
from pyttributionio.resources._overloads import AsyncCustomersGet, CustomersGet

Include: TypeAlias = Sequence[IncludeName] | AbstractSet[IncludeName] | Literal["all"]


class CustomersWithRawResponse:
    """The same calls, answered with status, headers and bytes besides the model."""

    def __init__(self, transport: Transport, settings: Settings) -> None:
        self._transport = transport
        self._settings = settings

    def get(self, client_id: str | int, *, include: Include = ()) -> RawResponse[Customer]:
        """Read one customer; like the plain call, but the answer is parsed only when asked to.

        Args:
            client_id: As for the plain call.
            include: As for the plain call.

        Returns:
            The raw answer; its `parse()` gives the customer, of the class that fits `include`.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No whole answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._transport.run(get_customer(self._settings, client_id, include))


class Customers(CustomersGet):
    """Read customers, blocking."""

    @property
    def with_raw_response(self) -> CustomersWithRawResponse:
        """The same calls, answered with status, headers and bytes besides the model."""
        return CustomersWithRawResponse(self._transport, self._settings)


class AsyncCustomersWithRawResponse:
    """The same calls, answered with status, headers and bytes besides the model."""

    def __init__(self, transport: AsyncTransport, settings: Settings) -> None:
        self._transport = transport
        self._settings = settings

    async def get(self, client_id: str | int, *, include: Include = ()) -> RawResponse[Customer]:
        """Read one customer; like the plain call, but the answer is parsed only when asked to.

        Args:
            client_id: As for the plain call.
            include: As for the plain call.

        Returns:
            The raw answer; its `parse()` gives the customer, of the class that fits `include`.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No whole answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._transport.run(get_customer(self._settings, client_id, include))


class AsyncCustomers(AsyncCustomersGet):
    """Read customers, async."""

    @property
    def with_raw_response(self) -> AsyncCustomersWithRawResponse:
        """The same calls, answered with status, headers and bytes besides the model."""
        return AsyncCustomersWithRawResponse(self._transport, self._settings)
