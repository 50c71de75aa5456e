"""Measure what a call through this package costs, compared with plain httpx and other SDKs: one table of ratios.

Starts a loopback server and one process for each client, each other SDK in an environment of its own; the clients
make slices of calls in turns. All calls go over loopback; the network is used only to make the environments, once.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.calls import fresh, instructions, profiles
from benchmarks.calls.clients import CLIENTS, FLOOR, OURS
from benchmarks.calls.environments import interpreters
from benchmarks.calls.processes import Interpreters, Process
from benchmarks.calls.report import Column, circumstances, table
from benchmarks.calls.rounds import COLUMNS, measure
from benchmarks.calls.server import Server, serving

QUICK_SHARE = 0.1


def names(text: str) -> list[str]:
    """Return the clients named, with the floor as the first."""
    asked = text.split(",")
    if unknown := set(asked) - CLIENTS.keys():
        raise argparse.ArgumentTypeError(
            f"there is no client {', '.join(sorted(unknown))}; there are {', '.join(CLIENTS)}"
        )
    return [name for name in CLIENTS if name == FLOOR or name in asked]


def positive(text: str) -> int:
    """Return a number of rounds."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, not {text!r}")
    return int(text)


def options() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench calls", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--instructions", action="store_true", help="count the instructions of a call, with valgrind")
    other.add_argument("--profile", action="store_true", help="show the time of a call by package")
    other.add_argument("--models", action="store_true", help="show the cost of each feature of our models")
    parser.add_argument(
        "--only",
        type=names,
        metavar="NAME,...",
        help=f"the clients, of {', '.join(CLIENTS)}; always with the floor (default: all; with --instructions floor, "
        "plain, pydantic and ours, with --profile floor and ours)",
    )
    parser.add_argument(
        "--rounds", type=positive, default=10, help="how many turns each client has (default: %(default)s)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round: it shows that the suite works; the figures mean nothing"
    )
    parser.add_argument("--tasks", action="store_true", help="with --instructions: also 64 tasks, which takes minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures of the table to a file")
    parser.add_argument("--python", help="measure our package as this interpreter has it, and make no .venv-bench")
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


def main() -> int:
    """Measure what is asked for, and print it."""
    arguments = options().parse_args()
    near = {"instructions": [FLOOR, "plain", "pydantic", OURS], "profile": [FLOOR, OURS], "models": [FLOOR, OURS]}
    kind = next((kind for kind in ("instructions", "profile", "models") if getattr(arguments, kind)), "table")
    clients = arguments.only or near.get(kind, [*CLIENTS])
    if kind == "instructions":
        instructions.find_valgrind()  # fail before environments are made
    pythons = interpreters(clients, arguments.python)
    if arguments.models:
        rounds = 2 if arguments.quick else 2 * arguments.rounds
        print(fresh.output(pythons[OURS], "-P", "-m", "benchmarks.calls.features", str(rounds)))
        print(circumstances(pythons, "no server"))
        return 0
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
            note = "\nA quick run: it shows that the suite works; the figures mean nothing." if arguments.quick else ""
            print(f"{table(clients, found)}\n\n{about}{note}")
            if arguments.json:
                save(arguments.json, about, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
