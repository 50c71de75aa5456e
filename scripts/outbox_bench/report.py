"""A row of the table, and its verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outbox_bench.tally import Tally

NO_TARGET = "no target"


@dataclass(frozen=True)
class Check:
    """One thing that was measured."""

    text: str
    holds: bool
    timed: bool = False
    """Whether a slow or busy machine alone can make it fail."""


@dataclass(frozen=True)
class Row:
    """One scenario's line."""

    what: str
    to_reach: str
    checks: tuple[Check, ...]
    figures: Mapping[str, object] = field(default_factory=dict)
    """For the JSON file."""

    @property
    def verdict(self) -> str:
        """Reached, or what was not; told, where there is nothing to reach."""
        missed = [check.text for check in self.checks if not check.holds]
        if not missed:
            return "told" if self.to_reach == NO_TARGET else "reached"
        return f"MISSED: {', '.join(missed)}" if len(self.checks) > 1 else "MISSED"

    @property
    def broken(self) -> bool:
        """Whether a promise that is no matter of speed was broken."""
        return any(not check.holds and not check.timed for check in self.checks)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | to reach | measured | verdict |", "| --- | --- | --- | --- |"]
    for row in rows:
        measured = ", ".join(check.text for check in row.checks)
        lines.append(f"| {row.what} | {row.to_reach} | {measured} | {row.verdict} |")
    return "\n".join(lines)


def lost(tally: Tally) -> Check:
    """Return the check that matters most."""
    return Check(f"{len(tally.lost)} of {tally.accepted:,} lost", tally.accepted > 0 and not tally.lost)


def in_order(tally: Tally) -> Check:
    """Return the check of the order per visitor."""
    return Check(f"{tally.inversions} out of order", tally.inversions == 0)


def twice(tally: Tally, limit: float | None = None) -> Check:
    """Return how much was sent twice; with a limit in percent, a check."""
    percent = tally.percent_twice
    return Check(f"{percent:.1f} % sent twice", limit is None or percent < limit)


def figures(tally: Tally) -> dict[str, object]:
    """Return a tally for the JSON file."""
    return {
        "accepted": tally.accepted,
        "arrived": tally.arrived,
        "lost": len(tally.lost),
        "twice": tally.twice,
        "inversions": tally.inversions,
        "unnoted": tally.unnoted,
    }
