"""The harness's side of the fault server: a process of its own, told by lines how to behave."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from outbox_bench.messages import Arrival, Attempt, Behaviour

SCRIPTS = Path(__file__).resolve().parent.parent


class FaultServer:
    """A server on loopback that records what it is sent, and misbehaves when told to.

    It keeps its port while it is down. Used with `with`, so that its process ends.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-m", "outbox_bench.server"]
        self._process = subprocess.Popen(
            command, cwd=SCRIPTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.url = f"http://127.0.0.1:{self._ask('up')}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.__exit__(kind, error, traceback)

    def _ask(self, do: str, **more: object) -> object:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The fault server ended with {self._process.wait()}; its error output tells why.")
        answer: object = json.loads(line)
        return answer

    def behave(self, behaviour: Behaviour) -> None:
        """Treat requests so from now on; those that wait for their answer still get it."""
        self._ask("behave", how=asdict(behaviour))

    def up(self) -> None:
        """Listen again, on the same port."""
        self._ask("up")

    def down(self) -> None:
        """Refuse connections, and reset those there are."""
        self._ask("down")

    def forget(self) -> None:
        """Forget what came."""
        self._ask("forget")

    def distinct(self) -> int:
        """Return how many events and identities came, each counted once."""
        found = self._ask("distinct")
        assert isinstance(found, int)
        return found

    def arrivals(self) -> list[Arrival]:
        """Return what was recorded, in the order of arrival."""
        found = self._ask("arrivals")
        assert isinstance(found, list)
        return [Arrival(*each) for each in found]

    def attempts(self) -> list[Attempt]:
        """Return every request, answered or not."""
        found = self._ask("attempts")
        assert isinstance(found, list)
        return [Attempt(*each) for each in found]


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask until something holds, for so many seconds at most; return whether it does."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(pause)
    return True
