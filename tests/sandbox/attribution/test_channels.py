"""The channel of a visit."""

import re
from typing import get_args

import pytest

from pyttributionio.sandbox.attribution.channels import CLICK_IDS, RULES, Channel, TrafficSource, classify

# Source, medium, campaign and channel, about in the order of the rules.
CASES: list[tuple[str | None, str | None, str | None, Channel]] = [
    ("(direct)", "(none)", None, "direct"),
    ("(direct)", "(not set)", None, "direct"),
    ("(direct)", None, "shop", "direct"),
    ("(direct)", "email", None, "email"),
    ("google", "cpc", "spring cross-network", "cross_network"),
    (None, None, "Cross-Network", "cross_network"),
    ("amazon", "cpc", None, "paid_shopping"),
    ("google shopping", "paid", None, "paid_shopping"),
    ("google", "cpc", "shopping", "paid_shopping"),
    ("google", "cpc", "spring-shop", "paid_shopping"),
    ("google", "cpc", "Shop", "paid_shopping"),
    ("google", "cpc", "eshop", "paid_shopping"),
    ("google", "cpc", "workshop", "paid_search"),
    ("google", "cpc", None, "paid_search"),
    ("Google", "CPC", "pawnShip", "paid_search"),
    ("www.bing.com", "ppc", None, "paid_search"),
    ("google", "retargeting", None, "paid_search"),
    ("google", "paid-search", None, "paid_search"),
    ("google", "cpm", None, "paid_search"),
    ("adwords", "cpv_cpc_mix", None, "paid_search"),
    ("facebook", "cpc", None, "paid_social"),
    ("fb", "Paid", None, "paid_social"),
    ("www.facebook.com", "ppc", None, "paid_social"),
    ("LinkedIn", "paid_social", None, "paid_social"),
    ("youtube", "cpv", None, "paid_video"),
    ("network", "display", None, "display"),
    ("network", "Banner", None, "display"),
    ("network", "expandable", None, "display"),
    ("network", "interstitial", None, "display"),
    ("network", "cpm", None, "display"),
    ("google", "display", None, "display"),
    ("network", "cpc", None, "paid_other"),
    ("newsletter", "paid", None, "paid_other"),
    (None, "ppc", None, "paid_other"),
    ("network", "ppcs", None, "unassigned"),
    ("network", "xppc", None, "unassigned"),
    ("network", "unpaid", None, "unassigned"),
    ("etsy", None, None, "organic_shopping"),
    ("amazon", "referral", None, "organic_shopping"),
    ("spring", "email", "shop", "organic_shopping"),
    ("facebook", "organic", None, "organic_social"),
    ("instagram", None, None, "organic_social"),
    ("x", "referral", None, "organic_social"),
    ("page", "social", None, "organic_social"),
    ("page", "social-network", None, "organic_social"),
    ("page", "social-media", None, "organic_social"),
    ("page", "sm", None, "organic_social"),
    ("page", "Social Network", None, "organic_social"),
    ("page", "social media", None, "organic_social"),
    ("page", "socialite", None, "unassigned"),
    ("youtube", "organic", None, "organic_video"),
    ("page", "my-video-ad", None, "organic_video"),
    ("page", "a\nvideo\n", None, "organic_video"),
    ("google", "organic", None, "organic_search"),
    ("google", None, None, "organic_search"),
    ("google", "carrier pigeon", None, "organic_search"),
    ("blog", "organic", None, "organic_search"),
    ("blog.example", "referral", None, "referral"),
    ("blog.example", "app", None, "referral"),
    ("blog.example", "link", None, "referral"),
    ("email", "link", None, "referral"),
    ("spring", "email", None, "email"),
    ("spring", "E-Mail", None, "email"),
    ("spring", "e_mail", None, "email"),
    ("e mail", "spring", None, "email"),
    ("e-mail", None, None, "email"),
    (None, "email", None, "email"),
    ("spring", "newsletter", None, "email"),
    ("newsletter", None, None, "email"),
    ("mail", "spring", None, "email"),
    ("gmail", "spring", None, "email"),
    ("spring", "emails", None, "unassigned"),
    ("partner", "affiliate", None, "affiliates"),
    ("partner", "affiliates", None, "affiliates"),
    ("podcast", "audio", None, "audio"),
    ("spring", "sms", None, "sms"),
    ("sms", "spring", None, "sms"),
    ("spring", "web-push", None, "mobile_push"),
    ("spring", "mobile-web", None, "mobile_push"),
    ("spring", "notifications", None, "mobile_push"),
    ("firebase", "spring", None, "mobile_push"),
    ("spring", "pushed", None, "unassigned"),
    ("poster", None, None, "unassigned"),
    (None, "poster", None, "unassigned"),
    (None, None, "spring", "unassigned"),
]


@pytest.mark.parametrize(("source", "medium", "name", "channel"), CASES)
def test_campaign_parameters_give_the_channel(
    source: str | None, medium: str | None, name: str | None, channel: Channel
) -> None:
    """The first rule that matches wins, in any case; source and medium keep their case."""
    given = {"utm_source": source, "utm_medium": medium, "utm_campaign": name}
    campaign = {name: value for name, value in given.items() if value is not None}
    assert classify(campaign, None) == TrafficSource(channel, source, medium)


def test_every_channel_has_a_rule_and_a_case() -> None:
    """The rules have the order of the `Channel` type, and those of one channel are together."""
    assert list(dict.fromkeys(rule.channel for rule in RULES)) == list(get_args(Channel))
    assert sorted(RULES, key=lambda rule: get_args(Channel).index(rule.channel)) == list(RULES)
    assert {case[3] for case in CASES} == set(get_args(Channel))


