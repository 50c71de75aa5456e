"""The page about Django: its code runs, and its tables are complete."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import clear_url_caches, path

from pyttributionio.testing import Recorder
from support.source import FILES

PAGE = (Path(__file__).parents[2] / "docs" / "django.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_blocks_count_an_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The settings with the view, as a user would who copied both."""
    settings_block, views_block = BLOCKS
    given: dict[str, Any] = {}
    exec(compile(settings_block, "docs/django.md", "exec"), given)
    shop, consent = ModuleType("shop"), ModuleType("shop.consent")
    exec(compile(views_block, "docs/django.md", "exec"), vars(consent))
    consent.urlpatterns = [path("buy/<order>", consent.buy)]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shop", shop)
    monkeypatch.setitem(sys.modules, "shop.consent", consent)
    own = {name: value for name, value in given.items() if name.isupper() and name != "INSTALLED_APPS"}
    with Recorder() as recorder, override_settings(**own, ROOT_URLCONF="shop.consent"):
        browser = Client(headers={"cookie": "AttrioP_PUBLIC_KEY=visitor-7; consent=yes"})
        assert browser.post("/buy/1001").content == b"Thank you"
        recorder.assert_event("ev_purchase", transaction_id="1001", client_id="customer-42")
    clear_url_caches()


def test_each_option_has_a_row() -> None:
    """In the order of the code."""
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE, flags=re.MULTILINE) == [
        *("API_KEY", "TRACKING_URL", "OUTBOX_DIRECTORY", "OUTBOX", "CONSENT", "CONSENT_CATEGORY", "HONOUR_GPC"),
        *("HONOUR_DNT", "SKIP_BOTS", "KEEP_QUERY", "SITE_URL", "DISABLED"),
    ]
    source = FILES["pyttributionio.django._settings"].read_text(encoding="utf-8")
    assert {*re.findall(r'^    "([A-Z_]+)": _', source, flags=re.MULTILINE)} == {
        *re.findall(r"^\| `([A-Z_]+)` \|", PAGE, flags=re.MULTILINE)
    }


def test_each_check_has_a_row() -> None:
    """By its id."""
    source = FILES["pyttributionio.django._checks"].read_text(encoding="utf-8")
    ids = {*re.findall(r"attributionio\.[EW]\d{3}", source)}
    assert {*re.findall(r"^\| `(attributionio\.[EW]\d{3})` \|", PAGE, flags=re.MULTILINE)} == ids
