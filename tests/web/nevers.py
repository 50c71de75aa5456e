"""The contract of a middleware: it never affects the site. Each framework's tests are a subclass."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox._helpers import Scripted, manual
from pyttributionio import Client, OutboxFullError
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web import Skipped, current_visit

from ._asking import AGENT, COOKIE, PERSONAL, USUAL, Body
from ._sites import Options, Site

SITE = "https://shop.example"
TOKENS = st.binary(max_size=40) | st.sampled_from(
    [b"AttrioP_KEY=v1", b'bad[="x; AttrioP_KEY=v', b"1", b"evil\r\n", b"\xff\xfe", b"=;=;", b'"\\777"']
)
NAMES = st.sampled_from([b"cookie", b"Cookie", b"user-agent", b"sec-gpc", b"dnt", b"host", b"x-other"])


def raises(*_: object) -> Any:
    """Fail, as a function of the program may."""
    raise LookupError("AttrioP_KEY=visitor-7; session=s3ss10n")


class RaisingHandler(logging.Handler):
    """A handler of the program that raises."""

    def emit(self, record: logging.LogRecord) -> None:
        """Fail."""
        raise OSError("the log's disk is full")


def full() -> Outbox:
    """Return an outbox without room."""
    outbox = manual(Scripted(), max_bytes=64 * 1024)
    for n in range(1000):
        try:
            outbox.event("ev", visitor_id="v", transaction_id=n, url=f"https://shop.example/{'x' * 900}")
        except OutboxFullError:
            return outbox
    raise AssertionError("it never was full")


class Nevers:
    """The contract. `make` returns a site, with its middleware unless it is plain."""

    def make(self, options: Options) -> Site:
        """Return a site."""
        raise NotImplementedError

    def site(self, **tracker: Any) -> Site:
        """Return a site with the middleware."""
        return self.make(Options(tracker={"site_url": SITE, **tracker}))

    def without(self) -> Site:
        """Return the site without the middleware."""
        return self.make(Options(plain=True))

    def test_event_has_what_the_request_knows(self) -> None:
        """The visitor, the URL without its tokens, and the user agent."""
        site = self.site()
        site.ask("/buy?utm_source=news&token=secret&gclid=g1")
        (event,) = site.events()
        assert event["aliases"] == ["visitor-7"]
        assert event["url"] == "https://shop.example/buy?utm_source=news&gclid=g1"
        assert event["meta"]["agent"] == "Firefox/145.0"
        assert isinstance(site.results[0], Accepted)

    @pytest.mark.parametrize(
        "trouble",
        [
            {"consent": raises},
            {"skip_bots": raises},
            {"consent": lambda _: 7},
            {"consent": lambda _: ["marketing"]},
            {"keep_query": ()},
            {"outbox": "closed"},
            {"outbox": "full"},
            {"outbox": "no directory"},
        ],
        ids=[
            "raising consent",
            "raising bots",
            "odd consent",
            "no category",
            "no query",
            "closed",
            "full",
            "no folder",
        ],
    )
    @pytest.mark.parametrize("path", ["/buy", "/missing", "/stream"])
    def test_response_is_the_same_as_without_the_middleware(
        self, trouble: dict[str, Any], path: str, tmp_path: Path
    ) -> None:
        """The status, each header in its order, and the body: so no Vary and no cookie is added either."""
        options = {name: value for name, value in trouble.items() if name != "outbox"}
        outbox = self._broken(trouble.get("outbox"), tmp_path)
        site = self.make(Options(outbox=outbox, tracker=options))
        found, wanted = site.ask(path), self.without().ask(path)
        assert found[:2] == wanted[:2]
        assert path != "/buy" or found.body == wanted.body
        assert found.values("vary") == []
        assert found.values("set-cookie") == []
        if outbox is not None and path == "/buy":
            assert site.results == [Skipped("outbox")]

    def _broken(self, kind: str | None, folder: Path) -> Outbox | None:
        if kind == "closed":
            outbox = manual(Scripted())
            outbox.close()
            return outbox
        if kind == "no directory":
            (folder / "file").write_text("this is no directory")
            return Outbox(Client("KEY"), folder / "file", manual=True)
        return full() if kind == "full" else None

    def test_exception_of_the_site_stays_the_same(self) -> None:
        """It passes through, and the visit ends."""
        with pytest.raises(LookupError, match="the page's own"):
            self.site().ask("/fail")
        assert current_visit() is None

    def test_log_handler_that_raises_affects_no_request(self) -> None:
        """Each line of the middleware goes to it."""
        logger = logging.getLogger("pyttributionio")
        handler, level = RaisingHandler(), logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        try:
            site = self.site(consent=raises)
            assert site.ask().status == 200
            assert site.results == [Skipped("consent")]
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)

    def test_any_header_gets_the_same_response(self) -> None:
        """Many cookies, headers of one name, and bytes that are no text."""

        @given(headers=st.lists(st.tuples(NAMES, TOKENS), max_size=12))
        def check(headers: list[tuple[bytes, bytes]]) -> None:
            site = self.site(consent=lambda _: True)
            assert site.ask("/buy", headers).body == b"Thank you"
            for event in site.events():
                assert event["url"] == "https://shop.example/buy"
                assert 0 < len(event["aliases"][0]) <= 256

        check()

    def test_body_is_not_read(self) -> None:
        """The site reads it, as often as without the middleware."""
        body, plain = Body(b"field=value"), Body(b"field=value")
        assert self.site().ask("/echo", USUAL, body).body == b"field=value"
        self.without().ask("/echo", USUAL, plain)
        assert body.reads == plain.reads

    def test_request_does_not_wait_for_the_network(self, tmp_path: Path) -> None:
        """The server does not answer before the request has ended."""
        asked, answer = threading.Event(), threading.Event()

        def never(_: httpx.Request) -> httpx.Response:
            asked.set()
            answer.wait(30)
            return httpx.Response(200)

        client = Client("KEY", http_client=httpx.Client(transport=httpx.MockTransport(never)))
        outbox = Outbox(client, tmp_path, drain_on_exit=0)
        site = self.make(Options(outbox=outbox, tracker={"site_url": SITE}))
        try:
            assert site.ask().status == 200
            assert asked.wait(30)
            assert outbox.stats().pending == 1
            assert site.ask().status == 200
        finally:
            answer.set()
            outbox.close()

    def test_no_cookie_is_logged(self, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
        """Neither where it works, nor where everything fails."""
        caplog.set_level(logging.DEBUG)
        outbox = self._broken("closed", tmp_path)
        for options in (
            Options(tracker={"consent": raises, "skip_bots": raises}),
            Options(tracker={"consent": lambda _: False}),
            Options(outbox=outbox),
            Options(),
        ):
            site = self.make(options)
            site.ask()
            site.ask(headers=[AGENT, (b"cookie", b"AttrioP_KEY=visitor-7\xff\x00; s3ss10n")])
        assert [each.name for each in caplog.records].count("pyttributionio.web") >= 6
        text = caplog.text
        assert [part for part in PERSONAL if part in text] == []

    @pytest.mark.parametrize("host", [b"evil.example", b"shop.example.evil", b"shop.example@evil", b"a b", b""])
    def test_host_is_not_trusted(self, host: bytes) -> None:
        """Without an address the event has no URL; with one, or with allowed hosts, the header changes nothing."""
        headers = [(b"host", host), AGENT, COOKIE]
        for options, url in (
            ({}, "URL unknown"),
            ({"allowed_hosts": ["shop.example"]}, "URL unknown"),
            ({"site_url": SITE}, "https://shop.example/buy"),
        ):
            site = self.make(Options(tracker=options))
            site.ask("/buy", headers)
            assert [each["url"] for each in site.events()] == [url]

    def test_allowed_host_is_used(self) -> None:
        """With the scheme of the request."""
        site = self.make(Options(tracker={"allowed_hosts": ["*.example"]}))
        site.ask("/buy", USUAL)
        assert [each["url"] for each in site.events()] == ["http://shop.example/buy"]

    @pytest.mark.parametrize(
        ("options", "header", "why"),
        [
            ({}, (b"sec-gpc", b"1"), "gpc"),
            ({"honour_dnt": True}, (b"dnt", b"1"), "dnt"),
            ({"consent": lambda _: False}, None, "consent"),
            ({"consent": raises}, None, "consent"),
            ({"consent": lambda _: None}, None, "consent"),
            ({"consent": lambda _: ["statistics"], "consent_category": "marketing"}, None, "consent"),
            ({"skip_bots": lambda agent: "Firefox" in agent}, None, "bot"),
        ],
    )
    def test_nothing_is_stored_without_consent(
        self, options: dict[str, Any], header: tuple[bytes, bytes] | None, why: str
    ) -> None:
        """The outbox is not even opened, and nothing is sent."""
        site = self.site(**options)
        site.ask("/buy", [*USUAL, *([header] if header else [])])
        assert [each.why for each in site.results if isinstance(each, Skipped)] == [why]
        assert site.outbox.stats().accepted == 0
        assert site.outbox.stats().shards == ()
        assert site.events() == []

    @pytest.mark.parametrize(
        ("options", "header"),
        [
            ({"honour_gpc": False}, (b"sec-gpc", b"1")),
            ({}, (b"sec-gpc", b"0")),
            ({}, (b"dnt", b"1")),
            ({"consent": lambda _: ["marketing"], "consent_category": "marketing"}, None),
        ],
    )
    def test_allowed_visit_is_stored(self, options: dict[str, Any], header: tuple[bytes, bytes] | None) -> None:
        """Each option has two sides."""
        site = self.site(**options)
        site.ask("/buy", [*USUAL, *([header] if header else [])])
        assert len(site.events()) == 1

    def test_visitor_without_cookie_is_skipped(self) -> None:
        """The snippet did not run."""
        site = self.site()
        site.ask("/buy", [AGENT])
        assert site.results == [Skipped("no_cookie")]

    def test_streamed_body_sees_the_visit_of_its_request(self) -> None:
        """And after it there is none."""
        assert self.site().ask("/stream").body == b"visitor-7 " * 3
        assert current_visit() is None

    def test_requests_at_the_same_time_see_their_own_visits(self) -> None:
        """50 of them, all of which wait for each other within their visits."""
        site = self.site(consent=self.wait_for_all(50))
        found = self.ask_many(site, [f"visitor-{n}" for n in range(50)])
        assert found == [f"visitor-{n}" for n in range(50)]

    def wait_for_all(self, count: int) -> Callable[[object], bool]:
        """Return a function for consent in which threads wait for each other."""
        barrier = threading.Barrier(count, timeout=30)
        return lambda _: bool(barrier.wait() + 1)

    def ask_many(self, site: Site, visitors: list[str]) -> list[str]:
        """Ask for /stream with each visitor, at the same time; return the visitors that the pages saw."""
        found: dict[str, str] = {}

        def ask(visitor: str) -> None:
            cookie = (b"cookie", f"AttrioP_KEY={visitor}".encode())
            (found[visitor],) = {*site.ask("/stream", [cookie]).body.decode().split()}

        threads = [threading.Thread(target=ask, args=(visitor,)) for visitor in visitors]
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
        return [found[visitor] for visitor in visitors]
