"""The snippet where browsers do more than loading pages one after another."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pyttributionio.sandbox import Sandbox
from tasks.chromium import find

from ._site import Site, serve

COLLECTED = "**/_sandbox/collect"
PATIENCE = 30.0  # seconds
ROOT = ["--no-sandbox"] if getattr(os, "geteuid", lambda: -1)() == 0 else []
"""Chromium's own sandbox does not work for root."""
RULES = """<script type="speculationrules">{"prerender": [{"urls": ["third"], "eagerness": "immediate"}]}</script>
<script>addEventListener("load", () => fetch("wait").then(() => (location.href = "third")))</script>"""
LOADED = """<script>
addEventListener("load", async () => {
  if (!document.prerendering) return;
  for (const name of ["a", "b", "c", "loaded"]) await fetch(name); // a post of the snippet would be faster
});
</script>"""
INTERCEPT = """() => navigation.addEventListener("navigate", (event) => {
  if (!event.hashChange && event.canIntercept) event.intercept({ handler: async () => { document.title = "Mine"; } });
})"""
STORM = """async () => {
  for (let n = 0; n < 40; n++) {
    history.replaceState({}, "", `typed?q=${n}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}"""


def tag(sandbox: Sandbox, attributes: str = "async") -> str:
    """Return the snippet's tag."""
    return f'<script src="{sandbox.tracking_url}/snippet.js" data-key="{sandbox.api_key}" {attributes}></script>'


@pytest.fixture
def site(sandbox: Sandbox) -> Iterator[Site]:
    """The developer's site."""
    with serve(tag(sandbox)) as site:
        yield site


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page for the developer's site."""
    return context.new_page()


@pytest.fixture
def whole(browser: Browser) -> Iterator[Page]:
    """A page of a browser as users have it: Playwright switches off the cache of whole pages."""
    off = ["--disable-back-forward-cache"]
    started = browser.browser_type.launch(executable_path=find(), args=ROOT, ignore_default_args=off)
    yield started.new_page()
    started.close()


def seen(sandbox: Sandbox) -> list[str]:
    """Return the ends of the addresses of the pageviews, in the order of arrival."""
    posts = [json.loads(each.body) for each in sandbox.requests if each.path == "/_sandbox/collect"]
    return [post["pageview"]["url"].rpartition("/")[2] for post in posts]


def opened(page: Page, address: str) -> Page:
    """Open a page whose pageview is recorded."""
    with page.expect_response(COLLECTED):
        page.goto(address)
    return page


def after(page: Page, act: Callable[[], Any]) -> Any:
    """Do something that causes a pageview, and wait for it."""
    with page.expect_response(COLLECTED):
        return act()


def test_navigation_api(page: Page, site: Site, sandbox: Sandbox) -> None:
    """An application that handles links and `navigation.navigate` itself; a new fragment is no pageview."""
    opened(page, f"{site.other_site}first")
    page.evaluate(INTERCEPT)
    after(page, lambda: page.evaluate("navigation.navigate('own').finished.then(() => null)"))
    page.evaluate("navigation.navigate('#part').finished.then(() => null)")
    after(page, lambda: page.get_by_role("link", name="Second").click())
    after(page, page.go_back)
    after(page, lambda: page.evaluate("history.pushState({}, '', 'pushed')"))
    assert seen(sandbox) == ["first", "own", "second", "own#part", "pushed"]


def test_storm_of_replaced_addresses_counts_once(page: Page, site: Site, sandbox: Sandbox) -> None:
    """The first of them; a pageview after it comes from the last one."""
    opened(page, f"{site.other_site}first")
    page.evaluate(STORM)
    after(page, lambda: page.evaluate("history.pushState({}, '', 'found')"))
    assert seen(sandbox) == ["first", "typed?q=0", "found"]
    assert json.loads(sandbox.requests[-1].body)["pageview"]["referrer"].endswith("/typed?q=39")


def test_page_from_the_back_forward_cache_counts(whole: Page, site: Site, sandbox: Sandbox) -> None:
    """The browser shows it again without loading it."""
    opened(whole, f"{site.other_site}first")
    whole.evaluate("window.kept = true")
    after(whole, lambda: whole.get_by_role("link", name="Second").click())
    after(whole, lambda: whole.go_back(wait_until="commit"))
    assert whole.evaluate("window.kept") is True
    assert seen(sandbox) == ["first", "second", "first"]


def test_prerendered_page_counts_when_it_is_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    """The browser loads it before the visitor follows the link, and the snippet runs then."""
    loaded = threading.Event()
    pages = {"first": RULES + tag(sandbox), "third": LOADED + tag(sandbox)}

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "loaded":
            # While it was loaded, the third page has posted nothing; the first one may go to it now.
            assert seen(sandbox) == ["first"]
            loaded.set()
        if name == "wait" and not await run_in_threadpool(loaded.wait, PATIENCE):
            return Response(status_code=504)
        return HTMLResponse(f"<!doctype html><title>{name}</title>{pages.get(name, '')}")

    # Not with Playwright: Chromium prerenders nothing for a page that is controlled by its protocol.
    with Sandbox() as server:
        server.mount("/_sandbox/site", Starlette(routes=[Route("/{name}", page)]))
        address = f"{server.tracking_url}/_sandbox/site/first"
        command = [find(), "--headless=new", *ROOT, f"--user-data-dir={tmp_path}", "--no-first-run", address]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                end = time.monotonic() + PATIENCE
                while len(seen(sandbox)) < 2 and time.monotonic() < end:
                    time.sleep(0.05)
            finally:
                process.terminate()
    assert (loaded.is_set(), seen(sandbox)) == (True, ["first", "third"])


@pytest.mark.parametrize("attributes", ['type="module"', 'type="module" async'])
def test_tag_may_be_a_module(page: Page, sandbox: Sandbox, attributes: str) -> None:
    """The key and the sandbox's address are in the tag."""
    with serve(tag(sandbox, attributes)) as site:
        opened(page, f"{site.other_site}first")
        assert page.evaluate("AttributionSandbox.visitorId.length") == 24
    assert seen(sandbox) == ["first"]
