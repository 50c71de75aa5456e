"""The subclass of Customer for each choice of included collections.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from pyttributionio.models._base import OR_EMPTY, Id, UtcDatetime
from pyttributionio.models._facts import IncludeName
from pyttributionio.models._generated import (
    Customer,
    Event,
    Identity,
    Pageview,
    Touchpoint,
)


class CustomerWithPageviews(Customer, frozen=True):
    """A customer read with pageviews."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""


class CustomerWithTouchpoints(Customer, frozen=True):
    """A customer read with touchpoints."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""


class CustomerWithEvents(Customer, frozen=True):
    """A customer read with events."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""


class CustomerWithIdentities(Customer, frozen=True):
    """A customer read with identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithPageviewsAndTouchpoints(CustomerWithTouchpoints, CustomerWithPageviews, frozen=True):
    """A customer read with pageviews and touchpoints."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""


class CustomerWithPageviewsAndEvents(CustomerWithEvents, CustomerWithPageviews, frozen=True):
    """A customer read with pageviews and events."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""


class CustomerWithPageviewsAndIdentities(CustomerWithIdentities, CustomerWithPageviews, frozen=True):
    """A customer read with pageviews and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithTouchpointsAndEvents(CustomerWithEvents, CustomerWithTouchpoints, frozen=True):
    """A customer read with touchpoints and events."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""


class CustomerWithTouchpointsAndIdentities(CustomerWithIdentities, CustomerWithTouchpoints, frozen=True):
    """A customer read with touchpoints and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithEventsAndIdentities(CustomerWithIdentities, CustomerWithEvents, frozen=True):
    """A customer read with events and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithPageviewsAndTouchpointsAndEvents(
    CustomerWithTouchpointsAndEvents, CustomerWithPageviewsAndEvents, CustomerWithPageviewsAndTouchpoints, frozen=True
):
    """A customer read with pageviews, touchpoints and events."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""


class CustomerWithPageviewsAndTouchpointsAndIdentities(
    CustomerWithTouchpointsAndIdentities,
    CustomerWithPageviewsAndIdentities,
    CustomerWithPageviewsAndTouchpoints,
    frozen=True,
):
    """A customer read with pageviews, touchpoints and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithPageviewsAndEventsAndIdentities(
    CustomerWithEventsAndIdentities, CustomerWithPageviewsAndIdentities, CustomerWithPageviewsAndEvents, frozen=True
):
    """A customer read with pageviews, events and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithTouchpointsAndEventsAndIdentities(
    CustomerWithEventsAndIdentities, CustomerWithTouchpointsAndIdentities, CustomerWithTouchpointsAndEvents, frozen=True
):
    """A customer read with touchpoints, events and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithAll(
    CustomerWithTouchpointsAndEventsAndIdentities,
    CustomerWithPageviewsAndEventsAndIdentities,
    CustomerWithPageviewsAndTouchpointsAndIdentities,
    CustomerWithPageviewsAndTouchpointsAndEvents,
    frozen=True,
):
    """A customer read with pageviews, touchpoints, events and identities."""

    id: Id | None = None
    """The vendor's own id of the person."""

    client_id: Id | None = None
    """The person's id, as given in an identity call."""

    created_at: UtcDatetime | None = None
    """When the vendor's record of the person was made."""

    updated_at: UtcDatetime | None = None
    """When that record last changed."""

    first_seen_at: UtcDatetime | None = None
    """When the person was first seen."""

    last_seen_at: UtcDatetime | None = None
    """When the person was last seen."""

    revenue: int | float | None = None
    """What the person has brought in all; the currency is not known."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


CUSTOMER_TYPES: Final[Mapping[frozenset[IncludeName], type[Customer]]] = {
    frozenset(): Customer,
    frozenset({"pageviews"}): CustomerWithPageviews,
    frozenset({"touchpoints"}): CustomerWithTouchpoints,
    frozenset({"events"}): CustomerWithEvents,
    frozenset({"identities"}): CustomerWithIdentities,
    frozenset({"pageviews", "touchpoints"}): CustomerWithPageviewsAndTouchpoints,
    frozenset({"pageviews", "events"}): CustomerWithPageviewsAndEvents,
    frozenset({"pageviews", "identities"}): CustomerWithPageviewsAndIdentities,
    frozenset({"touchpoints", "events"}): CustomerWithTouchpointsAndEvents,
    frozenset({"touchpoints", "identities"}): CustomerWithTouchpointsAndIdentities,
    frozenset({"events", "identities"}): CustomerWithEventsAndIdentities,
    frozenset({"pageviews", "touchpoints", "events"}): CustomerWithPageviewsAndTouchpointsAndEvents,
    frozenset({"pageviews", "touchpoints", "identities"}): CustomerWithPageviewsAndTouchpointsAndIdentities,
    frozenset({"pageviews", "events", "identities"}): CustomerWithPageviewsAndEventsAndIdentities,
    frozenset({"touchpoints", "events", "identities"}): CustomerWithTouchpointsAndEventsAndIdentities,
    frozenset({"pageviews", "touchpoints", "events", "identities"}): CustomerWithAll,
}
"""The class for each choice of collections."""
