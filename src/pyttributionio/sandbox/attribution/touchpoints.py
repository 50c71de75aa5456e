"""Which pageviews are touchpoints: an assumption of the sandbox, not the vendor's rules.

A touchpoint is a pageview that starts a session of its visitor:

1. A visitor's first pageview starts a session.
2. A session ends after 30 minutes without a pageview. The next pageview starts a new session, also if it
   comes exactly 30 minutes after the last one.
3. A pageview with another origin than its session starts a new session. The origin is the source and medium
   together with all campaign parameters (`utm_*`) and click ids. So a pageview with the same origin, as when
   a landing page is loaded again, belongs to the same session.
4. A pageview without an origin belongs to the current session: its address has no campaign parameters, and it was
   linked from no page or from a page of the same site. A site is the same with and without `www.`.

Each visitor has its own sessions: a customer with two browsers has the touchpoints of both. A pageview
without an origin after the end of a session is a direct visit, whatever came before. The module `channels` gives
a touchpoint its channel.

Rules 2 and 3 are those of Google's Universal Analytics ("How a web session is defined",
https://support.google.com/analytics/answer/2731565), without its end of all sessions at midnight. Its
successor, Analytics 4, has the 30 minutes too, but starts no new session for a new campaign.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pyttributionio.sandbox.attribution.channels import CLICK_IDS, TrafficSource, classify
from pyttributionio.sandbox.attribution.sites import site_of_host
from pyttributionio.sandbox.values.bodies import JSONObject

SESSION_SECONDS: Final = 30 * 60

_NO_URL: Final = SplitResult("", "", "", "", "")
_SEARCH_PARAMETERS: Final = ("q", "query", "p", "text", "wd", "word")


@dataclass(frozen=True)
class Arrival:
    """How a visitor came to a page, and the touchpoint that the page is if it starts a session.

    Attributes:
        origin: A text that is equal for equal campaigns and referrers; None if nothing says where the visitor
            came from: a direct visit, or a link within the site.
        touchpoint: All members of the answer's touchpoint except `id` and `created_at`.
    """

    origin: str | None
    touchpoint: JSONObject


class PageviewOrigin(NamedTuple):
    """What the session rules need of a pageview; the time in Unix seconds."""

    id: int
    visitor_id: str
    created_at: int
    origin: str | None


class Session(NamedTuple):
    """A visitor's current session: the time of its last pageview, in Unix seconds, and its origin."""

    last_at: int
    origin: str | None


def read_arrival(url: str | None, referrer: str | None) -> Arrival:
    """Return how a visitor came to a page; a text that is not a URL says nothing and is not an error."""
    page, linking = _split(url), _split(referrer)
    campaign = _campaign(page)
    referrer_host = None if _site(linking) == _site(page) else linking.hostname
    found = classify(campaign, referrer_host)
    return Arrival(
        origin=_origin(found, campaign) if campaign or referrer_host else None,
        touchpoint={
            "channel": found.channel,
            "source": found.source,
            "medium": found.medium,
            "campaign": campaign.get("utm_campaign"),
            "term": campaign.get("utm_term"),
            "content": campaign.get("utm_content"),
            "keyword": _search_words(linking, referrer_host) or campaign.get("utm_term"),
            "referrer": referrer,
            "landing_page": page._replace(query="", fragment="").geturl() or url,
            "url": url,
        },
    )


def session_starts(
    pageviews: Iterable[PageviewOrigin], current: Mapping[str, Session] = MappingProxyType({})
) -> Iterator[int]:
    """Yield the ids of the pageviews that start a session.

    Args:
        pageviews: Of any number of visitors, in the order of time.
        current: The current sessions of the visitors who have earlier pageviews.
    """
    sessions = {**current}
    for number, visitor_id, created_at, origin in pageviews:
        session = sessions.get(visitor_id)
        if session is None or created_at - session.last_at >= SESSION_SECONDS or origin not in (None, session.origin):
            sessions[visitor_id] = Session(created_at, origin)
            yield number
        else:
            sessions[visitor_id] = Session(created_at, session.origin)


def _split(url: str | None) -> SplitResult:
    # Visitors write these texts: one that is not a URL (`http://[`) has no host and no parameters.
    try:
        return urlsplit(url or "")
    except ValueError:
        return _NO_URL


def _site(page: SplitResult) -> str:
    return (page.hostname or "").removeprefix("www.")


def _campaign(page: SplitResult) -> dict[str, str]:
    parameters = dict(parse_qsl(page.query))
    return {k: v for k, v in parameters.items() if k.startswith("utm_") or k in CLICK_IDS}


def _origin(found: TrafficSource, campaign: Mapping[str, str]) -> str:
    # JSON, so that two different campaigns never give the same text, whatever characters their values have.
    return json.dumps([found.source, found.medium, *sorted(campaign.items())])


def _search_words(linking: SplitResult, referrer_host: str | None) -> str | None:
    site = None if referrer_host is None else site_of_host(referrer_host)
    if site is None or site.kind != "search":
        return None
    parameters = dict(parse_qsl(linking.query))
    return next((parameters[name] for name in _SEARCH_PARAMETERS if name in parameters), None)
