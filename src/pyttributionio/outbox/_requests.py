"""Conversion of a call's arguments to its entry. The stored bytes are the bytes that are sent."""

from pyttributionio._core.requests import EventFields, Person, event_body, identity_body, post_request
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio.outbox.storage.entries import NewEntry, uuid7


def event_entry(settings: Settings, person: Person, fields: EventFields, *, identify: bool) -> tuple[NewEntry, str]:
    """Return an event's entry, and the person's id."""
    now = settings.clock.now()
    identity = identity_body(settings, person)
    if fields.transaction_id is None:
        fields = fields._replace(transaction_id=uuid7(now))
    body = event_body(settings, fields, identity)
    second = post_request(settings, "identities", identity).body if checked_flag("identify", identify) else None
    first = post_request(settings, "events", body).body or b""
    entry = NewEntry(body.transaction_id, body.event_public_key, identity.aliases[0], first, second, now.timestamp())
    return entry, identity.client_id


def identity_entry(settings: Settings, person: Person) -> tuple[NewEntry, str]:
    """Return an identity's entry, and the person's id."""
    now = settings.clock.now()
    body = identity_body(settings, person)
    data = post_request(settings, "identities", body).body or b""
    return NewEntry(uuid7(now), None, body.aliases[0], data, None, now.timestamp()), body.client_id
