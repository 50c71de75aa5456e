"""`make_customer`, typed by the collections that it is given.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

from collections.abc import Sequence
from typing import Unpack, overload

from pyttributionio.models import (
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    CustomerWithEventsAndIdentities,
    CustomerWithIdentities,
    CustomerWithPageviews,
    CustomerWithPageviewsAndEvents,
    CustomerWithPageviewsAndEventsAndIdentities,
    CustomerWithPageviewsAndIdentities,
    CustomerWithPageviewsAndTouchpoints,
    CustomerWithPageviewsAndTouchpointsAndEvents,
    CustomerWithPageviewsAndTouchpointsAndIdentities,
    CustomerWithTouchpoints,
    CustomerWithTouchpointsAndEvents,
    CustomerWithTouchpointsAndEventsAndIdentities,
    CustomerWithTouchpointsAndIdentities,
    Event,
    Identity,
    Pageview,
    Touchpoint,
)
from pyttributionio.testing._fields import CustomerFields
from pyttributionio.testing._making import customer_of

__all__ = ["make_customer"]


@overload
def make_customer(
    *,
    pageviews: Sequence[Pageview],
    touchpoints: Sequence[Touchpoint],
    events: Sequence[Event],
    identities: Sequence[Identity],
    **fields: Unpack[CustomerFields],
) -> CustomerWithAll: ...


@overload
def make_customer(
    *,
    pageviews: Sequence[Pageview],
    touchpoints: Sequence[Touchpoint],
    events: Sequence[Event],
    **fields: Unpack[CustomerFields],
) -> CustomerWithPageviewsAndTouchpointsAndEvents: ...


@overload
def make_customer(
    *,
    pageviews: Sequence[Pageview],
    touchpoints: Sequence[Touchpoint],
    identities: Sequence[Identity],
    **fields: Unpack[CustomerFields],
) -> CustomerWithPageviewsAndTouchpointsAndIdentities: ...


@overload
def make_customer(
    *,
    pageviews: Sequence[Pageview],
    events: Sequence[Event],
    identities: Sequence[Identity],
    **fields: Unpack[CustomerFields],
) -> CustomerWithPageviewsAndEventsAndIdentities: ...


@overload
def make_customer(
    *,
    touchpoints: Sequence[Touchpoint],
    events: Sequence[Event],
    identities: Sequence[Identity],
    **fields: Unpack[CustomerFields],
) -> CustomerWithTouchpointsAndEventsAndIdentities: ...


@overload
def make_customer(
    *, pageviews: Sequence[Pageview], touchpoints: Sequence[Touchpoint], **fields: Unpack[CustomerFields]
) -> CustomerWithPageviewsAndTouchpoints: ...


@overload
def make_customer(
    *, pageviews: Sequence[Pageview], events: Sequence[Event], **fields: Unpack[CustomerFields]
) -> CustomerWithPageviewsAndEvents: ...


@overload
def make_customer(
    *, pageviews: Sequence[Pageview], identities: Sequence[Identity], **fields: Unpack[CustomerFields]
) -> CustomerWithPageviewsAndIdentities: ...


@overload
def make_customer(
    *, touchpoints: Sequence[Touchpoint], events: Sequence[Event], **fields: Unpack[CustomerFields]
) -> CustomerWithTouchpointsAndEvents: ...


@overload
def make_customer(
    *, touchpoints: Sequence[Touchpoint], identities: Sequence[Identity], **fields: Unpack[CustomerFields]
) -> CustomerWithTouchpointsAndIdentities: ...


@overload
def make_customer(
    *, events: Sequence[Event], identities: Sequence[Identity], **fields: Unpack[CustomerFields]
) -> CustomerWithEventsAndIdentities: ...


@overload
def make_customer(*, pageviews: Sequence[Pageview], **fields: Unpack[CustomerFields]) -> CustomerWithPageviews: ...


@overload
def make_customer(
    *, touchpoints: Sequence[Touchpoint], **fields: Unpack[CustomerFields]
) -> CustomerWithTouchpoints: ...


@overload
def make_customer(*, events: Sequence[Event], **fields: Unpack[CustomerFields]) -> CustomerWithEvents: ...


@overload
def make_customer(*, identities: Sequence[Identity], **fields: Unpack[CustomerFields]) -> CustomerWithIdentities: ...


@overload
def make_customer(**fields: Unpack[CustomerFields]) -> Customer: ...


def make_customer(**fields: object) -> Customer:
    """Return a customer as a read with these collections returns it.

    The class is that of the collections that are given, so `make_customer(touchpoints=[])` is a
    `CustomerWithTouchpoints`, and reading another collection of it raises `NotIncludedError`. The times at
    which the person was first and last seen are those of the parts that are given.

    Args:
        **fields: Fields and collections of the customer, each instead of its default.

    Raises:
        TypeError: There is no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    return customer_of(fields)
