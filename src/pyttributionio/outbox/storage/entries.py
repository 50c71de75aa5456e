"""The data that an outbox keeps: entries and dead letters, with their ids and checksums."""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias
from zlib import crc32

Kind: TypeAlias = Literal["event", "identity"]
"""The kind of call that was accepted. An event may include its identity."""
DeadLetterCause: TypeAlias = Literal["refused", "expired", "uncertain"]
"""Why an entry is a dead letter: "refused": the server refused its content. "expired": it was older than
`max_age_days`. "uncertain": it may have arrived, and `retry_posts="unsent"` does not allow to send it again."""


class NewEntry(NamedTuple):
    """One accepted call, as it will be sent.

    Attributes:
        transaction_id: The event's id. An identity has none on the wire; here it gets a generated one.
        event_key: The event's key; None for an identity.
        visitor_id: The visitor. Entries of one visitor are delivered in order.
        body: The body of the first request.
        identity: The body of the identity that is sent after the event; None if there is none.
        accepted_at: When the call was accepted, in Unix seconds.
    """

    transaction_id: str
    event_key: str | None
    visitor_id: str
    body: bytes
    identity: bytes | None
    accepted_at: float

    @property
    def crc(self) -> int:
        """The checksum that is stored with the entry. SQLite has no checksums of its own."""
        names = f"{self.transaction_id}\0{self.event_key or ''}\0{self.visitor_id}"
        return crc32(self.identity or b"", crc32(self.body, crc32(names.encode())))


ROW: Final = 512
"""About how many bytes an entry uses in addition to its bodies: its row, and its part of the index and of the log."""


def size_of(entry: NewEntry) -> int:
    """Return about how many bytes an entry uses."""
    return len(entry.body) + len(entry.identity or b"") + ROW


@dataclass(slots=True, eq=False)
class Entry:
    """A waiting entry and the progress of its delivery.

    Attributes:
        number: Its number in its store. Entries of one visitor are delivered in this order.
        new: The accepted call.
        delivered_requests: How many of its requests got a 2xx. An event with its identity has two requests.
        attempts: How many requests failed or were refused so far.
        last_error: The result of the last failed request.
        maybe_sent: Whether the server may have received a request whose answer never came.
    """

    number: int
    new: NewEntry
    delivered_requests: int = 0
    attempts: int = 0
    last_error: str | None = None
    maybe_sent: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of call."""
        return "identity" if self.new.event_key is None else "event"

    @property
    def next_request(self) -> tuple[str, bytes]:
        """The endpoint and the body of the next request."""
        if self.new.event_key is None:
            return "identities", self.new.body
        if self.delivered_requests == 0:
            return "events", self.new.body
        assert self.new.identity is not None
        return "identities", self.new.identity

    @property
    def is_delivered(self) -> bool:
        """Whether all of its requests got a 2xx."""
        return self.delivered_requests > (self.new.identity is not None)


class DeadLetterReason(NamedTuple):
    """Why an entry became a dead letter.

    Attributes:
        cause: Why it is not sent any more.
        status: The HTTP status of the answer, if there was one.
        answer: The text of the server's answer.
        at: When it became a dead letter, in Unix seconds.
    """

    cause: DeadLetterCause
    status: int | None
    answer: str
    at: float


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry that is not sent any more, unless an operator requeues it.

    Attributes:
        number: Its number among the dead letters of its store.
        entry: The entry, with its progress.
        reason: Why it is a dead letter.
    """

    number: int
    entry: Entry
    reason: DeadLetterReason


def uuid7(now: datetime) -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7). It begins with the time, so indexes grow at their end."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10))
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | random >> 68
    low = 0x8000_0000_0000_0000 | (random & 0x3FFF_FFFF_FFFF_FFFF)
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
