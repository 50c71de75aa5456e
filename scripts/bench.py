"""Measure what a call through this package costs, beside plain httpx and other SDKs, and print one table of ratios.

Starts a loopback server and one process a client, each in an environment of its own; they take slices of
calls in turns. Nothing but this machine is asked, and nothing is sent.
"""

import argparse
import sys
from contextlib import ExitStack

from benchmark import instructions
from benchmark.clients import CLIENTS, FLOOR
from benchmark.environments import interpreters
from benchmark.processes import Process
from benchmark.rounds import COLUMNS, measure
from benchmark.server import serving
from benchmark.table import table


def names(text: str) -> list[str]:
    """Return the clients named, the floor first."""
    asked = text.split(",")
    if unknown := set(asked) - CLIENTS.keys():
        raise argparse.ArgumentTypeError(
            f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(CLIENTS)}"
        )
    return [name for name in CLIENTS if name == FLOOR or name in asked]


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=names, default=[*CLIENTS], metavar="NAME,...", help=f"of {', '.join(CLIENTS)}")
    parser.add_argument("--rounds", type=int, default=10, help="how often each client has its turn (%(default)s)")
    parser.add_argument("--instructions", action="store_true", help="count instructions with valgrind instead")
    parser.add_argument("--tasks", action="store_true", help="with --instructions: 64 tasks too, which takes minutes")
    parser.add_argument("--python", help="measure what this interpreter has installed; make no .venv-bench")
    arguments = parser.parse_args()
    pythons = interpreters(arguments.only, arguments.python)
    with serving() as server:
        if arguments.instructions:
            columns = {**instructions.COLUMNS, **(instructions.TASKS if arguments.tasks else {})}
            print(instructions.measure(pythons, arguments.only, server.address, columns))
            return
        with ExitStack() as stack:
            workers = [stack.enter_context(Process(pythons[name], name, server.address)) for name in arguments.only]
            print(table({column: measure(column, arguments.rounds, column.calls, workers) for column in COLUMNS}))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
