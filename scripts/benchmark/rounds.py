"""Rounds in turns: floor, client, floor, client, ..., so that what else the machine does strikes all alike."""

import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from benchmark.clients import FLOOR
from benchmark.processes import Process


@dataclass(frozen=True)
class Column:
    """One figure of a table, measured by slices of calls."""

    title: str
    order: str
    """What the worker is told, without the number of calls."""

    calls: int
    """How many calls a slice has."""

    unit: str = "cpu"
    """Which time counts: `cpu`, what the process used, or `wall`, what passed."""

    faster: bool = False
    """Whether the figure is a speed, of which more is better, rather than a cost."""


COLUMNS = (
    Column("GET S", "get S", 80),
    Column("GET M", "get M", 12),
    Column("GET L", "get L", 1),
    Column("POST event", "post -", 80),
    Column("async, 1 task", "async 1", 80, "wall", faster=True),
    Column("16 tasks", "async 16", 160, "wall", faster=True),
    Column("64 tasks", "async 64", 192, "wall", faster=True),
    Column("parse M", "parse M", 12, faster=True),
    Column("parse L", "parse L", 1, faster=True),
)


@dataclass(frozen=True)
class Figure:
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


def one_round(column: Column, calls: int, clients: list[Process]) -> tuple[dict[str, float], float]:
    """Return each client's ratio to the floor's slices before and after its own, and the floor's seconds a call."""
    floor, *others = clients
    order = f"{column.order} {calls}"

    def slice_of(client: Process) -> float:
        return client.carry_out(order)[column.unit] / calls

    ratios: dict[str, float] = {}
    floors = [slice_of(floor)]
    for client in others:
        cost = slice_of(client)
        floors.append(slice_of(floor))
        ratio = cost * 2 / (floors[-2] + floors[-1])
        ratios[client.name] = 1 / ratio if column.faster else ratio
    return ratios, statistics.median(floors)


def measure(column: Column, rounds: int, calls: int, clients: list[Process]) -> dict[str, Figure]:
    """Return each client's ratio in a column, and under the floor's name the floor's seconds a call."""
    floor, *others = clients
    one_round(column, max(1, calls // 4), clients)  # warms up, and does not count
    found: dict[str, list[float]] = {client.name: [] for client in clients}
    for number in range(rounds):
        # Each round begins with another client, so that none always comes behind the same other.
        start = number % len(others) if others else 0
        ratios, seconds = one_round(column, calls, [floor, *others[start:], *others[:start]])
        found[FLOOR].append(seconds)
        for name, ratio in ratios.items():
            found[name].append(ratio)
        print(f"\r{column.title}: round {number + 1} of {rounds} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr, flush=True)
    return {name: figure(values) for name, values in found.items()}
