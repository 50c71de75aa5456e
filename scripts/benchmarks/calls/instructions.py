"""The instructions of a call, counted by valgrind: the figure that is the same on a busy machine."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from benchmarks.calls.clients import CLIENTS, FLOOR
from benchmarks.calls.processes import Interpreters, worker_command, worker_environment
from benchmarks.tables import markdown

COLUMNS = {"GET S": "get S 100", "POST event": "post - 100", "GET M": "get M 20"}
TASKS = {"async, 64 tasks": "async 64 256"}
"""It takes longer than all others together, and varies more: it is random how often connections close."""
HINT = "valgrind was not found. On Debian and Ubuntu: apt-get install valgrind. It runs on Linux only."
# Without simulated caches it takes half the time of callgrind.
_VALGRIND = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_TOTAL = re.compile(r"^==(\d+)== I +refs: +([\d,]+)$", re.MULTILINE)


def doubled(order: str) -> str:
    """Return an order with twice the calls."""
    what, _, calls = order.rpartition(" ")
    return f"{what} {2 * int(calls)}"


def count(valgrind: str, python: str, name: str, address: str, orders: list[str]) -> dict[str, int]:
    """Return the instructions of each order's process, including the start, which is the same for all."""
    run = subprocess.run(
        [valgrind, *_VALGRIND, *worker_command(python, name, address), *orders],
        env={**worker_environment(), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"{name} failed under valgrind:\n{run.stderr}")
    totals = {int(process): int(total.replace(",", "")) for process, total in _TOTAL.findall(run.stderr)}
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return {line["order"]: totals[line["process"]] for line in lines}


def per_call(valgrind: str, python: str, name: str, address: str, columns: Mapping[str, str]) -> dict[str, float]:
    """Return a client's instructions for one call: the difference of 2N and N calls, without the start."""
    orders = [*columns.values()]
    totals = count(valgrind, python, name, address, [*orders, *map(doubled, orders)])
    print(f"{CLIENTS[name].title}: counted", file=sys.stderr, flush=True)
    return {
        column: (totals[doubled(order)] - totals[order]) / int(order.split()[-1]) for column, order in columns.items()
    }


def measure(pythons: Interpreters, names: list[str], address: str, columns: Mapping[str, str]) -> str:
    """Return a Markdown table of instructions: the floor's in thousands, the others as ratios to the floor."""
    valgrind = find_valgrind()

    def counted(name: str) -> dict[str, float]:
        return per_call(valgrind, pythons[name], name, address, columns)

    with ThreadPoolExecutor(2) as pool:
        counts = dict(zip(names, pool.map(counted, names), strict=True))
    floor = counts[FLOOR]
    rows = [
        [CLIENTS[name].title, *(f"{found[column] / floor[column]:.3f}" for column in columns)]
        for name, found in counts.items()
        if name != FLOOR
    ]
    absolute = [f"{floor[column] / 1000:,.0f} k" for column in columns]
    return markdown(["instructions a call", *columns], [[CLIENTS[FLOOR].title, *absolute], *rows], numbers=True)


def find_valgrind() -> str:
    """Return valgrind's path; if it is missing, end the program with a message that says how to install it."""
    found = shutil.which("valgrind")
    if found is None:
        raise SystemExit(HINT)
    return found
