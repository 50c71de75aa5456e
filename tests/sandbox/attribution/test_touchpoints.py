"""Which pageviews are touchpoints, and which members a touchpoint has."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyttributionio.sandbox.attribution.touchpoints import (
    SESSION_SECONDS,
    Arrival,
    PageviewOrigin,
    read_arrival,
    session_starts,
)

SHOP = "https://shop.example/"
GOOGLE = "https://www.google.com/"
# Pieces of addresses, right and wrong, which hypothesis puts together.
PARTS = "http: // shop.example www. www.google.com [ ] ::1 %25zone : :80 :99999 @ / ? & ; = # q * . \\ % %00 %ff %0A"
NAMES = "utm_source utm_medium utm_campaign utm_ gclid fb cpc shop (direct)"
ODD = ["\n", "\t", " ", "\x00", "%ed%a0%80", "\u2100", "\uff0e", "\u0130", "\ud800"]
PIECES = st.sampled_from([*PARTS.split(), *NAMES.split(), *ODD])
ADDRESSES = st.none() | st.lists(PIECES | st.text(max_size=4), max_size=14).map("".join)
# No deadline, because a slow machine is not a failure.
many = settings(max_examples=200, deadline=None)


def starts(*pageviews: tuple[int, str | None]) -> list[int]:
    """List the numbers of one visitor's pageviews, given as seconds and origins, that start a session."""
    numbered = ((n, "v", second, origin) for n, (second, origin) in enumerate(pageviews, 1))
    return list(session_starts(numbered))


def test_touchpoint_has_its_whole_campaign() -> None:
    """The landing page is the address without its query."""
    url = (
        "https://shop.example/sale?utm_source=google&utm_medium=cpc&utm_campaign=spring"
        "&utm_term=red+shoes&utm_content=banner%201&page=2#top"
    )
    touchpoint = read_arrival(url, GOOGLE).touchpoint
    assert touchpoint == {
        "channel": "paid_search",
        "source": "google",
        "medium": "cpc",
        "campaign": "spring",
        "term": "red shoes",
        "content": "banner 1",
        "keyword": "red shoes",
        "referrer": GOOGLE,
        "landing_page": "https://shop.example/sale",
        "url": url,
    }
    order = ("channel", "source", "medium", "campaign", "term", "content", "keyword", "referrer", "landing_page", "url")
    assert tuple(touchpoint) == order


def test_unknown_members_are_null() -> None:
    """A direct visit has only an address."""
    unknown = ("source", "medium", "campaign", "term", "content", "keyword", "referrer")
    expected = {"channel": "direct", **dict.fromkeys(unknown), "landing_page": SHOP, "url": SHOP}
    assert read_arrival(SHOP, None) == Arrival(None, expected)


def test_pageview_without_an_address_is_direct() -> None:
    """Nothing is known about it, not even its page."""
    found = read_arrival(None, None)
    assert found.origin is None
    assert (found.touchpoint["channel"], found.touchpoint["landing_page"], found.touchpoint["url"]) == (
        "direct",
        None,
        None,
    )


def test_keyword_has_the_words_of_a_search() -> None:
    """Only search engines give it, and it has priority over the campaign's term."""
    searched, news = GOOGLE + "search?q=red+shoes", "https://news.example/?q=no"
    visits = [
        (SHOP, searched),
        (SHOP + "?utm_term=t", searched),
        (SHOP, "https://yandex.ru/search/?text=red+shoes"),
        (SHOP + "?utm_term=t", news),
        (SHOP, news),
        (SHOP, "https://www.youtube.com/results?q=no"),
        (SHOP, GOOGLE),
        (GOOGLE + "maps", searched),
    ]
    found = [read_arrival(url, referrer).touchpoint["keyword"] for url, referrer in visits]
    assert found == ["red shoes", "red shoes", "red shoes", "t", None, None, None, None]