def test_only_the_last_rule_matches_everything() -> None:
    """So every visit has a channel, and no rule comes after one that always matches."""
    assert [rule.channel for rule in RULES if not any(rule[1:])] == ["unassigned"]
    assert RULES[-1].channel == "unassigned"


def test_patterns_are_in_lower_case() -> None:
    """Like the texts that they are matched with."""
    for pattern in (text for rule in RULES for text in rule[2:] if text is not None):
        assert pattern == pattern.lower()
        assert re.compile(pattern)


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        ({"gclid": "1"}, TrafficSource("paid_search", "google", "cpc")),
        ({"wbraid": "1"}, TrafficSource("paid_search", "google", "cpc")),
        ({"gbraid": "1"}, TrafficSource("paid_search", "google", "cpc")),
        ({"dclid": "1"}, TrafficSource("display", "google", "display")),
        ({"msclkid": "1"}, TrafficSource("paid_search", "bing", "cpc")),
        ({"ttclid": "1"}, TrafficSource("paid_social", "tiktok", "cpc")),
        ({"twclid": "1"}, TrafficSource("paid_social", "x", "cpc")),
        ({"li_fat_id": "1"}, TrafficSource("paid_social", "linkedin", "cpc")),
        ({"fbclid": "1"}, TrafficSource("organic_social", "facebook", "social")),
        ({"fbclid": "1", "gclid": "1"}, TrafficSource("paid_search", "google", "cpc")),
        ({"gclid": "1", "utm_source": "adwords"}, TrafficSource("paid_search", "adwords", "cpc")),
        ({"gclid": "1", "utm_medium": "display"}, TrafficSource("display", "google", "display")),
        ({"gclid": "1", "utm_campaign": "shop"}, TrafficSource("paid_shopping", "google", "cpc")),
        ({"fbclid": "1", "utm_medium": "cpc"}, TrafficSource("paid_social", "facebook", "cpc")),
        ({"fbclid": "1", "utm_source": "spring"}, TrafficSource("organic_social", "spring", "social")),
    ],
)
def test_click_id_gives_a_missing_source_or_medium(campaign: dict[str, str], expected: TrafficSource) -> None:
    """`utm_source` and `utm_medium` have priority; with a click id, the referrer does not count."""
    assert classify(campaign, "news.example") == expected


def test_every_click_id_alone_has_a_channel() -> None:
    """None of them is unassigned, or paid by an unknown site."""
    channels = {classify({name: "1"}, None).channel for name in CLICK_IDS}
    assert channels == {"paid_search", "paid_social", "display", "organic_social"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.google.com", TrafficSource("organic_search", "google", "organic")),
        ("google.co.uk", TrafficSource("organic_search", "google", "organic")),
        ("duckduckgo.com", TrafficSource("organic_search", "duckduckgo", "organic")),
        ("de.search.yahoo.com", TrafficSource("organic_search", "yahoo", "organic")),
        ("ya.ru", TrafficSource("organic_search", "yandex", "organic")),
        ("l.facebook.com", TrafficSource("organic_social", "facebook", "social")),
        ("t.co", TrafficSource("organic_social", "x", "social")),
        ("m.youtube.com", TrafficSource("organic_video", "youtube", "video")),
        ("www.amazon.co.uk", TrafficSource("organic_shopping", "amazon", "referral")),
        ("mail.google.com", TrafficSource("email", "gmail", "email")),
        ("mail2.daum.net", TrafficSource("email", "daum_mail", "email")),
        ("webmail.provider.example", TrafficSource("email", "webmail.provider.example", "email")),
        ("www.googleadservices.com", TrafficSource("paid_search", "google_ads", "cpc")),
        ("yabs.yandex.ru", TrafficSource("paid_search", "yandex_direct", "cpc")),
        ("ad.doubleclick.net", TrafficSource("display", "google_display", "display")),
        ("trc.taboola.com", TrafficSource("paid_other", "taboola", "cpc")),
        ("chatgpt.com", TrafficSource("referral", "chatgpt.com", "referral")),
        ("com.google.android.gm", TrafficSource("email", "gmail", "email")),
        ("docs.google.com", TrafficSource("referral", "docs.google.com", "referral")),
        ("google.com.evil.example", TrafficSource("referral", "google.com.evil.example", "referral")),
        ("notfacebook.com", TrafficSource("referral", "notfacebook.com", "referral")),
    ],
)
def test_referrer_of_another_site_gives_the_channel(host: str, expected: TrafficSource) -> None:
    """By the kind of the site; a site that is not known is a referral, with its host as the source."""
    assert classify({}, host) == expected


def test_referrer_does_not_count_if_there_is_a_source_or_medium() -> None:
    """It does not give the other of the two either."""
    assert classify({"utm_source": "poster"}, "www.google.com") == TrafficSource("unassigned", "poster", None)
    assert classify({"utm_medium": "poster"}, "www.google.com") == TrafficSource("unassigned", None, "poster")


def test_campaign_without_source_and_medium_takes_them_from_the_referrer() -> None:
    """The name of a campaign does not say where the visit came from."""
    assert classify({"utm_campaign": "x"}, "bing.com") == TrafficSource("organic_search", "bing", "organic")
    assert classify({"utm_id": "x"}, None) == TrafficSource("unassigned", None, None)


def test_visit_without_any_information_is_direct() -> None:
    """Its source and medium are unknown."""
    assert classify({}, None) == TrafficSource("direct", None, None)
