"""One store as the dispatcher uses it: its queues, and the changes that are to be written to it."""

from collections.abc import Collection
from typing import Final

from pyttributionio._errors import OutboxError
from pyttributionio.outbox.delivery.queues import WINDOW, VisitorQueues
from pyttributionio.outbox.storage.entries import Entry
from pyttributionio.outbox.storage.store import Store

GROUP: Final = 100
"""How many delivered entries are removed from the store without waiting for more."""
GROUP_SECONDS: Final = 0.01


class Source:
    """A store, and those of its entries that are in memory.

    Args:
        store: The store.
        name: The name of the shard.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name
        self.queues = VisitorQueues(self._load)
        self.read_through = 0
        """The number of the last entry that was read from the store."""
        self.old_through = store.newest
        """The number of the last entry of an earlier process, which may have sent it."""
        self.retry_at = 0.0
        """When to read again after a failure of the store, by the monotonic clock."""
        self.failure: OutboxError | None = None
        """Why the store could not be read the last time."""
        self._removed: set[int] = set()
        self._removed_through = 0
        self._delivered: dict[int, Entry] = {}
        self._changed: dict[int, Entry] = {}
        self._since: float | None = None
        """When the oldest unwritten change was made."""

    @property
    def can_read(self) -> bool:
        """Whether the store has entries that were not read yet, and memory has room for them."""
        return self.store.newest > self.read_through and self.queues.held <= WINDOW // 2

    @property
    def is_idle(self) -> bool:
        """Whether no entry waits and no change is to be written."""
        return self.store.newest <= self.read_through and self.queues.is_empty and self._since is None

    def read(self) -> None:
        """Read entries from the store, if memory has room for them."""
        if not self.can_read:
            return
        newest = self.store.newest
        found = self.store.claim(self.read_through, WINDOW - self.queues.held)
        self._mark(found)
        self.queues.add(found)
        # If no entry was found, all numbers up to the newest were removed meanwhile.
        self.read_through = found[-1].number if found else newest

    def _load(self, visitor_id: str, first: int, limit: int) -> list[Entry]:
        found = self.store.claim(first - 1, limit, visitor_id=visitor_id, until=self.read_through)
        self._mark(found)
        return found

    def _mark(self, entries: Collection[Entry]) -> None:
        for entry in entries:
            entry.maybe_sent = entry.number <= self.old_through or entry.attempts > 0

    def delivered(self, entry: Entry, now: float) -> None:
        """Note that an entry is to be removed from the store."""
        self._changed.pop(entry.number, None)
        self._delivered[entry.number] = entry
        self._since = self._since or now

    def changed(self, entry: Entry, now: float) -> None:
        """Note that an entry's progress is to be written."""
        self._changed[entry.number] = entry
        self._since = self._since or now

    def was_removed(self, entry: Entry) -> bool:
        """Return whether an entry was removed from the store while it was in flight."""
        return entry.number <= self._removed_through or entry.number in self._removed

    def remove(self, numbers: Collection[int] = (), *, through: int = 0) -> None:
        """Note that entries were removed from the store: some numbers, and all numbers up to one."""
        self._removed_through = max(self._removed_through, through)
        self._removed.update(numbers)
        # The others are not in memory now, and were not in the store before.
        self._removed = {entry.number for entry in self.queues.remove(self.was_removed)}

    def wait(self, now: float) -> float | None:
        """Return the seconds until changes have to be written; None if there are none."""
        return None if self._since is None else max(0.0, self._since + GROUP_SECONDS - now)

    def write(self, now: float, *, at_once: bool = False) -> bool:
        """Write the changes to the store, if there are enough of them, or if they are old enough.

        Returns:
            Whether delivered entries were removed.

        Raises:
            OutboxError: They could not be written. They are kept for the next try.
        """
        if self._since is None:
            return False
        if not at_once and len(self._delivered) < GROUP and now - self._since < GROUP_SECONDS:
            return False
        delivered, changed = [*self._delivered], [*self._changed.values()]
        self._since = now  # if this fails, the next try is made after the time of one group
        if delivered:
            self.store.acknowledge(delivered)
        if changed:
            self.store.release(changed)
        self._delivered.clear()
        self._changed.clear()
        self._since = None
        return bool(delivered)
