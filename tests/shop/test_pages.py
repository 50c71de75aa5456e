"""The pages of the shop: their contents and their links."""

import re
from importlib.resources import files

import pytest

from pyttributionio.sandbox import Sandbox
from pyttributionio.shop._products import PRODUCTS

from ._browser import Browser

WEB = files("pyttributionio.shop") / "web"
TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
FILES = {each.name for each in WEB.iterdir() if not each.name.endswith(".html")}
PAGES = ["", "ads", "warm-feet", "sign-up", "welcome", "thanks?order=LR-0123456789AB", "no-such-page"]
PAGES += [f"{kind}-{slug}" for kind in ("socks", "checkout") for slug in PRODUCTS]


@pytest.fixture
def known(browser: Browser) -> Browser:
    """A browser whose visitor has signed up, so that all pages can be opened."""
    browser.set_snippet_cookie()
    browser.sign_up("ada@example.com")
    return browser


def test_every_page_has_the_snippet_and_says_it_is_an_example(sandbox: Sandbox, known: Browser) -> None:
    """And it has no inline script or style, which its policy would block."""
    for path in PAGES:
        page = known.open(path)
        assert page.url == known.shop + path
        assert page.answer.status_code == (404 if path == "no-such-page" else 200)
        assert page.all("script") == [{"src": "/snippet.js", "data-key": sandbox.api_key, "async": None}]
        assert "An example of the sandbox. Nothing is sold here" in page.text
        assert not page.all("style")
        assert not any(name == "style" or name.startswith("on") for _, attributes in page.tags for name in attributes)
        assert len(page.all("h1")) == 1
        policy = page.answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy


def test_every_link_and_file_of_every_page_exists(known: Browser) -> None:
    """The sandbox's page and the snippet have their own tests."""
    pages = [known.open(path) for path in PAGES if path != "no-such-page"]
    links = {link.partition("#")[0] for page in pages for link in page.links}
    loaded = {
        str(tag.get("href") or tag.get("src")) for page in pages for name in ("link", "img") for tag in page.all(name)
    }
    assert loaded == FILES
    for target in {link for link in links if link.startswith(known.shop)} | loaded:
        assert known.http.get(target).is_success, target


def test_every_file_is_served_with_its_type(browser: Browser) -> None:
    """All files in the folder except the templates."""
    for name in FILES:
        answer = browser.http.get(name)
        assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[name.rpartition(".")[2]])
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["layout.html", "a/b", "..%2f__init__.py", "%2e%2e/_app.py", "socks-", "socks-none", "checkout-x"]
)
def test_other_paths_are_not_found(browser: Browser, path: str) -> None:
    """Such as those of templates and source files."""
    assert browser.http.get(browser.shop + path).status_code == 404


def test_wrong_method_is_405(browser: Browser) -> None:
    """The answer has a page, and the allowed methods."""
    answer = browser.http.delete("sign-up")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_address_without_its_slash_leads_to_the_shop(browser: Browser) -> None:
    """Its links are relative, so the slash is needed."""
    answer = browser.http.get(browser.shop.rstrip("/"))
    assert (answer.status_code, str(answer.url)) == (200, browser.shop)


@pytest.mark.parametrize("path", ["welcome", "thanks", "thanks?order=LR-0123456789AB", "thanks?order=<b>"])
def test_page_after_a_form_needs_the_sign_in(browser: Browser, path: str) -> None:
    """Without it, the answer is a redirect to a page where the visitor can start."""
    assert browser.open(path).url in {browser.shop, f"{browser.shop}sign-up"}


def test_link_from_another_site_opens_the_shop(browser: Browser) -> None:
    """Ads are such links; only forms have to come from the shop."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Referer": "https://search.example/"}
    assert browser.http.get("warm-feet?utm_source=x", headers=headers).status_code == 200


def test_each_product_has_colours_in_both_themes() -> None:
    """The style sheet defines each colour for light and for dark."""
    css = (WEB / "shop.css").read_text(encoding="utf-8")
    for slug in PRODUCTS:
        assert len(re.findall(rf"--{slug}:", css)) == 2
    assert "http" not in css
