"""The pages about FastAPI and Flask: their code runs, as a user would who copied it."""

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pyttributionio.outbox import Outbox
from pyttributionio.sandbox import Sandbox

from ._asking import Body, ask_wsgi

DOCS = Path(__file__).parents[2] / "docs"
COOKIES = {"AttrioP_PUBLIC_KEY": "visitor-7", "consent": "yes"}


def block(page: str, beginning: str) -> dict[str, Any]:
    """Run the block of a page that has a text in it; return its names."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (code,) = [
        each
        for each in re.findall(r"^```python\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
        if beginning in each
    ]
    names: dict[str, Any] = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code, page, "exec"), names)
    return names


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox in the place of the vendor, and give the pages' programs a directory."""
    with Sandbox(api_key="PUBLIC_KEY", api_secret="SECRET") as sandbox:
        monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", sandbox.tracking_url)
        monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", str(tmp_path / "outbox"))
        # On a busy machine a block's end may come before its deliveries.
        monkeypatch.setitem(Outbox.__init__.__kwdefaults__, "drain_on_exit", 20.0)
        yield sandbox


def delivered(vendor: Sandbox, outbox: Outbox) -> list[tuple[str, str]]:
    """Close an outbox; return the key and the URL of each event that arrived."""
    assert outbox.flush(20) == 0
    outbox.close()
    events = [json.loads(request.body)["event"] for request in vendor.requests if request.path == "/events"]
    return [(event["event_public_key"], event["url"]) for event in events]


def test_fastapi_block_serves(vendor: Sandbox) -> None:
    """An order, a streamed report, and a withdrawal."""
    names = block("fastapi.md", "FastAPI()")
    with TestClient(names["app"], cookies=COOKIES) as browser:
        assert browser.post("/orders/order-1?customer=customer-42").status_code == 200
        assert browser.get("/visit").json() is True
        assert browser.get("/report").text == "order,amount\n"
        assert names["outbox"].flush(20) == 0
        assert "consent=" in browser.post("/withdraw").headers["set-cookie"]
    events = [json.loads(request.body)["event"]["url"] for request in vendor.requests if request.path == "/events"]
    assert events == ["https://shop.example/orders/order-1", "https://shop.example/report"]
    assert names["outbox"].health().problems == ("The outbox is closed.",)


def test_flask_block_serves(vendor: Sandbox) -> None:
    """An order, and a streamed report."""
    names = block("flask.md", "def consent")
    browser = names["app"].test_client()
    for name, value in COOKIES.items():
        browser.set_cookie(name, value)
    assert browser.post("/buy/order-1").text == "Thank you"
    assert browser.get("/report").text == "order,amount\n"
    assert delivered(vendor, names["app"].extensions["attributionio"].outbox) == [
        ("ev_purchase", "https://shop.example/buy/order-1"),
        ("ev_report", "https://shop.example/report"),
    ]


def test_factory_block_serves(vendor: Sandbox) -> None:
    """Two applications of one extension."""
    app = block("flask.md", "def create_app")["create_app"]()
    browser = app.test_client()
    browser.set_cookie("AttrioP_PUBLIC_KEY", "visitor-7")
    assert browser.post("/buy/order-1").text == "Thank you"
    outbox = app.extensions["attributionio"].outbox
    assert delivered(vendor, outbox) == [("ev_purchase", "https://shop.example/buy/order-1")]


def test_wsgi_block_serves(vendor: Sandbox) -> None:
    """Only with consent."""
    names = block("flask.md", "application = AttributionMiddleware")
    application = names["application"]
    for consent in (b"no", b"yes"):
        cookie = b"AttrioP_PUBLIC_KEY=visitor-7; consent=" + consent
        assert ask_wsgi(application, "/buy", [(b"cookie", cookie)], Body()).body == b"Thank you"
    outbox = application._tracker.outbox
    assert delivered(vendor, outbox) == [("ev_purchase", "https://shop.example/buy")]


@pytest.mark.parametrize(("page", "count"), [("fastapi.md", 1), ("flask.md", 3)])
def test_every_block_is_run_here(page: str, count: int) -> None:
    """None is left out; tests/project runs those of docs/web.md."""
    assert (DOCS / page).read_text(encoding="utf-8").count("```python\n") == count
