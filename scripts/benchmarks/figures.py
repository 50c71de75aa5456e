"""Medians and spreads, and how tables show them."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """Median and spread of the values of some rounds."""

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


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:,.1f} ms"


def ratio(found: Figure) -> str:
    """Return a ratio with its spread, with no more digits than are significant."""
    digits = 1 if found.middle >= 10 else 2
    return f"{found.middle:.{digits}f} ±{found.spread:.{digits}f}"


def median_and_range(values: Sequence[float], unit: str) -> str:
    """Return the median of values, with the least and the greatest value."""
    median, least, greatest = statistics.median(values), min(values), max(values)
    places = 0 if median >= 100 else 1 if median >= 10 else 2
    return f"{median:,.{places}f} {unit} ({least:,.{places}f} to {greatest:,.{places}f})"


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how many seconds some work takes by a clock."""
    started = clock()
    work()
    return clock() - started
