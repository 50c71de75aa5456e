"""The time of a call by package: cProfile's figures without cProfile's own cost.

cProfile makes each function call slower, so code with many small functions looks slower than it is. The cost that it
adds is known from the same slice without it; a separate loop shows which part of that cost it counts for the
function called, and which part for the caller.
"""

import cProfile
import json
import pstats
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.calls.worker import Worker, repeated

_BUILT_IN = {
    "socket": ("_socket.", "select.", "'poll'"),
    "ssl": ("_ssl.",),
    "pydantic": ("pydantic_core",),
    "json": ("_json",),
    "regular expressions": ("re.Pattern", "re.Match"),
}
"""Packages of functions written in C, by parts of their names. All other such functions count for their callers."""
Function = tuple[str, int, str]
_TURNS = 5
"""How often the calls are made without and with the profiler, so that other work of the machine affects both."""


def package(function: Function) -> str | None:
    """Return the package of a function; None for a function in C that counts for its caller."""
    file, _, name = function
    if file == "~":
        return next((group for group, marks in _BUILT_IN.items() if any(mark in name for mark in marks)), None)
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    if "src" in parts:
        return parts[parts.index("src") + 1]
    if "benchmarks" in parts:
        return "(the benchmark, which frees the result)"
    return "json" if "json" in parts else "standard library"


def share_of_called(calls: int = 20_000) -> float:
    """Return the share of cProfile's cost that it counts for the function called; the rest counts for the caller."""
    numbers = range(calls)
    clock = time.perf_counter

    def empty() -> None:
        for _ in numbers:
            pass

    def full() -> None:
        for number in numbers:
            abs(number)

    started = clock()
    empty()
    between = clock()
    full()
    ended = clock()
    profile = cProfile.Profile()
    profile.runcall(full)
    own: dict[str, float] = {function[2]: entry[2] for function, entry in stats_of(profile).items()}
    called = own["<built-in method builtins.abs>"] - ((ended - between) - (between - started))
    caller = own["full"] - (between - started)
    return min(1.0, max(0.0, called / (called + caller)))


def stats_of(profile: cProfile.Profile) -> Mapping[Function, Any]:
    """Return calls, own seconds and callers by function; pstats has them, but its type stubs don't."""
    found: Mapping[Function, Any] = vars(pstats.Stats(profile))["stats"]
    return found


def seconds_by_package(stats: Mapping[Function, Any], plain: float, called: float) -> dict[str, float]:
    """Return the seconds spent in each package; they add up to `plain`.

    Args:
        stats: The profile: calls, own seconds and callers, by function.
        plain: The seconds that the same calls took without the profiler.
        called: The share of the profiler's cost that is counted for the function called.
    """
    made: Counter[Function] = Counter()
    for _, _, _, _, callers in stats.values():
        made.update({caller: entry[1] for caller, entry in callers.items()})
    extra = max(0.0, sum(entry[2] for entry in stats.values()) - plain) / sum(entry[1] for entry in stats.values())
    found: defaultdict[str, float] = defaultdict(float)
    for function, (_, calls, own, _, callers) in stats.items():
        group = package(function)
        if group is not None:
            found[group] += max(0.0, own - extra * (called * calls + (1 - called) * made[function]))
            continue
        for caller, (_, calls_from, own_from, _) in callers.items():
            found[package(caller) or "standard library"] += max(0.0, own_from - extra * called * calls_from)
    whole = sum(found.values())
    return {group: value * plain / whole for group, value in found.items()}


def profiled(run: Callable[[], object], turns: int) -> dict[str, float]:
    """Run a function without and with the profiler, in turns, and return its seconds by package."""
    # The profiler's own clock: a clock in Python would take more time than the functions.
    profile = cProfile.Profile()
    plain = 0.0
    for _ in range(turns):
        started = time.perf_counter()
        run()
        plain += time.perf_counter() - started
        profile.runcall(run)
    spent = seconds_by_package(stats_of(profile), plain, share_of_called())
    return {group: value / turns for group, value in spent.items()}


def per_call(worker: Worker, order: str) -> dict[str, float]:
    """Carry out an order in this process; return the seconds of one call by package."""
    operation, of, count = order.split()
    calls = max(1, int(count) // _TURNS)
    call = worker.call(operation, of)
    repeated(call, calls, collects=False)
    spent = profiled(lambda: repeated(call, calls, collects=False), _TURNS)
    return {group: value / calls for group, value in spent.items()}


def main(name: str, address: str, *orders: str) -> None:
    """Profile the orders, and print their seconds as JSON."""
    worker = Worker(name, address)
    worker.check()
    print(json.dumps({order: per_call(worker, order) for order in orders}))


if __name__ == "__main__":
    main(*sys.argv[1:])
