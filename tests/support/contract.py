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
GRADES: Final[dict[str, dict[str, str]]] = {
    "customer.json": {
        "pageviews": "observed",
        "touchpoints": "observed",
        "events": "observed",
        "identities": "observed",
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
        **OBSERVED_EVENT,
        "id": "assumed",
        "name": "assumed",
        "revenue": "assumed",
        "attributed_to": "assumed",
    },
    "identity.json": {**OBSERVED_POST, "id": "assumed"},
    "event_request.json": OBSERVED_EVENT,
    "identity_request.json": OBSERVED_POST,
    "meta.json": {"agent": "observed"},
    "request_meta.json": {"agent": "observed"},
}
COLLECTIONS: Final = {
    "pageviews": "pageview.json",
    "touchpoints": "touchpoint.json",
    "events": "event.json",
    "identities": "identity.json",
}
"""The file that describes an item of each collection."""
ASSUMED: Final = [
    (collection, field)
    for collection, file in COLLECTIONS.items()
    for field, grade in GRADES[file].items()
    if grade == "assumed"
]
OBSERVED: Final = [
    (collection, field)
    for collection, file in COLLECTIONS.items()
    for field, grade in GRADES[file].items()
    if grade == "observed"
]
