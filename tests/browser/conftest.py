"""Fixtures: a real browser, a sandbox with its shop, and a page that is watched."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from pyttributionio import Client
from pyttributionio.outbox import Outbox
from pyttributionio.sandbox import Sandbox
from pyttributionio.shop import create_shop
from tasks.chromium import find

from ._watch import Watch

QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PATIENCE = 15_000  # milliseconds; a busy machine is not a failure


# Not for the session: while the browser is open, an event loop runs in this thread, and other tests need their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    try:
        program = find()
    except FileNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    # Chromium's own sandbox does not work for root.
    arguments = [*QUIET, "--no-sandbox"] if getattr(os, "geteuid", lambda: -1)() == 0 else [*QUIET]
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser profile."""
    fresh = browser.new_context(color_scheme="light")
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext, sandbox: Sandbox) -> Iterator[Page]:
    """An empty page for the sandbox's pages; a problem that was seen on it fails the test."""
    opened = context.new_page()
    watch = Watch(opened, sandbox.tracking_url)
    yield opened
    assert watch.problems == []


@pytest.fixture
def shop(sandbox: Sandbox, client: Client) -> Iterator[str]:
    """The example shop's address."""
    with Outbox(client, durability="memory", drain_on_exit=0) as outbox:
        sandbox.mount("/_sandbox/shop", create_shop(outbox, api_key=sandbox.api_key))
        yield f"{sandbox.tracking_url}/_sandbox/shop/"
