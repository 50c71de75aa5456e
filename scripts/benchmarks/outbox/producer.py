"""The program of a producer process: fills an outbox as its job says, notes what was accepted, and ends.

The harness ends a part of the job by its standard input: a byte ends the accepting, another one (or the end of the
input) ends the draining.
"""

import json
import os
import select
import sys
import time
from dataclasses import asdict

from benchmarks.outbox.accepting import accept_event
from benchmarks.outbox.ledger import Ledger
from benchmarks.outbox.measuring import measure_accept, measure_memory
from benchmarks.outbox.messages import Job, client_id_of
from benchmarks.outbox.senders import connect_by_pid
from pyttributionio import Client, PyttributionioError
from pyttributionio.outbox import Outbox


def should_proceed() -> bool:
    """Return whether the harness has ended the current part."""
    if not select.select([0], [], [], 0)[0]:
        return False
    os.read(0, 1)
    return True


class Producer:
    """The outbox of one process, and the job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.ledger = Ledger(job.ledger)
        self.client = Client("PUBLIC_KEY", tracking_url=job.url, timeout=job.timeout)
        self.outbox = Outbox(self.client, job.directory, **job.options)  # type: ignore[arg-type]
        self.slowest = 0.0

    def accept(self, name: str, number: int) -> bool:
        """Accept one event and note it; return whether the outbox accepted it."""
        client_id = client_id_of(name, number % self.job.visitors, number)
        started = time.monotonic()
        try:
            receipt = accept_event(self.outbox, self.job, name, number)
        except PyttributionioError as error:
            self.ledger.note("refused", type(error).__name__, error, client_id)
            return False
        finally:
            self.slowest = max(self.slowest, time.monotonic() - started)
        self.ledger.accepted(receipt.transaction_id, client_id, identified=self.job.identify)
        return True

    def accept_all(self) -> None:
        """Accept the job's events, at its rate, until told to stop."""
        due = time.monotonic()
        for number in range(self.job.count):
            if self.job.rate:
                due += 1 / self.job.rate
                time.sleep(max(0.0, due - time.monotonic()))
            if should_proceed():
                break
            if not self.accept(self.job.name, number) and self.job.stop_when_refused:
                break
        self.ledger.note("slowest", self.slowest)

    def fork(self) -> None:
        """Fork the children, and wait until all have ended."""
        children = []
        for number in range(self.job.children):
            child = os.fork()
            if not child:
                self.live_as_child(number)
            children.append(child)
        self.ledger.note("forked")
        for child in children:
            self.ledger.note("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    def live_as_child(self, number: int) -> None:
        """Accept the child's events, and end in one of three ways."""
        for each in range(self.job.each):
            self.accept(f"{self.job.name}-child{number}", each)
        if number % 3 != 2:
            started = time.monotonic()
            remaining = self.outbox.flush(timeout=10)
            self.ledger.note("flushed", time.monotonic() - started, remaining)
        if number % 3 != 1:
            os._exit(0)
        sys.exit(0)

    def drain(self) -> None:
        """Flush until told to stop."""
        while not should_proceed():
            remaining = self.outbox.flush(timeout=0.5)
            self.note_stats("remaining", remaining)
            if not remaining:
                select.select([0], [], [], 0.2)

    def note_stats(self, word: str, *values: object) -> None:
        """Note the outbox's own counts."""
        self.ledger.note(word, *values, json.dumps(asdict(self.outbox.stats()), default=str))

    def run(self) -> None:
        """Do the job; after the last note, only the end of the interpreter follows."""
        self.ledger.note("ready", time.monotonic())
        match self.job.then:
            case "accept":
                self.ledger.note("figures", json.dumps(measure_accept(self.outbox, self.job)))
            case "memory":
                self.ledger.note("figures", json.dumps(measure_memory(self.outbox, self.job)))
            case _:
                self.accept_all()
                self.fork()
                self.finish()
        self.ledger.note("done", time.monotonic())

    def finish(self) -> None:
        """End as the job says."""
        self.ledger.note("filled", time.monotonic())
        if self.job.then == "wait":
            select.select([0], [], [])
        elif self.job.then == "drain":
            self.drain()
        if self.job.then in ("drain", "close"):
            self.outbox.close()
            self.client.close()


if __name__ == "__main__":
    connect_by_pid()
    PRODUCER = Producer(Job(**json.loads(sys.argv[1])))  # global, as in a web back end: it exists while Python ends
    PRODUCER.run()
