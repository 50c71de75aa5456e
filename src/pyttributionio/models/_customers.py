"""A class of Customer for each choice of collections to read along.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from pyttributionio.models._base import OR_EMPTY
from pyttributionio.models._facts import IncludeName
from pyttributionio.models._generated import Customer, Event, Identity, Pageview, Touchpoint


class CustomerWithPageviews(Customer, frozen=True):
    """A customer read with pageviews."""

    pageviews: Annotated[list[Pageview], OR_EMPTY] = Field(default_factory=list[Pageview])
    """The pages the person looked at."""


class CustomerWithTouchpoints(Customer, frozen=True):
    """A customer read with touchpoints."""

    touchpoints: Annotated[list[Touchpoint], OR_EMPTY] = Field(default_factory=list[Touchpoint])
    """The marketing contacts that led the person here."""


class CustomerWithEvents(Customer, frozen=True):
    """A customer read with events."""

    events: Annotated[list[Event], OR_EMPTY] = Field(default_factory=list[Event])
    """The person's counted actions."""


class CustomerWithIdentities(Customer, frozen=True):
    """A customer read with identities."""

    identities: Annotated[list[Identity], OR_EMPTY] = Field(default_factory=list[Identity])
    """The ids and browsers the person is known by."""


class CustomerWithPageviewsAndTouchpoints(CustomerWithTouchpoints, CustomerWithPageviews, frozen=True):
    """A customer read with pageviews and touchpoints."""


class CustomerWithPageviewsAndEvents(CustomerWithEvents, CustomerWithPageviews, frozen=True):
    """A customer read with pageviews and events."""


class CustomerWithPageviewsAndIdentities(CustomerWithIdentities, CustomerWithPageviews, frozen=True):
    """A customer read with pageviews and identities."""


class CustomerWithTouchpointsAndEvents(CustomerWithEvents, CustomerWithTouchpoints, frozen=True):
    """A customer read with touchpoints and events."""


class CustomerWithTouchpointsAndIdentities(CustomerWithIdentities, CustomerWithTouchpoints, frozen=True):
    """A customer read with touchpoints and identities."""


class CustomerWithEventsAndIdentities(CustomerWithIdentities, CustomerWithEvents, frozen=True):
    """A customer read with events and identities."""


class CustomerWithPageviewsAndTouchpointsAndEvents(
    CustomerWithTouchpointsAndEvents, CustomerWithPageviewsAndEvents, CustomerWithPageviewsAndTouchpoints, frozen=True
):
    """A customer read with pageviews, touchpoints and events."""


class CustomerWithPageviewsAndTouchpointsAndIdentities(
    CustomerWithTouchpointsAndIdentities,
    CustomerWithPageviewsAndIdentities,
    CustomerWithPageviewsAndTouchpoints,
    frozen=True,
):
    """A customer read with pageviews, touchpoints and identities."""


class CustomerWithPageviewsAndEventsAndIdentities(
    CustomerWithEventsAndIdentities, CustomerWithPageviewsAndIdentities, CustomerWithPageviewsAndEvents, frozen=True
):
    """A customer read with pageviews, events and identities."""


class CustomerWithTouchpointsAndEventsAndIdentities(
    CustomerWithEventsAndIdentities, CustomerWithTouchpointsAndIdentities, CustomerWithTouchpointsAndEvents, frozen=True
):
    """A customer read with touchpoints, events and identities."""


class CustomerWithAll(
    CustomerWithTouchpointsAndEventsAndIdentities,
    CustomerWithPageviewsAndEventsAndIdentities,
    CustomerWithPageviewsAndTouchpointsAndIdentities,
    CustomerWithPageviewsAndTouchpointsAndEvents,
    frozen=True,
):
    """A customer read with pageviews, touchpoints, events and identities."""


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
