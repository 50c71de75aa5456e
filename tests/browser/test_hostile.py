"""Texts that visitors wrote are shown and never run, in all views and all fields."""

from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from pyttributionio.sandbox import Sandbox

BREAKOUTS = (
    '"><img src=x onerror=window.pwned=1>',
    "</script><script>window.pwned=1</script>",
    "' onmouseover=window.pwned=1 onfocus=window.pwned=1 autofocus x='",
    "javascript:window.pwned=1",
    "</title></textarea></style><svg onload=window.pwned=1>",
    "${window.pwned=1}{{constructor.constructor('window.pwned=1')()}}",
    "\u202egpj.\u0000exe\u2028<b>&lt;script&gt;",
)
KEY = "k'${window.pwned=1}&lt;b&gt;"
SAFE = "!$'()*+,;=:@/"  # as browsers leave them in paths
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Finds what must not be there, after each mark is touched and each tab is opened: links and forms to other origins,
# elements that run or load something, and event handlers.
FOUND = """() => {
  const leaves = (address) => new URL(address).origin !== location.origin;
  const runs = (element) => element.getAttributeNames().some((name) => name.startsWith("on"));
  const found = () => [
    ...[...document.links].filter((link) => leaves(link.href)),
    ...[...document.forms].filter((form) => leaves(form.action)),
    ...[...document.querySelectorAll("main *")].filter(runs),
    ...document.querySelectorAll("main :is(img, script, iframe, object, style, textarea)"),
  ];
  const touch = (element) => {
    element.dispatchEvent(new PointerEvent("pointerenter"));
    element.focus();
    if (element.role === "tab") element.click();
    return found();
  };
  const touched = [...document.querySelectorAll("main :is([role=tab], .mark)")].flatMap(touch);
  return [...found(), ...touched].map((element) => element.outerHTML);
}"""


@pytest.fixture
def hostile(sandbox: Sandbox) -> Sandbox:
    """Fill an account, whose key is hostile too, with texts that break out of HTML without escaping."""
    sandbox.add_account(KEY, "secret-of-it")
    with httpx.Client(base_url=sandbox.tracking_url, trust_env=False, timeout=30) as http:
        for text in BREAKOUTS:
            load_pageviews(sandbox, text)
            post_hostile(http, text)
    return sandbox


def load_pageviews(sandbox: Sandbox, text: str) -> None:
    """Add pageviews with a text in the fields that visitors control: address, referrer, title and user agent."""
    for url in (text, f"https://shop.example/?utm_source={text}&utm_campaign={text}&utm_term={text}"):
        for referrer in (text, f"https://walks.example/{text}"):
            shown = {"referrer": referrer, "title": text, "user_agent": text}
            sandbox.add_pageview(text, url, **shown, created_at=NOON, api_key=KEY)


def post_hostile(http: httpx.Client, text: str) -> None:
    """Send requests with a text in all their parts: accepted ones, refused ones, and unknown ones."""
    facts = {"aliases": [text], "client_id": text, "public_key": KEY, "created_at": 1_772_452_800}
    more = {"meta": {"agent": text, text: text}, text: text}
    event = {"event_public_key": text, "url": text, "transaction_id": text, "is_informational": True, "revenue": text}
    http.post("/identities", json={"identity": {**facts, **more}}).raise_for_status()
    http.post("/events", json={"event": {**facts, **more, **event}}).raise_for_status()
    path = "/".join(quote(part, safe="") for part in ("api", "v1", KEY, "customers", text))
    http.get(f"/{path}?secret=wrong&{path}={path}")
    header = text.encode("ascii", "replace").replace(b"\0", b"?")
    http.post(f"/{quote(text, safe=SAFE)}", content=text.encode(), headers={b"User-Agent": header, b"X-Its": header})


def test_no_customer_runs_a_script_on_the_page(page: Page, hostile: Sandbox) -> None:
    """In the list, the search, the picture, the table and the code."""
    page.goto(hostile.page_url)
    page.get_by_label("Account").select_option(KEY)
    rows = page.get_by_role("region", name="Customers").get_by_role("link")
    expect(rows).to_have_count(len(BREAKOUTS))
    for text in BREAKOUTS:
        page.goto(f"{hostile.page_url}#customer={quote(text, safe='')}&account={quote(KEY, safe='')}")
        expect(page.locator("h1")).to_have_js_property("textContent", text)
        expect(page.get_by_role("group", name="Journey of")).to_be_visible()
        assert page.evaluate(FOUND) == []
        page.get_by_role("searchbox", name="Search customers").fill(text)
    page.goto(f"{hostile.page_url}#setup")
    expect(page.get_by_role("heading", name="Set up")).to_be_visible()
    assert page.evaluate(FOUND) == []


def test_no_request_runs_a_script_on_the_page(page: Page, hostile: Sandbox) -> None:
    """From its path, query, headers, body or answer, or in the list."""
    page.goto(f"{hostile.page_url}#live")
    live = page.get_by_role("region", name="Live requests")
    expect(live.get_by_role("link")).to_have_count(len(hostile.requests))
    for request in hostile.requests:
        page.goto(f"{hostile.page_url}#request={request.number}")
        expect(page.locator("#detail h1")).to_contain_text(request.path)
        expect(page.locator("#detail .overline")).to_contain_text(f"Request {request.number}")
        assert page.evaluate(FOUND) == []
        live.get_by_role("searchbox").fill(BREAKOUTS[request.number % len(BREAKOUTS)])


def test_shop_shows_a_hostile_address_as_text(page: Page, shop: str) -> None:
    """In the page after the sign-up, in the navigation, and in the filled-in form."""
    page.goto(f"{shop}sign-up")
    text = f"{BREAKOUTS[0].replace(' ', '/')}@example.com"
    page.get_by_label("Email address").fill(text)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(text)
    expect(page.get_by_role("navigation")).to_contain_text(text)
    page.goto(f"{shop}sign-up")
    expect(page.get_by_label("Email address")).to_have_value(text)
    assert page.locator("main img").count() == 0
