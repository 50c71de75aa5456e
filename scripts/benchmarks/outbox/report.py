"""A row of the table, and its result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchmarks.outbox.comparison import Comparison
from benchmarks.tables import markdown

NO_TARGET = "no target"


@dataclass(frozen=True)
class Check:
    """One measurement of a scenario."""

    text: str
    holds: bool
    timed: bool = False
    """Whether it can fail only because the machine is slow or busy."""


@dataclass(frozen=True)
class Row:
    """The row of one scenario."""

    what: str
    target: str
    checks: tuple[Check, ...]
    figures: Mapping[str, object] = field(default_factory=dict)
    """For the JSON file."""

    @property
    def result(self) -> str:
        """Reached, or the measurements that missed the target; empty without a target."""
        missed = [check.text for check in self.checks if not check.holds]
        if not missed:
            return "" if self.target == NO_TARGET else "reached"
        return f"MISSED: {', '.join(missed)}" if len(self.checks) > 1 else "MISSED"

    @property
    def broken(self) -> bool:
        """Whether a guarantee was broken; a speed is not one."""
        return any(not check.holds and not check.timed for check in self.checks)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    cells = ([row.what, row.target, ", ".join(check.text for check in row.checks), row.result] for row in rows)
    return markdown(["what", "target", "measured", "result"], cells)


def lost(result: Comparison) -> Check:
    """Return the check that nothing is lost."""
    return Check(f"{len(result.lost)} of {result.accepted:,} lost", result.accepted > 0 and not result.lost)


def in_order(result: Comparison) -> Check:
    """Return the check of the order of each visitor."""
    return Check(f"{result.inversions} out of order", result.inversions == 0)


def twice(result: Comparison, limit: float | None = None) -> Check:
    """Return the check of how much was sent twice, with a limit in percent or without one."""
    percent = result.percent_twice
    return Check(f"{percent:.1f} % sent twice", limit is None or percent < limit)


def figures(result: Comparison) -> dict[str, object]:
    """Return a comparison for the JSON file."""
    return {
        "accepted": result.accepted,
        "arrived": result.arrived,
        "lost": len(result.lost),
        "twice": result.twice,
        "inversions": result.inversions,
        "unnoted": result.unnoted,
    }
