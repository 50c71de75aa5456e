"""Conversion of a call's arguments to its entry. The stored bytes are the bytes that are sent."""

from pyttributionio._core.calls import POST_EVENT, POST_IDENTITY
from pyttributionio._core.requests import EventFields, Person, enveloped, event_members, identity_members
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio.outbox.storage.entries import NewEntry, uuid7


def event_entry(settings: Settings, person: Person, fields: EventFields, *, identify: bool) -> tuple[NewEntry, str]:
    """Return an event's entry, and the person's id."""
    now = settings.clock.now()
    identity = identity_members(settings, person)
    if fields.transaction_id is None:
        fields = fields._replace(transaction_id=uuid7(now))
    event = event_members(settings, fields, identity)
    second = enveloped(POST_IDENTITY, identity) if checked_flag("identify", identify) else None
    first = enveloped(POST_EVENT, event)
    names = event["transaction_id"], event["event_public_key"], identity["aliases"][0]
    return NewEntry(*names, first, second, now.timestamp()), identity["client_id"]


def identity_entry(settings: Settings, person: Person) -> tuple[NewEntry, str]:
    """Return an identity's entry, and the person's id."""
    now = settings.clock.now()
    identity = identity_members(settings, person)
    body = enveloped(POST_IDENTITY, identity)
    return NewEntry(uuid7(now), None, identity["aliases"][0], body, None, now.timestamp()), identity["client_id"]
