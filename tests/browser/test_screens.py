"""Each view on the screen of a telephone, and the dark theme."""

import pytest
from playwright.sync_api import Locator, Page, expect

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

NARROW = {"width": 375, "height": 700}
SHOP = ("", "ads", "warm-feet", "socks-moor", "sign-up", "checkout-moor")
GROUND = "getComputedStyle(document.body).backgroundColor"
# Returns the elements that are wider than the screen, except those inside a scrolling box.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > width);
  return [`${document.documentElement.scrollWidth} pixels`, ...wide.map((each) => each.outerHTML.slice(0, 80))];
}"""

# Scrolls down by some rows of a list.
SCROLL = "() => { scrollTo(0, 2000); return scrollY; }"


@pytest.fixture
def narrow(page: Page, sandbox: Sandbox, client: Client) -> Page:
    """A narrow page, and a sandbox with customers, one with very long words, and with such a request."""
    sandbox.seed(20)
    word = "x" * 300
    client.tracking.event(word, visitor_id=word, client_id=word, url=f"https://{word}.example/", user_agent=word)
    page.set_viewport_size(NARROW)
    page.request.post(f"{sandbox.tracking_url}/events?{'long=' * 60}", data=f'{{"{word}": 1}}')
    return page


def test_narrow_screen_shows_each_view_of_the_page(narrow: Page, sandbox: Sandbox) -> None:
    """No view is wider than the screen: the list, a customer, the live list, a request, and the set-up."""
    narrow.goto(sandbox.page_url)
    rows = narrow.get_by_role("region", name="Customers").get_by_role("link")
    expect(rows).to_have_count(21)
    assert narrow.evaluate(TOO_WIDE) == []
    for row in rows.all()[:4]:
        row.click()
        expect(narrow.get_by_role("group", name="Journey of")).to_be_visible()
        expect(narrow.locator("#detail")).to_be_focused()
        assert narrow.evaluate(TOO_WIDE) == []
        narrow.get_by_role("link", name="All customers").click()
    narrow.get_by_role("link", name="Live").click()
    narrow.get_by_role("group").filter(has_text="Fault injection").get_by_text("Fault injection").click()
    expect(narrow.get_by_role("button", name="Add")).to_be_visible()
    assert narrow.evaluate(TOO_WIDE) == []
    narrow.get_by_role("region", name="Live requests").get_by_role("link").first.click()
    for name in ("Answer", "Headers", "curl", "Python", "Body"):
        narrow.get_by_role("tab", name=name).click()
        assert narrow.evaluate(TOO_WIDE) == []
    narrow.get_by_role("link", name="Set up").click()
    expect(narrow.get_by_role("heading", name="Set up")).to_be_visible()
    assert narrow.evaluate(TOO_WIDE) == []


def test_narrow_screen_opens_each_view_at_its_top(narrow: Page, sandbox: Sandbox, client: Client) -> None:
    """Below the header, wherever the view before was scrolled; Back restores the scroll position."""
    for number in range(60):
        client.tracking.identity(f"customer {number}", visitor_id="v")
    for view, first in (("customers", "Search customers"), ("live", "Filter requests")):
        narrow.goto("about:blank")
        narrow.goto(f"{sandbox.page_url}#{view}")
        expect(narrow.get_by_role("main").get_by_role("link").nth(40)).to_be_visible()
        check_top(narrow, narrow.get_by_role("searchbox", name=first))
        at = narrow.evaluate(SCROLL)
        assert at > 1000
        narrow.get_by_role("link", name="Set up").click()
        expect(narrow.get_by_role("heading", name="Set up")).to_be_visible()
        check_top(narrow, narrow.get_by_role("heading", name="Set up"))
        narrow.go_back()
        narrow.wait_for_function("at => scrollY === at", arg=at)
    narrow.get_by_role("main").get_by_role("link").nth(30).click()
    expect(narrow.locator("#detail")).to_be_focused()
    check_top(narrow, narrow.get_by_role("link", name="All requests"))
    narrow.evaluate("scrollTo(0, 300)")
    narrow.get_by_role("link", name="All requests").press("Enter")
    check_top(narrow, narrow.get_by_role("searchbox", name="Filter requests"))


def check_top(page: Page, first: Locator) -> None:
    """The first element of a view is below the header, and the page is not scrolled."""
    expect(first).to_be_visible()
    assert page.evaluate("scrollY") == 0
    assert first.evaluate("each => each.getBoundingClientRect().top") >= page.evaluate(
        "document.querySelector('header').getBoundingClientRect().bottom"
    )


def test_narrow_screen_shows_each_page_of_the_shop(page: Page, shop: str) -> None:
    """And uses the system's theme."""
    page.set_viewport_size(NARROW)
    for path in SHOP:
        page.goto(f"{shop}{path}")
        assert page.evaluate(TOO_WIDE) == []
    page.get_by_label("Email address").fill(f"{'long' * 15}@{'example.' * 20}com")
    page.get_by_role("button", name="Buy for").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert page.evaluate(TOO_WIDE) == []
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(GROUND) != light
