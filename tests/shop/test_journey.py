"""From the link of an ad to the typed touchpoint."""

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from pyttributionio.shop._products import ADS, Ad

from ._browser import AGENT, Browser

CHANNELS = {
    "Ad next to search results": "paid_search",
    "Shopping ad": "paid_shopping",
    "Newsletter": "email",
    "Instagram, a post": "organic_social",
    "Instagram, an ad": "paid_social",
    "YouTube, before a video": "paid_video",
    "Affiliate": "affiliates",
    "Banner": "display",
    "A friend's blog": "referral",
    "Podcast": "audio",
    "Text message": "sms",
    "Push message": "mobile_push",
    "A click id alone": "organic_social",
    "No parameters at all": "direct",
}


def test_visit_sign_up_and_purchase_come_back_typed(sandbox: Sandbox, client: Client, browser: Browser) -> None:
    """The whole loop; the test adds the snippet's pageview."""
    link = next(link for link in browser.open("ads").links if "gclid" in link)
    landing = browser.open(link)
    assert landing.url == link
    sandbox.add_pageview("v-1", link, title="Warm feet", user_agent=AGENT)
    browser.set_snippet_cookie()
    welcome = browser.sign_up("ada@example.com")
    assert welcome.url == f"{browser.shop}welcome"
    thanks = browser.buy("ada@example.com", "moor")
    order = thanks.url.rpartition("order=")[2]
    assert thanks.url == f"{browser.shop}thanks?order={order}"
    assert order in thanks.text

    customer = client.customers.get("ada@example.com", include="all")
    (touchpoint,) = customer.touchpoints
    assert (touchpoint.channel, touchpoint.source, touchpoint.campaign) == ("paid_search", "google", "warm-feet")
    assert touchpoint.term == "wool socks"
    assert {(event.event_public_key, event.transaction_id, event.url) for event in customer.events} == {
        ("ev_signup", "signup-ada@example.com", f"{browser.shop}sign-up"),
        ("ev_purchase", order, f"{browser.shop}checkout-moor"),
    }
    assert [event.meta.agent if event.meta else None for event in customer.events] == [AGENT, AGENT]
    (identity,) = customer.identities
    assert identity.aliases == ["v-1"]


@pytest.mark.parametrize("ad", ADS, ids=lambda ad: ad.where)
def test_each_ad_is_listed_and_has_its_channel(sandbox: Sandbox, client: Client, browser: Browser, ad: Ad) -> None:
    """So a developer can see all channels by clicking."""
    link = f"{browser.shop}warm-feet?{ad.query}".rstrip("?")
    assert link in browser.open("ads").links
    assert browser.open(link).answer.status_code == 200
    sandbox.add_pageview("v-1", link)
    client.tracking.identity("ada@example.com", visitor_id="v-1")
    (touchpoint,) = client.customers.get("ada@example.com", include=["touchpoints"]).touchpoints
    assert touchpoint.channel == CHANNELS[ad.where]


def test_form_sent_twice_counts_once(client: Client, browser: Browser) -> None:
    """The order number is part of the form, so the second purchase is the same as the first."""
    browser.set_snippet_cookie()
    form = browser.open("checkout-pier").fields | {"email": "ada@example.com"}
    first, second = browser.send("checkout-pier", form), browser.send("checkout-pier", form)
    assert first.url == second.url
    for _ in range(2):
        browser.sign_up("ada@example.com")
    events = client.customers.get("ada@example.com", include=["events"]).events
    assert sorted(str(event.transaction_id) for event in events) == [form["order"], "signup-ada@example.com"]


def test_each_checkout_has_another_order_number(browser: Browser) -> None:
    """So two purchases are two orders."""
    assert browser.open("checkout-pier").fields["order"] != browser.open("checkout-pier").fields["order"]


def test_link_leads_to_the_customers_journey(browser: Browser) -> None:
    """The email address in it is percent-encoded."""
    browser.set_snippet_cookie()
    links = browser.buy("a/b?c#d&e=f@example.com").links
    page = browser.shop.removesuffix("shop/")
    assert f"{page}#customer=a%2Fb%3Fc%23d%26e%3Df%40example.com&account=SANDBOX_KEY" in links


def test_cookie_of_another_suffix_is_found(client: Client, browser: Browser) -> None:
    """The vendor's snippet has used different names."""
    browser.set_snippet_cookie("v-9", "AttrioP_something")
    browser.sign_up("ada@example.com")
    (identity,) = client.customers.get("ada@example.com", include=["identities"]).identities
    assert identity.aliases == ["v-9"]


def test_new_visitor_has_no_cookies(browser: Browser) -> None:
    """The button removes the cookies, so that a developer needs no private window."""
    browser.set_snippet_cookie()
    browser.sign_up("ada@example.com")
    assert {*browser.http.cookies} == {"AttrioP_SANDBOX_KEY", "shop_email"}
    ads = browser.send("forget-me", {})
    assert ads.url == f"{browser.shop}ads"
    assert {*browser.http.cookies} == set()
    assert "ada@example.com" not in ads.answer.text


def test_any_cookie_is_removed(browser: Browser) -> None:
    """Except one with a name that cannot be written into an answer."""
    answer = browser.http.post("forget-me", headers={"Cookie": "AttrioP_a[b]=1; AttrioP_c=2"}, follow_redirects=False)
    assert answer.status_code == 303
    assert "AttrioP_c=" in answer.headers["set-cookie"]
