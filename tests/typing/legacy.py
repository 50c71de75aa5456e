"""The face of 0.5, with what it returned now typed. Read by four checkers, run by nobody."""

# pyright: reportDeprecated=false

from typing import assert_type

from pyttributionio import JSONValue, PyttributionIo


class Staging(PyttributionIo):
    """The servers move as they did."""

    PRIVATE_API_URL = "https://staging.example/api/v1"
    PUBLIC_API_URL = "https://staging.example/"


def constructed() -> None:
    """The arguments' names are those of 0.5."""
    PyttributionIo("key", "secret")
    PyttributionIo(api_key="key", api_secret="secret")
    _ = PyttributionIo("key")  # type: ignore
    _ = PyttributionIo("key", None)  # type: ignore


def returned(old: PyttributionIo) -> tuple[int, int | None]:
    """Plain dicts, status codes, None for an error."""
    customer = old.fetch_customer_info_base("id")
    assert_type(customer, dict[str, JSONValue] | None)
    customer["pageviews"]  # type: ignore
    assert_type(old.fetch_customer_info_full(5), dict[str, JSONValue] | None)
    assert_type(old.fetch_customer_info_pageviews("id"), dict[str, JSONValue] | None)
    assert_type(old.fetch_customer_info_touchpoints("id"), dict[str, JSONValue] | None)
    assert_type(old.fetch_customer_info_events("id"), dict[str, JSONValue] | None)
    assert_type(old.fetch_customer_info_identities("id"), dict[str, JSONValue] | None)
    assert_type(old.trigger_identity("v", client_id="id", user_agent="agent"), int | None)
    both = old.trigger_event("v", "ev", client_id=5, user_agent="agent", last_url="https://shop.example/")
    assert_type(both, tuple[int, int | None] | None)
    return both  # type: ignore
