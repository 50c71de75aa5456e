"""Conversion of a call's arguments to its entry. The stored bytes are the bytes that are sent."""

from pyttributionio._core.requests import Person, event_body, identity_body, post_request
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio.outbox.storage.entries import NewEntry, uuid7


def event_entry(
    settings: Settings,
    event_key: str,
    person: Person,
    *,
    url: str | None,
    transaction_id: str | int | None,
    is_informational: bool,
    identify: bool,
) -> tuple[NewEntry, str]:
    """Return an event's entry, and the person's id."""
    now = settings.clock.now()
    identity = identity_body(settings, person)
    body = event_body(
        settings,
        event_key,
        identity=identity,
        url=url,
        transaction_id=uuid7(now) if transaction_id is None else transaction_id,
        is_informational=is_informational,
    )
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
