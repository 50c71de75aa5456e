"""The table of a call's time by package, for each client."""

import json
import sys
from collections import Counter

from benchmarks.calls.clients import CLIENTS
from benchmarks.calls.fresh import output
from benchmarks.calls.processes import Interpreters
from benchmarks.tables import markdown

ORDERS = {"GET S": "get S 500", "POST event": "post - 500", "GET M": "get M 100"}
_SHOWN = 0.005
"""Packages with a smaller share are added up in one row."""


def cell(value: float, whole: float) -> str:
    """Return microseconds and share."""
    return f"{value * 1e6:,.0f} µs, {value / whole:.0%}" if value else "-"


def one_table(name: str, found: dict[str, Counter[str]]) -> str:
    """Return a client's table: one row for each package, the most expensive first."""
    totals = {column: sum(spent.values()) for column, spent in found.items()}
    shares: dict[str, float] = {}
    for column, spent in found.items():
        for group, value in spent.items():
            shares[group] = max(shares.get(group, 0.0), value / totals[column])
    shown = [group for group in sorted(shares, key=lambda each: -shares[each]) if shares[group] >= _SHOWN]
    rows = [[group, *(cell(found[column][group], totals[column]) for column in found)] for group in shown]
    rest = {column: totals[column] - sum(spent[group] for group in shown) for column, spent in found.items()}
    if len(shown) < len(shares):
        rows.append(["all others", *(cell(rest[column], totals[column]) for column in found)])
    rows.append(["**a call**", *(cell(total, total) for total in totals.values())])
    return markdown([CLIENTS[name].title, *found], rows, numbers=True)


def measure(pythons: Interpreters, names: list[str], address: str) -> str:
    """Profile each client in a process of its own, and return the tables."""
    tables: list[str] = []
    for name in names:
        print(f"Profiling {name}", file=sys.stderr, flush=True)
        printed = output(pythons[name], "-P", "-m", "benchmarks.calls.profiling", name, address, *ORDERS.values())
        spent = json.loads(printed.splitlines()[-1])
        tables.append(one_table(name, {column: Counter(spent[order]) for column, order in ORDERS.items()}))
    return "\n\n".join(tables)
