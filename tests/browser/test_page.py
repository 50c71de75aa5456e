"""The sandbox's page in a real browser: live requests, search, keyboard and themes."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from pyttributionio import Client, InternalServerError
from pyttributionio.sandbox import Sandbox

GROUND = "getComputedStyle(document.body).backgroundColor"
# Returns the element with the focus, and whether the focus is visible; or null.
FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const ring = element.querySelector(".ring");
  const ringed = ring !== null && getComputedStyle(ring).stroke !== "rgba(0, 0, 0, 0)";
  const seen = ringed || (outlineStyle !== "none" && outlineWidth !== "0px");
  const { width, height, top, bottom, left, right } = element.getBoundingClientRect();
  const inside = width > 1 && height > 1 && top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
  return { tag: element.tagName.toLowerCase(), html: element.outerHTML.slice(0, 120), seen: seen && inside };
}"""

# Shows or hides the page's tab.
LOOK = """(looked) => {
  Object.defineProperty(document, "hidden", { value: !looked, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def customers(client: Client) -> list[str]:
    """Two customers, latest seen first."""
    for day, name in enumerate(("ada", "bob"), 1):
        moment = datetime(2026, 3, day, tzinfo=UTC)
        client.tracking.identity(f"{name}@example.com", visitor_id=f"visitor-of-{name}", created_at=moment)
    return ["bob@example.com", "ada@example.com"]


def requests_on(page: Page) -> Locator:
    """Return the rows of the live list."""
    return page.get_by_role("region", name="Live requests").get_by_role("link")


def test_event_appears_without_a_reload(page: Page, sandbox: Sandbox, client: Client) -> None:
    """With its identity, newest first; while the list is paused, new requests are only counted."""
    page.goto(f"{sandbox.page_url}#live")
    expect(page.get_by_title("Connected: new requests are shown at once")).to_be_visible()
    client.tracking.event("ev_signup", visitor_id="v-1", client_id="ada@example.com")
    expect(requests_on(page)).to_contain_text(["/identities", "/events"])
    expect(requests_on(page).last).to_contain_text("ev_signup · ada@example.com")
    page.get_by_role("button", name="Pause").click()
    client.tracking.identity("ada@example.com", visitor_id="v-2")
    resume = page.get_by_role("button", name="Resume: 1 new")
    expect(resume).to_be_visible()
    expect(requests_on(page)).to_have_count(2)
    resume.click()
    expect(requests_on(page)).to_have_count(3)


def post_identities(sandbox: Sandbox, *client_ids: str) -> None:
    """Post an identity for each client id."""
    with Client(sandbox.api_key, tracking_url=sandbox.tracking_url) as client:
        for client_id in client_ids:
            client.tracking.identity(client_id, visitor_id="v")


def test_requests_of_a_new_sandbox_on_the_same_port_replace_the_old_ones(context: BrowserContext) -> None:
    """However many requests it has answered; a link to an old request says that it is old."""
    page = context.new_page()
    with Sandbox() as old:
        page.goto(f"{old.page_url}#live")
        expect(page.get_by_title("Connected: new requests are shown at once")).to_be_visible()
        post_identities(old, "old-1", "old-2", "old-3")
        expect(requests_on(page)).to_contain_text(["old-3", "old-2", "old-1"])
        page.evaluate(LOOK, False)
        port = int(old.tracking_url.rpartition(":")[2])
    with Sandbox(port=port) as new:
        post_identities(new, "new-1", "new-2", "new-3", "new-4", "new-5")
        requests_on(page).nth(1).click()
        expect(page.get_by_role("alert")).to_have_text("this request was answered before the sandbox was started again")
        page.evaluate(LOOK, True)
        expect(requests_on(page)).to_contain_text(["new-5", "new-4", "new-3", "new-2", "new-1"])
        expect(page.get_by_role("region", name="Live requests")).to_contain_text("5 requests")
        requests_on(page).nth(1).click()
        expect(page.get_by_role("link", name="new-4", exact=True)).to_be_visible()


def test_request_under_a_fault_is_marked(page: Page, sandbox: Sandbox, client: Client) -> None:
    """In the list and in its details; the changed answer is shown."""
    page.goto(f"{sandbox.page_url}#live")
    expect(page.get_by_title("Connected: new requests are shown at once")).to_be_visible()
    sandbox.faults.next(1, status=503, path="/events")
    with pytest.raises(InternalServerError):
        client.with_options(max_retries=0).tracking.event("ev_signup", visitor_id="v-1", identify=False)
    row = requests_on(page).filter(has_text="Fault")
    expect(row).to_contain_text("503")
    row.click()
    expect(page.get_by_role("heading", name="POST /events")).to_be_visible()
    expect(page.get_by_text("this fault was injected into the request")).to_be_visible()


def test_search_finds_a_customer_by_alias(page: Page, sandbox: Sandbox, customers: list[str]) -> None:
    """A developer finds the alias in the cookie."""
    page.goto(sandbox.page_url)
    rows = page.get_by_role("region", name="Customers").get_by_role("link")
    expect(rows).to_contain_text(customers)
    page.get_by_role("searchbox", name="Search customers").fill("OF-ADA")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("ada@example.com")


def test_blank_id_has_a_visible_name(page: Page, sandbox: Sandbox) -> None:
    """In the list, in heading and title, and at its request."""
    names = {"aliases": ["v"], "client_id": "  ", "public_key": sandbox.api_key}
    identity = {**names, "created_at": 1, "meta": {"agent": "x"}}
    assert page.request.post(f"{sandbox.tracking_url}/identities", data={"identity": identity}).ok
    page.goto(sandbox.page_url)
    page.get_by_role("region", name="Customers").get_by_role("link", name="U+0020 U+0020").click()
    expect(page.get_by_role("heading", name="U+0020 U+0020", exact=True)).to_be_visible()
    expect(page).to_have_title("U+0020 U+0020 · Sandbox of Attribution.io")
    page.goto(f"{sandbox.page_url}#request=1")
    page.get_by_role("region", name="Details").get_by_role("link", name="U+0020 U+0020").click()
    expect(page.get_by_role("heading", name="U+0020 U+0020", exact=True)).to_be_visible()


def test_keyboard_alone_opens_a_customer(page: Page, sandbox: Sandbox, client: Client, customers: list[str]) -> None:
    """With Tab, arrow and Enter; a request that arrives does not move the focus."""
    page.goto(sandbox.page_url)
    rows = page.get_by_role("region", name="Customers").get_by_role("link")
    expect(rows).to_contain_text(customers)
    search = page.get_by_role("searchbox", name="Search customers")
    press_until(page, "Tab", search)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=customers[1], exact=True)).to_be_visible()
    client.tracking.identity(customers[1], visitor_id="v-3")
    expect(rows.first).to_contain_text(customers[1])
    expect(rows.first).to_be_focused()
    # The detail is updated some time after the list, with other focusable elements.
    journey = f"Journey of {customers[1]}: 0 touchpoints, 0 pageviews, 2 identities"
    expect(page.get_by_role("group", name=journey)).to_be_visible()
    check_each_stop(page)


def press_until(page: Page, key: str, wanted: Locator) -> None:
    """Press a key until an element has the focus."""
    for _ in range(20):
        page.keyboard.press(key)
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{key} does not lead there")


def check_each_stop(page: Page) -> None:
    """Press Tab through the whole page: the focus is always visible."""
    tags: set[str] = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            assert tags == {"a", "g", "button", "div"}, "list, picture, buttons, and the text of the answer"
            return
        assert focused["seen"], focused["html"]
        tags.add(focused["tag"])
    pytest.fail("the focus does not leave the page")


def test_theme_is_kept(page: Page, sandbox: Sandbox) -> None:
    """The chosen theme is kept after a reload, and has priority over the system's."""
    page.goto(sandbox.page_url)
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(GROUND)
    assert dark != light
    page.get_by_role("button", name="Theme: system").press("Enter")
    expect(page.get_by_role("button", name="Theme: light")).to_be_focused()
    assert page.evaluate(GROUND) == light
    page.reload()
    assert page.evaluate(GROUND) == light
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Theme: light").press("Enter")
    assert page.evaluate(GROUND) == dark


