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
