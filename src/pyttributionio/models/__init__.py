"""The models of the API's answers.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

from pyttributionio.models._base import Model
from pyttributionio.models._customers import (
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
)
from pyttributionio.models._facts import IncludeName
from pyttributionio.models._generated import Customer, Event, Identity, Meta, Pageview, Touchpoint

__all__ = [
    "Customer",
    "CustomerWithAll",
    "CustomerWithEvents",
    "CustomerWithEventsAndIdentities",
    "CustomerWithIdentities",
    "CustomerWithPageviews",
    "CustomerWithPageviewsAndEvents",
    "CustomerWithPageviewsAndEventsAndIdentities",
    "CustomerWithPageviewsAndIdentities",
    "CustomerWithPageviewsAndTouchpoints",
    "CustomerWithPageviewsAndTouchpointsAndEvents",
    "CustomerWithPageviewsAndTouchpointsAndIdentities",
    "CustomerWithTouchpoints",
    "CustomerWithTouchpointsAndEvents",
    "CustomerWithTouchpointsAndEventsAndIdentities",
    "CustomerWithTouchpointsAndIdentities",
    "Event",
    "Identity",
    "IncludeName",
    "Meta",
    "Model",
    "Pageview",
    "Touchpoint",
]
