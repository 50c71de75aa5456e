"""Conversion of a call's arguments to its entry. The stored bytes are the bytes that are sent."""

from pyttributionio._core.calls import POST_EVENT, POST_IDENTITY
from pyttributionio._core.requests import EventFields, Person, enveloped, event_body, identity_body
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio.outbox.storage.entries import NewEntry, uuid7


def event_entry(settings: Settings, person: Person, fields: EventFields, *, identify: bool) -> tuple[NewEntry, str]:
    """Return an event's entry, and the person's id."""
    now = settings.clock.now()
    identity = identity_body(settings, person)
    if fields.transaction_id is None:
        fields = fields._replace(transaction_id=uuid7(now))
    body = event_body(settings, fields, identity)
    second = enveloped(POST_IDENTITY, identity) if checked_flag("identify", identify) else None
    first = enveloped(POST_EVENT, body)
    entry = NewEntry(body.transaction_id, body.event_public_key, identity.aliases[0], first, second, now.timestamp())
    return entry, identity.client_id


def identity_entry(settings: Settings, person: Person) -> tuple[NewEntry, str]:
    """Return an identity's entry, and the person's id."""
    now = settings.clock.now()
    body = identity_body(settings, person)
    data = enveloped(POST_IDENTITY, body)
    return NewEntry(uuid7(now), None, body.aliases[0], data, None, now.timestamp()), body.client_id
