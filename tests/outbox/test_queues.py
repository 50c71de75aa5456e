"""The order of entries: in order and one at a time for each visitor, visitors in turn, some in memory."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from outbox._helpers import entry
from pyttributionio.outbox import Entry
from pyttributionio.outbox.delivery.queues import QUEUE_WINDOW, VisitorQueues


class Stored:
    """The queues of a list of entries."""

    def __init__(self, *queues: str) -> None:
        self.entries = [
            Entry(number, entry(f"t-{number}", visitor_id=visitor_id)) for number, visitor_id in enumerate(queues, 1)
        ]
        self.loads = 0
        self.queues = VisitorQueues(self._load)

    def _load(self, visitor_id: str, first: int, limit: int) -> list[Entry]:
        self.loads += 1
        return [each for each in self.entries if each.new.visitor_id == visitor_id and each.number >= first][:limit]

    def fill(self) -> VisitorQueues:
        """Add all of them."""
        self.queues.add(self.entries)
        return self.queues


def number(found: Entry | None) -> int | None:
    """Return an entry's number."""
    return None if found is None else found.number


def test_one_visitor_has_one_entry_in_flight() -> None:
    """The next comes when the first is done."""
    queues = Stored("a", "a").fill()
    first = queues.next(0)
    assert number(first) == 1
    assert queues.next(0) is None
    assert first
    queues.done(first)
    assert number(queues.next(0)) == 2


def test_visitors_take_turns() -> None:
    """A long queue does not make the others wait."""
    queues = Stored("a", "a", "a", "b", "c").fill()
    order: list[int] = []
    while found := queues.next(0):
        order.append(found.number)
        queues.done(found)
    assert order == [1, 4, 5, 2, 3]


def test_a_failing_entry_stops_its_own_queue_only() -> None:
    """Until the time of its next attempt. Then the same entry is next."""
    queues = Stored("a", "a", "b").fill()
    first = queues.next(0)
    assert first
    queues.failed(first, not_before=5.0)
    second = queues.next(0)
    assert number(second) == 3
    assert second
    queues.done(second)
    assert queues.next(4.9) is None
    assert queues.wait(4.0) == 1.0
    assert number(queues.next(5.0)) == 1


def test_failing_queues_do_not_fill_the_window() -> None:
    """Only the failing entry stays in memory; the rest is read again when it is done."""
    stored = Stored(*["a"] * 10)
    queues = stored.fill()
    first = queues.next(0)
    assert first
    queues.failed(first, not_before=0)
    assert queues.held == 1
    order: list[int] = []
    while found := queues.next(0):
        order.append(found.number)
        queues.done(found)
    assert (order, queues.held) == ([*range(1, 11)], 0)


def test_a_long_queue_is_read_in_parts() -> None:
    """A visitor with thousands of entries uses a bounded part of memory, and no entry is lost."""
    stored = Stored(*["a"] * (3 * QUEUE_WINDOW + 5), "b")
    queues = stored.fill()
    assert queues.held == QUEUE_WINDOW + 1
    order: list[int] = []
    while found := queues.next(0):
        order.append(found.number)
        queues.done(found)
    assert [each for each in order if each != len(stored.entries)] == [*range(1, 3 * QUEUE_WINDOW + 6)]
    assert stored.loads == 3


def test_the_identity_of_a_delivered_event_is_next_in_its_queue() -> None:
    """No other entry of its visitor is sent before it."""
    queues = Stored("a", "a").fill()
    first = queues.next(0)
    assert first
    queues.again(first)
    assert queues.next(0) is first


def test_removed_entries_are_not_sent() -> None:
    """Those in flight stay until their outcome is known."""
    queues = Stored("a", "a", "b", "b", "c").fill()
    flying = queues.next(0)
    assert queues.remove(lambda each: each.number in {1, 3, 5}) == [flying]
    order = []
    while found := queues.next(0):
        order.append(found.number)
        queues.done(found)
    assert order == [4]
    assert flying
    queues.done(flying)
    assert number(queues.next(0)) == 2


@given(st.integers(0, 300), st.integers())
def test_the_order_in_a_queue_holds_with_any_failures(size: int, seed: int) -> None:
    """Any mix of failures and interruptions, in any order: each queue is delivered in order, and none is left."""
    chance = Random(seed)
    names = chance.choices("aaab", k=size) if seed % 2 else chance.choices("abc", k=size)
    stored = Stored(*names)
    queues = stored.fill()
    done: dict[str, list[int]] = defaultdict(list)
    flying: list[Entry] = []
    now = 0.0
    while True:
        while found := queues.next(now):
            flying.append(found)
            assert len({each.new.visitor_id for each in flying}) == len(flying)
        if not flying:
            wait = queues.wait(now)
            if wait is None:
                break
            now += wait
            continue
        if chance.random() < 0.1:
            queues.take_back()
            flying = []
            continue
        one = flying.pop(chance.randrange(len(flying)))
        if chance.random() < 0.3:
            queues.failed(one, now + 1)
        else:
            queues.done(one)
            done[one.new.visitor_id].append(one.number)
    for visitor_id in {*names}:
        assert done[visitor_id] == [each.number for each in stored.entries if each.new.visitor_id == visitor_id]
    assert queues.held == 0
