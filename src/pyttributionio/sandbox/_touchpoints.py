"""Which pageviews are touchpoints: the sandbox's own assumption, not the vendor's rules.

A pageview is one if its address carries a campaign parameter (`utm_*`) or a click id, or if a page
of another host linked to it, or if it is the first of its visitor. `_channels` says which channel.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, urlsplit

from ._bodies import JSONObject
from ._channels import CLICK_IDS, classify, is_search_engine
from ._store import Row
from ._times import iso_time

_NOWHERE = SplitResult("", "", "", "", "")
_SEARCH_WORDS = ("q", "query", "p", "text", "wd")


def derive(pageviews: Iterable[Row]) -> list[JSONObject]:
    """Make the touchpoints out of pageviews, which come and go in the order of time."""
    touchpoints: list[JSONObject] = []
    seen: set[str] = set()
    for pageview in pageviews:
        visitor_ids = str(pageview.document.get("aliases"))
        touchpoint = _touchpoint(pageview, first=visitor_ids not in seen)
        seen.add(visitor_ids)
        if touchpoint is not None:
            touchpoints.append(touchpoint)
    return touchpoints


def _touchpoint(pageview: Row, *, first: bool) -> JSONObject | None:
    url, referrer = _text(pageview, "url"), _text(pageview, "referrer")
    page, linking = _split(url), _split(referrer)
    campaign = _campaign(page)
    outside = linking.hostname if linking.hostname != page.hostname else None
    if not (campaign or outside or first):
        return None
    origin = classify(campaign, outside)
    return {
        "id": pageview.id,
        "channel": origin.channel,
        "source": origin.source,
        "medium": origin.medium,
        "campaign": campaign.get("utm_campaign"),
        "term": campaign.get("utm_term"),
        "content": campaign.get("utm_content"),
        "keyword": _searched_for(linking, outside) or campaign.get("utm_term"),
        "referrer": referrer,
        "landing_page": page._replace(query="", fragment="").geturl() or url,
        "url": url,
        "created_at": iso_time(pageview.created_at),
    }


def _text(pageview: Row, name: str) -> str | None:
    value = pageview.document.get(name)
    return value if isinstance(value, str) else None


def _split(url: str | None) -> SplitResult:
    # Visitors write these: what is no URL (`http://[`) has no host and no parameters.
    try:
        return urlsplit(url or "")
    except ValueError:
        return _NOWHERE


def _campaign(page: SplitResult) -> dict[str, str]:
    parameters = dict(parse_qsl(page.query))
    return {k: v for k, v in parameters.items() if k.startswith("utm_") or k in CLICK_IDS}


def _searched_for(linking: SplitResult, outside: str | None) -> str | None:
    if outside is None or not is_search_engine(outside):
        return None
    words = dict(parse_qsl(linking.query))
    return next((words[name] for name in _SEARCH_WORDS if name in words), None)
