"""The facts of the schemas that the code needs at run time.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

IncludeName: TypeAlias = Literal["pageviews", "touchpoints", "events", "identities"]
"""The name of a collection that a read of a customer can include."""

INCLUDE_FLAGS: Final[Mapping[IncludeName, str]] = {
    "pageviews": "show_pageviews",
    "touchpoints": "show_touchpoints",
    "events": "show_events",
    "identities": "show_identities",
}
"""The query flag that asks for each collection, in the order of the schema."""

ASSUMED_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "Customer": frozenset({"id", "client_id", "created_at", "updated_at", "first_seen_at", "last_seen_at", "revenue"}),
    "Event": frozenset({"id", "name", "revenue", "attributed_to"}),
    "Identity": frozenset({"id"}),
    "Meta": frozenset(),
    "Pageview": frozenset({"id", "url", "referrer", "title", "created_at", "meta", "aliases"}),
    "RequestMeta": frozenset(),
    "Touchpoint": frozenset(
        {
            "id",
            "channel",
            "source",
            "medium",
            "campaign",
            "term",
            "content",
            "keyword",
            "referrer",
            "landing_page",
            "url",
            "cost",
            "created_at",
        }
    ),
}
"""The fields of each model that are only assumed."""
