"""The harness's side of the fault server: it starts the process, and controls it by lines of JSON."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import Self

from benchmarks.outbox.messages import Arrival, Attempt, Behaviour
from tasks.environment import with_scripts


class FaultServer:
    """A server on loopback that records requests, and fails as told.

    It keeps its port while it is down. Use it in a `with` block, which ends its process.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.outbox.fault_server_process"]
        self._process = subprocess.Popen(
            command, env=with_scripts(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.url = f"http://127.0.0.1:{self._send('up')}"

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

    def _send(self, do: str, **more: object) -> object:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The fault server ended with {self._process.wait()}; its error output has the reason.")
        answer: object = json.loads(line)
        return answer

    def behave(self, behaviour: Behaviour) -> None:
        """Set how further requests are treated; earlier ones still get their answers."""
        self._send("behave", how=asdict(behaviour))

    def up(self) -> None:
        """Listen again, on the same port."""
        self._send("up")

    def down(self) -> None:
        """Refuse new connections, and reset the existing ones."""
        self._send("down")

    def forget(self) -> None:
        """Forget all requests."""
        self._send("forget")

    def distinct(self) -> int:
        """Return how many events and identities arrived, each counted once."""
        found = self._send("distinct")
        assert isinstance(found, int)
        return found

    def arrivals(self) -> list[Arrival]:
        """Return the recorded requests, in the order of arrival."""
        found = self._send("arrivals")
        assert isinstance(found, list)
        return [Arrival(*each) for each in found]

    def attempts(self) -> list[Attempt]:
        """Return every request, answered or not."""
        found = self._send("attempts")
        assert isinstance(found, list)
        return [Attempt(*each) for each in found]


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Wait until a condition holds, for a number of seconds at most; return whether it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
