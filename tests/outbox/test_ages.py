"""A time of day that jumps makes no dead letters, and no alarm about entries that wait for decades."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outbox._helpers import Scripted, entry
from pyttributionio import Client
from pyttributionio.outbox import Clock, Delivery, MemoryStore, Outbox, Store
from pyttributionio.outbox.storage.sqlite import SqliteStore

DAY = 86400.0
UNSET = datetime(1970, 1, 1, tzinfo=UTC)
LAST_SHUTDOWN = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass
class TwoClocks:
    """A time of day that a test sets, and a monotonic clock that runs on."""

    day: datetime
    seconds: float = 0.0

    def clock(self) -> Clock:
        """Return them in the core's form."""
        return Clock(lambda: self.seconds, lambda: self.day, lambda: 1.0)

    def run(self, seconds: float) -> None:
        """Let some time pass."""
        self.seconds += seconds
        self.day += timedelta(seconds=seconds)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Yield a store of each kind."""
    if request.param == "memory":
        yield MemoryStore(100_000)
        return
    with closing(SqliteStore(tmp_path / "shard.db", full_sync=False, wal=True, max_bytes=10**6)) as found:
        yield found


def opened(clocks: TwoClocks, store: Store) -> Outbox:
    """Return an outbox that sends nothing, with a limit of seven days."""
    return Outbox(Scripted().client(), store=lambda: store, manual=True, max_age_days=7, clock=clocks.clock())


def kept(outbox: Outbox) -> tuple[int, int]:
    """Do a round of housekeeping; return how many entries wait, and how many dead letters there are."""
    outbox.start()
    outbox._engine().housekeep()
    return outbox.stats().pending, outbox.stats().dead


@pytest.mark.parametrize("began", [UNSET, LAST_SHUTDOWN])
def test_a_clock_that_is_set_makes_no_dead_letters(store: Store, began: datetime) -> None:
    """The seven days of entries from before begin when it is set. Those of later ones begin as always."""
    clocks = TwoClocks(began)
    outbox = opened(clocks, store)
    outbox.event("ev", visitor_id="v", transaction_id="before", identify=False)
    assert kept(outbox) == (1, 0)
    clocks.run(3600)
    assert kept(outbox) == (1, 0)
    clocks.day = TODAY  # the network's time
    assert kept(outbox) == (1, 0)
    assert outbox.stats().oldest_age == 0
    assert outbox.health().ok
    outbox.event("ev", visitor_id="v", transaction_id="after", identify=False)
    clocks.run(7 * DAY - 60)
    assert kept(outbox) == (2, 0)
    clocks.run(120)
    assert kept(outbox) == (0, 2)


def test_a_jump_that_nothing_saw_happen_is_seen_by_the_next_reader(store: Store) -> None:
    """The statistics may be the first to read the clocks."""
    clocks = TwoClocks(UNSET)
    outbox = opened(clocks, store)
    outbox.event("ev", visitor_id="v", identify=False)
    clocks.day = TODAY
    assert outbox.stats().oldest_age == 0
    clocks.run(30)
    assert outbox.stats().oldest_age == 30
    assert kept(outbox) == (1, 0)


def test_an_entry_of_an_earlier_process_whose_clock_was_not_set_is_kept(store: Store) -> None:
    """This process knows nothing of its age, and begins to count. An entry with a time has the age of its time."""
    clocks = TwoClocks(TODAY)
    store.append(entry("unset", accepted_at=5.0))
    store.append(entry("old", accepted_at=TODAY.timestamp() - 8 * DAY, visitor_id="w"))
    store.append(entry("young", accepted_at=TODAY.timestamp() - 3 * DAY, visitor_id="x"))
    outbox = opened(clocks, store)
    assert kept(outbox) == (2, 1)
    assert store.dead_letters(0, 9)[0].entry.new.transaction_id == "old"
    assert outbox.stats().oldest_age == 0
    clocks.run(5 * DAY)
    assert kept(outbox) == (1, 2)
    clocks.run(2 * DAY + 1)
    assert kept(outbox) == (0, 3)


def test_a_machine_whose_clock_is_never_set_expires_entries_too(store: Store) -> None:
    """Its time of day is wrong, and passes as it should."""
    clocks = TwoClocks(UNSET)
    outbox = opened(clocks, store)
    outbox.event("ev", visitor_id="v", identify=False)
    clocks.run(6 * DAY)
    assert kept(outbox) == (1, 0)
    clocks.run(DAY + 60)
    assert kept(outbox) == (0, 1)


def test_a_wrong_time_that_is_corrected_makes_no_dead_letters(store: Store) -> None:
    """Forward by mistake, and back."""
    clocks = TwoClocks(TODAY)
    outbox = opened(clocks, store)
    outbox.event("ev", visitor_id="v", identify=False)
    for moment in (TODAY + timedelta(days=365), TODAY, TODAY - timedelta(days=365), TODAY):
        clocks.run(60)
        clocks.day = moment
        assert kept(outbox) == (1, 0)
        assert (outbox.stats().oldest_age or 0.0) <= 300.0


def test_the_time_that_an_entry_waited_has_no_jump(store: Store) -> None:
    """A histogram of it would be useless for ever."""
    clocks, records = TwoClocks(UNSET), list[Delivery]()
    outbox = Outbox(
        Scripted().client(), store=lambda: store, manual=True, clock=clocks.clock(), on_delivered=records.append
    )
    outbox.event("ev", visitor_id="v", identify=False)
    clocks.day = TODAY
    clocks.run(2.0)
    outbox.pump()
    assert 0.0 <= records[0].waited <= 2.0


def test_a_small_correction_is_no_jump() -> None:
    """Clocks are corrected by seconds all the time."""
    clocks = TwoClocks(TODAY)
    outbox = Outbox(Client("KEY"), durability="memory", manual=True, clock=clocks.clock())
    outbox.event("ev", visitor_id="v", identify=False)
    clocks.run(100.0)
    clocks.day += timedelta(seconds=20)
    assert outbox.stats().oldest_age == 120.0