def test_text_that_is_no_url_is_its_own_landing_page() -> None:
    """Visitors write addresses, so no text may cause an error."""
    urls = ["http://[broken?utm_source=x", "URL unknown", "http://shop.example:port/"]
    assert [read_arrival(url, "https://a.example").touchpoint["landing_page"] for url in urls] == urls


@pytest.mark.parametrize(
    ("url", "referrer"),
    [
        ("https://shop.example/?utm_source=x", None),
        ("https://shop.example/?utm_id=x", None),
        ("https://shop.example/?gclid=x", "https://shop.example/"),
        ("https://shop.example/?msclkid=x", None),
        ("https://shop.example/?fbclid=x", None),
        ("https://shop.example/?li_fat_id=x", None),
        ("https://shop.example/", "https://news.example/"),
        ("https://shop.example/", "https://blog.shop.example/"),
        ("https://shop.example/", "android-app://com.google.android.gm/"),
        ("URL unknown", "https://news.example/"),
    ],
)
def test_visit_from_outside_has_an_origin(url: str, referrer: str | None) -> None:
    """Campaign parameters, click ids and pages of other sites are origins."""
    assert read_arrival(url, referrer).origin


@pytest.mark.parametrize(
    ("url", "referrer"),
    [
        ("https://shop.example/", None),
        ("https://shop.example/", ""),
        ("https://shop.example/", "https://shop.example/other?utm_source=x"),
        ("https://shop.example/", "HTTPS://SHOP.EXAMPLE:443/other"),
        ("https://shop.example/", "https://www.shop.example/"),
        ("https://www.shop.example/", "https://shop.example/"),
        ("https://shop.example/", "no address"),
        ("https://shop.example/?utm_source=", None),
        ("https://shop.example/?page=utm_source", None),
        ("https://shop.example/?UTM_SOURCE=x", None),
        ("https://shop.example/#utm_source=x", None),
        ("https://shop.example/", "http://[broken"),
        ("http://[broken?utm_source=x", None),
        (None, None),
    ],
)
def test_visit_from_the_same_site_or_from_nowhere_has_no_origin(url: str | None, referrer: str | None) -> None:
    """A link within the site is no marketing contact, and neither is a visit of unknown origin."""
    found = read_arrival(url, referrer)
    assert (found.origin, found.touchpoint["channel"]) == (None, "direct")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((SHOP + "?utm_source=x&gclid=1", None), (SHOP + "sale?gclid=1&page=2&utm_source=x#top", GOOGLE)),
        ((SHOP, GOOGLE), (SHOP + "sale", "https://google.com/search?q=shoes")),
        ((SHOP, "https://news.example/a"), (SHOP, "http://news.example/b")),
    ],
)
def test_same_campaign_or_referrer_has_the_same_origin(
    one: tuple[str, str | None], other: tuple[str, str | None]
) -> None:
    """The page, the order of the parameters and the exact page of the linking site make no difference."""
    assert read_arrival(*one).origin == read_arrival(*other).origin is not None


def test_any_other_campaign_or_referrer_has_another_origin() -> None:
    """All of these differ: by a parameter, a value, a click id, a site, or where the source comes from."""
    visits = [
        (SHOP + "?utm_source=google&utm_medium=organic", None),
        (SHOP + "?utm_source=google&utm_medium=organic&utm_content=a", None),
        (SHOP + "?utm_source=google&utm_medium=organic&utm_content=b", None),
        (SHOP + "?utm_source=google&utm_medium=organic&utm_term=b", None),
        (SHOP + "?gclid=1", None),
        (SHOP + "?gclid=2", None),
        (SHOP + "?utm_campaign=spring", None),
        (SHOP + "?utm_campaign=spring", GOOGLE),
        (SHOP + "?utm_campaign=spring", "https://news.example/"),
        (SHOP, GOOGLE),
        (SHOP, "https://news.example/"),
        (SHOP, None),
    ]
    assert len({read_arrival(url, referrer).origin for url, referrer in visits}) == len(visits)


