"""The order of the waiting entries of one store. Pure.

Each visitor has a queue. Its entries are sent in order, and one at a time; the visitors take turns. Only some entries
are in memory: a long queue leaves its other entries in the store, and loads them when the first ones are delivered.
"""

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from pyttributionio.outbox.storage.entries import Entry

WINDOW: Final = 2000
"""How many entries of a store may be in memory."""
QUEUE_WINDOW: Final = 64
"""How many entries of one visitor may be in memory."""


class VisitorQueue:
    """The waiting entries of one visitor, from one store.

    `unloaded_from` is the number of its first entry that is only in the store; None if all are in memory.
    """

    __slots__ = ("entries", "in_flight", "is_queued", "unloaded_from", "visitor_id")

    def __init__(self, visitor_id: str) -> None:
        self.visitor_id = visitor_id
        self.entries: deque[Entry] = deque()
        self.unloaded_from: int | None = None
        self.in_flight = False
        self.is_queued = False


class VisitorQueues:
    """All queues of one store.

    Args:
        load: Returns entries of a visitor from the store: those from a number on, up to a limit.
    """

    def __init__(self, load: Callable[[str, int, int], list[Entry]]) -> None:
        self._load = load
        self._queues: dict[str, VisitorQueue] = {}
        self._ready: deque[VisitorQueue] = deque()
        self._waiting: list[tuple[float, int, VisitorQueue]] = []
        """A heap of the queues whose first entry failed, by the time of its next attempt."""
        self._tie = count()
        self.held = 0
        """How many entries are in memory."""

    @property
    def is_empty(self) -> bool:
        """Whether no entry waits, neither in memory nor in the store."""
        return not self._queues

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries in order. Those that were added before, in a call that was interrupted, are skipped."""
        for entry in entries:
            visitor_id = entry.new.visitor_id
            queue = self._queues.get(visitor_id)
            if queue is None:
                queue = self._queues[visitor_id] = VisitorQueue(visitor_id)
            if queue.unloaded_from is not None or (queue.entries and queue.entries[-1].number >= entry.number):
                continue
            if len(queue.entries) >= QUEUE_WINDOW:
                queue.unloaded_from = entry.number
                continue
            queue.entries.append(entry)
            self.held += 1
            self._make_ready(queue)

    def next(self, now: float) -> Entry | None:
        """Return the next entry to send. It counts as in flight from now on.

        Raises:
            OutboxError: Entries could not be loaded from the store. Their queue is still the next one.
        """
        while self._waiting and self._waiting[0][0] <= now:
            queue = heappop(self._waiting)[2]
            queue.is_queued = False
            self._make_ready(queue)
        while self._ready:
            queue = self._ready[0]
            if not queue.entries:
                self._load_entries(queue)
            self._ready.popleft()
            queue.is_queued = False
            if queue.entries:
                queue.in_flight = True
                return queue.entries[0]
            del self._queues[queue.visitor_id]
        return None

    def wait(self, now: float) -> float | None:
        """Return the seconds until an entry may be sent; None if only an answer can change that."""
        if self._ready:
            return 0.0
        return max(0.0, self._waiting[0][0] - now) if self._waiting else None

    def again(self, entry: Entry) -> None:
        """Make an entry's queue ready at once: the event is delivered, and its identity is next."""
        queue = self._queues[entry.new.visitor_id]
        queue.in_flight = False
        self._make_ready(queue)

    def done(self, entry: Entry) -> None:
        """Remove an entry from its queue: it was delivered, or is a dead letter."""
        queue = self._queues[entry.new.visitor_id]
        queue.in_flight = False
        queue.entries.popleft()
        self.held -= 1
        self._make_ready(queue)

    def failed(self, entry: Entry, not_before: float) -> None:
        """Make an entry's queue wait until a time.

        Only the entry itself stays in memory: many failing queues must not use up the window.
        """
        queue = self._queues[entry.new.visitor_id]
        queue.in_flight = False
        if len(queue.entries) > 1:
            queue.unloaded_from = queue.entries[1].number
            self.held -= len(queue.entries) - 1
            queue.entries = deque([entry])
        queue.is_queued = True
        heappush(self._waiting, (not_before, next(self._tie), queue))

    def take_back(self) -> None:
        """Make the entries in flight ready again: their requests were interrupted, with unknown outcomes."""
        waiting = {id(queue) for _, _, queue in self._waiting}
        self._ready.clear()
        self.held = sum(len(queue.entries) for queue in self._queues.values())
        for queue in [*self._queues.values()]:
            if queue.in_flight and queue.entries:
                queue.entries[0].maybe_sent = True
            queue.in_flight, queue.is_queued = False, id(queue) in waiting
            self._make_ready(queue)

    def remove(self, is_removed: Callable[[Entry], bool]) -> list[Entry]:
        """Remove the entries that were removed from the store.

        Returns:
            Those of them that are in flight. They stay in their queues until their outcome is known.
        """
        in_flight: list[Entry] = []
        for queue in self._queues.values():
            first = queue.entries[0] if queue.in_flight else None
            if first is not None and is_removed(first):
                in_flight.append(first)
            kept = deque(entry for entry in queue.entries if entry is first or not is_removed(entry))
            self.held -= len(queue.entries) - len(kept)
            queue.entries = kept
        self._ready = deque(queue for queue in self._ready if queue.entries)
        self._waiting = [item for item in self._waiting if item[2].entries]
        heapify(self._waiting)
        for queue in [queue for queue in self._queues.values() if not queue.entries]:
            queue.is_queued = False
            self._make_ready(queue)
        return in_flight

    def _load_entries(self, queue: VisitorQueue) -> None:
        if queue.unloaded_from is None:
            return
        found = self._load(queue.visitor_id, queue.unloaded_from, QUEUE_WINDOW)
        # If there are fewer, these are all up to the last entry that was read; `add` brings later ones.
        queue.unloaded_from = found[-1].number + 1 if len(found) == QUEUE_WINDOW else None
        queue.entries.extend(found)
        self.held += len(found)

    def _make_ready(self, queue: VisitorQueue) -> None:
        if queue.is_queued or queue.in_flight:
            return
        if queue.entries or queue.unloaded_from is not None:
            queue.is_queued = True
            self._ready.append(queue)
        else:
            self._queues.pop(queue.visitor_id, None)
