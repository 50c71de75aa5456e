"""Conversion between rows of the database and entries. A row of a damaged file may hold any value in any column."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeGuard, TypeVar, cast, get_args

from pyttributionio.outbox.storage.entries import DeadLetter, DeadLetterCause, DeadLetterReason, Entry, NewEntry
from pyttributionio.outbox.storage.statements import DEAD_COLUMNS, ENTRY_COLUMNS, FIRST_TIME, LAST_TIME

T = TypeVar("T")
Row = Sequence[object]

_PROGRESS_BITS: Final = 32
_CAUSES: Final = frozenset(get_args(DeadLetterCause))


def batches(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Yield items in lists of a size; the last one may be shorter."""
    remaining = iter(items)
    while batch := [*islice(remaining, size)]:
        yield batch


def text_of(raw: bytes) -> str:
    """Return the text in a column. Bytes that are no UTF-8 become surrogates, which no check of a row accepts.

    sqlite3 itself raises an error for such a text, and then no row of the query could be read.
    """
    return raw.decode("utf-8", "surrogateescape")


def number_of(row: Row) -> int:
    """Return a row's number. It is SQLite's row id, so it is an integer even in a damaged row."""
    return cast("int", row[0])


def parameters(entry: NewEntry, delivered_requests: int = 0) -> tuple[object, ...]:
    """Return the values of an entry's columns; the last one is its checksum.

    The bits above the checksum repeat the number of delivered requests: a damaged number would lose a request.
    """
    return (*entry, entry.crc | delivered_requests << _PROGRESS_BITS)


def progress(entry: Entry) -> tuple[object, ...]:
    """Return the values of the columns for an entry's progress."""
    return entry.delivered_requests, entry.attempts, entry.last_error


def time_of(value: object) -> float | None:
    """Return a time in Unix seconds; None if a value is no time of the calendar."""
    # SQLite returns a whole number as an int.
    return float(value) if isinstance(value, int | float) and FIRST_TIME <= value <= LAST_TIME else None


def _is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a text of valid characters."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and value >= 0


def _new_entry_of(row: Row) -> NewEntry | None:
    transaction_id, event_key, visitor_id, body, identity, accepted_at = row
    at = time_of(accepted_at)
    if not (_is_text(transaction_id) and _is_text(visitor_id) and isinstance(body, bytes)) or at is None:
        return None
    # The checksum can't tell an empty value from none.
    if not (event_key is None or (_is_text(event_key) and event_key)):
        return None
    if not (identity is None or (isinstance(identity, bytes) and identity and event_key is not None)):
        return None
    return NewEntry(transaction_id, event_key, visitor_id, body, identity, at)


def entry_of(row: Row, version: int | None = None) -> Entry | None:
    """Return the entry in a row.

    Args:
        row: The row.
        version: The version of the file's schema, if the file was not migrated. Before version 3 the checksum did not
            repeat the number of delivered requests.

    Returns:
        None if the row is damaged: a value is not what its column holds, or the row does not match its checksum.
    """
    if len(row) < ENTRY_COLUMNS:  # a damaged schema has fewer columns
        return None
    number, *values, crc, delivered_requests, attempts, last_error = row[:ENTRY_COLUMNS]
    new = _new_entry_of(values)
    if new is None or not (_is_count(delivered_requests) and _is_count(attempts)):
        return None
    if delivered_requests > (new.identity is not None) or not (last_error is None or _is_text(last_error)):
        return None
    expected = new.crc | delivered_requests << _PROGRESS_BITS
    if crc != expected and not (version is not None and version < 3 and crc == new.crc):
        return None
    return Entry(cast("int", number), new, delivered_requests, attempts, last_error)


def dead_letter_of(row: Row, version: int | None = None) -> DeadLetter | None:
    """Return the dead letter in a row; None if the row is damaged. See `entry_of`."""
    entry = entry_of(row, version)
    if len(row) < DEAD_COLUMNS:
        return None
    cause, status, answer, at = row[ENTRY_COLUMNS:DEAD_COLUMNS]
    moment = time_of(at)
    if entry is None or moment is None or cause not in _CAUSES or not _is_text(answer):
        return None
    if not (status is None or _is_count(status)):
        return None
    return DeadLetter(entry.number, entry, DeadLetterReason(cast("DeadLetterCause", cause), status, answer, moment))