@many
@given(url=ADDRESSES, referrer=ADDRESSES)
@example(url="http://[", referrer="http://]")
@example(url="http://a:99999/", referrer="http://a:port/")
@example(url="https://\u2100.example/?utm_source", referrer="//")
@example(url="https://shop.example/?" + "utm_source=x&" * 5_000, referrer="https://" + "a." * 5_000)
@example(url="?utm_source=\ud800", referrer="http://\ud800/")
def test_no_address_is_an_error(url: str | None, referrer: str | None) -> None:
    """Any text that a visitor writes gives a touchpoint that JSON can represent, and always the same one."""
    found = read_arrival(url, referrer)
    assert json.loads(json.dumps(found.touchpoint)) == found.touchpoint
    assert (found.touchpoint["url"], found.touchpoint["referrer"]) == (url, referrer)
    assert found.origin is None or found.origin.isascii()
    assert (found.origin is None) == (found.touchpoint["channel"] == "direct" and found.touchpoint["source"] is None)
    assert read_arrival(url, referrer) == found


def test_first_pageview_starts_a_session() -> None:
    """Even if its origin is unknown."""
    assert starts() == []
    assert starts((0, None)) == [1]
    assert starts((0, "a")) == [1]


def test_pageview_without_origin_belongs_to_the_current_session() -> None:
    """Until 30 minutes have passed since the session's last pageview, not since its first."""
    last = SESSION_SECONDS - 1
    assert SESSION_SECONDS == 1800
    assert starts((0, "a"), (last, None), (2 * last, None), (3 * last, None)) == [1]


def test_session_ends_after_exactly_thirty_minutes() -> None:
    """Then the next pageview starts a session, with any origin or none."""
    assert starts((0, None), (SESSION_SECONDS - 1, None)) == [1]
    assert starts((0, None), (SESSION_SECONDS, None)) == [1, 2]
    assert starts((0, "a"), (SESSION_SECONDS - 1, "a")) == [1]
    assert starts((0, "a"), (SESSION_SECONDS, "a"), (SESSION_SECONDS, "a")) == [1, 2]


def test_another_origin_starts_a_session_at_once() -> None:
    """Also if the session had no origin, and if the origin is that of an earlier session."""
    assert starts((0, "a"), (1, "b"), (2, "a")) == [1, 2, 3]
    assert starts((0, None), (1, "a")) == [1, 2]


def test_same_origin_again_belongs_to_the_same_session() -> None:
    """A landing page that is loaded again, at once or after other pages, is no second contact."""
    assert starts((0, "a"), (0, "a"), (1, None), (2, "a")) == [1]


def test_session_after_a_pause_has_its_own_origin() -> None:
    """The origin of the session before the pause no longer counts."""
    assert starts((0, "a"), (SESSION_SECONDS, None), (SESSION_SECONDS + 1, "a")) == [1, 2, 3]


def test_each_visitor_has_sessions_of_its_own() -> None:
    """A customer may have several browsers."""
    pageviews = [
        (7, "one", 0, "a"),
        (8, "two", 1, "a"),
        (9, "one", 2, "b"),
        (10, "two", 3, "a"),
        (11, "one", 4, "b"),
    ]
    assert list(session_starts(pageviews)) == [7, 8, 9]


@many
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "two", "three"]),
            st.sampled_from([0, 1, SESSION_SECONDS - 1, SESSION_SECONDS]),
            st.sampled_from([None, "a", "b"]),
        ),
        max_size=30,
    )
)
def test_sessions_of_visitors_are_independent(steps: list[tuple[str, int, str | None]]) -> None:
    """All visitors together have the sessions that each of them has alone."""
    now = 0
    pageviews: list[PageviewOrigin] = []
    for number, (visitor_id, pause, origin) in enumerate(steps):
        now += pause
        pageviews.append(PageviewOrigin(number, visitor_id, now, origin))
    alone = [[each for each in pageviews if each.visitor_id == visitor_id] for visitor_id in ("one", "two", "three")]
    assert list(session_starts(pageviews)) == sorted(number for each in alone for number in session_starts(each))
