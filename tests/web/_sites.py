"""One small site in each framework, with and without the middleware. All have the same pages.

/buy counts a purchase; /visitor shows the visitor id of the current visit; /stream shows it in three parts, which are
made while the server reads the body; /echo shows the request's body; /fail raises.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from outbox._helpers import Scripted, manual
from pyttributionio.asgi import AttributionMiddleware as Asgi
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web import Skipped, current_visit, track
from pyttributionio.wsgi import AttributionMiddleware as Wsgi

from ._asking import USUAL, Answer, Body, Headers, ask_asgi, ask_wsgi


@dataclass
class Site:
    """A site: how to send it a request, and what its pages did."""

    app: Any
    ask_app: Callable[..., Answer]
    outbox: Outbox
    script: Scripted
    results: list[Accepted | Skipped]
    """What the calls of /buy returned."""

    def ask(self, path: str = "/buy", headers: Headers | None = None, body: Body | None = None) -> Answer:
        """Send a request."""
        return self.ask_app(self.app, path, USUAL if headers is None else headers, body)

    def events(self) -> list[dict[str, Any]]:
        """Send what waits; return the events that were sent so far."""
        self.outbox.pump()
        return [body["event"] for _, body in self.script.posted if "event" in body]


@dataclass
class Options:
    """What a site is made of."""

    plain: bool = False
    script: Scripted = field(default_factory=Scripted)
    outbox: Outbox | None = None
    tracker: dict[str, Any] = field(default_factory=dict)

    def opened(self) -> Outbox:
        """Return the outbox; one in memory that sends by hand if none was given."""
        return self.outbox or manual(self.script)


def visitor() -> str:
    """Return the visitor id of the current visit."""
    visit = current_visit()
    return str(None if visit is None else visit.visitor_id)


def parts() -> Iterator[str]:
    """Yield the current visitor three times."""
    for _ in range(3):
        yield f"{visitor()} "


async def async_parts() -> AsyncIterator[str]:
    """Yield the same in async code."""
    for each in parts():
        yield each


def buy(results: list[Any]) -> str:
    """Count a purchase."""
    results.append(track.event("ev_purchase", client_id="c1", transaction_id="1001", identify=False))
    return "Thank you"


def starlette(options: Options) -> Site:
    """Return the site in Starlette."""
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response, StreamingResponse
    from starlette.routing import Route

    outbox, results = options.opened(), list[Any]()

    async def bought(_: Request) -> Response:
        return PlainTextResponse(buy(results))

    async def visitor_page(_: Request) -> Response:
        return PlainTextResponse(visitor())

    def thread(_: Request) -> Response:
        return PlainTextResponse(visitor())

    async def stream(_: Request) -> Response:
        return StreamingResponse(async_parts(), media_type="text/plain")

    async def task(_: Request) -> Response:
        return PlainTextResponse("later", background=BackgroundTask(buy, results))

    async def echo(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    async def fail(_: Request) -> Response:
        raise LookupError("the page's own")

    pages = [bought, visitor_page, thread, stream, task, echo, fail]
    names = ["buy", "visitor", "thread", "stream", "task", "echo", "fail"]
    app = Starlette(
        routes=[Route(f"/{name}", page, methods=["GET", "POST"]) for name, page in zip(names, pages, strict=True)]
    )
    if not options.plain:
        app.add_middleware(Asgi, outbox=outbox, **options.tracker)
    return Site(app, ask_asgi, outbox, options.script, results)


def fastapi(options: Options) -> Site:
    """Return the site in FastAPI."""
    from fastapi import BackgroundTasks, FastAPI, Request
    from fastapi.responses import PlainTextResponse, StreamingResponse

    outbox, results = options.opened(), list[Any]()
    app = FastAPI()

    @app.get("/buy", response_class=PlainTextResponse)
    def bought() -> str:
        return buy(results)

    @app.get("/visitor", response_class=PlainTextResponse)
    async def visitor_page() -> str:
        return visitor()

    @app.get("/thread", response_class=PlainTextResponse)
    def thread() -> str:
        return visitor()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(async_parts(), media_type="text/plain")

    @app.get("/task", response_class=PlainTextResponse)
    async def task(tasks: BackgroundTasks) -> str:
        tasks.add_task(buy, results)
        return "later"

    @app.post("/echo", response_class=PlainTextResponse)
    async def echo(request: Request) -> bytes:
        return await request.body()

    @app.get("/fail")
    async def fail() -> None:
        raise LookupError("the page's own")

    if not options.plain:
        app.add_middleware(Asgi, outbox=outbox, **options.tracker)
    return Site(app, ask_asgi, outbox, options.script, results)


def plain_wsgi(options: Options) -> Site:
    """Return the site as a function of WSGI."""
    outbox, results = options.opened(), list[Any]()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if path == "/fail":
            raise LookupError("the page's own")
        start_response("200 OK", [("Content-Type", "text/plain")])
        if path == "/stream":
            return (each.encode() for each in parts())
        if path == "/echo":
            return [environ["wsgi.input"].read()]
        return [(visitor() if path == "/visitor" else buy(results)).encode()]

    made = app if options.plain else Wsgi(app, outbox=outbox, **options.tracker)
    return Site(made, ask_wsgi, outbox, options.script, results)


def flask(options: Options) -> Site:
    """Return the site in Flask."""
    from flask import Flask, Response, request, stream_with_context

    from pyttributionio.flask import Attribution

    outbox, results = options.opened(), list[Any]()
    app = Flask("site")
    app.testing = True  # so that the exception of a page reaches the test
    if not options.plain:
        Attribution(app, outbox=outbox, **options.tracker)

    @app.get("/buy")
    def bought() -> str:
        return buy(results)

    @app.get("/visitor")
    def visitor_page() -> str:
        return visitor()

    @app.get("/stream")
    def stream() -> Response:
        return Response(parts())

    @app.get("/stream-with-context")
    def stream_in_context() -> Response:
        return Response(stream_with_context(f"{request.path} {each}" for each in parts()))

    @app.post("/echo")
    def echo() -> bytes:
        return request.get_data()

    @app.get("/fail")
    def fail() -> str:
        raise LookupError("the page's own")

    return Site(app, ask_wsgi, outbox, options.script, results)
