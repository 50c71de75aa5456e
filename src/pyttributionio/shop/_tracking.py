"""The calls of the SDK in the shop's back end. This is the part of the example to read.

In the browser, the vendor's snippet records pageviews and keeps the visitor's id in a cookie. Only the back end knows
that a form was really a sign-up or an order, so the back end counts it, with the visitor's and the customer's id.
"""

from logging import getLogger

from starlette.requests import Request

from pyttributionio import Client, PyttributionioError, visitor_id_from_cookies

_log = getLogger(__name__)


class Tracking:
    """Count sign-ups and purchases; a failure never affects the visitor.

    Args:
        client: Sends the events. It blocks, so these methods run in a worker thread.
        api_key: The account's public key, which is part of the name of the snippet's cookie.
    """

    def __init__(self, client: Client, api_key: str) -> None:
        self._client = client
        self._api_key = api_key

    def visitor_id(self, request: Request) -> str | None:
        """Return the visitor id in the snippet's cookie, or None if the snippet has not run."""
        return visitor_id_from_cookies(request.cookies, api_key=self._api_key)

    def signed_up(self, request: Request, email: str) -> None:
        """Post a sign-up. All posts for one email address have one transaction id, however often its form is sent."""
        self._count(request, "ev_signup", email, transaction_id=f"signup-{email}")

    def bought(self, request: Request, email: str, order: str) -> None:
        """Post a purchase. All posts for one order have one transaction id, however often its form is sent."""
        self._count(request, "ev_purchase", email, transaction_id=order)

    def _count(self, request: Request, event_key: str, email: str, *, transaction_id: str) -> None:
        visitor_id = self.visitor_id(request)
        if visitor_id is None:
            _log.info("%s was not counted: the request has no cookie of the snippet", event_key)
            return
        try:
            # Posts the event, and then the identity, which connects the visitor id with the customer.
            self._client.tracking.event(
                event_key,
                visitor_id=visitor_id,
                client_id=email,
                url=str(request.url),
                user_agent=request.headers.get("user-agent") or None,  # a browser may send an empty one
                transaction_id=transaction_id,
            )
        # ValueError too, because the visitor's program can send any cookie and any user agent.
        except (PyttributionioError, ValueError) as error:
            _log.warning("%s was not counted: %s", event_key, error)
