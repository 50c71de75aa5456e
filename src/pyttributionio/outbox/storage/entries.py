"""What the outbox keeps: entries, dead letters, and how both are named and checked."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias
from zlib import crc32

Kind: TypeAlias = Literal["event", "identity"]
"""What was accepted; an event may bring its identity along."""
DeadReason: TypeAlias = Literal["refused", "expired"]
"""Why an entry is in the dead letters: the server refused its content, or it grew too old."""


class NewEntry(NamedTuple):
    """One accepted call, as it will be sent.

    Attributes:
        transaction_id: The event's; a made-up name for an identity, which has none on the wire.
        event_key: The event's key; None for an identity.
        lane: The visitor id: entries of one lane are delivered in order.
        body: The request's body.
        identity: The body of the identity that is delivered after an event; None if there is none.
        accepted_at: When it was accepted, in Unix seconds.
    """

    transaction_id: str
    event_key: str | None
    lane: str
    body: bytes
    identity: bytes | None
    accepted_at: float

    @property
    def crc(self) -> int:
        """The checksum stored beside it: SQLite has none of its own."""
        names = f"{self.transaction_id}\0{self.event_key or ''}\0{self.lane}"
        return crc32(self.identity or b"", crc32(self.body, crc32(names.encode())))


@dataclass(slots=True, eq=False)
class Entry:
    """An entry that waits, with what is known of its delivery.

    Attributes:
        number: Its place in its store; entries are delivered in this order, visitor by visitor.
        new: What was accepted.
        sent: How many of its requests were answered with a 2xx: an event with its identity has two.
        attempts: How many requests failed or were refused so far.
        last_error: What came of the last of them.
        maybe_sent: Whether a request of it may have arrived without our having seen the answer.
    """

    number: int
    new: NewEntry
    sent: int = 0
    attempts: int = 0
    last_error: str | None = None
    maybe_sent: bool = False

    @property
    def kind(self) -> Kind:
        """What was accepted."""
        return "identity" if self.new.event_key is None else "event"

    @property
    def next_request(self) -> tuple[str, bytes]:
        """The endpoint and body of the request that is due."""
        if self.new.event_key is None:
            return "identities", self.new.body
        if self.sent == 0:
            return "events", self.new.body
        assert self.new.identity is not None
        return "identities", self.new.identity

    @property
    def is_delivered(self) -> bool:
        """Whether all of its requests were answered with a 2xx."""
        return self.sent > (self.new.identity is not None)


class Burial(NamedTuple):
    """Why an entry goes to the dead letters, and what the server said of it.

    Attributes:
        reason: Whether it was refused, or grew too old.
        status: The HTTP status it was refused with.
        answer: What the server said.
        at: When, in Unix seconds.
    """

    reason: DeadReason
    status: int | None
    answer: str
    at: float


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry that is sent no more, unless an operator says so.

    Attributes:
        number: Its place among the dead letters of its store.
        entry: What was accepted, and how far it came.
        burial: Why it is here, and what the server said.
    """

    number: int
    entry: Entry
    burial: Burial


def uuid7(now: Callable[[], int] = time.time_ns) -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7): milliseconds first, so that indexes grow at their end."""
    milliseconds = now() // 1_000_000
    chance = int.from_bytes(os.urandom(10))
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | chance >> 68
    low = 0x8000_0000_0000_0000 | (chance & 0x3FFF_FFFF_FFFF_FFFF)
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
