"""What the shop's back end tells Attribution.io. This is the part of the example to read.

The browser has the vendor's snippet, which sees pages and leaves the visitor's id in a cookie. Only the back end
knows that a form really led to a customer or to an order, so the back end counts it, and says whose it is.
"""

from logging import getLogger

from starlette.requests import Request

from pyttributionio import Client, PyttributionioError, visitor_id_from_cookies

_log = getLogger(__name__)


class Tracking:
    """Count what visitors did, and never stand in their way.

    Args:
        client: Where events go. Blocking, so these methods run in a worker thread.
        api_key: The account's public key, which names the snippet's cookie.
    """

    def __init__(self, client: Client, api_key: str) -> None:
        self._client = client
        self._api_key = api_key

    def visitor_id(self, request: Request) -> str | None:
        """Return the snippet's id of who sent a request, or None where the snippet has not run."""
        return visitor_id_from_cookies(request.cookies, api_key=self._api_key)

    def signed_up(self, request: Request, email: str) -> None:
        """Count a sign-up, once for an address however often its form is sent."""
        self._count(request, "ev_signup", email, transaction_id=f"signup-{email}")

    def bought(self, request: Request, email: str, order: str) -> None:
        """Count a purchase, once for an order's number however often its form is sent."""
        self._count(request, "ev_purchase", email, transaction_id=order)

    def _count(self, request: Request, event_key: str, email: str, *, transaction_id: str) -> None:
        visitor_id = self.visitor_id(request)
        if visitor_id is None:
            _log.info("%s was not counted: the request has no cookie of the snippet", event_key)
            return
        try:
            # Posts the event, and then the identity that ties the visitor's cookie to the customer.
            self._client.tracking.event(
                event_key,
                visitor_id=visitor_id,
                client_id=email,
                url=str(request.url),
                user_agent=request.headers.get("user-agent"),
                transaction_id=transaction_id,
            )
        # ValueError too: cookie and user agent are whatever the visitor's program wrote.
        except (PyttributionioError, ValueError) as error:
            _log.warning("%s was not counted: %s", event_key, error)
