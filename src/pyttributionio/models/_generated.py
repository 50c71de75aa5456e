"""The models of answers and requests.

Generated from schemas/ by scripts/generate-models (datamodel-code-generator).
Do not edit: change the schema and run it again.
"""

from typing import Annotated

from pydantic import Field

from pyttributionio.models._base import FAIL_FAST, CustomerModel, Id, Model, UnixTimestamp, UtcDatetime


class Meta(Model, frozen=True):
    """What is known of the browser behind a pageview, an event or an identity."""

    agent: str | None = None
    """The visitor's user agent; the SDK sends "User-Agent unknown" where it was given none."""


class RequestMeta(Model, frozen=True):
    """What an event or identity call says of the browser; further members are allowed."""

    agent: str
    """The visitor's user agent, or "User-Agent unknown"."""


class Touchpoint(Model, frozen=True):
    """One contact with marketing on the way to becoming a customer."""

    id: Id | None = None
    """The touchpoint's own id."""

    channel: str | None = None
    """The marketing channel, such as "paid_search" or "email"; new ones may appear."""

    source: str | None = None
    """Where the visitor came from, such as "google" (utm_source)."""

    medium: str | None = None
    """The kind of link, such as "cpc" (utm_medium)."""

    campaign: str | None = None
    """The campaign's name (utm_campaign)."""

    term: str | None = None
    """The paid search term (utm_term)."""

    content: str | None = None
    """Which advert or link of the campaign it was (utm_content)."""

    keyword: str | None = None
    """The search keyword."""

    referrer: str | None = None
    """The address of the page that linked to the landing page."""

    landing_page: str | None = None
    """The page the visitor arrived on."""

    url: str | None = None
    """The full address the visitor arrived by, with its query."""

    cost: int | float | None = None
    """What the contact cost; the currency is not known."""

    created_at: UtcDatetime | None = None
    """When the contact happened."""


class Customer(CustomerModel, frozen=True):
    """A person in the vendor's records."""

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


class Event(Model, frozen=True):
    """One counted action of a person, such as a sign-up or a purchase."""

    id: Id | None = None
    """The event's own id."""

    name: str | None = None
    """The event's name in the vendor's dashboard."""

    event_public_key: Id | None = None
    """The event's key, set in the vendor's dashboard."""

    client_id: Id | None = None
    """The id of the person who acted."""

    aliases: Annotated[list[Id], FAIL_FAST] | None = None
    """The visitor ids (cookie values) the event belongs to."""

    url: str | None = None
    """The page on which it happened; "URL unknown" where the sender had none."""

    transaction_id: Id | None = None
    """The event's id, chosen by the sender. Whether the vendor removes duplicates by it is not known."""

    is_informational: bool | None = None
    """Whether the event is recorded without being counted as a conversion."""

    public_key: str | None = None
    """The public key of the account it was sent to."""

    created_at: UtcDatetime | None = None
    """When it happened."""

    meta: Meta | None = None
    """The browser in which it happened."""

    revenue: int | float | None = None
    """What the event was worth; the currency is not known."""

    attributed_to: str | None = None
    """The touchpoint or channel that was given the credit."""


class EventRequest(Model, frozen=True):
    """The inner object of POST /events."""

    aliases: Annotated[list[str], Field(min_length=1)]
    """Visitor ids: values of the snippet's cookie."""

    client_id: Annotated[str, Field(min_length=1)]
    """The person's id."""

    event_public_key: Annotated[str, Field(min_length=1)]
    """The event's key, set in the vendor's dashboard."""

    url: str
    """The page on which it happened, or "URL unknown"."""

    public_key: Annotated[str, Field(min_length=1)]
    """The account's public key."""

    transaction_id: Annotated[str, Field(min_length=1)]
    """The event's id, chosen by the sender. Whether the vendor removes duplicates by it is not known."""

    is_informational: bool
    """Whether the event is recorded without being counted as a conversion."""

    created_at: UnixTimestamp
    """When it happened."""

    meta: RequestMeta
    """What is known of the browser."""


class Identity(Model, frozen=True):
    """What ties a person's id to the visitor ids of their browsers."""

    id: Id | None = None
    """The identity's own id."""

    client_id: Id | None = None
    """The person's id."""

    aliases: Annotated[list[Id], FAIL_FAST] | None = None
    """The visitor ids (cookie values) that belong to the person."""

    public_key: str | None = None
    """The public key of the account it was sent to."""

    created_at: UtcDatetime | None = None
    """When the person was identified."""

    meta: Meta | None = None
    """The browser in which it happened."""


class IdentityRequest(Model, frozen=True):
    """The inner object of POST /identities."""

    aliases: Annotated[list[str], Field(min_length=1)]
    """Visitor ids: values of the snippet's cookie."""

    client_id: Annotated[str, Field(min_length=1)]
    """The person's id."""

    public_key: Annotated[str, Field(min_length=1)]
    """The account's public key."""

    created_at: UnixTimestamp
    """When it happened."""

    meta: RequestMeta
    """What is known of the browser."""


class Pageview(Model, frozen=True):
    """One page a visitor looked at."""

    id: Id | None = None
    """The pageview's own id."""

    url: str | None = None
    """The address of the page, with its query."""

    referrer: str | None = None
    """The address of the page that linked here."""

    title: str | None = None
    """The page's title."""

    created_at: UtcDatetime | None = None
    """When the page was looked at."""

    meta: Meta | None = None
    """The browser that looked at it."""

    aliases: Annotated[list[Id], FAIL_FAST] | None = None
    """The visitor ids (cookie values) the pageview belongs to."""
