"""The whole loop in a real browser: from an ad's link to the typed touchpoint and to the page that shows it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Locator, Page, expect

from pyttributionio import Client, CustomerWithAll
from pyttributionio.sandbox import Sandbox

EMAIL = "ada@example.com"
VISITED = {
    "ads": "Ads",
    "warm-feet": "Warm feet",
    "socks-moor": "Moor",
    "sign-up": "Newsletter",
    "welcome": "Welcome",
    "": "Socks, in pairs",
    "socks-pier": "Pier",
    "checkout-pier": "Checkout",
    "thanks": "Thank you",
}
"""The pages of the shop that are visited, in this order: paths and titles."""


@contextmanager
def recorded(page: Page) -> Iterator[None]:
    """Run code that opens a page, and wait until the snippet's pageview is recorded."""
    with page.expect_response(lambda answer: answer.url.endswith("/_sandbox/collect") and answer.ok):
        yield


def follow(page: Page, link: str) -> None:
    """Click on a link, and wait for its page."""
    with recorded(page):
        page.get_by_role("link", name=re.compile(f"^{link}")).first.click()


def submit(page: Page, button: str) -> None:
    """Fill in the email address, and send the form."""
    page.get_by_label("Email address").fill(EMAIL)
    with recorded(page):
        page.get_by_role("button", name=button).click()


def shop_by_an_ad(page: Page, shop: str) -> None:
    """Follow an ad, sign up, and buy."""
    with recorded(page):
        page.goto(f"{shop}ads")
    for link in ("Ad next to search results", "Moor", "Newsletter"):
        follow(page, link)
    submit(page, "Sign up")
    for link in ("Choose a pair", "Pier", "Buy"):
        follow(page, link)
    submit(page, "Buy for")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_ad_becomes_a_typed_touchpoint_and_a_journey(page: Page, shop: str, client: Client, sandbox: Sandbox) -> None:
    """After clicks in the shop, the client reads what led to the purchase, and the page shows it."""
    shop_by_an_ad(page, shop)
    customer = client.customers.get(EMAIL, include="all")
    check_touchpoints(customer)
    check_pageviews(customer, shop)
    check_person(customer, page)
    page.get_by_role("link", name="See the journey").click()
    expect(page.get_by_role("heading", name=EMAIL, exact=True)).to_be_visible()
    check_journey(page)
    check_calls(page.get_by_role("region", name="Read it with code"), sandbox)


def check_touchpoints(customer: CustomerWithAll) -> None:
    """The ad starts another session than the one in which its link was clicked."""
    found = [(each.channel, each.source, each.medium, each.campaign, each.term) for each in customer.touchpoints]
    assert [found[0][0], *found[1:]] == ["direct", ("paid_search", "google", "cpc", "warm-feet", "wool socks")]


def check_pageviews(customer: CustomerWithAll, shop: str) -> None:
    """Each visited page has its title, and the page before as the referrer."""
    assert [pageview.title for pageview in customer.pageviews] == [
        f"{title} · Left & Right" for title in VISITED.values()
    ]
    urls = [f"{shop}{path}" for path in VISITED]
    assert [str(pageview.url).partition("?")[0] for pageview in customer.pageviews] == urls
    led_there = [str(pageview.referrer).partition("?")[0] for pageview in customer.pageviews]
    # The link of an ad sends no referrer.
    assert led_there == ["None", "None", *urls[1:-1]]


def check_person(customer: CustomerWithAll, page: Page) -> None:
    """The back end reads the visitor id from the snippet's cookie, and sends the customer's id."""
    order = page.url.rpartition("order=")[2]
    assert [(event.event_public_key, event.transaction_id) for event in customer.events] == [
        ("ev_signup", f"signup-{EMAIL}"),
        ("ev_purchase", order),
    ]
    (cookie,) = (each["value"] for each in page.context.cookies() if each["name"] == "AttrioP_SANDBOX_KEY")
    assert re.fullmatch("[a-z0-9]{24}", cookie)
    assert [(identity.client_id, identity.aliases) for identity in customer.identities] == [(EMAIL, [cookie])]
    agents = {moment.meta.agent for moment in (*customer.pageviews, *customer.events) if moment.meta}
    assert agents == {page.evaluate("navigator.userAgent")}


def check_journey(page: Page) -> None:
    """The picture has a mark of each kind, the table a row for each entry, and a click on a mark shows its rows."""
    picture = page.get_by_role("group", name=f"Journey of {EMAIL}: 2 touchpoints, 9 pageviews, 1 identity, 2 events")
    for mark in ("Paid search touchpoint, google / cpc / warm-feet", "pageview", f"{EMAIL} is visitor", "event"):
        expect(picture.get_by_role("button", name=mark).first).to_be_visible()
    # Entries close in time have one mark; how close they are depends on the machine.
    marks = [re.match(r"(?:(\d+) pageviews|Pageview),", each) for each in names_of(picture.get_by_role("button"))]
    assert sum(int(mark[1] or 1) for mark in marks if mark) == 9
    table = page.get_by_role("table", name="Entries, oldest first")
    for text, count in {"Pageview": 9, "Touchpoint": 2, "Identity": 1, "ev_signup": 1, "ev_purchase": 1}.items():
        expect(table.get_by_role("cell", name=text, exact=True)).to_have_count(count)
    picture.get_by_role("button", name="Paid search").click()
    expect(table.get_by_role("row").filter(has_text="Paid search")).to_be_focused()


def names_of(buttons: Locator) -> list[str]:
    """Return the names of buttons for screen readers."""
    return [each.get_attribute("aria-label") or "" for each in buttons.all()]


def check_calls(region: Locator, sandbox: Sandbox) -> None:
    """The shown and copied texts are those of the API's answer."""
    url = f"{sandbox.base_url}/{sandbox.api_key}/customers/{EMAIL}"
    secret = {"secret": sandbox.api_secret, "show_all": "true"}
    answer = httpx.get(url, params=secret, trust_env=False, timeout=30).text
    panel = region.get_by_role("tabpanel")
    assert json.loads(panel.locator("pre").inner_text()) == json.loads(answer)
    region.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = region.get_by_role("button", name="Copy: JSON")
    copy.click()
    expect(copy).to_have_text("Copied")
    assert region.page.evaluate("navigator.clipboard.readText()") == answer
    region.get_by_role("tab", name="curl").click()
    expect(panel).to_contain_text(f"{sandbox.base_url}/{sandbox.api_key}/customers/")
    expect(panel).not_to_contain_text(sandbox.api_secret)
    region.get_by_role("tab", name="Python").click()
    expect(panel).to_contain_text(re.compile(rf"client\.customers\.get\(['\"]{EMAIL}['\"]"))
