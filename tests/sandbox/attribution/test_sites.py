"""The hosts and sources that are known, and their sites."""

from collections.abc import Iterator
from typing import get_args

import pytest

from pyttributionio.sandbox.attribution.sites import LONGEST_HOST, SITES, Kind, Site, site_of_host, site_of_source


def name_of(site: Site | None) -> str | None:
    """Return the name of a site, or None for an unknown one."""
    return None if site is None else site.name


def hosts_of(site: Site) -> Iterator[str]:
    """Yield some of the hosts that match a site's patterns."""
    for host in site.hosts.split():
        endings = (".com", ".de", ".co.uk", ".com.br") if host.endswith(".*") else ("",)
        fronts = ("", "a.", "a.b-c.") if host.startswith("*.") else ("",)
        yield from (f + host.removeprefix("*.").removesuffix(".*") + e for f in fronts for e in endings)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_every_site_is_found_by_all_its_hosts_and_words(site: Site) -> None:
    """So no other site has one of its hosts or words."""
    assert {host: name_of(site_of_host(host)) for host in hosts_of(site)} == dict.fromkeys(hosts_of(site), site.name)
    words = (site.name, *site.words.split(), *hosts_of(site))
    assert {word: name_of(site_of_source(word)) for word in words} == dict.fromkeys(words, site.name)


def test_nothing_is_listed_twice() -> None:
    """Neither a host nor a word."""
    hosts = [host for site in SITES for host in site.hosts.split()]
    words = [word for site in SITES for word in (site.name, *site.words.split())]
    assert (len(set(hosts)), len(set(words))) == (len(hosts), len(words))


def test_table_is_in_lower_case() -> None:
    """Like the texts that are looked up in it; a `*` is at the start or at the end, and each kind is known."""
    assert {site.kind for site in SITES} == {*get_args(Kind)}
    for site in SITES:
        assert " ".join(site).islower()
        assert all("*" not in host.removeprefix("*.").removesuffix(".*") for host in site.hosts.split())


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
