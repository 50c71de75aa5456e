"""The current visit, and the tracker of the current request."""

from typing import Final

from typing_extensions import Unpack

from pyttributionio._http import door
from pyttributionio._shared.text import shown
from pyttributionio.outbox import Accepted
from pyttributionio.web._options import EventOptions, IdentityOptions
from pyttributionio.web._tracker import ACTIVE, no_request
from pyttributionio.web._visit import Skipped, Visit


def current_visit() -> Visit | None:
    """Return the visit of the current request; None outside a request and without a middleware."""
    active = ACTIVE.get()
    return None if active is None else active[1].visit


class Track:
    """The calls of the tracker of the current request. `track` is the one instance."""

    def event(
        self, event_key: str, *, visit: Visit | None = None, **options: Unpack[EventOptions]
    ) -> Accepted | Skipped:
        """Store one event of the current visitor, and the identity that is delivered after it.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visit: The visit; the current one if left out.
            options: The arguments of `outbox.event`. They replace what the visit knows.

        Returns:
            The receipt of the outbox, or why nothing was stored.

        Raises:
            ValueError: With `debug=True`, or in a test with a recorder: an argument is empty or malformed.
            TypeError: With `debug=True`, or in a test with a recorder: an argument has the wrong type.
            RuntimeError: In a test with a recorder: there is no current visit.
        """
        active = ACTIVE.get()
        if active is None:
            return no_request(f"event {shown(event_key)}", raises=door.active is not None)
        return active[0].event(event_key, visit=visit, **options)

    def identity(
        self, client_id: str | int | None = None, *, visit: Visit | None = None, **options: Unpack[IdentityOptions]
    ) -> Accepted | Skipped:
        """Store one identity: it connects a person's id to the current visitor.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visit: The visit; the current one if left out.
            options: The arguments of `outbox.identity`. They replace what the visit knows.

        Returns:
            The receipt of the outbox, or why nothing was stored.

        Raises:
            ValueError: With `debug=True`, or in a test with a recorder: an argument is empty or malformed.
            TypeError: With `debug=True`, or in a test with a recorder: an argument has the wrong type.
            RuntimeError: In a test with a recorder: there is no current visit.
        """
        active = ACTIVE.get()
        if active is None:
            return no_request("identity", raises=door.active is not None)
        return active[0].identity(client_id, visit=visit, **options)


track: Final = Track()
"""The calls of the tracker of the current request, for any framework."""
