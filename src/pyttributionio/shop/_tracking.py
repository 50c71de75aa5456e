"""The calls of the SDK in the shop's back end. This is the part of the example to read.

In the browser, the vendor's snippet records pageviews and keeps the visitor's id in a cookie. Only the back end knows
that a form was really a sign-up or an order, so the back end counts it. The middleware in `_app` knows the visitor, the
URL and the user agent of the current request.
"""

from logging import getLogger

from pyttributionio.outbox import Outbox
from pyttributionio.web import Skipped, current_visit, track

_log = getLogger(__name__)
PATIENCE = 1.0
"""Seconds to wait for the delivery of an event."""
_REASONS = {"no_cookie": "the request has no cookie of the snippet"}


def visitor_id() -> str | None:
    """Return the visitor id in the snippet's cookie, or None if the snippet has not run."""
    visit = current_visit()
    return None if visit is None else visit.visitor_id


class Tracking:
    """Count sign-ups and purchases; a failure never affects the visitor.

    Args:
        outbox: Stores the events, and delivers them in the background.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def signed_up(self, email: str) -> None:
        """Count a sign-up. All events of one email address have one transaction id, however often its form is sent."""
        self._count("ev_signup", email, transaction_id=f"signup-{email}")

    def bought(self, email: str, order: str) -> None:
        """Count a purchase. All events of one order have one transaction id, however often its form is sent."""
        self._count("ev_purchase", email, transaction_id=order)

    def _count(self, event_key: str, email: str, *, transaction_id: str) -> None:
        # Stores the event, and then the identity, which connects the visitor id with the customer. It raises nothing.
        receipt = track.event(event_key, client_id=email, transaction_id=transaction_id)
        if isinstance(receipt, Skipped):
            _log.info("%s was not counted: %s", event_key, _REASONS.get(receipt.why, receipt.why))
        # A real shop does not wait. This one does, so that the next page can show the customer's journey.
        elif self._outbox.flush(PATIENCE):
            _log.warning("%s is not delivered yet: it waits in the outbox", event_key)
