"""Fill outboxes, kill their processes, let the server fail, and print what was lost, repeated, or slow.

Everything runs on this machine: a fault server on loopback, and real processes that use `Outbox` like a web back end.
Counts are valid on any machine; rates and times only on a machine where nothing else runs.
"""

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.outbox import crashes, damage, exits, outages, speed
from benchmarks.outbox.fault_server import FaultServer
from benchmarks.outbox.report import Check, Row, table
from benchmarks.outbox.workers import Bench
from benchmarks.tables import machine, python

SCENARIOS: dict[str, Callable[[Bench], Row]] = {
    "kill": crashes.kill,
    "kill-503": crashes.kill_503,
    "kill-power": crashes.kill_power,
    "down": outages.down,
    "bursts": outages.bursts,
    "reset-before": outages.reset_before,
    "reset-after": outages.reset_after,
    "late": outages.late,
    "retry-after": outages.retry_after,
    "exit": exits.returns,
    "exit-503": exits.returns_503,
    "exit-down": exits.returns_down,
    "exit-late": exits.returns_late,
    "sigterm": exits.terminated,
    "fork": exits.fork,
    "shared": crashes.shared,
    "full": damage.full,
    "page": damage.page,
    "header": damage.header,
    "truncated": damage.truncated,
    "damages": damage.seeded,
    "accept": speed.accept,
    "accept-power": speed.accept_power,
    "accept-idle": speed.accept_idle,
    "accept-draining": speed.accept_draining,
    "deliver-5ms": speed.deliver_5ms,
    "deliver-50ms": speed.deliver_50ms,
    "memory": speed.memory,
}


def names(given: str) -> list[str]:
    """Return the scenarios named on the command line."""
    found = given.split(",")
    if unknown := {*found} - {*SCENARIOS}:
        raise argparse.ArgumentTypeError(
            f"there is no scenario {', '.join(sorted(unknown))}; there are: {', '.join(SCENARIOS)}"
        )
    return found


def run(name: str, server: FaultServer, *, quick: bool) -> Row:
    """Run one scenario; an exception in it is its result."""
    with Bench(quick=quick, server=server) as bench:
        try:
            return SCENARIOS[name](bench)
        except Exception as error:  # (a scenario that fails must not hide the others)
            text = " ".join(f"{type(error).__name__}: {error}".split()).replace("|", "/")
            return Row(name, "no exception", (Check(f"failed: {text}", False),))


def run_all(wanted: Sequence[str], *, quick: bool) -> dict[str, Row]:
    """Run scenarios one after the other, and print on standard error which one runs."""
    rows: dict[str, Row] = {}
    with FaultServer() as server:
        for number, name in enumerate(wanted, 1):
            print(f"[{number}/{len(wanted)}] {name} ...", end=" ", file=sys.stderr, flush=True)
            started = time.monotonic()
            rows[name] = run(name, server, quick=quick)
            print(f"{rows[name].result} ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)
    return rows


def write_json(path: Path, about: str, rows: dict[str, Row]) -> None:
    """Write all figures as JSON."""
    found = {
        name: {
            "what": row.what,
            "target": row.target,
            "measured": [check.text for check in row.checks],
            "result": row.result,
            "broken": row.broken,
            "figures": row.figures,
        }
        for name, row in rows.items()
    }
    path.write_text(json.dumps({"machine": about, "rows": found}, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Run the scenarios asked for, and print the table; return 1 if a guarantee was broken."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench outbox", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="shorter scenarios, all in a minute or two; rates mean nothing"
    )
    parser.add_argument(
        "--only", type=names, metavar="NAME,...", default=[*SCENARIOS], help=f"some of: {', '.join(SCENARIOS)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to a file")
    arguments = parser.parse_args()
    about = f"{machine()}, {python()}, SQLite {sqlite3.sqlite_version}"
    rows = run_all(arguments.only, quick=arguments.quick)
    print(f"{about}{', --quick: shorter scenarios, and rates mean nothing' if arguments.quick else ''}\n")
    print(table(rows.values()))
    if arguments.json:
        write_json(arguments.json, about, rows)
    broken = [name for name, row in rows.items() if row.broken]
    print(f"\nBroken: {', '.join(broken)}" if broken else "\nNo guarantee broken.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
