"""Measure what the middlewares cost: processor time of a request with and without each, in the same process.

The requests are those of a browser with five cookies and a query of three parameters. They reach the application
without a server. All are measured in turns: a slice without the middleware, one with it, and one without it again. The
cost of a round is the slice with it less the mean of the two without it.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from benchmarks.figures import Figure, figure, seconds_of
from benchmarks.tables import machine, markdown, python
from pyttributionio import Client
from pyttributionio.asgi import ASGIApp, Message, Receive, Scope, Send, cookies_of
from pyttributionio.asgi import AttributionMiddleware as ASGIMiddleware
from pyttributionio.flask import Attribution
from pyttributionio.outbox import Outbox
from pyttributionio.web import current_visit
from pyttributionio.wsgi import AttributionMiddleware as WSGIMiddleware

HEADERS = {
    "host": "shop.example",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en-US,en;q=0.5",
    "accept-encoding": "gzip, deflate, br, zstd",
    "referer": "https://www.example.com/search",
    "cookie": "_ga=GA1.1.1234567890.1700000000; session=eyJpZCI6MTIzNDU2fQ.aGVsbG8; consent=marketing; "
    "csrf=3b9a1c7d2e4f; AttrioP_PUBLIC_KEY=5f0c9d5e-7a51-4f0e-9d0a-0d6b8f3a2c11",
    "sec-fetch-mode": "navigate",
    "upgrade-insecure-requests": "1",
}
PATH, QUERY = "/socks/moor", "utm_source=news&utm_medium=email&session_token=7b1e"
SITE = "https://shop.example"


class Ways(NamedTuple):
    """The ways to answer one request: without the middleware and with it."""

    bare: Callable[[], object]
    ours: Callable[[], object]


def scope() -> Scope:
    """Return the scope of a request, as a server makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": QUERY.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 80),
    }


async def receive() -> Message:
    """Return an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_: Message) -> None:
    """Send nothing."""


def run_asgi(app: ASGIApp) -> None:
    """Run an application that waits for nothing, for one request."""
    running = app(scope(), receive, send).__await__()
    if next(running, app) is not app:
        raise AssertionError("the application waits, so its loop would be measured too")


def run_wsgi(app: WSGIApplication) -> object:
    """Run an application for one request."""

    def start_response(*_: object) -> Callable[[bytes], None]:
        return lambda _: None

    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": QUERY,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in HEADERS.items()},
    }
    return b"".join(app(environ, start_response))


def run_django(app: WSGIApplication) -> object:
    """Run an application of Django for one request: it reads the body's length and stream too."""
    return run_wsgi(lambda environ, start: app({**environ, "wsgi.input": io.BytesIO()}, start))


def starlette(outbox: Outbox) -> Ways:
    """Return a page of Starlette."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    bare, ours = Starlette(routes=[Route(PATH, page)]), Starlette(routes=[Route(PATH, page)])
    ours.add_middleware(ASGIMiddleware, outbox=outbox, site_url=SITE)
    return Ways(lambda: run_asgi(bare), lambda: run_asgi(ours))


def asgi(outbox: Outbox) -> Ways:
    """Return an application of ASGI that answers at once."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    ours = ASGIMiddleware(app, outbox=outbox, site_url=SITE)
    return Ways(lambda: run_asgi(app), lambda: run_asgi(ours))


def asgi_with_consent(outbox: Outbox) -> Ways:
    """Return the same with a function for consent that reads a cookie."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    def consent(scope: Scope) -> list[str]:
        return cookies_of(scope).get("consent", "").split(",")

    ours = ASGIMiddleware(app, outbox=outbox, site_url=SITE, consent=consent, consent_category="marketing")
    return Ways(lambda: run_asgi(app), lambda: run_asgi(ours))


def wsgi(outbox: Outbox) -> Ways:
    """Return an application of WSGI that answers at once."""

    def app(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [b"hello"]

    ours = WSGIMiddleware(app, outbox=outbox, site_url=SITE)
    return Ways(lambda: run_wsgi(app), lambda: run_wsgi(ours))


def flask(outbox: Outbox) -> Ways:
    """Return a page of Flask."""
    from flask import Flask

    bare, ours = Flask("bare"), Flask("ours")
    Attribution(ours, outbox=outbox, site_url=SITE)
    for app in (bare, ours):
        app.add_url_rule(PATH, view_func=lambda: "hello")
    return Ways(lambda: run_wsgi(bare), lambda: run_wsgi(ours))


def django(outbox: Outbox) -> Ways:
    """Return a page of Django, by WSGI and without other middlewares. It reads no visit, so none is made."""
    return _django(outbox, reads_visit=False)


def django_with_visit(outbox: Outbox) -> Ways:
    """Return a page of Django that reads the visit."""
    return _django(outbox, reads_visit=True)


def _django(outbox: Outbox, *, reads_visit: bool) -> Ways:
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.urls import clear_url_caches, path

    def page(_: HttpRequest) -> HttpResponse:
        if reads_visit:
            current_visit()
        return HttpResponse("hello")

    class Pages:
        urlpatterns = (path(PATH[1:], page),)

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["shop.example"], LOGGING_CONFIG=None)
    clear_url_caches()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = Pages, []
    settings.ATTRIBUTIONIO = {"OUTBOX": outbox, "SITE_URL": SITE}
    bare = WSGIHandler()
    settings.MIDDLEWARE = ["pyttributionio.django.AttributionMiddleware"]
    ours = WSGIHandler()
    return Ways(lambda: run_django(bare), lambda: run_django(ours))


SUBJECTS: dict[str, Callable[[Outbox], Ways]] = {
    "ASGI": asgi,
    "ASGI, with a function for consent": asgi_with_consent,
    "Starlette": starlette,
    "WSGI": wsgi,
    "Flask": flask,
    "Django, a page that reads no visit": django,
    "Django, a page that reads the visit": django_with_visit,
}


def slice_of(work: Callable[[], object], requests: int) -> float:
    """Return the processor time of one request in a slice."""

    def many() -> None:
        for _ in range(requests):
            work()

    return seconds_of(many, time.process_time) / requests


def measure(ways: Ways, requests: int, rounds: int) -> tuple[Figure, Figure]:
    """Return the processor time of a request without the middleware, and what the middleware adds."""
    slice_of(ways.ours, requests)
    before = slice_of(ways.bare, requests)
    bare, added = [before], list[float]()
    for _ in range(rounds):
        ours, after = slice_of(ways.ours, requests), slice_of(ways.bare, requests)
        added.append(ours - (before + after) / 2)
        bare.append(after)
        before = after
    return figure(bare), figure(added)


def microseconds(found: Figure) -> str:
    """Return a time with its spread."""
    return f"{found.middle * 1e6:.1f} ±{found.spread * 1e6:.1f}"


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench web", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="how many rounds (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=2000, help="requests of a slice (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="show that the suite works; the figures mean nothing")
    options = parser.parse_args()
    requests, rounds = (20, 2) if options.quick else (options.requests, options.rounds)
    rows: list[list[str]] = []
    with Outbox(Client("PUBLIC_KEY"), durability="memory", manual=True) as outbox:
        for name, make in SUBJECTS.items():
            ways = make(outbox)
            bare, added = measure(ways, requests, rounds)
            rows.append([name, microseconds(bare), microseconds(added)])
    assert current_visit() is None
    print(f"{machine()}, {python()}")
    print(f"Processor time of a request in µs: median of {rounds} rounds of {requests:,} requests, ± half the distance")
    print("of the quartiles\n")
    print(markdown(["application", "alone", "the middleware adds"], rows, numbers=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
