"""Tracking never hurts the site: one test for each promise, for WSGI and for ASGI."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from in_django.conftest import HEADERS, Ask, ask_by_asgi
from outbox._helpers import Scripted, manual
from pyttributionio import Client as Vendor
from pyttributionio.outbox import Outbox
from pyttributionio.web import current_visit
from support.faults import FaultServer, Hang

JUNK = "".join(map(chr, range(1, 256)))
ODD = [
    {"cookie": f'bad[="x; AttrioP_KEY={JUNK}'},
    {"cookie": "AttrioP_KEY=" + "x" * 100_000},
    {"cookie": "=; ; ;;=AttrioP_KEY"},
    {"cookie": "AttrioP_KEY=\udcff".encode("utf-8", "surrogatepass").decode("latin-1")},
    {"cookie": None, "user_agent": None},
    {"user_agent": JUNK},
    {"user_agent": "x" * 100_000},
    {"host": "evil.example"},
    {"host": "a b:c"},
    {"sec_gpc": JUNK},
]


@pytest.mark.parametrize("headers", ODD, ids=lambda headers: next(iter(headers)))
def test_it_never_raises(ask: Ask, outbox: Outbox, headers: dict[str, Any]) -> None:
    """The headers of a visitor are any text."""
    assert ask("buy", **headers).status_code == 200
    assert ask("plain", **headers).told == "plain"


@given(cookie=st.text(st.characters(max_codepoint=255)), agent=st.text(st.characters(max_codepoint=255)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_never_raises_whatever_a_visitor_sends(ask: Ask, outbox: Outbox, cookie: str, agent: str) -> None:
    """Bytes of any kind, in cookies and user agents."""
    assert ask("buy", cookie=f"AttrioP_KEY={cookie}", user_agent=agent).status_code == 200


def test_it_never_raises_for_a_wrong_argument(ask: Ask, outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    """In production it is logged; under DEBUG it raises, so that a developer sees it."""
    assert ask("wrong").told == "invalid invalid"
    assert len(caplog.records) >= 2
    with override_settings(DEBUG=True):
        assert ask("wrong").status_code == 500


@pytest.mark.parametrize(
    "options",
    [
        {"CONSENT": lambda request: 1 / 0},
        {"CONSENT": "no.such.function"},
        {"API_KEY": 7},
        {"OUTBOX": lambda: None},
        {"NO_SUCH_OPTION": 1, "OUTBOX": lambda: 1 / 0},
        None,
    ],
)
def test_it_never_raises_for_a_wrong_setting(
    ask: Ask, options: Any, caplog: pytest.LogCaptureFixture, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged, and the checks say what to do."""
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", str(tmp_path))
    with override_settings(ATTRIBUTIONIO=options):
        response = ask("buy")
    assert response.told == "Skipped Skipped "
    assert [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_it_never_raises_if_the_outbox_fails(ask: Ask, outbox: Outbox) -> None:
    """A full disk, or an outbox that was closed."""
    outbox.close()
    assert ask("buy").told == "Skipped Skipped "


def test_an_error_of_the_view_passes_through(ask: Ask, outbox: Outbox) -> None:
    """And the visit is gone after it."""
    assert ask("fail").status_code == 500
    assert current_visit() is None


@pytest.mark.parametrize("page", ["plain", "visit", "buy", "stream"])
def test_it_never_queries_the_database(ask: Ask, outbox: Outbox, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor opens a connection to one."""
    with CaptureQueriesContext(connection) as queries:
        assert ask(page).status_code == 200
    assert len(queries) == 0
    monkeypatch.setattr(connections["default"], "connection", None)
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", lambda _: pytest.fail("a connection was opened"))
    assert ask(page).status_code == 200


@pytest.mark.parametrize("page", ["plain", "visit", "buy", "stream"])
def test_it_never_adds_vary_and_sets_no_cookie(ask: Ask, outbox: Outbox, page: str) -> None:
    """Caches in front of the site stay useful: the session and the user are not read."""
    response = ask(page)
    assert not response.has_header("Vary")
    assert not response.cookies
    names = {name.lower() for name in response.headers}
    assert names <= {"content-type", "content-length"}


def test_it_never_reads_the_session(ask: Ask, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a value that is there already."""
    monkeypatch.setattr(SessionBase, "_get_session", lambda *_: pytest.fail("the session was read"))
    assert ask("buy").status_code == 200


def test_it_never_reads_the_body(ask: Ask, outbox: Outbox) -> None:
    """The view asserts that reading has not begun, and reads all of it."""
    assert ask("buy", {"a": "b" * 1000}).told.count("b") >= 1000


def test_it_never_waits_for_the_network(ask: Ask) -> None:
    """The response is there while the server is silent."""
    with FaultServer(Hang()) as server:
        vendor = Vendor("KEY", tracking_url=server.url)
        with (
            Outbox(vendor, durability="memory", drain_on_exit=0) as outbox,
            override_settings(ATTRIBUTIONIO={"OUTBOX": outbox}),
        ):
            assert ask("buy").told.startswith("Accepted Accepted ")
            server.wait_for(started=1)
            assert ask("buy").told.startswith("Accepted Accepted ")
            assert outbox.stats().delivered == 0


def test_it_never_logs_a_cookie(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, and at any level."""
    caplog.set_level(logging.DEBUG)

    def consent(request: Any) -> bool:
        raise ValueError(request.META["HTTP_COOKIE"])

    with manual(Scripted()) as outbox:
        outbox.close()
        for options in ({"OUTBOX": outbox}, {"OUTBOX": outbox, "CONSENT": consent}):
            with override_settings(ATTRIBUTIONIO=options):
                for page in ("buy", "wrong", "fail"):
                    ask(page, cookie="AttrioP_KEY=a-secret-visitor; other=another-secret")
    ours = [record for record in caplog.records if record.name.startswith("pyttributionio")]
    assert len(ours) > 5
    texts = [f"{record.getMessage()} {record.exc_info} {record.__dict__}" for record in ours]
    assert not [text for text in texts if "secret" in text.replace("S3cret", "")]


@pytest.mark.parametrize("host", ["evil.example", "shop.example:8a", "shop.example/x", "shop.example@evil.example", ""])
def test_it_never_trusts_the_host(ask: Ask, outbox: Outbox, host: str) -> None:
    """Django refuses it only when a view asks for it."""
    told = ask("visit", host=host)
    assert told.status_code == 200
    assert told.json()["url"] is None or "evil" not in told.json()["url"]
    assert told.json()["visitor"] == "visitor-7"


def test_it_never_trusts_the_host_of_a_project_that_allows_all(ask: Ask, outbox: Outbox) -> None:
    """Then Django checks nothing, and SITE_URL says the address."""
    with override_settings(ALLOWED_HOSTS=["*"]):
        assert ask("visit", host="evil.example").json()["url"] is None
    options = {"OUTBOX": outbox, "SITE_URL": "https://shop.example"}
    with override_settings(ALLOWED_HOSTS=["*"], ATTRIBUTIONIO=options):
        assert ask("visit", host="evil.example").json()["url"].startswith("https://shop.example/")


def test_it_never_shows_anothers_visit_to_async_views(outbox: Outbox) -> None:
    """Fifty at once, in one event loop."""

    async def one(number: int) -> tuple[int, Any]:
        page = "/async/visit" if number % 2 else "/visit"
        return number, (await ask_by_asgi(page, {}, {"cookie": f"AttrioP_KEY=v-{number}"})).json()["visitor"]

    async def main() -> list[tuple[int, Any]]:
        return await asyncio.gather(*map(one, range(50)))

    assert asyncio.run(main()) == [(number, f"v-{number}") for number in range(50)]
    assert current_visit() is None


def test_it_never_shows_anothers_visit_to_threads(outbox: Outbox) -> None:
    """Fifty, in eight threads."""

    def one(number: int) -> tuple[str, object]:
        browser = Client(headers={**HEADERS, "cookie": f"AttrioP_KEY=v-{number}"})
        return browser.get("/visit").json()["visitor"], current_visit()

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(one, range(50))] == [(f"v-{number}", None) for number in range(50)]


@pytest.mark.parametrize(
    ("consent", "headers"),
    [
        (lambda request: False, {}),
        (lambda request: 1 / 0, {}),
        (lambda request: None, {}),
        (lambda request: ["statistics"], {}),
        (lambda request: True, {"sec_gpc": "1"}),
        (lambda request: True, {"cookie": "other=1"}),
    ],
    ids=["no", "error", "None", "another category", "gpc", "no cookie"],
)
def test_it_never_stores_without_consent(ask: Ask, sent: Scripted, consent: Any, headers: Any) -> None:
    """Not even in the outbox."""
    options = {"CONSENT": consent, "CONSENT_CATEGORY": "marketing"}
    with manual(sent) as outbox, override_settings(ATTRIBUTIONIO={"OUTBOX": outbox, **options}):
        assert ask("buy", **headers).told == "Skipped Skipped "
        assert outbox.stats().pending == 0
        outbox.pump()
    assert sent.posted == []
