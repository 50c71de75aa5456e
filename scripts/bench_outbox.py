"""Fill outboxes, kill what fills them, let the server fail, and print what was lost, repeated, or slow.

Everything runs on this machine: a fault server on loopback, and real processes that use `Outbox` as a web back
end would. What is counted holds on any machine; rates and times mean something only where nothing else runs.
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from outbox_bench import crashes, damage, exits, outages, speed
from outbox_bench.fault_server import FaultServer
from outbox_bench.report import Check, Row, table
from outbox_bench.workers import Bench

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
    "accept": speed.accept,
    "accept-power": speed.accept_power,
    "accept-idle": speed.accept_idle,
    "accept-draining": speed.accept_draining,
    "deliver-5ms": speed.deliver_5ms,
    "deliver-50ms": speed.deliver_50ms,
    "memory": speed.memory,
}


def names(given: str) -> list[str]:
    """Read names from the command line."""
    found = given.split(",")
    if unknown := {*found} - {*SCENARIOS}:
        raise argparse.ArgumentTypeError(f"no scenario {', '.join(sorted(unknown))}; there are: {', '.join(SCENARIOS)}")
    return found


def run(name: str, server: FaultServer, *, quick: bool) -> Row:
    """Run one scenario; what breaks in it is its result."""
    with Bench(quick=quick, server=server) as bench:
        try:
            return SCENARIOS[name](bench)
        except Exception as error:  # (one broken scenario must not hide the others)
            text = " ".join(f"{type(error).__name__}: {error}".split()).replace("|", "/")
            return Row(name, "to end", (Check(f"failed: {text}", False),))


def run_all(wanted: Sequence[str], *, quick: bool) -> dict[str, Row]:
    """Run scenarios one after the other, and tell on standard error what runs."""
    rows: dict[str, Row] = {}
    with FaultServer() as server:
        for number, name in enumerate(wanted, 1):
            print(f"[{number}/{len(wanted)}] {name} ...", end=" ", file=sys.stderr, flush=True)
            started = time.monotonic()
            rows[name] = run(name, server, quick=quick)
            print(f"{rows[name].verdict} ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)
    return rows


def machine() -> str:
    """Say where this was measured."""
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}, load {os.getloadavg()[0]:.1f}"


def write_json(path: Path, rows: dict[str, Row]) -> None:
    """Write all figures for programs."""
    found = {
        name: {
            "what": row.what,
            "to_reach": row.to_reach,
            "measured": [check.text for check in row.checks],
            "verdict": row.verdict,
            "broken": row.broken,
            "figures": row.figures,
        }
        for name, row in rows.items()
    }
    path.write_text(json.dumps({"machine": machine(), "rows": found}, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Run the scenarios asked for, and print the table; fail if one broke a promise that is no matter of speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="shorter versions, all in a minute or two; rates mean little"
    )
    parser.add_argument(
        "--only", type=names, metavar="NAME,...", default=[*SCENARIOS], help=f"some of: {', '.join(SCENARIOS)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to a file")
    arguments = parser.parse_args()
    where = machine()
    rows = run_all(arguments.only, quick=arguments.quick)
    print(f"{where}{', --quick: shorter, and rates mean little' if arguments.quick else ''}\n")
    print(table(rows.values()))
    if arguments.json:
        write_json(arguments.json, rows)
    broken = [name for name, row in rows.items() if row.broken]
    print(f"\nBroken: {', '.join(broken)}" if broken else "\nNo promise broken.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
