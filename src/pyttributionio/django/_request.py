"""The object `request.attributionio`: the visit of a request, and the calls that use it."""

from typing import Final, cast

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from typing_extensions import Unpack

from pyttributionio.django._outbox import find_tracker
from pyttributionio.outbox import Accepted
from pyttributionio.web import (
    EventOptions,
    IdentityOptions,
    RequestParts,
    Skipped,
    Visit,
    parts_of_environ,
    parts_of_headers,
)

_UNUSABLE: Final = Visit(why="error")


class RequestAttribution:
    """The visit of a request, and the calls that use it. None of them hurts the request.

    The visit is made at its first use, and so is the question for consent: a page that tracks nothing pays nothing.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._visit: Visit | None = None

    @property
    def visit(self) -> Visit:
        """The visit of the request. It never changes."""
        if self._visit is None:
            tracker = find_tracker()
            if tracker is None:
                return _UNUSABLE
            self._visit = tracker.visit(self._request, _parts(self._request), origin=_origin(self._request))
        return self._visit

    def event(
        self, event_key: str, *, using: str | None = DEFAULT_DB_ALIAS, **options: Unpack[EventOptions]
    ) -> Accepted | Skipped:
        """Store one event of the visitor, when the transaction commits.

        Without a transaction it is stored at once. If the transaction is rolled back, it is dropped. The visit, the ids
        and `created_at` are those of the call, and the arguments are checked in it.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            using: The alias of the database whose transaction the call waits for; None to store at once.
            options: The arguments of `outbox.event`. They replace what the visit knows.

        Returns:
            The receipt (a `Deferred` in a transaction), or why nothing was stored.

        Raises:
            ValueError: An argument is empty or malformed, and DEBUG is true.
            TypeError: An argument has the wrong type, and DEBUG is true.
        """
        tracker = find_tracker()
        if tracker is None:
            return Skipped("error")
        return tracker.event_using(event_key, using, self.visit, options)

    def identity(
        self,
        client_id: str | int | None = None,
        *,
        using: str | None = DEFAULT_DB_ALIAS,
        **options: Unpack[IdentityOptions],
    ) -> Accepted | Skipped:
        """Store one identity, when the transaction commits: it connects a person's id to the visitor.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            using: The alias of the database whose transaction the call waits for; None to store at once.
            options: The arguments of `outbox.identity`. They replace what the visit knows.

        Returns:
            The receipt (a `Deferred` in a transaction), or why nothing was stored.

        Raises:
            ValueError: An argument is empty or malformed, and DEBUG is true.
            TypeError: An argument has the wrong type, and DEBUG is true.
        """
        tracker = find_tracker()
        if tracker is None:
            return Skipped("error")
        return tracker.identity_using(client_id, using, self.visit, options)


class AttributionHttpRequest(HttpRequest):
    """The request below the middleware, for annotations of views: `request.attributionio` is typed.

    No request is made of this class.
    """

    attributionio: RequestAttribution
    """The visit of this request, and the calls that use it."""


def attributionio(request: HttpRequest) -> RequestAttribution:
    """Return `request.attributionio`, typed for every checker.

    A request that did not pass the middleware gets one here, such as that of a `RequestFactory`.

    Args:
        request: The request of a view.
    """
    found = getattr(request, "attributionio", None)
    if isinstance(found, RequestAttribution):
        return found
    made = RequestAttribution(request)
    cast("AttributionHttpRequest", request).attributionio = made
    return made


def _parts(request: HttpRequest) -> RequestParts:
    if isinstance(request, ASGIRequest):
        # The META of older versions joins the Cookie headers of HTTP/2 with a comma.
        parts = parts_of_headers(request.scope["headers"])
    else:
        parts = parts_of_environ(request.META)
    return parts._replace(path=escape_uri_path(request.path), query=request.META.get("QUERY_STRING", ""))


def _origin(request: HttpRequest) -> str | None:
    """Return the address of the site if ALLOWED_HOSTS has the host, "" if not, and None if it allows all."""
    if "*" in settings.ALLOWED_HOSTS:  # Django checks nothing then, and a visitor's program can send any host
        return None
    try:
        return f"{request.scheme}://{request.get_host()}"
    except Exception:  # DisallowedHost, or a wrong SECURE_PROXY_SSL_HEADER
        return ""
