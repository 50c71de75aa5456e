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
        """
        return self._run(get_customer(self._settings, client_id, include))
