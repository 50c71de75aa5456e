"""The page about the outbox: its code runs, and the tests that it names exist."""

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from pyttributionio.outbox import Outbox
from pyttributionio.sandbox import Sandbox
from support.django_project import set_up

HERE = Path(__file__).parent
PAGE = (HERE.parent.parent / "docs" / "outbox.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
PROMISES = [
    "Accepted means stored",
    "At least once",
    "The same bytes",
    "Order per visitor, per process",
    "Bounded",
    "The caller never waits for the network",
    "Visible",
    "Damage is contained",
]


def block(beginning: str) -> str:
    """Return the block that has a text in it."""
    (found,) = [each for each in BLOCKS if beginning in each]
    return str(found)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox in the place of the vendor, and give the page's programs a directory."""
    with Sandbox(api_key="PUBLIC_KEY", api_secret="SECRET") as sandbox:
        monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", sandbox.tracking_url)
        monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", str(tmp_path / "outbox"))
        monkeypatch.chdir(tmp_path)
        # On a busy machine a block's end may come before its deliveries.
        monkeypatch.setitem(Outbox.__init__.__kwdefaults__, "drain_on_exit", 20.0)
        yield sandbox


def run(code: str) -> dict[str, Any]:
    """Run a block, as a user would who copied it; frameworks' own warnings are theirs."""
    names: dict[str, Any] = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code, "docs/outbox.md", "exec"), names)
    return names


def delivered(outbox: Outbox, vendor: Sandbox) -> list[str]:
    """Close an outbox; return the paths of what arrived."""
    assert outbox.flush(20) == 0
    outbox.close()
    return [request.path for request in vendor.requests]


def test_the_first_block_delivers(vendor: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A new user can copy it as it stands."""
    run(BLOCKS[0])
    assert len(capsys.readouterr().out.strip()) == 36
    assert [request.path for request in vendor.requests] == ["/events", "/identities"]


def test_the_watching_block_counts(vendor: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """Hooks, stats and health."""
    run(block("on_delivered"))
    assert capsys.readouterr().out == "0 1\nTrue\n"


def test_the_testing_block_holds(vendor: Sandbox) -> None:
    """It has assertions of its own, and sends nothing to the sandbox."""
    run(block("manual=True"))
    assert vendor.requests == []


def test_the_django_block_counts_an_order_after_its_commit(vendor: Sandbox) -> None:
    """The view answers, and the event is stored then."""
    set_up()
    from django.test import RequestFactory

    names = run(block("django"))
    request = RequestFactory().post("/", {"order": "order-1", "customer": "customer-42"})
    request.COOKIES["AttrioP_PUBLIC_KEY"] = "visitor-7"
    assert names["buy"](request).status_code == 204
    assert delivered(names["outbox"], vendor) == ["/events", "/identities"]


def test_the_fastapi_block_serves(vendor: Sandbox) -> None:
    """An order, and the readiness probe."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = run(block("fastapi"))

    async def main() -> list[Any]:
        app = names["app"]
        transport = httpx.ASGITransport(app=app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://x") as web:
            cookies = {"Cookie": "AttrioP_PUBLIC_KEY=visitor-7"}
            posted = await web.post("/orders/order-1", params={"customer": "customer-42"}, headers=cookies)
            ready = await web.get("/ready")
            assert await names["outbox"].aflush(20) == 0
            return [posted.status_code, ready.status_code, ready.json()]

    assert anyio.run(main) == [200, 200, []]
    assert [request.path for request in vendor.requests] == ["/events", "/identities"]


def test_the_celery_block_ships_once(vendor: Sandbox) -> None:
    """A task that runs twice while the first waits is one event; the pool's end closes the outbox."""
    names = run(block("celery"))
    names["app"].conf.task_always_eager = True
    for _ in range(2):
        names["ship"].delay("order-1", "visitor-7", "customer-42")
    assert names["outbox"].flush(20) == 0
    names["drain"]()
    assert names["outbox"].health().problems == ("The outbox is closed.",)
    assert {request.path for request in vendor.requests} == {"/events", "/identities"}


def test_every_block_is_run_here() -> None:
    """None is left out."""
    assert len(BLOCKS) == 6


def test_the_eight_promises_stand_there_in_order() -> None:
    """Each with the tests that hold it."""
    found = re.findall(r"^[1-8]\. \*\*(.+?)\.\*\*", PAGE, flags=re.MULTILINE)
    assert found == PROMISES
    parts = re.split(r"^[1-8]\. \*\*", PAGE.split('## What "at least once"')[0], flags=re.MULTILINE)[1:]
    assert [bool(re.search(r"Held by `test_\w+`", part)) for part in parts] == [True] * 8


def test_every_test_that_the_page_names_is_there() -> None:
    """Each promise has a test."""
    tests = {
        node.name
        for path in HERE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    named = {*re.findall(r"`(test_\w+)`", PAGE)}
    assert len(named) > 30
    assert named <= tests
