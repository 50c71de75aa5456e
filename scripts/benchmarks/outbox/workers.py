"""The harness's side of producers: it starts and kills them, and compares their notes with the arrivals."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from benchmarks.outbox import ledger
from benchmarks.outbox.comparison import Accepted, Comparison, compare, expected
from benchmarks.outbox.fault_server import FaultServer, wait_until
from benchmarks.outbox.messages import Behaviour, Job
from tasks.environment import with_scripts

T = TypeVar("T")
START: float = 60
"""The seconds that a process may take to start; a busy machine needs most of them for imports."""


class Worker:
    """A running producer, in a session of its own, so that its forked children end with it."""

    def __init__(self, job: Job, log: Path) -> None:
        self.job = job
        self.ledger = Path(job.ledger)
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.outbox.producer", json.dumps(asdict(job))],
                env=with_scripts(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def has_noted(self, word: str, times: int = 1) -> bool:
        """Return whether the ledger has a word a number of times."""
        return len(ledger.notes(self.ledger, word)) >= times

    def wait_for(self, word: str, times: int = 1, seconds: float = START) -> None:
        """Wait until the producer has noted a word; raise RuntimeError if it ends earlier, or takes longer."""
        if not wait_until(lambda: self.has_noted(word, times) or self.process.poll() is not None, seconds, 0.02):
            raise RuntimeError(f"{self.job.name} has not noted '{word}' for {seconds:.0f} s")
        if not self.has_noted(word, times):
            raise RuntimeError(f"{self.job.name} ended with {self.process.returncode}: {self.log.read_text()[-300:]}")

    def proceed(self) -> None:
        """End the producer's current part: accepting, or draining."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(b".")
            self.process.stdin.flush()

    def wait(self, seconds: float = START) -> bool:
        """Wait for the end of the producer; return whether it has ended."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the producer, not to its children."""
        self.process.send_signal(number)

    def end(self) -> None:
        """Kill the producer and its children if they still run, and close its pipe."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.__exit__(None, None, None)


class Bench:
    """What a scenario needs: a fault server, a directory, and the producers."""

    def __init__(self, *, quick: bool, server: FaultServer, temporary: Path | None = None) -> None:
        self.quick = quick
        self.server = server
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-bench-", dir=temporary))
        self.directory = self.folder / "outbox"
        self.workers: list[Worker] = []
        self.random = random.Random(7)  # noqa: S311 (no secrets)
        server.up()
        server.behave(Behaviour())
        server.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pick(self, full: T, quick: T) -> T:
        """Return a size or a time: the full one, or the one for a quick run."""
        return quick if self.quick else full

    def start(self, job: Job) -> Worker:
        """Start a producer; a number makes its name unique."""
        name = f"{job.name}-{len(self.workers)}"
        whole = replace(
            job,
            name=name,
            url=self.server.url,
            directory=job.directory or str(self.directory),
            ledger=str(self.folder / f"{name}.ledger"),
        )
        worker = Worker(whole, self.folder / f"{name}.log")
        self.workers.append(worker)
        return worker

    def run(self, job: Job, seconds: float = START) -> Worker:
        """Start a producer, and wait until it has ended."""
        worker = self.start(job)
        worker.wait_for("done", seconds=seconds)
        if not worker.wait():
            raise RuntimeError(f"{worker.job.name} is done, but does not end")
        return worker

    def accepted(self) -> list[Accepted]:
        """Return the accepted events of all producers."""
        return [each for worker in self.workers for each in ledger.accepted(worker.ledger)]

    def notes(self, word: str) -> list[list[str]]:
        """Return the values of a word in all ledgers."""
        return [values for worker in self.workers for values in ledger.notes(worker.ledger, word)]

    def compared(self) -> Comparison:
        """Compare the events accepted so far with the requests that arrived so far."""
        return compare(self.accepted(), self.server.arrivals())

    def arrived(self, seconds: float) -> bool:
        """Wait until everything that was accepted has arrived, for a number of seconds at most."""
        wanted = len(expected(self.accepted()))

        def all_there() -> bool:
            return self.server.distinct() >= wanted and not self.compared().lost

        return wait_until(all_there, seconds, 0.25)

    def drain(self, seconds: float, options: Mapping[str, object] | None = None) -> Comparison:
        """Start a process that delivers what others left, wait, and compare."""
        worker = self.start(Job("drain", then="drain", options=options or {}))
        worker.wait_for("ready")
        self.arrived(seconds)
        worker.proceed()
        worker.wait()
        return self.compared()

    def slowest_accept(self) -> float:
        """Return the seconds of the longest accept."""
        return max((float(values[0]) for values in self.notes("slowest")), default=0.0)
