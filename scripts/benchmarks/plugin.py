"""Measure what the pytest plugin costs a project that does not use it: pytest's processor time with and without it.

One run of pytest is a process with one test that does nothing. The ways run in turns and in every order, so that other
work of the machine affects all of them; compare the differences within a round. "without, again" is a second
measurement without the plugin: it shows the noise. The plugin is loaded by its name, so the package need not be
installed.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice, permutations
from pathlib import Path

from benchmarks.tables import machine, markdown, python
from tasks.environment import ROOT

OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:pyttributionio", "test_nothing.py")
WAYS = {"without": (), "with": ("-p", "_pyttributionio_pytest"), "without, again": ()}


def processor_seconds(folder: str, options: Sequence[str]) -> float:
    """Return the processor time of one run of pytest, of the program and of the system in its name."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(folder, "compiled"))}
    environment.pop("PYTEST_ADDOPTS", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", *options, *OPTIONS]
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(count: int) -> dict[str, list[float]]:
    """Run all ways in turns; the first round warms up and does not count."""
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        for options in WAYS.values():
            processor_seconds(folder, options)
        for order in islice(cycle(permutations(WAYS)), count):
            for name in order:
                times[name].append(processor_seconds(folder, WAYS[name]))
    return times


def row(name: str, times: Sequence[float], base: Sequence[float]) -> list[str]:
    """Return the line of a way: its median, and its differences from the first way within a round."""
    differences = sorted(1000 * (time - other) for time, other in zip(times, base, strict=True))
    low, middle, high = statistics.quantiles(differences, n=4) if len(differences) > 1 else differences * 3
    return [name, f"{1000 * statistics.median(times):.1f}", f"{middle:+.1f}", f"{low:+.1f} to {high:+.1f}"]


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench plugin", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60, help="runs of each way (default: %(default)s)")
    count: int = parser.parse_args().rounds
    times = measure(count)
    print(f"{machine()}, {python()}")
    print(f"Processor time of pytest with one empty test, {count} runs of each; differences within a round\n")
    head = ["plugin", "median ms", "median difference", "middle half"]
    print(markdown(head, [row(name, found, times["without"]) for name, found in times.items()], numbers=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
