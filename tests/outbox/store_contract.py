"""The contract of a store. Test a store of your own with a subclass that has a `make` of its own."""

import pytest

from outbox._helpers import entry, names
from pyttributionio import OutboxError, OutboxFullError
from pyttributionio.outbox import DeadLetterReason, Dropped, Store

REFUSED = DeadLetterReason("refused", 422, "no such event", 2000.0)
ROOM = 1024 * 1024
SMALL = 64 * 1024


def fill(store: Store) -> list[str]:
    """Append entries until there is no room; return the transaction ids of the stored ones."""
    accepted: list[str] = []
    for n in range(10_000):
        try:
            store.append(entry(f"t-{n}", body=b"x" * 400))
        except OutboxFullError:
            return accepted
        accepted.append(f"t-{n}")
    raise AssertionError("it never was full")


class StoreContract:
    """The contract. `make` returns a new, empty store that holds at most `max_bytes`."""

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store."""
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> Store:
        """Take a store of a usual size."""
        return self.make()

    def test_entries_come_in_the_order_they_were_appended(self, store: Store) -> None:
        """Each with the very bytes it was given."""
        given = [entry(f"t-{n}", identity=b"i" if n % 2 else None, accepted_at=n + 0.5) for n in range(5)]
        assert all(store.append(each) for each in given)
        found = store.claim(0, 10)
        assert [each.new for each in found] == given
        assert [each.number for each in found] == sorted({each.number for each in found})
        assert store.newest == found[-1].number

    def test_claims_have_bounds(self, store: Store) -> None:
        """After a number, up to a number, so many, of one visitor."""
        for n in range(6):
            store.append(entry(f"t-{n}", visitor_id=f"v-{n % 2}"))
        first = store.claim(0, 1)[0].number
        assert names(store.claim(first, 2)) == ["t-1", "t-2"]
        assert names(store.claim(0, 9, visitor_id="v-1")) == ["t-1", "t-3", "t-5"]
        assert names(store.claim(first, 9, visitor_id="v-0", until=store.newest - 1)) == ["t-2", "t-4"]

    def test_one_transaction_waits_once(self, store: Store) -> None:
        """While the first waits; the first one's bytes stay."""
        assert store.append(entry(body=b"first"))
        assert not store.append(entry(body=b"second"))
        assert [each.new.body for each in store.claim(0, 9)] == [b"first"]
        store.acknowledge([store.newest])
        assert store.append(entry(body=b"third"))

    def test_one_transaction_id_of_two_event_keys_is_two_events(self, store: Store) -> None:
        """An order's number may stand in its purchase and in its refund: neither may be lost."""
        assert store.append(entry(event_key="ev_purchase"))
        assert store.append(entry(event_key="ev_refund"))
        assert store.count().pending == 2

    def test_identities_are_all_kept(self, store: Store) -> None:
        """They have no transaction id on the wire that could make them one."""
        assert store.append(entry(event_key=None))
        assert store.append(entry(event_key=None))
        assert store.count().pending == 2

    def test_acknowledged_entries_are_forgotten(self, store: Store) -> None:
        """Numbers that are not there are passed over."""
        for n in range(3):
            store.append(entry(f"t-{n}"))
        first, second, _ = store.claim(0, 9)
        store.acknowledge([first.number, second.number, 999])
        assert names(store.claim(0, 9)) == ["t-2"]
        assert store.count().pending == 1

    def test_a_number_is_not_used_twice(self, store: Store) -> None:
        """A reader continues after the last number that it has read, and must not miss an entry."""
        store.append(entry("t-1"))
        before = store.newest
        store.acknowledge([before])
        store.append(entry("t-2"))
        assert store.newest > before
        assert names(store.claim(before, 9)) == ["t-2"]

    def test_released_entries_keep_their_progress(self, store: Store) -> None:
        """How far it came, how often it failed, and why."""
        store.append(entry(identity=b"i"))
        (claimed,) = store.claim(0, 9)
        claimed.delivered_requests, claimed.attempts, claimed.last_error = 1, 3, "status 503"
        store.release([claimed])
        (again,) = store.claim(0, 9)
        assert (again.delivered_requests, again.attempts, again.last_error) == (1, 3, "status 503")

    def test_what_is_changed_outside_is_not_changed_inside(self, store: Store) -> None:
        """A claimed entry is the caller's own."""
        store.append(entry())
        store.claim(0, 9)[0].delivered_requests = 1
        assert store.claim(0, 9)[0].delivered_requests == 0

    def test_dead_letters_keep_their_entry_and_reason(self, store: Store) -> None:
        """With their progress, the reason, and what the server said."""
        store.append(entry(identity=b"i"))
        (claimed,) = store.claim(0, 9)
        claimed.delivered_requests, claimed.attempts, claimed.last_error = 1, 1, "status 422"
        store.dead_letter(claimed, REFUSED)
        (letter,) = store.dead_letters(0, 9)
        assert (letter.entry.new, letter.reason) == (entry(identity=b"i"), REFUSED)
        assert (letter.entry.delivered_requests, letter.entry.attempts, letter.entry.last_error) == (1, 1, "status 422")
        assert store.dead_letters(letter.number, 9) == []
        assert store.count()[:2] == (0, 1)

    def test_a_removed_entry_does_not_become_a_dead_letter(self, store: Store) -> None:
        """The operator's change wins."""
        store.append(entry())
        (claimed,) = store.claim(0, 9)
        store.drop([claimed.number], dead=False)
        store.dead_letter(claimed, REFUSED)
        assert store.count()[:2] == (0, 0)

    def test_requeued_letters_wait_again_at_the_end(self, store: Store) -> None:
        """With their progress."""
        for n in range(3):
            store.append(entry(f"t-{n}"))
        (first, *_) = store.claim(0, 9)
        first.attempts = 1
        store.dead_letter(first, REFUSED)
        (letter,) = store.dead_letters(0, 9)
        assert store.requeue([letter.number, 999]) == 1
        assert names(store.claim(0, 9)) == ["t-1", "t-2", "t-0"]
        assert store.claim(0, 9)[-1].attempts == 1
        assert store.count()[:2] == (3, 0)

    def test_a_requeued_letter_that_waits_already_waits_once(self, store: Store) -> None:
        """The same event was accepted again meanwhile."""
        store.append(entry())
        store.dead_letter(store.claim(0, 9)[0], REFUSED)
        store.append(entry())
        assert store.requeue([store.dead_letters(0, 9)[0].number]) == 1
        assert store.count()[:2] == (1, 0)

    def test_dropped_entries_are_gone(self, store: Store) -> None:
        """Waiting entries and dead letters; the result is how many there were."""
        for n in range(3):
            store.append(entry(f"t-{n}"))
        first, second, _ = store.claim(0, 9)
        store.dead_letter(first, REFUSED)
        (letter,) = store.dead_letters(0, 9)
        assert store.drop([second.number, 999], dead=False) == 1
        assert store.drop([letter.number, 999], dead=True) == 1
        assert names(store.claim(0, 9)) == ["t-2"]
        assert store.count()[:2] == (1, 0)

    def test_what_waits_already_needs_no_room(self) -> None:
        """Its call returns that it is stored, even if the store is full."""
        store = self.make(SMALL)
        fill(store)
        assert not store.append(entry("t-3", body=b"x" * 20_000))
        assert store.append_dropping(entry("t-3", body=b"x" * 20_000)) == (False, Dropped(0, 0))

    def test_the_oldest_make_room(self) -> None:
        """As few as needed; the result has their number, and the highest number among them."""
        store = self.make(SMALL)
        accepted = fill(store)
        numbers = [each.number for each in store.claim(0, 9999)]
        added, dropped = store.append_dropping(entry("new", body=b"x" * 400))
        assert added
        assert 1 <= dropped.count <= 32
        assert dropped.through == numbers[dropped.count - 1]
        assert names(store.claim(0, 9999)) == [*accepted[dropped.count :], "new"]
        assert store.count().pending == len(accepted) - dropped.count + 1
        assert store.newest == numbers[-1] + 1

    def test_a_large_entry_takes_the_room_of_several(self) -> None:
        """But not of all."""
        store = self.make(SMALL)
        accepted = fill(store)
        added, dropped = store.append_dropping(entry("new", body=b"x" * 20_000))
        assert added
        assert 1 < dropped.count < len(accepted)
        assert names(store.claim(0, 9999)) == [*accepted[dropped.count :], "new"]

    def test_nothing_is_dropped_where_there_is_room(self, store: Store) -> None:
        """Others may have made it meanwhile; and what waits already needs none."""
        assert store.append_dropping(entry("t-1")) == (True, Dropped(0, 0))
        assert store.append_dropping(entry("t-1")) == (False, Dropped(0, 0))
        assert names(store.claim(0, 9)) == ["t-1"]

    def test_what_can_never_fit_drops_nothing(self) -> None:
        """Even all others together would not make room for it."""
        store = self.make(SMALL)
        accepted = fill(store)
        with pytest.raises(OutboxFullError, match="this entry takes 66,0"):
            store.append_dropping(entry("huge", body=b"x" * SMALL))
        assert names(store.claim(0, 9999)) == accepted
        assert store.count().pending == len(accepted)

    def test_dead_letters_are_not_dropped(self) -> None:
        """Where they take up the room, a call is refused, and what waits is kept."""
        store = self.make(SMALL)
        for n in range(30):
            store.append(entry(f"dead-{n}", body=b"x" * 400))
        for each in store.claim(0, 99):
            store.dead_letter(each, REFUSED)
        fill(store)
        waiting, dead = names(store.claim(0, 9999)), store.count().dead
        with pytest.raises(OutboxFullError):
            store.append_dropping(entry("new", body=b"x" * 50_000))
        assert names(store.claim(0, 9999)) == waiting
        assert store.count()[:2] == (len(waiting), dead)

    def test_old_entries_expire(self, store: Store) -> None:
        """Those accepted before a moment are dead letters then."""
        for n in range(3):
            store.append(entry(f"t-{n}", accepted_at=100.0 + n))
        numbers = [each.number for each in store.claim(0, 9)]
        expired = DeadLetterReason("expired", None, "", 200.0)
        assert [*store.expire(102.0, expired)] == numbers[:2]
        assert names(store.claim(0, 9)) == ["t-2"]
        assert [letter.reason for letter in store.dead_letters(0, 9)] == [expired, expired]
        assert store.count()[:2] == (1, 2)

    def test_old_entries_expire_from_a_time_on(self, store: Store) -> None:
        """Those from before it were accepted while the clock was not set."""
        for n in range(3):
            store.append(entry(f"t-{n}", accepted_at=100.0 + n))
        assert len(store.expire(102.0, DeadLetterReason("expired", None, "", 200.0), accepted_since=101.0)) == 1
        assert names(store.claim(0, 9)) == ["t-0", "t-2"]

    def test_the_count_tells_the_oldest_and_grows(self, store: Store) -> None:
        """Unix seconds; None if there is none."""
        assert store.count().oldest is None
        before = store.count().size
        for n in range(50):
            store.append(entry(f"t-{n}", accepted_at=100.0 + n, body=b"x" * 400))
        assert store.count().oldest == 100.0
        assert store.count().size > before

    def test_a_full_store_refuses_and_deletes(self) -> None:
        """The refused one is not in it, the others are; room that is made is room."""
        store = self.make(SMALL)
        accepted = fill(store)
        assert names(store.claim(0, 10_000)) == accepted
        store.acknowledge([each.number for each in store.claim(0, 20)])
        assert store.append(entry("again", body=b"x" * 400))
        assert names(store.claim(0, 10_000)) == [*accepted[20:], "again"]
        store.close()

    def test_a_sound_store_needs_no_salvage(self, store: Store) -> None:
        """Nothing is damaged, nothing is moved."""
        store.append(entry())
        assert not store.salvage().damaged
        store.tidy()
        assert names(store.claim(0, 9)) == ["t-1"]

    def test_a_closed_store_takes_nothing(self, store: Store) -> None:
        """It says so; closing twice is fine."""
        store.close()
        store.close()
        with pytest.raises(OutboxError, match="closed"):
            store.append(entry())
