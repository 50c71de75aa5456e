"""Which pageviews are touchpoints, and what they hold."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyttributionio.sandbox.attribution.touchpoints import SESSION_SECONDS, Arrival, Sighting, arrival, session_starts

SHOP = "https://shop.example/"
GOOGLE = "https://www.google.com/"
# Pieces of addresses, right and wrong, for hypothesis to put together.
PARTS = "http: // shop.example www. www.google.com [ ] ::1 %25zone : :80 :99999 @ / ? & ; = # q * . \\ % %00 %ff %0A"
NAMES = "utm_source utm_medium utm_campaign utm_ gclid fb cpc shop (direct)"
ODD = ["\n", "\t", " ", "\x00", "%ed%a0%80", "\u2100", "\uff0e", "\u0130", "\ud800"]
PIECES = st.sampled_from([*PARTS.split(), *NAMES.split(), *ODD])
ADDRESSES = st.none() | st.lists(PIECES | st.text(max_size=4), max_size=14).map("".join)
# No deadline: a slow machine is not a failure.
many = settings(max_examples=200, deadline=None)


def starts(*sightings: tuple[int, str | None]) -> list[int]:
    """Number one visitor's pageviews, given by second and origin; list those that start a session."""
    numbered = ((n, "v", second, origin) for n, (second, origin) in enumerate(sightings, 1))
    return list(session_starts(numbered))


def test_touchpoint_tells_all_of_its_campaign() -> None:
    """The landing page is the address without its query."""
    url = (
        "https://shop.example/sale?utm_source=google&utm_medium=cpc&utm_campaign=spring"
        "&utm_term=red+shoes&utm_content=banner%201&page=2#top"
    )
    touchpoint = arrival(url, GOOGLE).touchpoint
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


def test_what_is_unknown_is_null() -> None:
    """A direct visit has an address, and nothing else."""
    unknown = ("source", "medium", "campaign", "term", "content", "keyword", "referrer")
    expected = {"channel": "direct", **dict.fromkeys(unknown), "landing_page": SHOP, "url": SHOP}
    assert arrival(SHOP, None) == Arrival(None, expected)


def test_pageview_without_an_address_is_direct() -> None:
    """Nothing is known of it, not even where it was."""
    found = arrival(None, None)
    assert found.origin is None
    assert (found.touchpoint["channel"], found.touchpoint["landing_page"], found.touchpoint["url"]) == (
        "direct",
        None,
        None,
    )


def test_keyword_is_what_was_searched_for() -> None:
    """Of search engines only, and before the campaign's term."""
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
    found = [arrival(url, referrer).touchpoint["keyword"] for url, referrer in visits]
    assert found == ["red shoes", "red shoes", "red shoes", "t", None, None, None, None]


def test_address_that_is_none_is_its_own_landing_page() -> None:
    """Visitors write addresses, and nothing they write may break the reading."""
    urls = ["http://[broken?utm_source=x", "URL unknown", "http://shop.example:port/"]
    assert [arrival(url, "https://a.example").touchpoint["landing_page"] for url in urls] == urls


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
    """Campaign parameters, click ids, and pages of other sites."""
    assert arrival(url, referrer).origin


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
def test_visit_from_inside_or_nowhere_has_no_origin(url: str | None, referrer: str | None) -> None:
    """Clicking on within the site is no marketing contact; nor is what says nothing."""
    found = arrival(url, referrer)
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
    """Whatever the page, the order of the parameters, and the referring page of one site."""
    assert arrival(*one).origin == arrival(*other).origin is not None


def test_any_other_campaign_or_referrer_has_another_origin() -> None:
    """Each of them differs from each: by parameter, value, click, site, or what fills in the source."""
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
    assert len({arrival(url, referrer).origin for url, referrer in visits}) == len(visits)


@many
@given(url=ADDRESSES, referrer=ADDRESSES)
@example(url="http://[", referrer="http://]")
@example(url="http://a:99999/", referrer="http://a:port/")
@example(url="https://\u2100.example/?utm_source", referrer="//")
@example(url="https://shop.example/?" + "utm_source=x&" * 5_000, referrer="https://" + "a." * 5_000)
@example(url="?utm_source=\ud800", referrer="http://\ud800/")
def test_no_address_is_an_error(url: str | None, referrer: str | None) -> None:
    """Whatever a visitor writes makes a touchpoint that JSON can hold, the same each time."""
    found = arrival(url, referrer)
    assert json.loads(json.dumps(found.touchpoint)) == found.touchpoint
    assert (found.touchpoint["url"], found.touchpoint["referrer"]) == (url, referrer)
    assert found.origin is None or found.origin.isascii()
    assert (found.origin is None) == (found.touchpoint["channel"] == "direct" and found.touchpoint["source"] is None)
    assert arrival(url, referrer) == found


def test_first_pageview_starts_a_session() -> None:
    """Even if nothing is known of where it came from."""
    assert starts() == []
    assert starts((0, None)) == [1]
    assert starts((0, "a")) == [1]


def test_pageview_without_origin_goes_on_with_the_session() -> None:
    """Until 30 minutes have passed since the last pageview, not since the first."""
    last = SESSION_SECONDS - 1
    assert SESSION_SECONDS == 1800
    assert starts((0, "a"), (last, None), (2 * last, None), (3 * last, None)) == [1]


def test_session_ends_after_thirty_minutes_to_the_second() -> None:
    """Then the next pageview starts one, whatever its origin."""
    assert starts((0, None), (SESSION_SECONDS - 1, None)) == [1]
    assert starts((0, None), (SESSION_SECONDS, None)) == [1, 2]
    assert starts((0, "a"), (SESSION_SECONDS - 1, "a")) == [1]
    assert starts((0, "a"), (SESSION_SECONDS, "a"), (SESSION_SECONDS, "a")) == [1, 2]


def test_another_origin_starts_a_session_at_once() -> None:
    """Also where the session had none, and where it comes back to an earlier one."""
    assert starts((0, "a"), (1, "b"), (2, "a")) == [1, 2, 3]
    assert starts((0, None), (1, "a")) == [1, 2]


def test_same_origin_again_goes_on_with_the_session() -> None:
    """A landing page that is loaded anew, at once or after other pages, is no second contact."""
    assert starts((0, "a"), (0, "a"), (1, None), (2, "a")) == [1]


def test_session_after_a_pause_has_its_own_origin() -> None:
    """What the session before it came by is forgotten."""
    assert starts((0, "a"), (SESSION_SECONDS, None), (SESSION_SECONDS + 1, "a")) == [1, 2, 3]


def test_each_visitor_has_sessions_of_its_own() -> None:
    """A customer may have several browsers."""
    sightings = [
        (7, "one", 0, "a"),
        (8, "two", 1, "a"),
        (9, "one", 2, "b"),
        (10, "two", 3, "a"),
        (11, "one", 4, "b"),
    ]
    assert list(session_starts(sightings)) == [7, 8, 9]


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
def test_visitors_do_not_disturb_each_other(steps: list[tuple[str, int, str | None]]) -> None:
    """All of them at once give what each gives alone."""
    now = 0
    sightings: list[Sighting] = []
    for number, (visitor_id, pause, origin) in enumerate(steps):
        now += pause
        sightings.append((number, visitor_id, now, origin))
    alone = [[s for s in sightings if s[1] == visitor_id] for visitor_id in ("one", "two", "three")]
    assert list(session_starts(sightings)) == sorted(number for each in alone for number in session_starts(each))
