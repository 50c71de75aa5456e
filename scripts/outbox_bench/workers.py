"""The harness's side of producers: starts them on one directory, kills them, and compares what they noted."""

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

from outbox_bench import ledger
from outbox_bench.fault_server import SCRIPTS, FaultServer, wait_until
from outbox_bench.messages import Behaviour, Job
from outbox_bench.tally import Accepted, Tally, compare, expected

T = TypeVar("T")
START: float = 60
"""Seconds a process may take to start; most of it is imports on a busy machine."""


class Worker:
    """A running producer, in a session of its own, so that what it forks ends with it."""

    def __init__(self, job: Job, log: Path) -> None:
        self.job = job
        self.ledger = Path(job.ledger)
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "outbox_bench.producer", json.dumps(asdict(job))],
                cwd=SCRIPTS,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def has_noted(self, word: str, times: int = 1) -> bool:
        """Return whether the ledger holds a word so many times."""
        return len(ledger.notes(self.ledger, word)) >= times

    def wait_for(self, word: str, times: int = 1, seconds: float = START) -> None:
        """Wait until it has noted something; fail if it ends before, or takes longer."""
        if not wait_until(lambda: self.has_noted(word, times) or self.process.poll() is not None, seconds, 0.02):
            raise RuntimeError(f"{self.job.name} has not noted '{word}' for {seconds:.0f} s")
        if not self.has_noted(word, times):
            raise RuntimeError(f"{self.job.name} ended with {self.process.returncode}: {self.log.read_text()[-300:]}")

    def tell(self) -> None:
        """Let it go on to the next thing: from accepting to its end, from draining to closing."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(b".")
            self.process.stdin.flush()

    def wait(self, seconds: float = START) -> bool:
        """Wait for its end; return whether it came by itself."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to it alone."""
        self.process.send_signal(number)

    def end(self) -> None:
        """Kill what is left of it, its children among it, and let go of its pipe."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.__exit__(None, None, None)


class Bench:
    """One scenario's world: a fault server, a directory, and the producers that used it."""

    def __init__(self, *, quick: bool, server: FaultServer, temporary: Path | None = None) -> None:
        self.quick = quick
        self.server = server
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-bench-", dir=temporary))
        self.directory = self.folder / "outbox"
        self.workers: list[Worker] = []
        self.dice = random.Random(7)  # noqa: S311 (no secrets)
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
        """Return a size or a time: the full one, or the quick run's."""
        return quick if self.quick else full

    def start(self, job: Job) -> Worker:
        """Start a producer; its name in ids, ledger and log is its own."""
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
        """Start a producer, and wait until it has ended by itself."""
        worker = self.start(job)
        worker.wait_for("done", seconds=seconds)
        if not worker.wait():
            raise RuntimeError(f"{worker.job.name} is done, and does not end")
        return worker

    def accepted(self) -> list[Accepted]:
        """Return what all producers noted as accepted."""
        return [each for worker in self.workers for each in ledger.accepted(worker.ledger)]

    def notes(self, word: str) -> list[list[str]]:
        """Return the values of a word in all ledgers."""
        return [values for worker in self.workers for values in ledger.notes(worker.ledger, word)]

    def tally(self) -> Tally:
        """Compare what was accepted until now with what arrived until now."""
        return compare(self.accepted(), self.server.arrivals())

    def arrived(self, seconds: float) -> bool:
        """Wait until all that was accepted has arrived, so many seconds at most."""
        wanted = len(expected(self.accepted()))

        def all_there() -> bool:
            return self.server.distinct() >= wanted and not self.tally().lost

        return wait_until(all_there, seconds, 0.25)

    def drain(self, seconds: float, options: Mapping[str, object] | None = None) -> Tally:
        """Start a process that does nothing but deliver what others left, wait, and compare."""
        worker = self.start(Job("drain", then="drain", options=options or {}))
        worker.wait_for("ready")
        self.arrived(seconds)
        worker.tell()
        worker.wait()
        return self.tally()

    def slowest_accept(self) -> float:
        """Return the longest accept of all that ended their accepting, in seconds."""
        return max((float(values[0]) for values in self.notes("slowest")), default=0.0)
