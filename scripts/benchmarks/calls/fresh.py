"""Measurements that need fresh processes: the memory of a large answer, importing, and the first reply."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping

from benchmarks.calls.clients import CLIENTS, FLOOR
from benchmarks.calls.payloads import answer
from benchmarks.calls.processes import Interpreters, worker_environment
from benchmarks.calls.report import Column
from benchmarks.figures import Figure, duration, figure, ratio

BASE_IMPORT = "import httpx, pydantic"
"""The base of the ratios of importing: the libraries that the package is built on."""
_IMPORT = "import time; start = time.process_time(); {imports}; print(time.process_time() - start)"


def output(*command: str) -> str:
    """Return the output of a fresh process."""
    run = subprocess.run(command, env=worker_environment(), capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"A fresh process failed: {command}\n{run.stderr}")
    return run.stdout


def first(python: str, name: str, address: str, *sizes: str) -> dict[str, float]:
    """Return the cost of a client's first calls in a fresh process."""
    found: dict[str, float] = json.loads(output(python, "-P", "-m", "benchmarks.calls.first", name, address, *sizes))
    return found


def import_seconds(python: str, imports: str) -> float:
    """Return the processor time of importing, in a fresh process."""
    return float(output(python, "-P", "-c", _IMPORT.format(imports=imports)))


def in_pairs(
    title: str, names: list[str], repeats: int, base: Callable[[], float], measured: Callable[[str], float]
) -> dict[str, Figure]:
    """Return each client's ratio to a base that is measured before each client, and under "" the base in seconds."""
    ratios: dict[str, list[float]] = {name: [] for name in names}
    bases: list[float] = []
    # The first round does not count: it compiles bytecode and fills the disk's cache.
    for number in range(repeats + 1) if repeats > 1 else [1]:
        print(f"{title}, round {number} of {repeats}", file=sys.stderr, flush=True)
        for name in names:
            before = base()
            value = measured(name)
            if number:
                bases.append(before)
                ratios[name].append(value / before)
    return {**{name: figure(values) for name, values in ratios.items()}, "": figure(bases)}


def measure(pythons: Interpreters, names: list[str], address: str, repeats: int) -> list[Column]:
    """Return the columns of memory, importing and first reply."""
    names = [name for name in names if CLIENTS[name].takes("get")]
    packages = {name: CLIENTS[name].package for name in names}
    clients = {name: CLIENTS[name].imports for name in names}
    return [
        _memory(pythons, names, address, min(repeats, 3)),
        _imports("cold import of the package", pythons, packages, repeats),
        _imports("cold import of its client", pythons, clients, repeats),
        _first_reply(pythons, names, address, repeats),
    ]


def _memory(pythons: Interpreters, names: list[str], address: str, repeats: int) -> Column:
    title = "memory of L, peak / kept: × its bytes"
    size = len(answer("L"))
    cells: dict[str, str] = {}
    peaks: dict[str, Figure] = {}
    for name in names:
        print(f"{title}: {name}", file=sys.stderr, flush=True)
        runs = [first(pythons[name], name, address, "L") for _ in range(repeats)]
        peaks[name] = figure(run["peak"] / size for run in runs)
        cells[name] = f"{peaks[name].middle:.1f} / {figure(run['kept'] / size for run in runs).middle:.1f}"
    return Column(title, cells, peaks)


def _imports(title: str, pythons: Interpreters, statements: Mapping[str, str], repeats: int) -> Column:
    figures = in_pairs(
        title,
        [*statements],
        repeats,
        lambda: import_seconds(pythons[FLOOR], BASE_IMPORT),
        lambda name: import_seconds(pythons[name], statements[name]),
    )
    base = figures.pop("")
    cells = {name: ratio(found) for name, found in figures.items()}
    cells[FLOOR] = f"{figures[FLOOR].middle:.2f} of {duration(base.middle)}"
    return Column(title, cells, figures)


def _first_reply(pythons: Interpreters, names: list[str], address: str, repeats: int) -> Column:
    title = "process start to first reply"
    figures = in_pairs(
        title,
        [name for name in names if name != FLOOR],
        repeats,
        lambda: first(pythons[FLOOR], FLOOR, address)["cpu"],
        lambda name: first(pythons[name], name, address)["cpu"],
    )
    base = figures.pop("")
    cells = {FLOOR: duration(base.middle), **{name: ratio(found) for name, found in figures.items()}}
    return Column(title, cells, {FLOOR: base, **figures})
