"""Each method of 0.5 is struck through: a call of it is reported where a checker is asked to.

ty, pyrefly and pyright's strict mode ask by themselves; mypy is asked by the line below. Run by nobody.
"""

# mypy: enable-error-code="deprecated"

from pyttributionio import PyttributionIo


def struck_through(old: PyttributionIo) -> None:
    """All eight."""
    _ = old.fetch_customer_info_base("id")  # type: ignore
    _ = old.fetch_customer_info_full("id")  # type: ignore
    _ = old.fetch_customer_info_pageviews("id")  # type: ignore
    _ = old.fetch_customer_info_touchpoints("id")  # type: ignore
    _ = old.fetch_customer_info_events("id")  # type: ignore
    _ = old.fetch_customer_info_identities("id")  # type: ignore
    _ = old.trigger_identity("v")  # type: ignore
    _ = old.trigger_event("v", "ev")  # type: ignore


def not_struck_through() -> PyttributionIo:
    """The class itself is not: its methods say what replaces them."""
    return PyttributionIo("key", "secret")
