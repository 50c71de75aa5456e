"""The same customer as dataclasses with slots and `from_dict`, as the generator of workos writes them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


@dataclass(slots=True)
class Meta:
    """The browser."""

    agent: str | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        return cls(agent=data.get("agent"))


@dataclass(slots=True)
class Pageview:
    """One page a visitor looked at."""

    id: int | None
    url: str | None
    referrer: str | None
    title: str | None
    created_at: datetime | None
    meta: Meta | None
    aliases: list[str] | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        return cls(
            id=data.get("id"),
            url=data.get("url"),
            referrer=data.get("referrer"),
            title=data.get("title"),
            created_at=_time(data.get("created_at")),
            meta=Meta.from_dict(meta) if (meta := data.get("meta")) is not None else None,
            aliases=data.get("aliases"),
        )


@dataclass(slots=True)
class Touchpoint:
    """One contact with marketing."""

    id: int | None
    channel: str | None
    source: str | None
    medium: str | None
    campaign: str | None
    term: str | None
    content: str | None
    keyword: str | None
    referrer: str | None
    landing_page: str | None
    url: str | None
    cost: float | None
    created_at: datetime | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        return cls(
            id=data.get("id"),
            channel=data.get("channel"),
            source=data.get("source"),
            medium=data.get("medium"),
            campaign=data.get("campaign"),
            term=data.get("term"),
            content=data.get("content"),
            keyword=data.get("keyword"),
            referrer=data.get("referrer"),
            landing_page=data.get("landing_page"),
            url=data.get("url"),
            cost=data.get("cost"),
            created_at=_time(data.get("created_at")),
        )


@dataclass(slots=True)
class Event:
    """One counted action."""

    id: int | None
    name: str | None
    event_public_key: str | None
    client_id: str | None
    aliases: list[str] | None
    url: str | None
    transaction_id: str | None
    is_informational: bool | None
    public_key: str | None
    created_at: datetime | int | None
    meta: Meta | None
    revenue: float | None
    attributed_to: str | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        created_at = data.get("created_at")
        return cls(
            id=data.get("id"),
            name=data.get("name"),
            event_public_key=data.get("event_public_key"),
            client_id=data.get("client_id"),
            aliases=data.get("aliases"),
            url=data.get("url"),
            transaction_id=data.get("transaction_id"),
            is_informational=data.get("is_informational"),
            public_key=data.get("public_key"),
            created_at=_time(created_at) if isinstance(created_at, str) else created_at,
            meta=Meta.from_dict(meta) if (meta := data.get("meta")) is not None else None,
            revenue=data.get("revenue"),
            attributed_to=data.get("attributed_to"),
        )


@dataclass(slots=True)
class Identity:
    """The connection of a person's id with visitor ids."""

    id: int | None
    client_id: str | None
    aliases: list[str] | None
    public_key: str | None
    created_at: datetime | None
    meta: Meta | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        return cls(
            id=data.get("id"),
            client_id=data.get("client_id"),
            aliases=data.get("aliases"),
            public_key=data.get("public_key"),
            created_at=_time(data.get("created_at")),
            meta=Meta.from_dict(meta) if (meta := data.get("meta")) is not None else None,
        )


@dataclass(slots=True)
class Customer:
    """A person, with all four collections."""

    id: int | None
    client_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    revenue: float | None
    pageviews: list[Pageview]
    touchpoints: list[Touchpoint]
    events: list[Event]
    identities: list[Identity]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        return cls(
            id=data.get("id"),
            client_id=data.get("client_id"),
            created_at=_time(data.get("created_at")),
            updated_at=_time(data.get("updated_at")),
            first_seen_at=_time(data.get("first_seen_at")),
            last_seen_at=_time(data.get("last_seen_at")),
            revenue=data.get("revenue"),
            pageviews=[Pageview.from_dict(item) for item in data.get("pageviews") or []],
            touchpoints=[Touchpoint.from_dict(item) for item in data.get("touchpoints") or []],
            events=[Event.from_dict(item) for item in data.get("events") or []],
            identities=[Identity.from_dict(item) for item in data.get("identities") or []],
        )


@dataclass(slots=True)
class Envelope:
    """The outer object of a customer, or of the echo of an event."""

    customer: Customer | None
    event: Event | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read it from an object of JSON."""
        return cls(
            customer=Customer.from_dict(customer) if (customer := data.get("customer")) is not None else None,
            event=Event.from_dict(event) if (event := data.get("event")) is not None else None,
        )
