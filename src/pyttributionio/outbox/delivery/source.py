"""One store as the dispatcher sees it: its lanes, and what is to be written back to it."""

from collections.abc import Collection

from pyttributionio.outbox.delivery.queues import WINDOW, Lanes
from pyttributionio.outbox.storage.entries import Entry
from pyttributionio.outbox.storage.store import Store

GROUP = 100
"""Acknowledgements from which on they are written without waiting for more."""
GROUP_SECONDS = 0.01


class Source:
    """A store, with the window of its entries that is in memory.

    Args:
        store: Where the entries are.
        name: What people call it.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name
        self.lanes = Lanes(self._load)
        self.read_through = 0
        """Up to which number the entries were read."""
        self.old_through = store.newest
        """Up to which number they are an earlier process's, which may have sent them without telling."""
        self._removed: set[int] = set()
        self._removed_through = 0
        self._delivered: dict[int, Entry] = {}
        self._changed: dict[int, Entry] = {}
        self._since: float | None = None

    @property
    def can_read(self) -> bool:
        """Whether the store has entries that were not read yet, and the window has room for them."""
        return self.store.newest > self.read_through and self.lanes.held <= WINDOW // 2

    @property
    def is_idle(self) -> bool:
        """Whether nothing of it waits or is to be written back."""
        return self.store.newest <= self.read_through and self.lanes.held == 0 and self._since is None

    def read(self) -> None:
        """Take entries into the window, if it is half empty."""
        if not self.can_read:
            return
        newest = self.store.newest
        found = self.store.claim(self.read_through, WINDOW - self.lanes.held)
        self._mark(found)
        self.lanes.add(found)
        # Numbers below the newest may have been removed meanwhile: with none left, all of them are read.
        self.read_through = found[-1].number if found else newest

    def _load(self, lane: str, first: int, limit: int) -> list[Entry]:
        found = self.store.claim(first - 1, limit, lane=lane, until=self.read_through)
        self._mark(found)
        return found

    def _mark(self, entries: Collection[Entry]) -> None:
        for entry in entries:
            entry.maybe_sent = entry.number <= self.old_through or entry.attempts > 0

    @property
    def delivered_unwritten(self) -> int:
        """How many delivered entries are still in the store."""
        return len(self._delivered)

    def delivered(self, entry: Entry, now: float) -> None:
        """Note that an entry is to be forgotten."""
        self._changed.pop(entry.number, None)
        self._delivered[entry.number] = entry
        self._since = self._since or now

    def changed(self, entry: Entry, now: float) -> None:
        """Note that an entry's progress is to be written down."""
        self._changed[entry.number] = entry
        self._since = self._since or now

    def was_removed(self, entry: Entry) -> bool:
        """Tell whether an entry was removed from the store while it was in flight."""
        return entry.number <= self._removed_through or entry.number in self._removed

    def remove(self, numbers: Collection[int] = (), *, through: int = 0) -> None:
        """Note that entries were removed from the store: these, and all up to a number."""
        self._removed_through = max(self._removed_through, through)
        self._removed.update(numbers)
        # All others are out of memory now, and out of the store before.
        self._removed = {entry.number for entry in self.lanes.remove(self.was_removed)}

    def wait(self, now: float) -> float | None:
        """Return the seconds until the group has to be written; None if there is none."""
        return None if self._since is None else max(0.0, self._since + GROUP_SECONDS - now)

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Write the group back, if it is large or old enough.

        Raises:
            OutboxError: It could not be written; it is kept for the next time.
        """
        if self._since is None:
            return
        if not at_once and len(self._delivered) < GROUP and now - self._since < GROUP_SECONDS:
            return
        delivered, changed = [*self._delivered], [*self._changed.values()]
        self._since = now  # where it fails, the next try is another group's time away
        if delivered:
            self.store.acknowledge(delivered)
        if changed:
            self.store.release(changed)
        self._delivered.clear()
        self._changed.clear()
        self._since = None
