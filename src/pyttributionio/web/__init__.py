"""The visit of a web request, and calls that fill visitor, URL and user agent from it.

A middleware (`pyttributionio.asgi`, `.wsgi`, `.flask` or `.django`) makes a `Visit` of each request. `track.event(...)`
and `track.identity(...)` use the visit of the current request: they store an entry in the outbox only if the visitor
allows it, and they log instead of raising.
"""

from pyttributionio.outbox import Accepted
from pyttributionio.web._cookies import cookies_in
from pyttributionio.web._options import EventOptions, IdentityOptions, TrackerOptions
from pyttributionio.web._parts import RequestParts, parts_of_environ, parts_of_headers
from pyttributionio.web._track import Track, current_visit, track
from pyttributionio.web._tracker import Tracker
from pyttributionio.web._urls import CAMPAIGN_PARAMETERS
from pyttributionio.web._visit import Consent, Skipped, SkipReason, Visit, VisitReason

__all__ = [
    "CAMPAIGN_PARAMETERS",
    "Accepted",
    "Consent",
    "EventOptions",
    "IdentityOptions",
    "RequestParts",
    "SkipReason",
    "Skipped",
    "Track",
    "Tracker",
    "TrackerOptions",
    "Visit",
    "VisitReason",
    "cookies_in",
    "current_visit",
    "parts_of_environ",
    "parts_of_headers",
    "track",
]
