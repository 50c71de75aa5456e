"""The calls of `pyttributionio track`, which a client and an outbox take alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from pyttributionio import Client, JSONValue
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web import EventOptions, IdentityOptions


@dataclass(frozen=True, kw_only=True)
class EventCall:
    """An event, with the arguments of `client.tracking.event`."""

    kind: ClassVar = "event"

    event_key: str
    visitor_id: str
    client_id: str | None
    url: str | None
    user_agent: str | None
    transaction_id: str | None
    created_at: datetime | None
    is_informational: bool
    meta: Mapping[str, JSONValue] | None
    identify: bool

    @property
    def name(self) -> str:
        """The call in words."""
        return f"the event {self.event_key}"

    def send(self, client: Client) -> None:
        """Post it."""
        client.tracking.event(self.event_key, **self._options())

    def store(self, outbox: Outbox) -> Accepted:
        """Store it in an outbox."""
        return outbox.event(self.event_key, **self._options())

    def _options(self) -> EventOptions:
        return {
            "visitor_id": self.visitor_id,
            "client_id": self.client_id,
            "url": self.url,
            "user_agent": self.user_agent,
            "transaction_id": self.transaction_id,
            "created_at": self.created_at,
            "is_informational": self.is_informational,
            "meta": self.meta,
            "identify": self.identify,
        }


@dataclass(frozen=True, kw_only=True)
class IdentityCall:
    """An identity, with the arguments of `client.tracking.identity`."""

    kind: ClassVar = "identity"
    event_key: ClassVar = None
    transaction_id: ClassVar = None
    identify: ClassVar = True
    name: ClassVar = "the identity"

    visitor_id: str
    client_id: str | None
    user_agent: str | None
    created_at: datetime | None
    meta: Mapping[str, JSONValue] | None

    def send(self, client: Client) -> None:
        """Post it."""
        client.tracking.identity(self.client_id, **self._options())

    def store(self, outbox: Outbox) -> Accepted:
        """Store it in an outbox."""
        return outbox.identity(self.client_id, **self._options())

    def _options(self) -> IdentityOptions:
        return {
            "visitor_id": self.visitor_id,
            "user_agent": self.user_agent,
            "created_at": self.created_at,
            "meta": self.meta,
        }


TrackingCall: TypeAlias = EventCall | IdentityCall
