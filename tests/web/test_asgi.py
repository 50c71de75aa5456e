"""The middleware for ASGI, around Starlette and around plain applications."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outbox._helpers import Scripted, manual
from pyttributionio import Client
from pyttributionio.asgi import AttributionMiddleware, cookies_of
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web import Tracker, Visit, current_visit

from . import _sites
from ._asking import USUAL, ask_asgi_async
from .nevers import Nevers

SITE = "https://shop.example"


class AsgiNevers(Nevers):
    """The contract, with what only ASGI has."""

    def wait_for_all(self, count: int) -> Callable[[object], bool]:
        """Agree: the requests are in one thread, and wait for each other in its event loop."""
        return lambda _: True

    def ask_many(self, site: _sites.Site, visitors: list[str]) -> list[str]:
        """Ask as tasks of one event loop. All requests are within their visits before the first one ends."""
        app, inside = site.app, 0

        async def all_of_them() -> list[str]:
            everyone = asyncio.Event()

            async def waiting(scope: Any, receive: Any, send: Any) -> None:
                async def send_later(message: Any) -> None:
                    nonlocal inside
                    if message["type"] == "http.response.start":
                        inside += 1
                        if inside == len(visitors):
                            everyone.set()
                        await everyone.wait()
                    await send(message)

                await app(scope, receive, send_later)

            async def ask(visitor: str) -> str:
                cookie = (b"cookie", f"AttrioP_KEY={visitor}".encode())
                (seen,) = {*(await ask_asgi_async(waiting, "/stream", [cookie])).body.decode().split()}
                return seen

            return [*await asyncio.gather(*map(ask, visitors))]

        return asyncio.run(all_of_them())

    def test_background_task_sees_the_visit_of_its_request(self) -> None:
        """It runs after the response."""
        site = self.site()
        assert site.ask("/task").body == b"later"
        assert [type(each) for each in site.results] == [Accepted]
        assert [event["url"] for event in site.events()] == ["https://shop.example/task"]

    def test_endpoint_in_a_thread_sees_the_visit_of_its_request(self) -> None:
        """Starlette and FastAPI run ordinary functions in threads."""
        assert self.site().ask("/thread").body == b"visitor-7"


class TestStarlette(AsgiNevers):
    """The contract, with Starlette."""

    def make(self, options: _sites.Options) -> _sites.Site:
        """Return the site in Starlette."""
        return _sites.starlette(options)


def run(app: Any, scope: dict[str, Any], received: list[Any] | None = None) -> list[Any]:
    """Run an application for one scope; return what it sent."""
    sent: list[Any] = []
    given = iter(received or [])

    async def receive() -> Any:
        return next(given)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


class Seen:
    """An application that notes its scope and the current visit."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.visits: list[Visit | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Note them."""
        self.scopes.append(scope)
        self.visits.append(current_visit())


def visit_of(scope: dict[str, Any], **options: Any) -> Any:
    """Return the visit that an application sees for a scope."""
    seen = Seen()
    run(AttributionMiddleware(seen, outbox=manual(Scripted()), **options), scope)
    assert seen.scopes[0] is scope
    assert seen.visits == [scope["attributionio"]]
    return seen.visits[0]


def test_websocket_has_a_visit() -> None:
    """With the URL's scheme of the page."""
    scope = {"type": "websocket", "scheme": "wss", "path": "/live", "query_string": b"", "headers": USUAL}
    assert visit_of(scope, allowed_hosts=["shop.example"]).url == "https://shop.example/live"


def test_cookies_of_http_2_are_joined() -> None:
    """HTTP/2 allows a header for each cookie (RFC 9113, section 8.2.3)."""
    headers = [(b"cookie", b"a=1"), (b"cookie", b"AttrioP_KEY=visitor-7"), (b"cookie", b"b=2")]
    assert visit_of({"type": "http", "path": "/", "headers": headers}).visitor_id == "visitor-7"
    assert cookies_of({"type": "http", "headers": headers}) == {"a": "1", "AttrioP_KEY": "visitor-7", "b": "2"}


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"path": "/a b/é"}, "/a%20b/%C3%A9"),
        ({"path": "/a b", "raw_path": b"/a%20b"}, "/a%20b"),
        ({"path": "/50%", "raw_path": None}, "/50%25"),
        ({"path": "/a", "raw_path": b"/a?b=c"}, "/a"),
        ({"path": "/\udcff"}, "/%3F"),
    ],
)
def test_path_is_percent_encoded(scope: dict[str, Any], path: str) -> None:
    """As the client wrote it, if the server knows that."""
    assert visit_of({"type": "http", "headers": [], **scope}, site_url=SITE).url == SITE + path


