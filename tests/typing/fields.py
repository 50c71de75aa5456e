"""What a user does with the fields: plain code that leans on each one's type.

A change of a field's type in schemas/ must be found here: `scripts/check` makes one in a copy, and sees
the checkers reject the line that misuses it.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import assert_type

from pyttributionio import Customer, CustomerWithAll, Event, Identity, Meta, Pageview, Touchpoint


def spent(touchpoints: list[Touchpoint]) -> float:
    """Add costs up; one may be missing."""
    total: float = sum(touchpoint.cost for touchpoint in touchpoints)  # type: ignore
    return sum(touchpoint.cost or 0 for touchpoint in touchpoints)


def channels(customer: CustomerWithAll) -> Counter[str]:
    """Count by channel."""
    return Counter(touchpoint.channel or "direct" for touchpoint in customer.touchpoints)


def ids(customer: Customer, event: Event, identity: Identity, pageview: Pageview, touchpoint: Touchpoint) -> list[str]:
    """Every id is text, whatever the server sent."""
    found = [customer.id, customer.client_id, event.id, event.client_id, event.transaction_id, identity.client_id]
    found += [pageview.id, touchpoint.id, *(event.aliases or []), *(identity.aliases or [])]
    number: int | None = customer.id  # type: ignore
    return [one for one in found if one]


def ages(customer: CustomerWithAll, now: datetime) -> list[timedelta]:
    """Every time is a datetime; one may be missing."""
    now - customer.created_at  # type: ignore
    times = [customer.created_at, customer.updated_at, customer.first_seen_at, customer.last_seen_at]
    times += [pageview.created_at for pageview in customer.pageviews]
    times += [touchpoint.created_at for touchpoint in customer.touchpoints]
    times += [event.created_at for event in customer.events]
    times += [identity.created_at for identity in customer.identities]
    return [now - time for time in times if time]


def pages(pageviews: list[Pageview]) -> list[tuple[str, str]]:
    """Texts may be missing."""
    _ = pageviews[0].url.lower()  # type: ignore
    return [(pageview.url or "", pageview.title or "") for pageview in pageviews]


def agents(events: list[Event]) -> set[str]:
    """A meta, and what is in it, may be missing."""
    events[0].meta.agent  # type: ignore
    assert_type(events[0].meta, Meta | None)
    return {event.meta.agent for event in events if event.meta and event.meta.agent}


def counted(event: Event) -> bool:
    """A missing flag is not a false one."""
    assert_type(event.is_informational, bool | None)
    return event.is_informational is False


def unknown(customer: Customer) -> object:
    """Fields that no schema names are among the extras, and no attributes for a type checker."""
    customer.favourite_colour  # type: ignore
    return (customer.model_extra or {}).get("favourite_colour")
