"""What example data is made of: tables to look at and to change. All of it is made up."""

from typing import Final, NamedTuple

SITE: Final = "https://shop.example"


class Way(NamedTuple):
    """How visitors come: how often, how readily they buy in such a session, and what their browser tells."""

    share: float
    """Of all sessions, beside the other ways' shares."""
    conversion: float
    """The part of sessions of a known customer in which something is bought."""
    query: str
    """Of the landing page's address."""
    referrer: str | None = None


WAYS: Final = (
    Way(16, 0.225, ""),
    Way(15, 0.15, "", "https://www.google.com/"),
    Way(3, 0.125, "", "https://duckduckgo.com/?q=warm+socks"),
    Way(2, 0.125, "", "https://www.bing.com/search?q=wool+socks"),
    Way(9, 0.2, "utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=sock+shop&gclid=g"),
    Way(7, 0.125, "utm_source=google&utm_medium=cpc&utm_campaign=autumn-sale&utm_term=wool+socks&gclid=g"),
    Way(2, 0.125, "utm_source=bing&utm_medium=cpc&utm_campaign=autumn-sale&msclkid=m"),
    Way(2, 0.175, "utm_source=google&utm_medium=cpc&utm_campaign=cross-network-max&gclid=g"),
    Way(3, 0.175, "utm_source=google&utm_medium=cpc&utm_campaign=shopping-all"),
    Way(9, 0.3, "utm_source=newsletter&utm_medium=email&utm_campaign=week-{week}"),
    Way(2, 0.5, "utm_source=crm&utm_medium=email&utm_campaign=basket-reminder"),
    Way(6, 0.05, "utm_source=instagram&utm_medium=paid_social&utm_campaign=creators&utm_content=reel-{variant}"),
    Way(4, 0.05, "utm_source=facebook&utm_medium=cpc&utm_campaign=lookalikes&fbclid=f"),
    Way(3, 0.05, "utm_source=instagram&utm_medium=social&utm_campaign=bio"),
    Way(2, 0.05, "", "https://www.pinterest.com/"),
    Way(2, 0.0375, "utm_source=youtube&utm_medium=cpv&utm_campaign=how-we-knit"),
    Way(1.5, 0.05, "", "https://www.youtube.com/"),
    Way(4, 0.0125, "utm_source=adnetwork&utm_medium=display&utm_campaign=banners&utm_content=banner-{variant}"),
    Way(3, 0.2, "utm_source=socks-compared&utm_medium=affiliate&utm_campaign=partners"),
    Way(4, 0.075, "", "https://blog.example.net/the-best-socks"),
    Way(1, 0.075, "", "https://magazine.example.org/gifts"),
    Way(1, 0.1, "utm_source=sms&utm_medium=sms&utm_campaign=parcel"),
    Way(1, 0.075, "utm_source=app&utm_medium=push&utm_campaign=drop-{week}"),
    Way(0.7, 0.05, "utm_source=socktalk&utm_medium=audio&utm_campaign=episode-{week}"),
    Way(0.7, 0.1, "", "https://www.etsy.com/"),
    Way(0.5, 0.05, "utm_source=retargeter&utm_medium=retargeting&utm_campaign=come-back"),
    Way(0.6, 0.025, "utm_source=poster&utm_medium=qr&utm_campaign=underground"),
)

PAGES: Final = (
    ("/", "The sock shop"),
    ("/socks", "All socks"),
    ("/socks/wool", "Wool socks"),
    ("/socks/stripes", "Striped socks"),
    ("/socks/hiking", "Hiking socks"),
    ("/socks/gift-box", "The gift box"),
    ("/about", "How we knit"),
    ("/faq", "Questions & answers"),
)
LANDINGS: Final = (0, 0, 0, 1, 2, 3, 4, 5)
"""Positions in `PAGES`, where sessions begin."""
WELCOME: Final = ("/welcome", "Welcome")
CHECKOUT: Final = ("/checkout", "Your basket")
THANKS: Final = ("/thank-you", "Thank you")

PRICES: Final = (9.0, 12.5, 19.0, 24.0, 36.0, 59.0)
"""Of orders, in the shop's currency."""

BROWSERS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
)

CLIENT_IDS: Final = (
    (6, "customer-{number}"),
    (5, "person{number}@example.com"),
    (3, "person{number}@example.org"),
    (2, "person{number}+shop@example.net"),
    (1, "{number}"),
    (0.3, "crm/de/{number}?vip#1"),
    (0.3, "Käufer {number} 🧦"),
)
"""Kinds of ids by their weight: an id can be anything."""

SESSIONS: Final = ((35, 1, 1), (30, 2, 3), (22, 4, 7), (11, 8, 15), (2, 20, 60))
"""How many a person has: the weight, the fewest and the most."""
HOURS: Final = (2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 7, 7, 7, 8, 9, 11, 12, 11, 8, 4)
"""How busy each hour of the day is, in UTC."""
WEEKDAYS: Final = (11, 10, 10, 10, 9, 8, 10)
"""How busy each day of the week is, from Monday."""
WEEKS: Final = 8
"""How far back the first sessions are."""
