"""The contract's table of fields and grades, written down a second time: nothing here is read from schemas/."""

from typing import Final

OBSERVED_POST: Final = {
    "aliases": "observed",
    "client_id": "observed",
    "public_key": "observed",
    "created_at": "observed",
    "meta": "observed",
}
OBSERVED_EVENT: Final = {
    **OBSERVED_POST,
    "event_public_key": "observed",
    "url": "observed",
    "transaction_id": "observed",
    "is_informational": "observed",
}
ASSUMED_POST: Final = dict.fromkeys(OBSERVED_POST, "assumed")
ASSUMED_EVENT: Final = dict.fromkeys(OBSERVED_EVENT, "assumed")
"""The fields of answers. Only those of requests were observed."""
GRADES: Final[dict[str, dict[str, str]]] = {
    "customer.json": {
        "pageviews": "assumed",
        "touchpoints": "assumed",
        "events": "assumed",
        "identities": "assumed",
        "id": "assumed",
        "client_id": "assumed",
        "created_at": "assumed",
        "updated_at": "assumed",
        "first_seen_at": "assumed",
        "last_seen_at": "assumed",
        "revenue": "assumed",
    },
    "pageview.json": {
        "id": "assumed",
        "url": "assumed",
        "referrer": "assumed",
        "title": "assumed",
        "created_at": "assumed",
        "meta": "assumed",
        "aliases": "assumed",
    },
    "touchpoint.json": {
        "id": "assumed",
        "channel": "assumed",
        "source": "assumed",
        "medium": "assumed",
        "campaign": "assumed",
        "term": "assumed",
        "content": "assumed",
        "keyword": "assumed",
        "referrer": "assumed",
        "landing_page": "assumed",
        "url": "assumed",
        "cost": "assumed",
        "created_at": "assumed",
    },
    "event.json": {
        **ASSUMED_EVENT,
        "id": "assumed",
        "name": "assumed",
        "revenue": "assumed",
        "attributed_to": "assumed",
    },
    "identity.json": {**ASSUMED_POST, "id": "assumed"},
    "event_request.json": OBSERVED_EVENT,
    "identity_request.json": OBSERVED_POST,
    "meta.json": {"agent": "assumed"},
    "request_meta.json": {"agent": "observed"},
}
COLLECTIONS: Final = {
    "pageviews": "pageview.json",
    "touchpoints": "touchpoint.json",
    "events": "event.json",
    "identities": "identity.json",
}
"""The file that describes an item of each collection."""
FIELDS: Final = [(collection, field) for collection, file in COLLECTIONS.items() for field in GRADES[file]]
"""Each field of each item of a collection."""
