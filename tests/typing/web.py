"""The web room, as users call it: the type checkers read this, and nothing runs it."""

from typing import assert_type
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.types import Scope
from typing_extensions import Unpack

from pyttributionio import Client
from pyttributionio.asgi import AttributionMiddleware
from pyttributionio.flask import Attribution
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web import EventOptions, Skipped, Tracker, Visit, VisitReason, current_visit, track
from pyttributionio.wsgi import AttributionMiddleware as WSGIMiddleware

outbox = Outbox(Client("KEY"))


def asgi_consent(scope: Scope) -> bool:
    """Read the cookies with Starlette."""
    return HTTPConnection(scope).cookies.get("consent") == "yes"


def flask_consent(request: Request) -> list[str]:
    """Return categories."""
    return request.cookies.get("consent", "").split(",")


def wsgi_consent(environ: WSGIEnvironment) -> bool:
    """Read the environ."""
    return "HTTP_COOKIE" in environ


# A tracker without a function for consent fits each framework.
tracker = Tracker(outbox)
starlette = Starlette()
starlette.add_middleware(AttributionMiddleware, tracker=tracker)
starlette.add_middleware(AttributionMiddleware, tracker=Tracker(outbox, consent=asgi_consent))
starlette.add_middleware(AttributionMiddleware, outbox=outbox, consent=asgi_consent, site_url="https://shop.example")
asgi = AttributionMiddleware(starlette, tracker)

flask = Flask(__name__)
attribution = Attribution(flask, outbox=outbox, consent=flask_consent, consent_category="marketing")
Attribution(flask, tracker)
wsgi = WSGIMiddleware(flask, outbox=outbox, consent=wsgi_consent)
WSGIMiddleware(flask, tracker)

assert_type(current_visit(), Visit | None)
assert_type(track.identity("c1"), Accepted | Skipped)
assert_type(attribution.event("ev"), Accepted | Skipped)

receipt = track.event("ev_purchase", client_id=42, transaction_id="order-1")
if isinstance(receipt, Skipped):
    print(receipt.why)
else:
    assert_type(receipt, Accepted)


def why(visit: Visit) -> VisitReason | None:
    """Return a reason."""
    return visit.why


def purchased(order: str, **options: Unpack[EventOptions]) -> Accepted | Skipped:
    """Pass the options on."""
    return track.event("ev_purchase", **options)


purchased("order-1", client_id="customer-42", is_informational=True)
