"""The answers that all clients read: one customer with 1, 100 or 10,000 items in each collection."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache

API_KEY = "PUBLIC_KEY"
API_SECRET = "SECRET"  # noqa: S105 (the loopback server needs none)
CUSTOMERS = f"/api/v1/{API_KEY}/customers"
"""The path of the customers, one for each size."""

CHILDREN = {"S": 1, "M": 100, "L": 10_000}
"""How many pageviews, touchpoints, events and identities the customer of each size has."""
EVENT = {
    "event": {
        "aliases": ["visitor-7"],
        "client_id": "customer-42",
        "event_public_key": "ev_purchase",
        "url": "https://shop.example/thanks?order=1001",
        "public_key": API_KEY,
        "transaction_id": "order-1001",
        "is_informational": False,
        "created_at": 1_520_000_000,
        "meta": {"agent": "Mozilla/5.0"},
    }
}
"""The event that is posted and echoed."""
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_START = datetime(2026, 3, 2, 10, tzinfo=UTC)
_SOURCES = (
    ("paid_search", "google", "cpc"),
    ("email", "newsletter", "email"),
    ("organic_social", "mastodon", "social"),
    ("referral", "blog.example", "referral"),
)


def _pageview(number: int, moment: str) -> dict[str, object]:
    return {
        "id": 1_000_000 + number,
        "url": f"https://shop.example/products/{number}?utm_source=google&utm_medium=cpc",
        "referrer": "https://search.example/",
        "title": f"Product {number}",
        "created_at": moment,
        "meta": {"agent": _AGENT},
        "aliases": [f"visitor-{number}"],
    }


def _touchpoint(number: int, moment: str) -> dict[str, object]:
    channel, source, medium = _SOURCES[number % len(_SOURCES)]
    return {
        "id": 2_000_000 + number,
        "channel": channel,
        "source": source,
        "medium": medium,
        "campaign": f"autumn-{number % 40}",
        "term": None,
        "content": f"banner-{number % 9}",
        "referrer": f"https://{source}.example/",
        "landing_page": f"https://shop.example/products/{number}",
        "url": f"https://shop.example/products/{number}?utm_source={source}",
        "cost": round(0.25 + number % 100 / 100, 2),
        "created_at": moment,
    }


def _event(number: int, moment: str) -> dict[str, object]:
    return {
        "id": 3_000_000 + number,
        "event_public_key": "ev_purchase",
        "client_id": "customer-42",
        "aliases": [f"visitor-{number}"],
        "url": f"https://shop.example/thanks?order={number}",
        "transaction_id": f"order-{number}",
        "is_informational": False,
        "created_at": moment,
        "meta": {"agent": _AGENT},
        "revenue": round(9.5 + number % 1000 / 10, 2),
    }


def _identity(number: int, moment: str) -> dict[str, object]:
    return {
        "id": 4_000_000 + number,
        "client_id": "customer-42",
        "aliases": [f"visitor-{number}"],
        "created_at": moment,
    }


@cache
def answer(size: str) -> bytes:
    """Return the answer of a size, the same bytes in each run."""
    moments = [(_START + timedelta(minutes=n)).isoformat().replace("+00:00", "Z") for n in range(CHILDREN[size])]
    customer: dict[str, object] = {
        "id": 7,
        "client_id": "customer-42",
        "created_at": moments[0],
        "updated_at": moments[-1],
        "revenue": 1234.5,
    }
    children = {"pageviews": _pageview, "touchpoints": _touchpoint, "events": _event, "identities": _identity}
    for name, child in children.items():
        customer[name] = [child(number, moment) for number, moment in enumerate(moments)]
    return json.dumps({"customer": customer}, separators=(",", ":")).encode()


def echo() -> bytes:
    """Return the answer to a post."""
    return json.dumps(EVENT, separators=(",", ":")).encode()
