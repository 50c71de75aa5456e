"""Which pageviews are touchpoints, and what they hold."""

from typing import Any

import pytest

from pyttributionio.sandbox._shapes import read_pageview
from pyttributionio.sandbox._store import Row
from pyttributionio.sandbox._touchpoints import derive

from ._posting import MOMENT, MOMENT_TEXT


def row(number: int, url: str, referrer: str | None = None, visitor_id: str = "v") -> Row:
    """Make a stored pageview."""
    members: dict[str, Any] = {"visitor_id": visitor_id, "url": url, "referrer": referrer}
    pageview = read_pageview(members, now=MOMENT)
    return Row(number, pageview.created_at, pageview.document)


def test_touchpoint_tells_all_of_its_campaign() -> None:
    """The landing page is the address without its query."""
    url = (
        "https://shop.example/sale?utm_source=google&utm_medium=cpc&utm_campaign=spring"
        "&utm_term=red+shoes&utm_content=banner%201&page=2#top"
    )
    assert derive([row(7, url, "https://www.google.com/")]) == [
        {
            "id": 7,
            "channel": "paid_search",
            "source": "google",
            "medium": "cpc",
            "campaign": "spring",
            "term": "red shoes",
            "content": "banner 1",
            "keyword": "red shoes",
            "referrer": "https://www.google.com/",
            "landing_page": "https://shop.example/sale",
            "url": url,
            "created_at": MOMENT_TEXT,
        }
    ]


def test_what_is_unknown_is_null() -> None:
    """The first pageview of a visitor is a touchpoint even if nothing is known of it."""
    assert derive([row(1, "https://shop.example/")]) == [
        {
            "id": 1,
            "channel": "direct",
            "source": None,
            "medium": None,
            "campaign": None,
            "term": None,
            "content": None,
            "keyword": None,
            "referrer": None,
            "landing_page": "https://shop.example/",
            "url": "https://shop.example/",
            "created_at": MOMENT_TEXT,
        }
    ]


@pytest.mark.parametrize(
    ("url", "referrer"),
    [
        ("https://shop.example/?utm_source=x", None),
        ("https://shop.example/?utm_id=x", None),
        ("https://shop.example/?gclid=x", "https://shop.example/"),
        ("https://shop.example/?msclkid=x", None),
        ("https://shop.example/?fbclid=x", None),
        ("https://shop.example/", "https://news.example/"),
        ("https://shop.example/", "https://www.shop.example/"),
        ("URL unknown", "https://news.example/"),
    ],
)
def test_later_pageview_from_outside_is_a_touchpoint(url: str, referrer: str | None) -> None:
    """Campaign parameters, click ids, and pages of other hosts."""
    assert [t["id"] for t in derive([row(1, "/first"), row(2, url, referrer)])] == [1, 2]


@pytest.mark.parametrize(
    ("url", "referrer"),
    [
        ("https://shop.example/", None),
        ("https://shop.example/", ""),
        ("https://shop.example/", "https://shop.example/other?utm_source=x"),
        ("https://shop.example/", "HTTPS://SHOP.EXAMPLE:443/other"),
        ("https://shop.example/", "no address"),
        ("https://shop.example/?utm_source=", None),
        ("https://shop.example/?page=utm_source", None),
        ("https://shop.example/?UTM_SOURCE=x", None),
        ("https://shop.example/#utm_source=x", None),
        ("https://shop.example/", "http://[broken"),
        ("http://[broken?utm_source=x", None),
    ],
)
def test_later_pageview_from_inside_is_none(url: str, referrer: str | None) -> None:
    """Clicking on within the site is no marketing contact."""
    assert [t["id"] for t in derive([row(1, "/first"), row(2, url, referrer)])] == [1]


def test_each_visitor_has_a_first_pageview() -> None:
    """A customer may have several browsers."""
    rows = [row(1, "/", visitor_id="a"), row(2, "/", visitor_id="b"), row(3, "/", visitor_id="a")]
    assert [t["id"] for t in derive(rows)] == [1, 2]


def test_keyword_is_what_was_searched_for() -> None:
    """Of search engines only, and before the campaign's term."""
    google, news = "https://www.google.com/search?q=red+shoes", "https://news.example/?q=no"
    found = derive(
        [
            row(1, "https://shop.example/", google),
            row(2, "https://shop.example/?utm_term=t", google),
            row(3, "https://shop.example/?utm_term=t", news),
            row(4, "https://shop.example/", news),
            row(5, "https://shop.example/", "https://www.google.com/"),
        ]
    )
    assert [t["keyword"] for t in found] == ["red shoes", "red shoes", "t", None, None]


def test_address_that_is_none_is_its_own_landing_page() -> None:
    """Visitors write addresses, and nothing they write may break the reading."""
    urls = ["http://[broken?utm_source=x", "URL unknown"]
    found = derive([row(n, url, "https://a.example") for n, url in enumerate(urls)])
    assert [t["landing_page"] for t in found] == urls
