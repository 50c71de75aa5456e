"""The snippet, run with Node.js in a minimal browser environment, and a running sandbox."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pyttributionio import Client, visitor_id_from_cookies
from pyttributionio.sandbox import Sandbox

from ._node import BROWSER, run


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests here; each of them has its own visitor."""
    with Sandbox() as sandbox:
        sandbox.add_account("odd(key);=,", "hush")
        yield sandbox


class Visit:
    """A page with the snippet: what it did, and the requests that the sandbox received."""

    def __init__(self, sandbox: Sandbox, steps: str, **options: Any) -> None:
        before = len(sandbox.requests)
        code = f"""
            const {{ load }} = await import({json.dumps(BROWSER.as_uri())});
            const page = await load(`${{web}}/snippet.js`, given);
            const {{ window }} = page;
            const value = await (async () => {{ {steps} }})();
            await page.settled();
            const {{ said, cookies, written, stored }} = page;
            const requests = page.requests.map(({{ answered, ...rest }}) => rest);
            const id = window.AttributionSandbox?.visitorId ?? null;
            done({{ value, said, cookies, written, stored, requests, id }});
        """
        given = {"src": f"{sandbox.tracking_url}/snippet.js", "key": "SANDBOX_KEY"} | options
        found = run(code, {name: value for name, value in given.items() if value is not None})
        self.value: Any = found.get("value")
        self.said: list[str] = found["said"]
        self.cookies: dict[str, str] = found["cookies"]
        self.written: list[str] = found["written"]
        self.stored: dict[str, str] = found["stored"]
        self.requests: list[dict[str, Any]] = found["requests"]
        self.visitor_id: str = found["id"]
        received = sandbox.requests[before:]
        self.received = [(r.path, json.loads(r.body), r.status) for r in received]


