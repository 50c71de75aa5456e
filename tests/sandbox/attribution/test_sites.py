"""The hosts and sources that are known, and their sites."""

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from pyttributionio.sandbox.attribution.sites import (
    LONGEST_HOST,
    MORE_SITES,
    SITES,
    Kind,
    Site,
    site_of_host,
    site_of_source,
)

FRONTS = {"*.": ("", "a.", "a.b-c.", "www."), "??": ("de.", "uk.")}
"""What can be in the place of the beginnings of patterns."""


def name_of(site: Site | None) -> str | None:
    """Return the name of a site, or None for an unknown one."""
    return None if site is None else site.name


def hosts_of(site: Site) -> Iterator[str]:
    """Yield some of the hosts that match a site's patterns."""
    for host in site.hosts.split():
        endings = (".com", ".de", ".co.uk", ".com.br") if host.endswith(".*") else ("",)
        fronts = FRONTS.get(host[:2], ("",))
        yield from (f + re.sub(r"^(\*|\?\?)\.|\.\*$", "", host) + e for f in fronts for e in endings)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_every_site_is_found_by_all_its_hosts_and_words(site: Site) -> None:
    """So no other site has one of its hosts or words."""
    assert {host: name_of(site_of_host(host)) for host in hosts_of(site)} == dict.fromkeys(hosts_of(site), site.name)
    words = (site.name, *site.words.split(), *hosts_of(site))
    assert {word: name_of(site_of_source(word)) for word in words} == dict.fromkeys(words, site.name)


def test_host_of_the_generated_table_has_its_kind_unless_the_own_table_has_it() -> None:
    """The two tables together know each host of Matomo's list."""
    own = {site.name for site in SITES}
    for site in MORE_SITES:
        found = {host: site_of_host(host) for host in hosts_of(site)}
        assert all(each is not None and (each == site or each.name in own) for each in found.values()), found


@pytest.mark.parametrize("sites", [SITES, MORE_SITES], ids=["own", "generated"])
def test_nothing_is_listed_twice(sites: tuple[Site, ...]) -> None:
    """Neither a host in one of the tables nor a word."""
    hosts = [host for site in sites for host in site.hosts.split()]
    words = [word for site in SITES for word in (site.name, *site.words.split())]
    assert (len(set(hosts)), len(set(words))) == (len(hosts), len(words))


def test_table_is_in_lower_case() -> None:
    """Like the texts that are looked up in it; a `*` is at the start or at the end, and each kind is known."""
    assert {site.kind for site in SITES} == {*get_args(Kind)}
    for site in (*SITES, *MORE_SITES):
        assert " ".join(site).islower()
        assert all(re.fullmatch(r"((\*|\?\?)\.)?[a-z0-9._-]+(\.\*)?", host) for host in site.hosts.split())


@pytest.mark.parametrize(
    ("host", "name", "kind"),
    [
        ("flickr.com", "flickr", "social"),
        ("blog.flickr.com", "flickr", "social"),
        ("www.altavista.com", "altavista", "search"),
        ("suche.t-online.de", "t_online", "search"),
        ("news.google.co.uk", "google_news", "search"),
        ("uk.yahoo.com", "yahoo", "search"),
        ("de.search.yahoo.com", "yahoo", "search"),
        ("mail.yahoo.co.uk", "yahoo_mail", "mail"),
        ("images.yandex.com.tr", "yandex", "search"),
        ("clck.yandex.ru", "yandex", "search"),
        ("go.mail.ru", "mail_ru_search", "search"),
        ("discordapp.com", "discord", "social"),
        ("m.vkontakte.ru", "vk", "social"),
        ("com.instagram.barcelona", "threads", "social"),
        ("com.microsoft.office.outlook", "outlook", "mail"),
        ("com.microsoft.bing", "bing", "search"),
        ("mail.live.com", "outlook", "mail"),
        ("mail2.daum.net", "daum_mail", "mail"),
        ("search.daum.net", "daum", "search"),
        ("deref-gmx.de", "gmx", "mail"),
        ("deref-gmx.net", "gmx", "mail"),
        ("deref-web.de", "web_de", "mail"),
        ("www.googleadservices.com", "google_ads", "search"),
        ("yabs.yandex.ru", "yandex_direct", "search"),
        ("ad.doubleclick.net", "google_display", "ads"),
    ],
)
def test_well_known_hosts(host: str, name: str, kind: Kind) -> None:
    """Portals with mail and a search engine, other countries, apps, redirects of webmail, and networks of adverts."""
    site = site_of_host(host)
    assert site is not None
    assert (site.name, site.kind) == (name, kind)


@pytest.mark.parametrize(
    "host",
    [
        *("mail.provider.example", "mail2.provider.example", "webmail.provider.co.example", "email.provider.example"),
        *("lightmailer-bs.provider.example", "wmail.provider.example", "messagerie.provider.example"),
    ],
)
def test_host_with_a_name_for_mail_is_a_webmail_service(host: str) -> None:
    """No list has the hosts of all providers. The source is the host, as for other unknown hosts."""
    assert site_of_host(host) == Site(host, "mail", host)


@pytest.mark.parametrize(
    "host",
    ["mail.example", "webmail.example", "mailing.shop.example", "mailorder.shop.example", "gomail.shop.example"],
)
def test_name_that_only_begins_like_mail_is_none(host: str) -> None:
    """And a name needs a domain behind it."""
    assert site_of_host(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "example",
        "news.example",
        "notfacebook.com",
        "facebook.com.evil.example",
        "google.com.evil.example",
        "google.com.evil",
        "google.evil",
        "google",
        "googlexcom",
        "docs.google.com",
        "aws.amazon.com",
        "facebook.de",
        "finance.yahoo.com",
        "abc.yahoo.com",
        "a.de.yahoo.com",
        "??.yahoo.com",
        "chatgpt.com",
        "drive.google.com",
        "google.*",
        "*.facebook.*",
        "www.google.com\n",
    ],
)
def test_whole_host_has_to_match(host: str) -> None:
    """A part of a longer name does not match, and neither does another service of the same company."""
    assert site_of_host(host) is None


def test_host_longer_than_hosts_can_be_is_unknown() -> None:
    """Visitors write hosts, so their length is not limited."""
    end = ".facebook.com"
    front = "a" * (LONGEST_HOST - len(end))
    assert name_of(site_of_host(front + end)) == "facebook"
    assert site_of_host("a" + front + end) is None
    assert site_of_host("a." * 500_000 + "facebook.com") is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("google", "google"),
        ("google.de", "google"),
        ("adwords", "google_ads"),
        ("google shopping", "google_shopping"),
        ("google-shopping", "google_shopping"),
        ("fb", "facebook"),
        ("ig", "instagram"),
        ("twitter", "x"),
        ("m.facebook.com", "facebook"),
        ("yt", "youtube"),
        ("gmail", "gmail"),
        ("facebook spring", None),
        ("poster", None),
        ("", None),
    ],
)
def test_source_may_be_a_name_or_a_host(source: str, name: str | None) -> None:
    """As people write it; a dash and a space are the same."""
    assert name_of(site_of_source(source)) == name


def test_short_name_is_no_host() -> None:
    """A machine with the name `fb` is not Facebook."""
    assert site_of_host("fb") is None
