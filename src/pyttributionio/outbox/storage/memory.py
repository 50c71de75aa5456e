"""A store in memory, without a disk: for tests, and for `durability="memory"`."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice

from pyttributionio._errors import OutboxError, OutboxFullError
from pyttributionio.outbox.storage.entries import DeadLetter, DeadLetterReason, Entry, NewEntry, size_of
from pyttributionio.outbox.storage.store import Dropped, Salvage, StoreCount


class MemoryStore:
    """Keep entries in memory. They are lost when the process ends.

    Args:
        max_bytes: How many bytes to keep. Each entry counts as its bodies and 512 bytes more.
    """

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.RLock()
        self._max_bytes = max_bytes
        self._size = 0
        self._newest, self._newest_dead = 0, 0
        self._entries: dict[int, Entry] = {}
        self._names: dict[tuple[str, str], int] = {}
        self._dead: dict[int, DeadLetter] = {}
        self._closed = False

    @property
    def newest(self) -> int:
        """The highest number given so far."""
        return self._newest

    def append(self, entry: NewEntry) -> bool:
        """Store an entry. See `Store` for the errors."""
        with self._lock:
            if not self._waits(entry):
                self._check_room(size_of(entry), 0)
            return self._add(Entry(0, entry))

    def append_dropping(self, entry: NewEntry) -> tuple[bool, Dropped]:
        """Store an entry, and remove as few of the oldest waiting entries as make room for it. See `Store`."""
        with self._lock:
            freed, numbers = 0, list[int]()
            if not self._waits(entry):
                for number, oldest in self._entries.items():
                    if self._size - freed + size_of(entry) <= self._max_bytes:
                        break
                    freed += size_of(oldest.new)
                    numbers.append(number)
                self._check_room(size_of(entry), freed)
            self.drop(numbers, dead=False)
            return self._add(Entry(0, entry)), Dropped(len(numbers), numbers[-1] if numbers else 0)

    def _waits(self, entry: NewEntry) -> bool:
        if self._closed:
            raise OutboxError("this outbox is closed: it takes no more entries")
        name = _name(entry)
        return name is not None and name in self._names

    def _check_room(self, size: int, freed: int) -> None:
        if self._size - freed + size > self._max_bytes:
            raise OutboxFullError(
                f"{self._size:,} of {self._max_bytes:,} bytes (max_bytes) are used, and this entry takes {size:,}; "
                "nothing was stored"
            )

    def _add(self, entry: Entry) -> bool:
        name = _name(entry.new)
        if name is not None and name in self._names:
            return False
        self._newest += 1
        self._entries[self._newest] = replace(entry, number=self._newest)
        if name is not None:
            self._names[name] = self._newest
        self._size += size_of(entry.new)
        return True

    def _remove(self, number: int) -> Entry | None:
        entry = self._entries.pop(number, None)
        if entry is not None:
            self._size -= size_of(entry.new)
            name = _name(entry.new)
            if name is not None:
                del self._names[name]
        return entry

    def claim(self, after: int, limit: int, *, visitor_id: str | None = None, until: int | None = None) -> list[Entry]:
        """Return up to `limit` waiting entries with numbers above `after`, the lowest first."""
        with self._lock:
            found = (
                replace(entry)
                for number, entry in self._entries.items()
                if number > after and (until is None or number <= until) and visitor_id in {None, entry.new.visitor_id}
            )
            return [*islice(found, limit)]

    def acknowledge(self, numbers: Collection[int]) -> None:
        """Remove delivered entries."""
        self.drop(numbers, dead=False)

    def release(self, entries: Collection[Entry]) -> None:
        """Store the progress of entries that go on waiting."""
        with self._lock:
            for entry in entries:
                if entry.number in self._entries:
                    self._entries[entry.number] = replace(entry)

    def dead_letter(self, entry: Entry, reason: DeadLetterReason) -> None:
        """Move a waiting entry to the dead letters."""
        with self._lock:
            if self._remove(entry.number) is not None:
                self._newest_dead += 1
                dead = replace(entry, number=self._newest_dead)
                self._dead[self._newest_dead] = DeadLetter(self._newest_dead, dead, reason)
                self._size += size_of(entry.new)

    def expire(self, accepted_before: float, reason: DeadLetterReason, *, accepted_since: float = 0.0) -> Sequence[int]:
        """Move waiting entries that were accepted before a time to the dead letters; return their numbers.

        Args:
            accepted_before: The time, in Unix seconds.
            reason: Why and when they became dead letters.
            accepted_since: Only entries that were accepted at this time or later, in Unix seconds.
        """
        with self._lock:
            old = [
                entry for entry in self._entries.values() if accepted_since <= entry.new.accepted_at < accepted_before
            ]
            for entry in old:
                self.dead_letter(entry, reason)
            return [entry.number for entry in old]

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        """Return up to `limit` dead letters with numbers above `after`, the lowest first."""
        with self._lock:
            return [*islice((letter for number, letter in self._dead.items() if number > after), limit)]

    def requeue(self, numbers: Collection[int]) -> int:
        """Move dead letters to the end of the waiting entries; return how many were moved."""
        with self._lock:
            found = [self._dead.pop(number) for number in sorted(numbers) if number in self._dead]
            for letter in found:
                self._size -= size_of(letter.entry.new)
                self._add(letter.entry)
            return len(found)

    def drop(self, numbers: Collection[int], *, dead: bool) -> int:
        """Delete waiting entries or dead letters for good; return how many were deleted."""
        with self._lock:
            if not dead:
                return sum(self._remove(number) is not None for number in numbers)
            found = [self._dead.pop(number) for number in numbers if number in self._dead]
            self._size -= sum(size_of(letter.entry.new) for letter in found)
            return len(found)

    def count(self) -> StoreCount:
        """Return how much the store holds."""
        with self._lock:
            oldest = next((entry.new.accepted_at for entry in self._entries.values()), None)
            return StoreCount(len(self._entries), len(self._dead), self._size, oldest)

    def salvage(self) -> Salvage:
        """Return that nothing is damaged."""
        return Salvage(damaged=False)

    def tidy(self) -> None:
        """Do nothing. Memory is freed at once."""

    def close(self) -> None:
        """Refuse further entries."""
        self._closed = True


def _name(entry: NewEntry) -> tuple[str, str] | None:
    return None if entry.event_key is None else (entry.transaction_id, entry.event_key)


class DiscardingStore(MemoryStore):
    """Accept entries and keep none: the store of a disabled outbox."""

    def __init__(self) -> None:
        super().__init__(0)

    def append(self, entry: NewEntry) -> bool:
        """Drop an entry. See `Store` for the errors."""
        with self._lock:
            self._waits(entry)  # raises if the store is closed
            return True
