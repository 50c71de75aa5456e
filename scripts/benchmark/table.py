"""The Markdown table of ratios, and what has to stand beside it."""

from collections.abc import Mapping

from benchmark.clients import CLIENTS, FLOOR
from benchmark.rounds import Column, Figure


def cost(seconds: float) -> str:
    """Return a time a call in the unit that suits it."""
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:,.1f} ms"


def absolute(column: Column, seconds: float) -> str:
    """Return the floor's own figure: a time a call, or requests a second."""
    return f"{1 / seconds:,.0f}/s" if column.unit == "wall" else cost(seconds)


def ratio(found: Figure) -> str:
    """Return a ratio with its spread, with as many digits as it is worth."""
    digits = 1 if found.middle >= 10 else 2
    return f"{found.middle:.{digits}f} ±{found.spread:.{digits}f}"


def table(figures: Mapping[Column, Mapping[str, Figure]]) -> str:
    """Return the Markdown table: the floor's row in absolute figures, the others as ratios to it."""
    names = [name for name in CLIENTS if any(name in column for column in figures.values())]
    lines = [f"| client | {' | '.join(column.title for column in figures)} |", "| --- |" + " --: |" * len(figures)]
    for name in names:
        cells = []
        for column, found in figures.items():
            if name not in found:
                cells.append("-")
            else:
                cells.append(absolute(column, found[name].middle) if name == FLOOR else ratio(found[name]))
        lines.append(f"| {CLIENTS[name].title} | {' | '.join(cells)} |")
    return "\n".join(lines)
