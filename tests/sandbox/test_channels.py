"""Which channel a visit came by."""

import pytest

from pyttributionio.sandbox._channels import Origin, classify, is_search_engine


@pytest.mark.parametrize(
    ("source", "medium", "channel"),
    [
        ("google", "cpc", "paid_search"),
        ("google", "CPC", "paid_search"),
        ("facebook", "cpc", "paid_social"),
        ("Facebook", "cpc", "paid_social"),
        ("fb", "paid", "paid_social"),
        ("www.facebook.com", "ppc", "paid_social"),
        ("LinkedIn", "paid_social", "paid_social"),
        ("facebook", "organic", "social"),
        ("x", "social", "social"),
        ("google", "organic", "organic_search"),
        ("spring", "email", "email"),
        ("spring", "newsletter", "email"),
        ("partner", "affiliate", "affiliate"),
        ("network", "display", "display"),
        ("blog.example", "referral", "referral"),
        ("google", "carrier pigeon", "other"),
        ("google", None, "organic_search"),
        ("newsletter", None, "email"),
        ("instagram", None, "social"),
        ("poster", None, "other"),
        (None, "email", "email"),
        (None, "poster", "other"),
    ],
)
def test_campaign_parameters_give_the_channel(
    source: str | None,
    medium: str | None,
    channel: str,
) -> None:
    """The medium decides where there is one, else the source; both stay as they were written."""
    given = {"utm_source": source, "utm_medium": medium}
    campaign = {name: value for name, value in given.items() if value is not None}
    assert classify(campaign, "www.google.com") == Origin(channel, source, medium)


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        ({"gclid": "1"}, Origin("paid_search", "google", "cpc")),
        ({"msclkid": "1"}, Origin("paid_search", "bing", "cpc")),
        ({"fbclid": "1"}, Origin("social", "facebook", "social")),
        ({"gclid": "1", "utm_source": "adwords"}, Origin("paid_search", "adwords", "cpc")),
        ({"gclid": "1", "utm_medium": "display"}, Origin("display", "google", "display")),
        ({"fbclid": "1", "utm_medium": "cpc"}, Origin("paid_social", "facebook", "cpc")),
    ],
)
def test_click_id_fills_in_what_is_missing(campaign: dict[str, str], expected: Origin) -> None:
    """What was written by hand stands; a referrer does not count beside a click id."""
    assert classify(campaign, "news.example") == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.google.com", Origin("organic_search", "google", "organic")),
        ("google.co.uk", Origin("organic_search", "google", "organic")),
        ("duckduckgo.com", Origin("organic_search", "duckduckgo", "organic")),
        ("de.search.yahoo.com", Origin("organic_search", "yahoo", "organic")),
        ("ya.ru", Origin("organic_search", "yandex", "organic")),
        ("l.facebook.com", Origin("social", "facebook", "social")),
        ("t.co", Origin("social", "x", "social")),
        ("mail.google.com", Origin("email", "gmail", "email")),
        ("docs.google.com", Origin("referral", "docs.google.com", "referral")),
        ("google.com.evil.example", Origin("referral", "google.com.evil.example", "referral")),
        ("notfacebook.com", Origin("referral", "notfacebook.com", "referral")),
    ],
)
def test_outside_referrer_gives_the_channel(host: str, expected: Origin) -> None:
    """Hosts are matched whole, so that a name inside another name does not count."""
    assert classify({}, host) == expected


def test_campaign_without_source_and_medium_takes_them_from_the_referrer() -> None:
    """A campaign's name alone says nothing of the channel."""
    assert classify({"utm_campaign": "x"}, "bing.com").channel == "organic_search"
    assert classify({"utm_campaign": "x"}, None) == Origin("other", None, None)


def test_nothing_at_all_is_direct() -> None:
    """Source and medium stay unknown."""
    assert classify({}, None) == Origin("direct", None, None)


def test_search_engines_are_told_from_the_rest() -> None:
    """Their queries hold what was searched for."""
    assert is_search_engine("www.bing.com")
    assert not is_search_engine("news.example")
    assert not is_search_engine("mail.google.com")
