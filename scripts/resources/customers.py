"""`client.customers`: read customers and their journeys."""

from collections.abc import Collection

from pyttributionio._core.operations import get_customer
from pyttributionio.models import Customer
from resources import Resource


class Customers(Resource):
    """Read customers, blocking."""

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
            ResponseValidationError: The answer is not JSON, or a field that is more than assumed has another type.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._run(get_customer(self._settings, client_id, include))
