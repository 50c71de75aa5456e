"""Measure the sandbox, in a process of its own: how fast it accepts, answers, starts and seeds.

Figures are medians over rounds, with the least and the greatest; a ratio compares two measurements in turn.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import median_and_range, seconds_of
from benchmarks.sandbox.servers import SANDBOX, serving
from benchmarks.sandbox.traffic import events_per_second, load_large, pageviews_per_second, read_large
from benchmarks.tables import machine, markdown, python
from pyttributionio.sandbox import Sandbox


def start_and_stop() -> None:
    """Start and stop a sandbox, as a test's fixture does."""
    with Sandbox():
        pass


def seed(customers: int) -> float:
    """Seed a new sandbox in memory, and return the seconds."""
    with Sandbox() as sandbox:
        return seconds_of(lambda: sandbox.seed(customers))


def accepting(url: str, rounds: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield a row for each kind of post."""
    for threads, identify in ((1, False), (1, True), (4, False)):
        figures = [events_per_second(url, count, identify=identify, threads=threads) for _ in range(rounds)]
        what = "with their identities" if identify else "alone"
        threads_text = f"{threads} thread{'s' * (threads > 1)}"
        yield f"events accepted, {what}, {threads_text}", median_and_range(figures, "per second")
    figures = [pageviews_per_second(url, f"w{number}", count) for number in range(rounds)]
    yield "pageviews accepted, one by one, of one visitor", median_and_range(figures, "per second")


def answering(url: str, folder: Path, rounds: int, pageviews: int) -> Iterator[tuple[str, str]]:
    """Yield the rows of a large customer's answers."""
    load_large(url, pageviews)
    for flag in ("pageviews", "all"):
        size, (ours, uvicorn, bare) = read_large(url, folder, flag, rounds)
        for what, times in ((f"{pageviews:,} pageviews, show_{flag}", ours), ("the same bytes, uvicorn", uvicorn)):
            ratio = statistics.median(one / other for one, other in zip(times, bare, strict=True))
            socket = median_and_range(bare, "ms")
            yield f"{what}, {size:.1f} MB", f"{median_and_range(times, 'ms')}; a socket {socket}: {ratio:.1f} times"


def measure(rounds: int, *, quick: bool) -> Iterator[tuple[str, str]]:
    """Yield each row."""
    events, pageviews = (50, 200) if quick else (2_000, 10_000)
    with tempfile.TemporaryDirectory() as name, serving(SANDBOX, Path(name) / "sandbox.db") as url:
        yield from accepting(url, rounds, events)
        yield from answering(url, Path(name), rounds * 4, pageviews)
    times = [1000 * seconds_of(start_and_stop) for _ in range(rounds * 4)]
    yield "start and stop, in code", median_and_range(times, "ms")
    for customers in (10,) if quick else (1_000, 10_000):
        seeding = [seed(customers) for _ in range(min(rounds, 3))]
        yield f"seed {customers:,} customers", median_and_range(seeding, "s")


def main() -> int:
    """Measure and print the table, each row as soon as it is known."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench sandbox", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument(
        "--quick", action="store_true", help="small amounts, to see that the suite works; the figures mean nothing"
    )
    arguments = parser.parse_args()
    print(f"{machine()}, {python()}\n")
    print(markdown(["what", "median (least to greatest)"], []), flush=True)
    for row in measure(1 if arguments.quick else arguments.rounds, quick=arguments.quick):
        print(f"| {' | '.join(row)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