def test_link_to_the_shop_is_there_where_the_shop_is(
    page: Page, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    """A sandbox in code has no shop, and a link would lead to an error."""
    page.goto(sandbox.page_url)
    expect(page.get_by_role("heading", name="No customers yet: follow three steps", exact=True)).to_be_visible()
    assert page.get_by_role("link", name="shop").count() == 0
    page.get_by_role("link", name="Live").click()
    expect(page.get_by_text("No requests yet. Run your own program against the sandbox.")).to_be_visible()
    shop = request.getfixturevalue("shop")
    page.goto(sandbox.page_url)
    page.reload()
    expect(page.get_by_role("link", name="Open the example shop")).to_be_visible()
    page.get_by_role("link", name="Example shop", exact=True).click()
    expect(page).to_have_url(shop)


def test_event_with_an_unknown_key_is_marked(context: BrowserContext) -> None:
    """In the list, which can be filtered for them, and in the request."""
    with (
        Sandbox(event_keys={"ev_signup"}) as sandbox,
        Client("SANDBOX_KEY", tracking_url=sandbox.tracking_url) as client,
    ):
        for key in ("ev_signup", "ev_sginup"):
            client.tracking.event(key, visitor_id="v-1", client_id="ada@example.com")
        page = context.new_page()
        page.goto(f"{sandbox.page_url}#live")
        expect(requests_on(page)).to_have_count(4)
        page.get_by_role("combobox").select_option("Unknown event keys")
        expect(requests_on(page)).to_have_count(1)
        expect(requests_on(page)).to_contain_text("Unknown key ev_sginup")
        requests_on(page).click()
        expect(page.get_by_text("ev_sginup: this is none of the event keys that the sandbox was given")).to_be_visible()
