"""The channel of a visit: an assumption of the sandbox, not the vendor's rules.

The vendor's rules are not public. These follow the usual ones, Google Analytics 4's "Default channel
group" (https://support.google.com/analytics/answer/9756891, the rules for manual traffic): the table
rules.csv has its channels in its order, and the first rule that matches wins. Case is ignored. Two rules of
one channel are an "or" of Google's page, one rule with two conditions is an "and".

Source and medium are found in this order:

1. `utm_source` and `utm_medium` are used as they are.
2. A click id gives the one of the two that is missing, by the table `CLICK_IDS`.
3. Without both of them and without a click id, a referrer of another site gives both. The source is the
   site's name, or its host if `sites` does not know it. The medium depends on the kind of site:
   `organic` (search engine), `social`, `video`, `email` (webmail), `cpc` (a network of adverts), or else
   `referral`. A site can have another one: that of the servers of Google's display adverts is `display`.
4. What is still missing has the values of Analytics: source `(direct)` and medium `(none)` for a visit
   of which nothing is known, else `(not set)`.

The rules differ from their source in these points:

- The lists of sites are our own and Matomo's (module `sites`), and short names such as `fb` and `ig` are our own.
- A visit from the server of an advert is paid, also without a click id.
- `newsletter` and `mail` as source or medium, and a webmail site as source, are email: people use these names.
- `affiliates` as medium is `affiliate`, as in an earlier version of Google's page.
- Rules that need Google's own data, such as the network that showed an advert, are left out. So is the
  page's newest channel, for AI assistants: their visits are referrals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, cast

from pyttributionio.sandbox.attribution.sites import Kind, site_of_host, site_of_source
from pyttributionio.sandbox.values.files import read_table

Channel = Literal[
    "direct",
    "cross_network",
    "paid_shopping",
    "paid_search",
    "paid_social",
    "paid_video",
    "display",
    "paid_other",
    "organic_shopping",
    "organic_social",
    "organic_video",
    "organic_search",
    "referral",
    "email",
    "affiliates",
    "audio",
    "sms",
    "mobile_push",
    "unassigned",
]


class Rule(NamedTuple):
    """One rule: it matches a visit if each condition that it has matches.

    A pattern has to match a whole text, which is in lower case. `kind` is the kind of site that the source is.
    """

    channel: Channel
    kind: Kind | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


_PATTERNS: Final = {
    "paid": r".*cp.*|ppc|retargeting|paid.*",
    "shop": r".*(([^a-df-z]|^)shop|shopping).*",
    "email": r"email|e-mail|e_mail|e mail",
}
"""The patterns that the table names in braces."""


def _rule(channel: str, kind: str, *patterns: str) -> Rule:
    conditions = (pattern.format(**_PATTERNS) or None for pattern in patterns)
    return Rule(cast("Channel", channel), cast("Kind", kind) if kind else None, *conditions)


RULES: Final = tuple(_rule(*row.values()) for row in read_table("attribution/rules.csv"))
"""The rows of rules.csv."""

# Source and medium of each click id. If an address has several, the first one of this table counts. Advertising
# systems add them to the links of adverts; only fbclid is different: Facebook adds it to every outgoing link.
CLICK_IDS: Final[Mapping[str, tuple[str, str]]] = {
    "gclid": ("google", "cpc"),  # Google Ads
    "wbraid": ("google", "cpc"),  # Google Ads, from an app to the web on iOS
    "gbraid": ("google", "cpc"),  # Google Ads, to an app on iOS
    "dclid": ("google", "display"),  # Google's Campaign Manager and Display & Video 360
    "msclkid": ("bing", "cpc"),  # Microsoft Advertising
    "ttclid": ("tiktok", "cpc"),
    "twclid": ("x", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
    "fbclid": ("facebook", "social"),
}

_MEDIUM_OF: Final[Mapping[Kind, str]] = {
    "search": "organic",
    "social": "social",
    "video": "video",
    "shopping": "referral",
    "mail": "email",
    "ads": "cpc",
}


@dataclass(frozen=True)
class TrafficSource:
    """The channel of a visit, with its source and medium if they are known."""

    channel: Channel
    source: str | None
    medium: str | None


def classify(campaign: Mapping[str, str], referrer_host: str | None) -> TrafficSource:
    """Return the channel, source and medium of a visit, by the rules of this module.

    Args:
        campaign: The campaign parameters and click ids in the page's address, none of them empty.
        referrer_host: The host of the page that linked here, in lower case; None if it is of the same site.
    """
    source, medium = campaign.get("utm_source"), campaign.get("utm_medium")
    click = next((pair for name, pair in CLICK_IDS.items() if name in campaign), None)
    if click is not None:
        source, medium = source or click[0], medium or click[1]
    elif source is None and medium is None and referrer_host is not None:
        source, medium = _from_referrer(referrer_host)
    if campaign or source is not None:
        channel = _channel(source or "(not set)", medium or "(not set)", campaign.get("utm_campaign", "(not set)"))
    else:
        channel = _channel("(direct)", "(none)", "(not set)")
    return TrafficSource(channel, source, medium)


def _from_referrer(host: str) -> tuple[str, str]:
    site = site_of_host(host)
    return (host, "referral") if site is None else (site.name, site.medium or _MEDIUM_OF[site.kind])


def _channel(source: str, medium: str, campaign: str) -> Channel:
    source, medium, campaign = source.lower(), medium.lower(), campaign.lower()
    site = site_of_source(source)
    kind = None if site is None else site.kind
    return next(
        rule.channel
        for rule in RULES
        if rule.kind in {None, kind}
        and _matches(rule.source, source)
        and _matches(rule.medium, medium)
        and _matches(rule.campaign, campaign)
    )


def _matches(pattern: str | None, text: str) -> bool:
    # DOTALL, because visitors write these texts: they may have line breaks.
    return pattern is None or re.fullmatch(pattern, text, re.DOTALL) is not None
