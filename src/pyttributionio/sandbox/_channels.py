"""Which channel a visit came by: the sandbox's own assumption, not the vendor's rules.

What the vendor does is not public. These rules follow the field's habits, first fit wins:

1. `utm_source` and `utm_medium` count as they are.
2. A click id fills in what of the two is missing: `gclid` google / cpc, `msclkid` bing / cpc,
   `fbclid` facebook / social.
3. With neither of the two, nor a click id, the outside referrer gives both: a search engine
   organic, a social network social, a web mail email, any other site referral.
4. The channel is the medium's in the table `MEDIA`, upper and lower case alike, and `other` for a
   medium not in it. What is paid for at a social network is `paid_social`, not `paid_search`, and
   what is `organic` there is `social`.
5. Without a medium it is the source's: `organic_search`, `social` or `email` where it is known,
   else `other`.
6. Without both it is `other` if there was any campaign parameter, else `direct`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["search", "social", "mail"]

CLICK_IDS: Final[Mapping[str, tuple[str, str]]] = {
    "gclid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "fbclid": ("facebook", "social"),
}

MEDIA: Final[Mapping[str, str]] = {
    **dict.fromkeys(("cpc", "paid", "paid-search", "paid_search", "paidsearch"), "paid_search"),
    **dict.fromkeys(("ppc", "sem"), "paid_search"),
    **dict.fromkeys(("paid-social", "paid_social", "paidsocial"), "paid_social"),
    **dict.fromkeys(("social", "social-media", "social-network", "social_media"), "social"),
    **dict.fromkeys(("e-mail", "e_mail", "email", "newsletter"), "email"),
    **dict.fromkeys(("banner", "cpm", "display"), "display"),
    **dict.fromkeys(("affiliate", "affiliates"), "affiliate"),
    "organic": "organic_search",
    "referral": "referral",
}

# Hosts, matched whole. A country's ending stands where the site has one for each country.
_COUNTRY = r"(\.[a-z]{2,3}){1,2}"
_HOSTS: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("google", "search", rf"(www\.)?google{_COUNTRY}"),
    ("bing", "search", r"(www\.|cn\.)?bing\.com"),
    ("duckduckgo", "search", r"([a-z]+\.)?duckduckgo\.com"),
    ("yahoo", "search", rf"([a-z]+\.)?search\.yahoo{_COUNTRY}"),
    ("yandex", "search", rf"(www\.)?yandex{_COUNTRY}|ya\.ru"),
    ("baidu", "search", r"(www\.|m\.)?baidu\.com"),
    ("ecosia", "search", r"(www\.)?ecosia\.org"),
    ("brave", "search", r"search\.brave\.com"),
    ("facebook", "social", r"([a-z]+\.)?facebook\.com|fb\.com|fb\.me"),
    ("instagram", "social", r"([a-z]+\.)?instagram\.com"),
    ("linkedin", "social", r"([a-z]+\.)?linkedin\.com|lnkd\.in"),
    ("pinterest", "social", rf"(www\.)?pinterest{_COUNTRY}"),
    ("reddit", "social", r"([a-z]+\.)?reddit\.com"),
    ("tiktok", "social", r"([a-z]+\.)?tiktok\.com"),
    ("x", "social", r"(www\.)?x\.com|([a-z]+\.)?twitter\.com|t\.co"),
    ("youtube", "social", r"([a-z]+\.)?youtube\.com|youtu\.be"),
    ("gmail", "mail", r"mail\.google\.com"),
    ("outlook", "mail", r"outlook\.(live|office|office365)\.com"),
    ("proton", "mail", r"mail\.proton\.me"),
    ("yahoo_mail", "mail", r"mail\.yahoo\.com"),
)
_SITES: Final[tuple[tuple[str, Kind, re.Pattern[str]], ...]] = tuple(
    (name, kind, re.compile(hosts)) for name, kind, hosts in _HOSTS
)
# What people write into utm_source by hand, beside the names and hosts above.
_SOURCE_KINDS: Final[Mapping[str, Kind]] = {
    **{name: kind for name, kind, _ in _HOSTS},
    "email": "mail",
    "mail": "mail",
    "newsletter": "mail",
    "fb": "social",
    "ig": "social",
    "meta": "social",
    "twitter": "social",
}
_MEDIUM_OF: Final[Mapping[Kind, str]] = {"search": "organic", "social": "social", "mail": "email"}


@dataclass(frozen=True)
class Origin:
    """Where a visit came from, as far as the rules of this module can tell."""

    channel: str
    source: str | None
    medium: str | None


def classify(campaign: Mapping[str, str], referrer_host: str | None) -> Origin:
    """Find the channel by the rules of this module.

    Args:
        campaign: The page's campaign parameters and click ids, none of them empty.
        referrer_host: Where an outside page linked here, its host in lower case.
    """
    source, medium = campaign.get("utm_source"), campaign.get("utm_medium")
    click = next((pair for name, pair in CLICK_IDS.items() if name in campaign), None)
    if click is not None:
        source, medium = source or click[0], medium or click[1]
    elif source is None and medium is None and referrer_host is not None:
        source, medium = _from_referrer(referrer_host)
    return Origin(_channel(source, medium, tagged=bool(campaign)), source, medium)


def is_search_engine(host: str) -> bool:
    """Tell whether a host, in lower case, is a search engine's."""
    return _kind(host) == "search"


def _from_referrer(host: str) -> tuple[str, str]:
    for name, kind, hosts in _SITES:
        if hosts.fullmatch(host):
            return name, _MEDIUM_OF[kind]
    return host, "referral"


def _channel(source: str | None, medium: str | None, *, tagged: bool) -> str:
    kind = None if source is None else _kind(source.lower())
    if medium is not None:
        channel = MEDIA.get(medium.lower(), "other")
        if kind == "social":
            return {"paid_search": "paid_social", "organic_search": "social"}.get(channel, channel)
        return channel
    if source is not None:
        return "other" if kind is None else MEDIA[_MEDIUM_OF[kind]]
    return "other" if tagged else "direct"


def _kind(source: str) -> Kind | None:
    if source in _SOURCE_KINDS:
        return _SOURCE_KINDS[source]
    return next((kind for _, kind, hosts in _SITES if hosts.fullmatch(source)), None)
