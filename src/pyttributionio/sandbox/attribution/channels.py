"""Which channel a visit came by: the sandbox's own assumption, not the vendor's rules.

What the vendor does is not public. These rules follow the field's usual ones, Google Analytics 4's
"Default channel group" (https://support.google.com/analytics/answer/9756891, the rules for manual
traffic): `RULES` has its channels in its order, and the first rule that fits wins. Upper and lower
case are alike.

Where source and medium come from:

1. `utm_source` and `utm_medium` count as they are.
2. A click id fills in what of the two is missing, by the table `CLICK_IDS`.
3. With neither of the two, nor a click id, the outside referrer gives both: the site's name, or its
   host where `_sites` does not know it, and by the kind of site the medium `organic` (search engine),
   `social`, `video`, `email` (web mail) or else `referral`.
4. What is still missing counts as Analytics has it: source `(direct)` and medium `(none)` for a visit
   that nothing is known of, else `(not set)`.

Where the rules part from their source:

- The lists of sites are our own (`_sites`), and so are short names such as `fb` and `ig`.
- `newsletter` and `mail` as source or medium, and a web mail as source, are email: people write them so.
- `affiliates` as medium is `affiliate`, as an earlier version of the page had it.
- What needs Google's own data, such as the network an advert ran in, is left out, and so is the
  page's newest channel, for AI assistants: they come by referral.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from pyttributionio.sandbox.attribution.sites import Kind, site_of_host, site_of_source

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
    """One row: it fits where all that it names fits.

    The patterns are held against the whole of a lower-case text, and `kind` against the kind of site
    the source is.
    """

    channel: Channel
    kind: Kind | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


PAID: Final = r".*cp.*|ppc|retargeting|paid.*"
SHOP: Final = r".*(([^a-df-z]|^)shop|shopping).*"
EMAIL: Final = r"email|e-mail|e_mail|e mail"

# Two rows of one channel are the source's "or", one row with two conditions its "and".
RULES: Final[tuple[Rule, ...]] = (
    Rule("direct", source=r"\(direct\)", medium=r"\(none\)|\(not set\)"),
    Rule("cross_network", campaign=r".*cross-network.*"),
    Rule("paid_shopping", kind="shopping", medium=PAID),
    Rule("paid_shopping", campaign=SHOP, medium=PAID),
    Rule("paid_search", kind="search", medium=PAID),
    Rule("paid_social", kind="social", medium=PAID),
    Rule("paid_video", kind="video", medium=PAID),
    Rule("display", medium=r"display|banner|expandable|interstitial|cpm"),
    Rule("paid_other", medium=PAID),
    Rule("organic_shopping", kind="shopping"),
    Rule("organic_shopping", campaign=SHOP),
    Rule("organic_social", kind="social"),
    Rule("organic_social", medium=r"social|social-network|social-media|sm|social network|social media"),
    Rule("organic_video", kind="video"),
    Rule("organic_video", medium=r".*video.*"),
    Rule("organic_search", kind="search"),
    Rule("organic_search", medium=r"organic"),
    Rule("referral", medium=r"referral|app|link"),
    Rule("email", source=EMAIL),
    Rule("email", medium=EMAIL),
    Rule("email", source=r"newsletter|mail"),  # ours
    Rule("email", medium=r"newsletter|mail"),  # ours
    Rule("email", kind="mail"),  # ours
    Rule("affiliates", medium=r"affiliates?"),
    Rule("audio", medium=r"audio"),
    Rule("sms", source=r"sms"),
    Rule("sms", medium=r"sms"),
    Rule("mobile_push", medium=r".*push"),
    Rule("mobile_push", medium=r".*(mobile|notification).*"),
    Rule("mobile_push", source=r"firebase"),
    Rule("unassigned"),
)

# Source and medium of each click id; of several, the first here counts. All are put on links by an
# advertising system, but for fbclid, which Facebook puts on every link out of it, paid for or not.
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
}


@dataclass(frozen=True)
class TrafficSource:
    """Where a visit came from, as far as the rules of this module can tell."""

    channel: Channel
    source: str | None
    medium: str | None


def classify(campaign: Mapping[str, str], referrer_host: str | None) -> TrafficSource:
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
    if campaign or source is not None:
        channel = _channel(source or "(not set)", medium or "(not set)", campaign.get("utm_campaign", "(not set)"))
    else:
        channel = _channel("(direct)", "(none)", "(not set)")
    return TrafficSource(channel, source, medium)


def _from_referrer(host: str) -> tuple[str, str]:
    site = site_of_host(host)
    return (host, "referral") if site is None else (site.name, _MEDIUM_OF[site.kind])


def _channel(source: str, medium: str, campaign: str) -> Channel:
    source, medium, campaign = source.lower(), medium.lower(), campaign.lower()
    site = site_of_source(source)
    kind = None if site is None else site.kind
    return next(
        rule.channel
        for rule in RULES
        if rule.kind in {None, kind}
        and _fits(rule.source, source)
        and _fits(rule.medium, medium)
        and _fits(rule.campaign, campaign)
    )


def _fits(pattern: str | None, text: str) -> bool:
    # DOTALL, since visitors write these: a line's end is as good a character as any.
    return pattern is None or re.fullmatch(pattern, text, re.DOTALL) is not None