def test_pageview_has_the_pages_data(running: Sandbox) -> None:
    """Address, referrer, title, user agent and the visitor id of the cookie; without preflight and cookies."""
    visit = Visit(running, "")
    ((path, body, status),) = visit.received
    assert (path, status // 100) == ("/_sandbox/collect", 2)
    assert body["pageview"] == {
        "public_key": "SANDBOX_KEY",
        "visitor_id": visit.visitor_id,
        "url": "https://shop.example/?utm_source=x",
        "referrer": "https://ads.example/",
        "title": "Shop",
        "user_agent": "Test/1",
    }
    (request,) = visit.requests
    assert request["headers"] == {"Content-Type": "text/plain;charset=UTF-8"}
    assert (request["credentials"], request["keepalive"]) == ("omit", True)
    assert visit.said == []


def test_cookie_is_found_by_the_sdk(running: Sandbox) -> None:
    """It has 24 characters of a-z and 0-9, lasts a year, is for the whole site, and is secure on https."""
    visit = Visit(running, "")
    assert re.fullmatch("[a-z0-9]{24}", visit.visitor_id)
    assert visitor_id_from_cookies(visit.cookies, api_key="SANDBOX_KEY") == visit.visitor_id
    assert visit.written == [f"AttrioP_SANDBOX_KEY={visit.visitor_id}; Path=/; Max-Age=31536000; SameSite=Lax; Secure"]
    plain = Visit(running, "", href="http://localhost:8000/")
    assert plain.visitor_id != visit.visitor_id
    assert plain.written[0].endswith("; SameSite=Lax")


def test_returning_visitor_has_the_same_id(running: Sandbox) -> None:
    """Also with other cookies whose names begin with the same characters."""
    cookies = {"AttrioP_SANDBOX_KEY2": "other", "xAttrioP_SANDBOX_KEY": "no", "AttrioP_SANDBOX_KEY": "visitor-7"}
    assert Visit(running, "", cookies=cookies).visitor_id == "visitor-7"
    assert len(Visit(running, "", cookies={"AttrioP_SANDBOX_KEY": ""}).visitor_id) == 24


def test_key_with_odd_characters_is_encoded_in_the_cookies_name(running: Sandbox) -> None:
    """The pageview has the key without encoding; the SDK finds the cookie by its prefix."""
    visit = Visit(running, "", key="odd(key);=,")
    assert [*visit.cookies] == ["AttrioP_odd%28key%29%3B%3D%2C"]
    assert visit.received[0][2] // 100 == 2
    assert visitor_id_from_cookies(visit.cookies, api_key="odd(key);=,") == visit.visitor_id


def test_key_may_be_in_the_scripts_address(running: Sandbox) -> None:
    """For tag managers that remove attributes."""
    visit = Visit(running, "", key=None, src=f"{running.tracking_url}/snippet.js?key=SANDBOX_KEY")
    assert visit.received[0][1]["pageview"]["public_key"] == "SANDBOX_KEY"


def test_identify_and_track_create_a_customer(running: Sandbox) -> None:
    """The SDK reads the customer; later events have the same client id."""
    steps = """
        const first = await window.AttributionSandbox.identify(42, { plan: "pro" });
        const second = await window.AttributionSandbox.track("ev_signup", { meta: { source: "form" } });
        const third = await window.AttributionSandbox.track("ev_purchase", {
            url: "https://shop.example/thanks", transactionId: 1001, clientId: "other", isInformational: true });
        return [first, second, third];
    """
    visit = Visit(running, steps)
    assert visit.value == [True, True, True]
    with Client(
        running.api_key, running.api_secret, base_url=running.base_url, tracking_url=running.tracking_url
    ) as client:
        customer = client.customers.get(42, include="all")
    assert customer.touchpoints[0].source == "x"
    (identity,) = customer.identities
    assert (identity.aliases, identity.model_dump()["meta"]) == (
        [visit.visitor_id],
        {"agent": "Test/1", "plan": "pro"},
    )
    signup, purchase = sorted(customer.events, key=lambda event: event.event_public_key or "", reverse=True)
    assert (signup.client_id, signup.url, signup.is_informational) == (
        "42",
        "https://shop.example/?utm_source=x",
        False,
    )
    assert re.fullmatch("[a-z0-9]{24}", signup.transaction_id or "")
    assert (purchase.client_id, purchase.transaction_id, purchase.is_informational) == ("other", "1001", True)
    assert visit.stored == {"AttrioP_SANDBOX_KEY.client_id": "42"}


def test_client_id_is_kept_for_the_next_page(running: Sandbox) -> None:
    """An event without a client id gets a random one, and belongs to the visitor."""
    known = Visit(
        running, 'await window.AttributionSandbox.track("e");', stored={"AttrioP_SANDBOX_KEY.client_id": "ada"}
    )
    assert known.received[1][1]["event"]["client_id"] == "ada"
    unknown = Visit(running, 'await window.AttributionSandbox.track("e");')
    event = unknown.received[1][1]["event"]
    assert re.fullmatch("[a-z0-9]{24}", event["client_id"])
    assert event["aliases"] == [unknown.visitor_id]


def test_new_address_is_a_pageview_and_a_new_fragment_is_not(running: Sandbox) -> None:
    """With history.pushState, replaceState and the back button; the referrer is the page before."""
    steps = """
        const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
        window.history.pushState({}, "", "/a"); window.document.title = "A"; await turn();
        window.history.replaceState({}, "", "/b"); await turn();
        window.history.replaceState({}, "", "/b#part"); await turn();
        window.history.pushState({}, "", "/b#other"); await turn();
        page.location.href = "https://shop.example/a"; page.listeners.popstate(); await turn();
        await window.AttributionSandbox.page();
    """
    visit = Visit(running, steps)
    # In the order of sending: they can arrive in another order, on different connections.
    sent = [json.loads(request["body"])["pageview"] for request in visit.requests]
    seen = [(pageview["url"], pageview["referrer"], pageview["title"]) for pageview in sent]
    shop = "https://shop.example"
    assert seen == [
        (f"{shop}/?utm_source=x", "https://ads.example/", "Shop"),
        (f"{shop}/a", f"{shop}/?utm_source=x", "A"),
        (f"{shop}/b", f"{shop}/a", "A"),
        (f"{shop}/a", f"{shop}/b", "A"),
        (f"{shop}/a", f"{shop}/a", "A"),
    ]
    assert len(visit.received) == len(seen)


def test_pageview_is_posted_when_the_title_is_known(running: Sandbox) -> None:
    """An async script can run before."""
    steps = 'window.document.title = "Late"; page.listeners.DOMContentLoaded();'
    visit = Visit(running, steps, readyState="loading", title="")
    assert [body["pageview"]["title"] for _, body, _ in visit.received] == ["Late"]


def test_pageview_is_posted_without_cookies_and_storage(running: Sandbox) -> None:
    """Each page has its own visitor id then."""
    visit = Visit(running, 'return window.AttributionSandbox.identify("ada");', noCookies=True, noStorage=True)
    assert visit.value is True
    assert [path for path, _, _ in visit.received] == ["/_sandbox/collect", "/identities"]
    assert visit.received[1][1]["identity"]["aliases"] == [visit.visitor_id]


def test_calls_never_throw(running: Sandbox) -> None:
    """Wrong arguments, a refusal and an unreachable server cause a warning and the result false."""
    steps = """
        const circle = {}; circle.self = circle;
        const { identify, track } = window.AttributionSandbox;
        const good = await Promise.all([identify(), identify("  "), track(), track("e", { meta: circle })]);
        return [...good, await identify("ada", { agent: 1 })];
    """
    visit = Visit(running, steps)
    assert visit.value == [False] * 5
    assert len(visit.said) == 5
    assert visit.said[-1].endswith("/identities was answered 422")
    away = Visit(running, 'return window.AttributionSandbox.identify("ada");', src="http://127.0.0.1:9/snippet.js")
    assert (away.value, len(away.said)) == (False, 2)


def test_existing_attribution_object_is_not_replaced(running: Sandbox) -> None:
    """The vendor's own snippet may be in the page."""
    visit = Visit(running, "return window.AttributionSandbox;", window={"AttributionSandbox": {"theirs": True}})
    assert visit.value == {"theirs": True}
    assert (visit.received, visit.written) == ([], [])
    assert "exists already and is not replaced" in visit.said[0]


def test_missing_key_is_reported_in_the_console(running: Sandbox) -> None:
    """The message has the right tag."""
    visit = Visit(running, "return typeof window.AttributionSandbox;", key=None)
    assert (visit.value, visit.received, visit.written) == ("undefined", [], [])
    assert f'<script src="{running.tracking_url}/snippet.js" data-key="PUBLIC_KEY">' in visit.said[0]


def test_large_event_is_sent_without_keepalive(running: Sandbox) -> None:
    """Browsers refuse keepalive for more than 64 KiB."""
    visit = Visit(running, 'return window.AttributionSandbox.track("e", { meta: { text: "x".repeat(70000) } });')
    assert visit.value is True
    assert [request["keepalive"] for request in visit.requests] == [True, False]


TURN = "const turn = () => new Promise((resolve) => setTimeout(resolve, 1));"


def urls_of(visit: Visit) -> list[tuple[str, str | None]]:
    """Return the addresses and referrers of the pageviews, without the site."""
    sent = [json.loads(request["body"]) for request in visit.requests if request["url"].endswith("/collect")]
    views = [(each["pageview"]["url"], each["pageview"]["referrer"]) for each in sent]
    return [(url.removeprefix("https://shop.example"), referrer) for url, referrer in views]


def test_replaced_addresses_count_once_until_there_is_none_for_a_second(running: Sandbox) -> None:
    """As while the visitor types. The referrer of the next page is the last address."""
    steps = f"""{TURN}
        const type = async (text) => {{ window.history.replaceState({{}}, "", "/?q=" + text); await turn(); }};
        for (const text of ["s", "so", "soc"]) {{ page.now += 900; await type(text); }}
        page.now += 1000; await type("socks"); await type("sock");
        window.history.pushState({{}}, "", "/socks"); await turn();
    """
    assert urls_of(Visit(running, steps)) == [
        ("/?utm_source=x", "https://ads.example/"),
        ("/?q=s", "https://shop.example/?utm_source=x"),
        ("/?q=socks", "https://shop.example/?q=soc"),
        ("/socks", "https://shop.example/?q=sock"),
    ]


def test_address_changed_by_the_navigation_api_is_a_pageview(running: Sandbox) -> None:
    """Its event tells of changes by `history` too, so they count once."""
    steps = f"""{TURN}
        const go = async (url, navigationType) => {{
            page.location.href = url; page.listeners.currententrychange({{ navigationType }}); await turn();
        }};
        await go("https://shop.example/a", "push");
        window.history.pushState({{}}, "", "/b");
        page.listeners.currententrychange({{ navigationType: "push" }}); await turn();
        await go("https://shop.example/c", "replace"); await go("https://shop.example/d", "replace");
        await go("https://shop.example/a", "traverse");
        await go("https://shop.example/a#part", "push");
        page.listeners.currententrychange({{ navigationType: null }}); await turn();
        return page.listeners.popstate === undefined;
    """
    visit = Visit(running, steps, navigation=True)
    assert [url for url, _ in urls_of(visit)] == ["/?utm_source=x", "/a", "/b", "/c", "/a"]
    assert visit.value is True


def test_prerendered_page_posts_nothing_until_it_is_shown(running: Sandbox) -> None:
    """Neither its pageview nor what its code posts; the promises are resolved afterwards."""
    steps = """
        const done = window.AttributionSandbox.track("ev_view");
        await page.settled();
        const before = page.requests.length;
        if (given.shown) { window.document.prerendering = false; for (const listener of page.waiting) listener(); }
        return given.shown ? [before, await done] : [before];
    """
    assert Visit(running, steps, prerendering=True).requests == []
    shown = Visit(running, steps, prerendering=True, shown=True)
    assert shown.value == [0, True]
    assert [path for path, _, _ in shown.received] == ["/_sandbox/collect", "/events"]


def test_page_from_the_back_forward_cache_is_a_pageview(running: Sandbox) -> None:
    """With the visitor and the customer that other pages have set meanwhile; a page that is loaded counts once."""
    steps = """
        page.listeners.pageshow({ persisted: false });
        await page.settled();
        page.cookies["AttrioP_SANDBOX_KEY"] = "visitor-new"; page.stored["AttrioP_SANDBOX_KEY.client_id"] = "ada";
        page.listeners.pageshow({ persisted: true });
        await window.AttributionSandbox.track("ev_back");
        return page.requests.map(({ body }) => JSON.parse(body));
    """
    visit = Visit(running, steps)
    assert urls_of(visit) == [("/?utm_source=x", "https://ads.example/")] * 2
    assert visit.value[1]["pageview"]["visitor_id"] == visit.visitor_id == "visitor-new"
    event = visit.value[2]["event"]
    assert (event["aliases"], event["client_id"]) == (["visitor-new"], "ada")


def test_tag_may_be_a_module(running: Sandbox) -> None:
    """Browsers do not tell a module its tag, so it is looked for."""
    ours = {"src": f"{running.tracking_url}/snippet.js", "dataset": {"key": "SANDBOX_KEY"}}
    other = {"src": "https://shop.example/js/snippet.js", "dataset": {}}
    assert Visit(running, "", tags=[other, ours]).received[0][1]["pageview"]["public_key"] == "SANDBOX_KEY"


@pytest.mark.parametrize("tags", [0, 2], ids=["imported", "twice"])
def test_module_without_its_tag_says_what_to_do(running: Sandbox, tags: int) -> None:
    """It does nothing then."""
    tag = {"src": f"{running.tracking_url}/snippet.js", "dataset": {"key": "SANDBOX_KEY"}}
    visit = Visit(running, "", tags=[tag] * tags)
    assert (visit.received, visit.written) == ([], [])
    (said,) = visit.said
    assert "the snippet cannot find its tag: do not import it, but write <script src=" in said
