"""Which entry is next: in order within a lane (a visitor), one in flight a lane, lanes in turn. Pure.

Only a window of entries is in memory. A lane that has many leaves the rest in its store, and is
loaded again when what is here is done.
"""

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from pyttributionio.outbox.storage.entries import Entry

WINDOW: Final = 2000
"""Entries in memory from which on no more are read."""
LANE_WINDOW: Final = 64


class Lane:
    """One visitor's waiting entries, of one store. `behind` is where its entries in the store begin, if they do."""

    __slots__ = ("behind", "entries", "in_flight", "name", "queued")

    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: deque[Entry] = deque()
        self.behind: int | None = None
        self.in_flight = False
        self.queued = False


class Lanes:
    """All lanes of one store.

    Args:
        load: Returns a lane's entries from the store: those from a number on, at most so many.
    """

    def __init__(self, load: Callable[[str, int, int], list[Entry]]) -> None:
        self._load = load
        self._lanes: dict[str, Lane] = {}
        self._ready: deque[Lane] = deque()
        self._cooling: list[tuple[float, int, Lane]] = []
        self._tie = count()
        self.held = 0
        """How many entries are in memory."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in entries, in order."""
        for entry in entries:
            name = entry.new.lane
            lane = self._lanes.get(name)
            if lane is None:
                lane = self._lanes[name] = Lane(name)
            if lane.behind is not None:
                continue
            if len(lane.entries) >= LANE_WINDOW:
                lane.behind = entry.number
                continue
            lane.entries.append(entry)
            self.held += 1
            self._queue(lane)

    def next(self, now: float) -> Entry | None:
        """Return the next entry to send; its lane has it in flight from now on."""
        while self._cooling and self._cooling[0][0] <= now:
            lane = heappop(self._cooling)[2]
            lane.queued = False
            self._queue(lane)
        if not self._ready:
            return None
        lane = self._ready.popleft()
        lane.queued, lane.in_flight = False, True
        return lane.entries[0]

    def wait(self, now: float) -> float | None:
        """Return the seconds until a lane is ready; None if none will be by itself."""
        if self._ready:
            return 0.0
        return max(0.0, self._cooling[0][0] - now) if self._cooling else None

    def again(self, entry: Entry) -> None:
        """Queue an entry's lane again at once: its event is delivered, its identity is due."""
        lane = self._lanes[entry.new.lane]
        lane.in_flight = False
        self._queue(lane)

    def done(self, entry: Entry) -> None:
        """Take an entry out of its lane: it was delivered, or is dead."""
        lane = self._lanes[entry.new.lane]
        lane.in_flight = False
        lane.entries.popleft()
        self.held -= 1
        self._refill(lane)

    def failed(self, entry: Entry, not_before: float) -> None:
        """Put an entry's lane at the end of the queue, to be tried when its time has come.

        Only the entry itself stays in memory: many failing lanes must not fill the window.
        """
        lane = self._lanes[entry.new.lane]
        lane.in_flight = False
        if len(lane.entries) > 1:
            lane.behind = lane.entries[1].number
            self.held -= len(lane.entries) - 1
            lane.entries = deque([entry])
        lane.queued = True
        heappush(self._cooling, (not_before, next(self._tie), lane))

    def remove(self, is_gone: Callable[[Entry], bool]) -> list[Entry]:
        """Take out entries that were removed from the store; return those of them that are in flight, which stay."""
        flying: list[Entry] = []
        for lane in [*self._lanes.values()]:
            first = lane.entries[0] if lane.in_flight else None
            if first is not None and is_gone(first):
                flying.append(first)
            kept = deque(entry for entry in lane.entries if entry is first or not is_gone(entry))
            self.held -= len(lane.entries) - len(kept)
            lane.entries = kept
            if not kept:
                self._refill(lane)
        self._ready = deque(lane for lane in self._ready if lane.entries)
        self._cooling = [item for item in self._cooling if item[2].entries]
        heapify(self._cooling)
        return flying

    def _refill(self, lane: Lane) -> None:
        if not lane.entries and lane.behind is not None:
            found = self._load(lane.name, lane.behind, LANE_WINDOW)
            # Fewer than asked for are all there are up to what was read so far; later ones come by themselves.
            lane.behind = found[-1].number + 1 if len(found) == LANE_WINDOW else None
            lane.entries.extend(found)
            self.held += len(found)
        if lane.entries:
            self._queue(lane)
        else:
            lane.queued = False
            self._lanes.pop(lane.name, None)

    def _queue(self, lane: Lane) -> None:
        if not lane.queued and not lane.in_flight and lane.entries:
            lane.queued = True
            self._ready.append(lane)
