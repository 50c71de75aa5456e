"""Between rows and entries."""

from collections.abc import Sequence
from typing import cast

from pyttributionio.outbox.storage.entries import Burial, DeadLetter, DeadReason, Entry, NewEntry

Row = Sequence[object]


def number_of(row: Row) -> int:
    """Return a row's number, which is SQLite's own row id, and so an integer whatever is damaged."""
    return cast("int", row[0])


def parameters(entry: NewEntry) -> tuple[object, ...]:
    """Return an entry's columns, its checksum last."""
    return (*entry, entry.crc)


def entry_of(row: Row) -> Entry | None:
    """Read a row; None if it does not match its checksum."""
    number, transaction_id, event_key, lane, body, identity, accepted_at, crc, sent, attempts, error = row[:11]
    if not (isinstance(body, bytes) and isinstance(transaction_id, str) and isinstance(lane, str)):
        return None  # a damaged row may hold anything
    new = NewEntry(
        transaction_id,
        cast("str | None", event_key),
        lane,
        body,
        cast("bytes | None", identity),
        float(cast("float", accepted_at)),  # SQLite keeps a whole number as one
    )
    if new.crc != crc:
        return None
    return Entry(
        cast("int", number), new, cast("int", sent), cast("int", attempts), cast("str | None", error), maybe_sent=False
    )


def dead_letter_of(row: Row) -> DeadLetter | None:
    """Read a row of the dead letters; None if it does not match its checksum."""
    entry = entry_of(row)
    if entry is None:
        return None
    reason, status, answer, at = row[11:15]
    burial = Burial(cast("DeadReason", reason), cast("int | None", status), cast("str", answer), cast("float", at))
    return DeadLetter(entry.number, entry, burial)
