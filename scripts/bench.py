"""Measure what a call through this package costs, beside plain httpx and other SDKs: one table of ratios.

Starts a loopback server and one process a client, each other SDK in an environment of its own; they take
slices of calls in turns. All goes over loopback; only making the environments, the first time, asks a registry.
"""

import argparse
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmark import fresh, instructions, profiles
from benchmark.clients import CLIENTS, FLOOR, OURS
from benchmark.environments import interpreters
from benchmark.figures import Column
from benchmark.processes import Interpreters, Process
from benchmark.rounds import COLUMNS, measure
from benchmark.server import Server, serving
from benchmark.table import circumstances, table

QUICK_SHARE = 0.1


def names(text: str) -> list[str]:
    """Return the clients named, the floor first."""
    asked = text.split(",")
    if unknown := set(asked) - CLIENTS.keys():
        raise argparse.ArgumentTypeError(
            f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(CLIENTS)}"
        )
    return [name for name in CLIENTS if name == FLOOR or name in asked]


def positive(text: str) -> int:
    """Return a number of rounds."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, not {text!r}")
    return int(text)


def options() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--instructions", action="store_true", help="count instructions a call, with valgrind")
    other.add_argument("--profile", action="store_true", help="show where a call's time goes, by package")
    other.add_argument("--models", action="store_true", help="show what each feature of our models costs")
    parser.add_argument(
        "--only",
        type=names,
        metavar="NAME,...",
        help=f"which clients, of {', '.join(CLIENTS)}; the floor always (default: all; the floor and what is near it "
        "with --instructions, and with --profile the floor and ours)",
    )
    parser.add_argument(
        "--rounds", type=positive, default=10, help="how often each has its turn (default: %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works, not how fast")
    parser.add_argument("--tasks", action="store_true", help="with --instructions: 64 tasks too, which takes minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the table's figures as well")
    parser.add_argument("--python", help="measure what this interpreter has of our package; make no .venv-bench")
    return parser


def measured(pythons: Interpreters, clients: list[str], server: Server, rounds: int, share: float) -> list[Column]:
    """Return all columns of the table."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Process(pythons[name], name, server.address)) for name in clients]
        columns = [measure(slices, rounds, share, workers) for slices in COLUMNS]
    return columns + fresh.measure(pythons, clients, server.address, rounds)


def save(file: Path, about: str, columns: list[Column]) -> None:
    """Write the figures as JSON, by column and client."""
    figures = {
        column.title: {name: {"median": each.middle, "spread": each.spread} for name, each in column.figures.items()}
        for column in columns
    }
    file.write_text(json.dumps({"about": about, "columns": figures}, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Measure what is asked for, and print it."""
    arguments = options().parse_args()
    near = {"instructions": [FLOOR, "plain", "pydantic", OURS], "profile": [FLOOR, OURS], "models": [FLOOR, OURS]}
    kind = next((kind for kind in ("instructions", "profile", "models") if getattr(arguments, kind)), "table")
    clients = arguments.only or near.get(kind, [*CLIENTS])
    if kind == "instructions":
        instructions.find_valgrind()  # before anything is made that would be of no use
    pythons = interpreters(clients, arguments.python)
    if arguments.models:
        rounds = 2 if arguments.quick else 2 * arguments.rounds
        print(fresh.output(pythons[OURS], "-P", "-m", "benchmark.features", str(rounds)))
        print(circumstances(pythons, "no server"))
        return
    with serving() as server:
        about = circumstances(pythons, server.description)
        if kind == "instructions":
            columns = {**instructions.COLUMNS, **(instructions.TASKS if arguments.tasks else {})}
            print(f"{instructions.measure(pythons, clients, server.address, columns)}\n\n{about}")
        elif kind == "profile":
            print(f"{profiles.measure(pythons, clients, server.address)}\n\n{about}")
        else:
            rounds, share = (1, QUICK_SHARE) if arguments.quick else (arguments.rounds, 1.0)
            found = measured(pythons, clients, server, rounds, share)
            note = "\nA quick run: it shows that this works, not how fast." if arguments.quick else ""
            print(f"{table(clients, found)}\n\n{about}{note}")
            if arguments.json:
                save(arguments.json, about, found)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)
