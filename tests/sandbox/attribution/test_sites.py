"""Which hosts and sources are known, and as what."""

from collections.abc import Iterator

import pytest

from pyttributionio.sandbox.attribution.sites import LONGEST_HOST, SITES, Site, site_of_host, site_of_source


def name_of(site: Site | None) -> str | None:
    """Name a site that may be unknown."""
    return None if site is None else site.name


def hosts_of(site: Site) -> Iterator[str]:
    """Write out some of the hosts a row stands for."""
    for host in site.hosts.split():
        endings = (".com", ".de", ".co.uk", ".com.br") if host.endswith(".*") else ("",)
        fronts = ("", "a.", "a.b-c.") if host.startswith("*.") else ("",)
        yield from (f + host.removeprefix("*.").removesuffix(".*") + e for f in fronts for e in endings)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_every_row_is_found_by_all_it_names(site: Site) -> None:
    """So no other row takes a host or a word of it away."""
    assert {host: name_of(site_of_host(host)) for host in hosts_of(site)} == dict.fromkeys(hosts_of(site), site.name)
    words = (site.name, *site.words.split(), *hosts_of(site))
    assert {word: name_of(site_of_source(word)) for word in words} == dict.fromkeys(words, site.name)


def test_nothing_is_listed_twice() -> None:
    """Neither a host nor a word, in one row or in two."""
    hosts = [host for site in SITES for host in site.hosts.split()]
    words = [word for site in SITES for word in (site.name, *site.words.split())]
    assert (len(set(hosts)), len(set(words))) == (len(hosts), len(words))


def test_table_is_in_lower_case() -> None:
    """As what is held against it; a `*` stands at an end."""
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
def test_host_is_matched_whole(host: str) -> None:
    """A name inside another name, or another service of the same company, does not count."""
    assert site_of_host(host) is None


def test_host_as_long_as_none_can_be_is_unknown() -> None:
    """Visitors write hosts, of any length."""
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
    """As people write them; dashes and spaces are alike."""
    assert name_of(site_of_source(source)) == name


def test_short_name_is_no_host() -> None:
    """A machine called `fb` is not Facebook."""
    assert site_of_host("fb") is None
