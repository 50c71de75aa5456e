"""A user's small file, and what their editor should list in it."""

SHOP = """\
from pyttributionio import Client

client = Client("key", "secret")
customer = client.customers.get("ada@example.com", include=["touchpoints", "events"])
"""
LEGACY = """\
from pyttributionio import PyttributionIo

old = PyttributionIo("key", "secret")
"""
CUSTOMER_FIELDS = {"client_id", "created_at", "first_seen_at", "id", "last_seen_at", "revenue", "updated_at"}
TOUCHPOINT_FIELDS = {
    *("campaign", "channel", "content", "cost", "created_at", "id", "keyword"),
    *("landing_page", "medium", "referrer", "source", "term", "url"),
}
LEGACY_METHODS = {
    *("fetch_customer_info_base", "fetch_customer_info_full", "fetch_customer_info_pageviews"),
    *("fetch_customer_info_touchpoints", "fetch_customer_info_events", "fetch_customer_info_identities"),
    *("trigger_event", "trigger_identity"),
}
PYDANTIC_1 = {
    *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw"),
    *("schema", "schema_json", "update_forward_refs", "validate"),
}
"""What pydantic keeps of its version 1, deprecated: it stands in every list, since editors read pydantic's source."""


def public(names: list[str]) -> list[str]:
    """Return the names that a user is meant to see, in their order."""
    return [name for name in names if not name.startswith("_")]


def own(names: list[str]) -> list[str]:
    """Return a model's names without those that every pydantic model has, in their order."""
    return [name for name in public(names) if not name.startswith("model_") and name not in PYDANTIC_1]
