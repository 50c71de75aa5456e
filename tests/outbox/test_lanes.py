"""Who is next: in order within a lane, one in flight a lane, lanes in turn, a window in memory."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from outbox._helpers import entry
from pyttributionio.outbox import Entry
from pyttributionio.outbox.delivery.queues import LANE_WINDOW, Lanes


class Stored:
    """Lanes over a list of entries."""

    def __init__(self, *lanes: str) -> None:
        self.entries = [Entry(number, entry(f"t-{number}", lane=lane)) for number, lane in enumerate(lanes, 1)]
        self.loads = 0
        self.lanes = Lanes(self._load)

    def _load(self, lane: str, first: int, limit: int) -> list[Entry]:
        self.loads += 1
        return [each for each in self.entries if each.new.lane == lane and each.number >= first][:limit]

    def fill(self) -> Lanes:
        """Add all of them."""
        self.lanes.add(self.entries)
        return self.lanes


def number(found: Entry | None) -> int | None:
    """Return an entry's number."""
    return None if found is None else found.number


def test_one_lane_has_one_in_flight() -> None:
    """The next comes when the first is done."""
    lanes = Stored("a", "a").fill()
    first = lanes.next(0)
    assert number(first) == 1
    assert lanes.next(0) is None
    assert first
    lanes.done(first)
    assert number(lanes.next(0)) == 2


def test_lanes_take_turns() -> None:
    """A long one does not keep the others waiting."""
    lanes = Stored("a", "a", "a", "b", "c").fill()
    order: list[int] = []
    while found := lanes.next(0):
        order.append(found.number)
        lanes.done(found)
    assert order == [1, 4, 5, 2, 3]


def test_a_failing_entry_holds_its_lane_alone() -> None:
    """Until its time has come; then it is the same entry again."""
    lanes = Stored("a", "a", "b").fill()
    first = lanes.next(0)
    assert first
    lanes.failed(first, not_before=5.0)
    second = lanes.next(0)
    assert number(second) == 3
    assert second
    lanes.done(second)
    assert lanes.next(4.9) is None
    assert lanes.wait(4.0) == 1.0
    assert number(lanes.next(5.0)) == 1


def test_failing_lanes_do_not_fill_the_window() -> None:
    """Only the failing entry stays in memory; the rest is read again when it is done."""
    stored = Stored(*["a"] * 10)
    lanes = stored.fill()
    first = lanes.next(0)
    assert first
    lanes.failed(first, not_before=0)
    assert lanes.held == 1
    order: list[int] = []
    while found := lanes.next(0):
        order.append(found.number)
        lanes.done(found)
    assert (order, lanes.held) == ([*range(1, 11)], 0)


def test_a_long_lane_is_read_piece_by_piece() -> None:
    """A visitor with thousands of entries takes up a bounded part of memory, and loses none."""
    stored = Stored(*["a"] * (3 * LANE_WINDOW + 5), "b")
    lanes = stored.fill()
    assert lanes.held == LANE_WINDOW + 1
    order: list[int] = []
    while found := lanes.next(0):
        order.append(found.number)
        lanes.done(found)
    assert [each for each in order if each != len(stored.entries)] == [*range(1, 3 * LANE_WINDOW + 6)]
    assert stored.loads == 3


def test_an_event_whose_identity_is_due_comes_at_once_and_in_its_lane() -> None:
    """Nothing of its visitor overtakes it."""
    lanes = Stored("a", "a").fill()
    first = lanes.next(0)
    assert first
    lanes.again(first)
    assert lanes.next(0) is first


def test_removed_entries_are_not_sent() -> None:
    """Those in flight stay until their outcome is known."""
    lanes = Stored("a", "a", "b", "b", "c").fill()
    flying = lanes.next(0)
    assert lanes.remove(lambda each: each.number in {1, 3, 5}) == [flying]
    order = []
    while found := lanes.next(0):
        order.append(found.number)
        lanes.done(found)
    assert order == [4]
    assert flying
    lanes.done(flying)
    assert number(lanes.next(0)) == 2


@given(st.integers(0, 300), st.integers())
def test_whatever_fails_the_order_in_a_lane_holds(size: int, seed: int) -> None:
    """Any mix of failures, in any order of outcomes: each lane is done in order, and nothing is left."""
    chance = Random(seed)
    names = chance.choices("aaab", k=size) if seed % 2 else chance.choices("abc", k=size)
    stored = Stored(*names)
    lanes = stored.fill()
    done: dict[str, list[int]] = defaultdict(list)
    flying: list[Entry] = []
    now = 0.0
    while True:
        while found := lanes.next(now):
            flying.append(found)
            assert len({each.new.lane for each in flying}) == len(flying)
        if not flying:
            wait = lanes.wait(now)
            if wait is None:
                break
            now += wait
            continue
        one = flying.pop(chance.randrange(len(flying)))
        if chance.random() < 0.3:
            lanes.failed(one, now + 1)
        else:
            lanes.done(one)
            done[one.new.lane].append(one.number)
    for lane in {*names}:
        assert done[lane] == [each.number for each in stored.entries if each.new.lane == lane]
    assert lanes.held == 0
