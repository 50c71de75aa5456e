"""Medians, spreads, and how they are written."""

import statistics
from collections.abc import Iterable
from typing import NamedTuple


class Figure(NamedTuple):
    """Median and spread of what the rounds gave."""

    middle: float
    spread: float
    """Half the distance between the quartiles."""


def figure(values: Iterable[float]) -> Figure:
    """Return the median and the spread of values."""
    found = list(values)
    if len(found) < 2:
        return Figure(found[0], 0.0)
    low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
    return Figure(middle, (high - low) / 2)


def seconds(value: float) -> str:
    """Return a time in the unit that suits it."""
    return f"{value * 1e6:,.0f} µs" if value < 0.01 else f"{value * 1e3:,.1f} ms"


def ratio(found: Figure) -> str:
    """Return a ratio with its spread, with as many digits as it is worth."""
    digits = 1 if found.middle >= 10 else 2
    return f"{found.middle:.{digits}f} ±{found.spread:.{digits}f}"


class Column(NamedTuple):
    """One column of a table, measured: what stands in it, and what it is made of."""

    title: str
    cells: dict[str, str]
    """The text of each client's cell, by the client's name."""

    figures: dict[str, Figure]
    """The figures of the cells, for programs."""
