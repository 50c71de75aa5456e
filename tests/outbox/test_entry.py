"""Transaction ids, checksums and requests of entries."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outbox._helpers import entry
from pyttributionio.outbox import Entry
from pyttributionio.outbox.storage.entries import uuid7


@given(st.integers(0, 253_402_300_799_999))
def test_uuid7_is_version_7_and_holds_the_milliseconds(milliseconds: int) -> None:
    """RFC 9562, section 5.7: 48 bits of Unix milliseconds, version 7, variant 10. Up to the year 9999."""
    now = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds, microseconds=500)
    made = uuid.UUID(uuid7(now))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == milliseconds


def test_uuid7_is_unique() -> None:
    """74 random bits within one millisecond."""
    assert len({uuid7(datetime.fromtimestamp(0, UTC)) for _ in range(10_000)}) == 10_000


def test_checksum_covers_all_that_is_sent_and_where_it_belongs() -> None:
    """Any change gives another checksum."""
    one = entry(identity=b"i")
    changed = [
        one._replace(transaction_id="t-2"),
        one._replace(event_key="other"),
        one._replace(visitor_id="other"),
        one._replace(body=b"x"),
        one._replace(identity=b"x"),
        one._replace(identity=None),
    ]
    assert len({one.crc, *(each.crc for each in changed)}) == 7


def test_an_event_with_identity_has_two_requests_in_this_order() -> None:
    """First the event, then the identity; then it is delivered."""
    both = Entry(1, entry(body=b"e", identity=b"i"))
    assert (both.next_request, both.is_delivered) == (("events", b"e"), False)
    both.delivered_requests = 1
    assert (both.next_request, both.is_delivered) == (("identities", b"i"), False)
    both.delivered_requests = 2
    assert both.is_delivered


def test_an_identity_has_one_request() -> None:
    """And so has an event without an identity."""
    identity = Entry(1, entry(event_key=None, body=b"i"))
    assert (identity.kind, identity.next_request) == ("identity", ("identities", b"i"))
    identity.delivered_requests = 1
    assert identity.is_delivered
    assert Entry(1, entry(), delivered_requests=1).is_delivered
