"""The interface that an outbox requires of its store. `tests/outbox/store_contract.py` tests an implementation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from pyttributionio.outbox.storage.entries import DeadLetter, DeadLetterReason, Entry, NewEntry


class StoreCount(NamedTuple):
    """How much a store holds.

    Attributes:
        pending: Waiting entries.
        dead: Dead letters.
        size: Bytes that both use.
        oldest: When the oldest waiting entry was accepted, in Unix seconds; None if none waits.
    """

    pending: int
    dead: int
    size: int
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Salvage:
    """The result of checking a store for damage.

    Attributes:
        damaged: Whether there was damage.
        saved: How many entries and dead letters were moved into a new store.
        unreadable: How many were lost, as far as they can be counted.
        quarantine: The path of the damaged file; None if nothing was damaged, or the store has no file.
    """

    damaged: bool
    saved: int = 0
    unreadable: int = 0
    quarantine: str | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """The entries that were removed to make room.

    Attributes:
        count: How many.
        through: The highest number among them.
    """

    count: int
    through: int


@runtime_checkable
class Store(Protocol):
    """Keep entries until they are delivered. Several threads may call a store at the same time.

    Entries have numbers in the order in which they were appended. No number is used twice while the store is open.
    """

    @property
    def newest(self) -> int:
        """The highest number given so far; 0 if there is none."""
        ...

    def append(self, entry: NewEntry) -> bool:
        """Store an entry. When this returns, the entry survives the process.

        Returns:
            False if an event with its transaction id and event key waits already; then nothing was added.

        Raises:
            OutboxFullError: There is no room for it.
            OutboxError: It could not be stored.
        """
        ...

    def append_dropping(self, entry: NewEntry) -> tuple[bool, Dropped]:
        """Store an entry, and remove as few of the oldest waiting entries as make room for it.

        Returns:
            Whether it was added, as for `append`; and the removed entries.

        Raises:
            OutboxFullError: There is no room for it even then; nothing was removed.
            OutboxError: It could not be stored; nothing was removed.
        """
        ...

    def claim(self, after: int, limit: int, *, visitor_id: str | None = None, until: int | None = None) -> list[Entry]:
        """Return waiting entries, the lowest number first.

        Args:
            after: Only entries with a higher number.
            limit: At most this many.
            visitor_id: Only entries of this visitor; None for all.
            until: Only entries up to this number; None for all.

        Raises:
            OutboxError: They can't be read.
        """
        ...

    def acknowledge(self, numbers: Collection[int]) -> None:
        """Remove delivered entries. Unknown numbers are ignored.

        Raises:
            OutboxError: They could not be removed; nothing was changed.
        """
        ...

    def release(self, entries: Collection[Entry]) -> None:
        """Store the progress of entries that go on waiting.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def dead_letter(self, entry: Entry, reason: DeadLetterReason) -> None:
        """Move a waiting entry to the dead letters. An entry that was removed before stays removed.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def expire(self, accepted_before: float, reason: DeadLetterReason, *, accepted_since: float = 0.0) -> Sequence[int]:
        """Move old waiting entries to the dead letters.

        Args:
            accepted_before: Entries accepted before this time, in Unix seconds.
            reason: Why and when they became dead letters.
            accepted_since: Only entries accepted at this time or later, in Unix seconds.

        Returns:
            Their numbers. If there are very many, only the first of them; the caller calls again.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        """Return up to `limit` dead letters with numbers above `after`, the lowest first.

        Raises:
            OutboxError: They can't be read.
        """
        ...

    def requeue(self, numbers: Collection[int]) -> int:
        """Move dead letters to the end of the waiting entries; return how many were moved.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def drop(self, numbers: Collection[int], *, dead: bool) -> int:
        """Delete waiting entries or dead letters for good; return how many were deleted.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def count(self) -> StoreCount:
        """Return how much the store holds.

        Raises:
            OutboxError: It can't be read.
        """
        ...

    def salvage(self) -> Salvage:
        """Check the whole store; move the readable entries out of a damaged file, and count the others.

        Raises:
            OutboxError: The store can't be checked, or the readable entries could not be moved.
        """
        ...

    def tidy(self) -> None:
        """Return unused space to the disk.

        Raises:
            OutboxError: The store could not be written.
        """
        ...

    def close(self) -> None:
        """Release files and memory. Closing twice is fine."""
        ...
