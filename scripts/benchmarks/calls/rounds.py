"""Rounds in turns: floor, client, floor, client, ..., so that other work of the machine affects all of them."""

import statistics
import sys
from typing import NamedTuple

from benchmarks.calls.clients import CLIENTS, FLOOR
from benchmarks.calls.processes import Process
from benchmarks.calls.report import Column
from benchmarks.figures import Figure, duration, figure, ratio


class Slices(NamedTuple):
    """A measurement that is made in slices of calls."""

    title: str
    order: str
    """The worker's order, without the number of calls."""

    calls: int
    """How many calls a slice has."""

    unit: str = "cpu"
    """Which time counts: `cpu`, the processor time, or `wall`, the elapsed time."""

    faster: bool = False
    """Whether the figure is a speed, where more is better, instead of a cost."""


COLUMNS = (
    Slices("GET S", "get S", 80),
    Slices("GET M", "get M", 12),
    Slices("GET L", "get L", 1),
    Slices("POST event", "post -", 80),
    Slices("async, 1 task: req/s", "async 1", 80, "wall", faster=True),
    Slices("16 tasks: req/s", "async 16", 160, "wall", faster=True),
    Slices("64 tasks: req/s", "async 64", 192, "wall", faster=True),
    Slices("parse M: speed", "parse M", 12, faster=True),
    Slices("parse L: speed", "parse L", 1, faster=True),
)


def one_round(slices: Slices, calls: int, clients: list[Process]) -> dict[str, float]:
    """Return each client's ratio to the floor's slices before and after its own, and the floor's seconds a call."""
    floor, *others = clients
    order = f"{slices.order} {calls}"

    def slice_of(client: Process) -> float:
        return client.carry_out(order)[slices.unit] / calls

    ratios: dict[str, float] = {}
    floors = [slice_of(floor)]
    for client in others:
        cost = slice_of(client)
        floors.append(slice_of(floor))
        ratio_to_floor = cost * 2 / (floors[-2] + floors[-1])
        ratios[client.name] = 1 / ratio_to_floor if slices.faster else ratio_to_floor
    return {FLOOR: statistics.median(floors), **ratios}


def measure(slices: Slices, rounds: int, share: float, clients: list[Process]) -> Column:
    """Measure a column.

    Args:
        slices: What to measure.
        rounds: How many turns each client has.
        share: The part of a full slice's calls to make, at most 1.
        clients: The floor, then the others.
    """
    clients = [client for client in clients if CLIENTS[client.name].takes(slices.order)]
    floor, *others = clients
    calls = max(1, round(slices.calls * share))
    if rounds > 1:
        one_round(slices, max(1, calls // 4), clients)  # warms up, and does not count
    found: dict[str, list[float]] = {client.name: [] for client in clients}
    for number in range(rounds):
        print(f"{slices.title}, round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        # Each round begins with another client, so that no client always follows the same other one.
        start = number % len(others) if others else 0
        for name, value in one_round(slices, calls, [floor, *others[start:], *others[:start]]).items():
            found[name].append(value)
    figures = {name: figure(values) for name, values in found.items()}
    return Column(slices.title, {name: cell(slices, name, each) for name, each in figures.items()}, figures)


def cell(slices: Slices, name: str, found: Figure) -> str:
    """Return a cell's text: the floor's own figure, or the ratio to it."""
    if name != FLOOR:
        return ratio(found)
    return f"{1 / found.middle:,.0f}/s" if slices.unit == "wall" else duration(found.middle)
