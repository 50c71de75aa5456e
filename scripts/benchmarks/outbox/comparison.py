"""The comparison of what was accepted with what arrived."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.outbox.messages import Arrival, visitor_of


@dataclass(frozen=True)
class Accepted:
    """An event that the outbox accepted, as noted by the producer."""

    transaction_id: str
    client_id: str
    identified: bool
    """Whether its identity was accepted together with it."""


@dataclass(frozen=True)
class Comparison:
    """The result of a scenario."""

    accepted: int
    """The number of events."""
    arrived: int
    """The number of events and identities, each counted once."""
    lost: frozenset[str]
    """The client ids of accepted events that did not arrive, or whose identity did not arrive."""
    twice: int
    """The number of arrivals that repeat an earlier one."""
    inversions: int
    """The number of first arrivals after an arrival of a later call for the same visitor."""
    unnoted: int
    """The number of arrivals whose producer was killed between the accept and the note: neither lost nor repeated."""

    @property
    def percent_twice(self) -> float:
        """Repeated arrivals as a percentage of all."""
        return 100 * self.twice / max(1, self.arrived + self.twice)


def expected(accepted: Iterable[Accepted]) -> set[tuple[str, str]]:
    """Return the kind and client id of everything that must arrive."""
    found = set[tuple[str, str]]()
    for each in accepted:
        found.add(("event", each.client_id))
        if each.identified:
            found.add(("identity", each.client_id))
    return found


def compare(accepted: Iterable[Accepted], arrivals: Iterable[Arrival]) -> Comparison:
    """Count what was lost, sent twice, or arrived out of its visitor's order."""
    noted = [*accepted]
    ids = {each.client_id: each.transaction_id for each in noted}
    wanted = expected(noted)
    seen = Counter[tuple[str, str]]()
    furthest: dict[str, int] = {}
    inversions = 0
    for arrival in arrivals:
        key = (arrival.kind, arrival.client_id)
        # The receipt's transaction id is part of the guarantee: an event with another id is not the accepted one.
        if arrival.kind == "event" and ids.get(arrival.client_id, arrival.transaction_id) != arrival.transaction_id:
            continue
        seen[key] += 1
        if seen[key] > 1:
            continue  # the order is guaranteed for first deliveries only
        visitor, number = visitor_of(arrival.client_id)
        place = 2 * number + (arrival.kind == "identity")
        inversions += place < furthest.get(visitor, -1)
        furthest[visitor] = max(place, furthest.get(visitor, -1))
    return Comparison(
        accepted=len(noted),
        arrived=len(seen),
        lost=frozenset(client_id for _, client_id in wanted - seen.keys()),
        twice=seen.total() - len(seen),
        inversions=inversions,
        unnoted=len(seen.keys() - wanted),
    )
