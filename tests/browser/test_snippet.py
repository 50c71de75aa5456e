"""The snippet on the pages of a developer's site, in a real browser."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

from ._site import Site, serve

MOMENT = 1_772_452_800
COLLECTED = "**/_sandbox/collect"
TAKEN = "<script>window.AttributionSandbox = { theirs: true };</script>"


@pytest.fixture
def tag(sandbox: Sandbox) -> str:
    """The snippet's tag in the pages of the site."""
    return f'<script src="{sandbox.tracking_url}/snippet.js" data-key="{sandbox.api_key}" async></script>'


@pytest.fixture
def site(tag: str) -> Iterator[Site]:
    """The developer's site."""
    with serve(tag) as site:
        yield site


@pytest.fixture
def visited(context: BrowserContext, site: Site) -> Page:
    """A page of the site whose pageview is recorded."""
    page = context.new_page()
    page.clock.set_fixed_time(datetime.fromtimestamp(MOMENT, UTC))
    with page.expect_response(COLLECTED):
        page.goto(f"{site.other_site}first?utm_source=newsletter&utm_medium=email#top")
    return page


def posted(sandbox: Sandbox, path: str, name: str) -> list[dict[str, Any]]:
    """Return the accepted posts to a path."""
    return [
        json.loads(request.body)[name]
        for request in sandbox.requests
        if (request.method, request.path, request.status) == ("POST", path, 200)
    ]


def test_pageview_cookie_identity_and_event_are_as_in_the_contract(
    visited: Page, site: Site, sandbox: Sandbox, client: Client
) -> None:
    """The cookie is of the developer's site, and the posts of `Attribution` have its value."""
    (cookie,) = visited.context.cookies(site.other_site)
    assert cookie["name"] == "AttrioP_SANDBOX_KEY"
    assert re.fullmatch("[a-z0-9]{24}", cookie["value"])
    assert visited.context.cookies(sandbox.tracking_url) == []
    agent = visited.evaluate("navigator.userAgent")
    assert visited.evaluate("AttributionSandbox.visitorId") == cookie["value"]
    assert visited.evaluate("AttributionSandbox.identify('ada@example.com', { plan: 'wool' })") is True
    assert visited.evaluate("AttributionSandbox.track('ev_signup', { transactionId: 'order-7' })") is True
    shared = {"aliases": [cookie["value"]], "client_id": "ada@example.com", "public_key": "SANDBOX_KEY"}
    shared["created_at"] = MOMENT
    assert posted(sandbox, "/identities", "identity") == [{**shared, "meta": {"agent": agent, "plan": "wool"}}]
    assert posted(sandbox, "/events", "event") == [
        {
            **shared,
            "event_public_key": "ev_signup",
            "url": visited.url,
            "transaction_id": "order-7",
            "is_informational": False,
            "meta": {"agent": agent},
        }
    ]
    customer = client.customers.get("ada@example.com", include="all")
    assert [(pageview.title, pageview.url) for pageview in customer.pageviews] == [("first", visited.url)]
    assert [touchpoint.channel for touchpoint in customer.touchpoints] == ["email"]


def test_calls_of_the_page_never_throw(visited: Page, sandbox: Sandbox) -> None:
    """Neither for wrong arguments, nor for a sandbox that fails or is closed."""
    sandbox.faults.always(status=503)
    assert visited.evaluate("AttributionSandbox.track('ev_signup')") is False
    assert visited.evaluate("AttributionSandbox.track('')") is False
    sandbox.close()
    assert visited.evaluate("AttributionSandbox.identify('ada')") is False


def test_new_address_within_an_application_is_a_pageview(visited: Page, site: Site, sandbox: Sandbox) -> None:
    """With the new address and title, and the address before as the referrer; a fragment alone is none."""
    with visited.expect_response(COLLECTED):
        visited.evaluate("history.pushState({}, '', 'second'); document.title = 'Second'")
    visited.evaluate("history.replaceState({ kept: true }, '', location.href)")
    visited.evaluate("history.pushState({}, '', '#below')")
    with visited.expect_response(COLLECTED):
        visited.go_back()
        visited.go_back()
    first = f"{site.other_site}first?utm_source=newsletter&utm_medium=email#top"
    second = f"{site.other_site}second"
    seen = [(each["url"], each["referrer"], each["title"]) for each in posted(sandbox, "/_sandbox/collect", "pageview")]
    assert seen == [(first, None, "first"), (second, first, "Second"), (first, second, "Second")]


def test_visitor_is_the_same_on_the_next_page(visited: Page, sandbox: Sandbox) -> None:
    """The cookie is kept, and so is the identified customer."""
    visited.evaluate("AttributionSandbox.identify('ada@example.com')")
    with visited.expect_response(COLLECTED):
        visited.get_by_role("link", name="Second").click()
    expect(visited).to_have_title("second")
    visited.evaluate("AttributionSandbox.track('ev_purchase')")
    first, second = posted(sandbox, "/_sandbox/collect", "pageview")
    assert (second["visitor_id"], second["referrer"]) == (first["visitor_id"], first["url"].removesuffix("#top"))
    (event,) = posted(sandbox, "/events", "event")
    assert (event["aliases"], event["client_id"]) == ([first["visitor_id"]], "ada@example.com")


def test_existing_attribution_object_is_not_replaced(context: BrowserContext, sandbox: Sandbox, tag: str) -> None:
    """Such as that of the vendor's snippet: there is no cookie and no request, but a warning."""
    with serve(TAKEN + tag) as site:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.goto(f"{site.other_site}page", wait_until="load")
        assert page.evaluate("window.AttributionSandbox") == {"theirs": True}
        warnings = [text for text in said if text.startswith("warning: ")]
        assert ["window.AttributionSandbox exists already" in warning for warning in warnings] == [True]
        assert context.cookies(site.other_site) == []
    assert sandbox.requests == []
