"""Scenarios of the end of a process, and of forks."""

import signal
import time

from benchmarks.outbox import ledger
from benchmarks.outbox.fault_server import wait_until
from benchmarks.outbox.messages import Behaviour, Job
from benchmarks.outbox.report import Check, Row, figures, in_order, lost
from benchmarks.outbox.workers import Bench, Worker

LIMIT = 2.0
"""The seconds that an exit may take."""


def _exit_row(bench: Bench, worker: Worker, since: float, what: str) -> Row:
    """Wait for the end of the process, deliver the remaining entries in a new process, and return the row."""
    ended = worker.wait(30)
    seconds = time.monotonic() - since
    bench.server.up()
    bench.server.behave(Behaviour(latency=0.005))
    result = bench.drain(60)
    exit_check = Check(f"exit took {seconds:.2f} s" if ended else "it hung", ended and seconds < LIMIT, timed=ended)
    checks = (lost(result), exit_check, in_order(result))
    return Row(what, f"0 lost, exit under {LIMIT:.0f} s", checks, {**figures(result), "exit_s": seconds})


def _returns(bench: Bench, what: str) -> Row:
    count = bench.pick(1030, 300)
    worker = bench.start(Job("exit", count=count, then="return"))
    worker.wait_for("done")
    (noted,) = ledger.notes(worker.ledger, "done")
    return _exit_row(bench, worker, float(noted[0]), f"{count:,} events, then return without flush{what}")


def returns(bench: Bench) -> Row:
    """The program ends while its events wait; the server answers."""
    bench.server.behave(Behaviour(latency=0.005))
    return _returns(bench, "")


def returns_503(bench: Bench) -> Row:
    """The same, with a server that answers 503."""
    bench.server.behave(Behaviour("status"))
    return _returns(bench, ", server answering 503")


def returns_down(bench: Bench) -> Row:
    """The same, with a server that is down."""
    bench.server.down()
    return _returns(bench, ", server down")


def returns_late(bench: Bench) -> Row:
    """The same, with a server that answers too late."""
    bench.server.behave(Behaviour("late", late=20))
    return _returns(bench, ", answers after 20 s")


def terminated(bench: Bench) -> Row:
    """SIGTERM without a handler, so that no Python code runs at the end."""
    bench.server.behave(Behaviour(latency=0.005))
    count = bench.pick(1030, 300)
    worker = bench.start(Job("exit", count=count, then="wait"))
    worker.wait_for("filled")
    since = time.monotonic()
    worker.kill(signal.SIGTERM)
    return _exit_row(bench, worker, since, f"{count:,} events, then SIGTERM")


def fork(bench: Bench) -> Row:
    """A process whose events wait forks children, which accept their own events, and flush."""
    children, each = bench.pick((12, 100), (4, 20))
    bench.server.behave(Behaviour("status"))
    worker = bench.start(Job("fork", count=180, children=children, each=each, then="drain"))
    worker.wait_for("forked")
    bench.server.behave(Behaviour(latency=0.005))
    seconds = 60
    ended = wait_until(lambda: worker.has_noted("child", children), seconds)
    bench.arrived(seconds)
    worker.proceed()
    worker.wait()
    result = bench.compared()
    name = f"{worker.job.name}."
    parents = [found for found in bench.server.arrivals() if found.client_id.startswith(name)]
    others = sum(found.pid != worker.process.pid for found in parents if found.pid)
    flushes = [float(values[0]) for values in bench.notes("flushed")]
    hung = "" if ended else f"; {children - len(bench.notes('child'))} children hang"
    failed = sum(values[0] != "0" for values in bench.notes("child"))
    checks = (
        lost(result),
        Check(f"{others} of the parent's {len(parents)} sent by children", others == 0),
        Check(f"{len(flushes)} flushes in children took {max(flushes, default=0):.1f} s at most{hung}", ended),
        Check(f"{failed} children failed", failed == 0),
        in_order(result),
    )
    return Row(
        f"{children} forked children, {each} events each; flush in a child",
        "0 lost, 0 of the parent's sent by children, no flush hangs",
        checks,
        figures(result),
    )
