"""What was accepted, against what arrived."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from outbox_bench.messages import Arrival, lane_of


@dataclass(frozen=True)
class Accepted:
    """An event whose accept returned, as the producer noted it."""

    transaction_id: str
    client_id: str
    identified: bool
    """Whether its identity was accepted with it."""


@dataclass(frozen=True)
class Tally:
    """How a scenario ended."""

    accepted: int
    """Events."""
    arrived: int
    """Events and identities, each counted once."""
    lost: frozenset[str]
    """Client ids of accepted events that never arrived, or whose identity did not."""
    twice: int
    """Arrivals that repeat an earlier one."""
    inversions: int
    """First arrivals that came after one which their visitor's calls put behind them."""
    unnoted: int
    """Arrivals whose producer died after the accept and before noting it: no loss, and no repetition."""

    @property
    def percent_twice(self) -> float:
        """Repeated arrivals as a percentage of all."""
        return 100 * self.twice / max(1, self.arrived + self.twice)


def expected(accepted: Iterable[Accepted]) -> set[tuple[str, str]]:
    """Return kind and client id of all that must arrive."""
    found = set[tuple[str, str]]()
    for each in accepted:
        found.add(("event", each.client_id))
        if each.identified:
            found.add(("identity", each.client_id))
    return found


def compare(accepted: Iterable[Accepted], arrivals: Iterable[Arrival]) -> Tally:
    """Count what was lost, sent twice, or arrived out of its visitor's order."""
    noted = [*accepted]
    ids = {each.client_id: each.transaction_id for each in noted}
    wanted = expected(noted)
    seen = Counter[tuple[str, str]]()
    furthest: dict[str, int] = {}
    inversions = 0
    for arrival in arrivals:
        key = (arrival.kind, arrival.client_id)
        # The receipt's transaction id is part of the promise: under another one the event is not the one accepted.
        if arrival.kind == "event" and ids.get(arrival.client_id, arrival.transaction_id) != arrival.transaction_id:
            continue
        seen[key] += 1
        if seen[key] > 1:
            continue  # only first deliveries are promised to be in order
        visitor, number = lane_of(arrival.client_id)
        place = 2 * number + (arrival.kind == "identity")
        inversions += place < furthest.get(visitor, -1)
        furthest[visitor] = max(place, furthest.get(visitor, -1))
    return Tally(
        accepted=len(noted),
        arrived=len(seen),
        lost=frozenset(client_id for _, client_id in wanted - seen.keys()),
        twice=seen.total() - len(seen),
        inversions=inversions,
        unnoted=len(seen.keys() - wanted),
    )
