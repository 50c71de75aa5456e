"""Which pageviews are touchpoints: the sandbox's own assumption, not the vendor's rules.

A touchpoint is a pageview that starts a session of its visitor. Which pageviews do:

1. A visitor's first pageview starts a session.
2. A session ends after 30 minutes without a pageview: the next one starts another, also if it comes
   30 minutes after the last to the second.
3. A pageview that comes from elsewhere than the session did starts another. That is told by its
   origin: all its campaign parameters (`utm_*`) and click ids, and its source and medium. So the same
   origin again, as when a landing page is loaded anew, goes on with the session.
4. A pageview without an origin goes on with the session: its address carries no campaign, and no
   page, or a page of the same site, linked to it. A site is one with and without `www.`.

Sessions are each visitor's own; a customer with two browsers has both browsers' touchpoints. What
comes without an origin after a session has ended is direct, whatever came before. `_channels` says
which channel a touchpoint has.

Rules 2 and 3 are those of Google's Universal Analytics ("How a web session is defined",
https://support.google.com/analytics/answer/2731565) but for its end of sessions at midnight. Its
successor, Analytics 4, has the 30 minutes too, and goes on with the session at a new campaign.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pyttributionio.sandbox.attribution.channels import CLICK_IDS, TrafficSource, classify
from pyttributionio.sandbox.attribution.sites import site_of_host
from pyttributionio.sandbox.values.bodies import JSONObject

SESSION_SECONDS: Final = 30 * 60

_NOWHERE: Final = SplitResult("", "", "", "", "")
_SEARCH_WORDS: Final = ("q", "query", "p", "text", "wd", "word")


@dataclass(frozen=True)
class Arrival:
    """How a visitor came to a page, and what its touchpoint says if it starts a session.

    Attributes:
        origin: Equal text for the same campaign or referrer; None where nothing says where the
            visitor came from: a direct visit, or a link within the site.
        touchpoint: All members of the answer's touchpoint but `id` and `created_at`.
    """

    origin: str | None
    touchpoint: JSONObject


Sighting: TypeAlias = tuple[int, str, int, str | None]
"""One pageview as sessions see it: its id, its visitor's id, its time in Unix seconds, and its origin."""


def arrival(url: str | None, referrer: str | None) -> Arrival:
    """Tell how a visitor came to a page; what is no URL tells nothing, and is no error."""
    page, linking = _split(url), _split(referrer)
    campaign = _campaign(page)
    outside = None if _site(linking) == _site(page) else linking.hostname
    found = classify(campaign, outside)
    return Arrival(
        origin=_origin(found, campaign) if campaign or outside else None,
        touchpoint={
            "channel": found.channel,
            "source": found.source,
            "medium": found.medium,
            "campaign": campaign.get("utm_campaign"),
            "term": campaign.get("utm_term"),
            "content": campaign.get("utm_content"),
            "keyword": _searched_for(linking, outside) or campaign.get("utm_term"),
            "referrer": referrer,
            "landing_page": page._replace(query="", fragment="").geturl() or url,
            "url": url,
        },
    )


class Session(NamedTuple):
    """Where a visitor's session stands: when its last pageview was, in Unix seconds, and with what origin it began."""

    seen_at: int
    origin: str | None


def session_starts(
    sightings: Iterable[Sighting], before: Mapping[str, Session] = MappingProxyType({})
) -> Iterator[int]:
    """Give the ids of the pageviews that start a session.

    Args:
        sightings: Of any number of visitors, in the order of time.
        before: Where the sessions stand of the visitors who were seen before.
    """
    sessions = {**before}
    for number, visitor_id, seen_at, origin in sightings:
        session = sessions.get(visitor_id)
        if session is None or seen_at - session.seen_at >= SESSION_SECONDS or origin not in (None, session.origin):
            sessions[visitor_id] = Session(seen_at, origin)
            yield number
        else:
            sessions[visitor_id] = Session(seen_at, session.origin)


def _split(url: str | None) -> SplitResult:
    # Visitors write these: what is no URL (`http://[`) has no host and no parameters.
    try:
        return urlsplit(url or "")
    except ValueError:
        return _NOWHERE


def _site(page: SplitResult) -> str:
    return (page.hostname or "").removeprefix("www.")


def _campaign(page: SplitResult) -> dict[str, str]:
    parameters = dict(parse_qsl(page.query))
    return {k: v for k, v in parameters.items() if k.startswith("utm_") or k in CLICK_IDS}


def _origin(found: TrafficSource, campaign: Mapping[str, str]) -> str:
    # JSON keeps any two campaigns apart, whatever their values are made of.
    return json.dumps([found.source, found.medium, *sorted(campaign.items())])


def _searched_for(linking: SplitResult, outside: str | None) -> str | None:
    site = None if outside is None else site_of_host(outside)
    if site is None or site.kind != "search":
        return None
    words = dict(parse_qsl(linking.query))
    return next((words[name] for name in _SEARCH_WORDS if name in words), None)