@pytest.mark.parametrize(
    "scope", [{}, {"headers": None}, {"headers": [(1, 2)]}, {"headers": [], "path": 7}, {"headers": [b"x"]}]
)
def test_damaged_scope_is_not_tracked(scope: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """A server or a test client of its own kind."""
    assert not visit_of({"type": "http", **scope}, site_url=SITE).allowed


def test_other_scopes_pass_through() -> None:
    """As the very same objects."""
    seen = Seen()
    app = AttributionMiddleware(seen, outbox=manual(Scripted()))
    for kind in ("lifespan", "a later one"):
        run(app, {"type": kind})
    assert seen.scopes == [{"type": "lifespan"}, {"type": "a later one"}]
    assert seen.visits == [None, None]


def test_task_that_outlives_its_request_keeps_its_visit() -> None:
    """And the code around the request has none."""

    async def everything() -> list[Any]:
        tasks: list[asyncio.Task[Any]] = []
        ended = asyncio.Event()

        async def later() -> Visit | None:
            await ended.wait()
            return current_visit()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            tasks.append(asyncio.create_task(later()))

        middleware = AttributionMiddleware(app, outbox=manual(Scripted()))
        await middleware({"type": "http", "path": "/", "headers": USUAL}, None, None)  # type: ignore[arg-type]
        assert current_visit() is None
        ended.set()
        return [await tasks[0]]

    assert [each.visitor_id for each in asyncio.run(everything())] == ["visitor-7"]


LIFESPAN = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


async def lives(scope: Any, receive: Any, send: Any) -> None:
    """Answer the messages of lifespan."""
    for _ in range(2):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})


def test_outbox_is_started_and_closed_if_asked(tmp_path: Path) -> None:
    """Entries of earlier processes are delivered from the start."""
    script = Scripted()
    with Outbox(script.client(), tmp_path, manual=True) as earlier:
        earlier.event("ev", visitor_id="v")
    outbox = Outbox(script.client(), tmp_path)
    sent = run(AttributionMiddleware(lives, outbox=outbox, manage_outbox=True), {"type": "lifespan"}, LIFESPAN)
    assert [each["type"] for each in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert len(script.posted) == 2
    assert not outbox.health().ok


def test_outbox_is_left_alone_if_not_asked() -> None:
    """It may belong to a whole program."""
    outbox = manual(Scripted())
    run(AttributionMiddleware(lives, outbox=outbox), {"type": "lifespan"}, LIFESPAN)
    assert outbox.event("ev", visitor_id="v").transaction_id


def test_outbox_that_can_not_start_stops_no_application(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The line says why."""
    (tmp_path / "file").touch()
    outbox = Outbox(Client("KEY"), tmp_path / "file")
    sent = run(AttributionMiddleware(lives, outbox=outbox, manage_outbox=True), {"type": "lifespan"}, LIFESPAN)
    assert [each["type"] for each in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    (line,) = [each for each in caplog.records if each.name == "pyttributionio.web"]
    assert line.levelno == logging.ERROR
    assert "could not be started" in line.getMessage()


def test_tracker_or_outbox() -> None:
    """One of both."""
    outbox = manual(Scripted())
    for options in ({}, {"tracker": Tracker(outbox), "outbox": outbox}, {"tracker": Tracker(outbox), "debug": True}):
        with pytest.raises(TypeError, match=r"pass"):
            AttributionMiddleware(lives, **options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"tracker is a Tracker, such as Tracker\(outbox\), not Outbox"):
        AttributionMiddleware(lives, outbox)  # type: ignore[arg-type]


def test_generator_that_ends_in_another_context_changes_no_visit_there() -> None:
    """An abandoned generator is closed while another request runs, or while none does."""
    tracker: Tracker[Any] = Tracker(manual(Scripted()))

    def visits() -> Any:
        with tracker.use(Visit("visitor-7")):
            yield

    generators = [visits(), visits()]
    for each in generators:
        contextvars.copy_context().run(next, each)
    generators[0].close()
    assert current_visit() is None
    with tracker.use(Visit("visitor-8")) as own:
        generators[1].close()
        assert current_visit() is own
