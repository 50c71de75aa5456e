"""Conversion between rows of the database and entries."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar, cast

from pyttributionio.outbox.storage.entries import DeadLetter, DeadLetterCause, DeadLetterReason, Entry, NewEntry
from pyttributionio.outbox.storage.statements import DEAD_COLUMNS, ENTRY_COLUMNS

T = TypeVar("T")
Row = Sequence[object]


def batches(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Yield items in lists of a size; the last one may be shorter."""
    remaining = iter(items)
    while batch := [*islice(remaining, size)]:
        yield batch


def number_of(row: Row) -> int:
    """Return a row's number. It is SQLite's row id, so it is an integer even in a damaged row."""
    return cast("int", row[0])


def parameters(entry: NewEntry) -> tuple[object, ...]:
    """Return the values of an entry's columns; the last one is its checksum."""
    return (*entry, entry.crc)


def entry_of(row: Row) -> Entry | None:
    """Return the entry in a row; None if the row does not match its checksum."""
    number, transaction_id, event_key, visitor_id, body, identity, accepted_at, crc, *progress = row[:ENTRY_COLUMNS]
    if not (isinstance(body, bytes) and isinstance(transaction_id, str) and isinstance(visitor_id, str)):
        return None  # a damaged row may hold values of any type
    new = NewEntry(
        transaction_id,
        cast("str | None", event_key),
        visitor_id,
        body,
        cast("bytes | None", identity),
        float(cast("float", accepted_at)),  # SQLite returns a whole number as an int
    )
    if new.crc != crc:
        return None
    delivered_requests, attempts, last_error = cast("tuple[int, int, str | None]", progress)
    return Entry(cast("int", number), new, delivered_requests, attempts, last_error)


def dead_letter_of(row: Row) -> DeadLetter | None:
    """Return the dead letter in a row; None if the row does not match its checksum."""
    entry = entry_of(row)
    if entry is None:
        return None
    cause, status, answer, at = row[ENTRY_COLUMNS:DEAD_COLUMNS]
    reason = DeadLetterReason(
        cast("DeadLetterCause", cause), cast("int | None", status), cast("str", answer), cast("float", at)
    )
    return DeadLetter(entry.number, entry, reason)
