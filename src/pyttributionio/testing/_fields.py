"""The keyword arguments of the factories: each field of a model, all optional.

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from pyttributionio.models import Meta


class CustomerFields(TypedDict, total=False):
    """What `make_customer` takes."""

    id: str | int | None
    """The vendor's own id of the person."""

    client_id: str | int | None
    """The person's id, as given in an identity call."""

    created_at: datetime | None
    """When the vendor's record of the person was made."""

    updated_at: datetime | None
    """When that record last changed."""

    first_seen_at: datetime | None
    """When the person was first seen."""

    last_seen_at: datetime | None
    """When the person was last seen."""

    revenue: int | float | None
    """What the person has brought in all; the currency is not known."""


class PageviewFields(TypedDict, total=False):
    """What `make_pageview` takes."""

    id: str | int | None
    """The pageview's own id."""

    url: str | None
    """The address of the page, with its query."""

    referrer: str | None
    """The address of the page that linked here."""

    title: str | None
    """The page's title."""

    created_at: datetime | None
    """When the page was looked at."""

    meta: Meta | Mapping[str, object] | None
    """The browser that looked at it."""

    aliases: list[str] | None
    """The visitor ids (cookie values) the pageview belongs to."""


class TouchpointFields(TypedDict, total=False):
    """What `make_touchpoint` takes."""

    id: str | int | None
    """The touchpoint's own id."""

    channel: str | None
    """The marketing channel, such as "paid_search" or "email"; new ones may appear."""

    source: str | None
    """Where the visitor came from, such as "google" (utm_source)."""

    medium: str | None
    """The kind of link, such as "cpc" (utm_medium)."""

    campaign: str | None
    """The campaign's name (utm_campaign)."""

    term: str | None
    """The paid search term (utm_term)."""

    content: str | None
    """Which advert or link of the campaign it was (utm_content)."""

    keyword: str | None
    """The search keyword."""

    referrer: str | None
    """The address of the page that linked to the landing page."""

    landing_page: str | None
    """The page the visitor arrived on."""

    url: str | None
    """The full address the visitor arrived by, with its query."""

    cost: int | float | None
    """What the contact cost; the currency is not known."""

    created_at: datetime | None
    """When the contact happened."""


class EventFields(TypedDict, total=False):
    """What `make_event` takes."""

    id: str | int | None
    """The event's own id."""

    name: str | None
    """The event's name in the vendor's dashboard."""

    event_public_key: str | int | None
    """The event's key, set in the vendor's dashboard."""

    client_id: str | int | None
    """The id of the person who acted."""

    aliases: list[str] | None
    """The visitor ids (cookie values) the event belongs to."""

    url: str | None
    """The page on which it happened; "URL unknown" where the sender had none."""

    transaction_id: str | int | None
    """The event's id, chosen by the sender. Whether the vendor removes duplicates by it is not known."""

    is_informational: bool | None
    """Whether the event is recorded without being counted as a conversion."""

    public_key: str | None
    """The public key of the account it was sent to."""

    created_at: datetime | None
    """When it happened."""

    meta: Meta | Mapping[str, object] | None
    """The browser in which it happened."""

    revenue: int | float | None
    """What the event was worth; the currency is not known."""

    attributed_to: str | None
    """The touchpoint or channel that was given the credit."""


class IdentityFields(TypedDict, total=False):
    """What `make_identity` takes."""

    id: str | int | None
    """The identity's own id."""

    client_id: str | int | None
    """The person's id."""

    aliases: list[str] | None
    """The visitor ids (cookie values) that belong to the person."""

    public_key: str | None
    """The public key of the account it was sent to."""

    created_at: datetime | None
    """When the person was identified."""

    meta: Meta | Mapping[str, object] | None
    """The browser in which it happened."""
