"""The processes of the clients: their commands, their environment variables, and their orders."""

import json
import os
import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tasks.environment import SCRIPTS

Interpreters = Mapping[str, str]
"""The interpreter of each client, by the client's name."""
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


def worker_environment() -> dict[str, str]:
    """Return the environment variables of all clients: the current ones without proxies."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in _PROXIES}
    return {**kept, "PYTHONPATH": str(SCRIPTS)}


def worker_command(python: str, name: str, address: str) -> list[str]:
    """Return the command of a client's worker; -P, so that nothing is imported from the current folder."""
    return [python, "-P", "-m", "benchmarks.calls.worker", name, address]


class Process:
    """One client's worker, kept alive between its slices."""

    def __init__(self, python: str, name: str, address: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            worker_command(python, name, address),
            env=worker_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, trace)  # closes its input, which ends the process, and waits

    def carry_out(self, order: str) -> dict[str, float]:
        """Send an order; return the seconds it took, by `cpu` and `wall`."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(order, file=process.stdin, flush=True)
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"The client {self.name!r} ended at the order {order!r}; see its traceback above.")
        found: dict[str, float] = json.loads(line)
        return found
