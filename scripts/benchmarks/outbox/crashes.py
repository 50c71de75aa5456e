"""Scenarios that kill producers."""

import signal
import time

from benchmarks.outbox.comparison import Comparison
from benchmarks.outbox.messages import Behaviour, Job
from benchmarks.outbox.report import Check, Row, figures, in_order, lost, twice
from benchmarks.outbox.workers import Bench, Worker

RATE = 500.0


def _killed_often(bench: Bench, during: Behaviour, **options: object) -> Row:
    """Kill producers one after the other on one directory; then deliver what remains."""
    bench.server.behave(during)
    trials = bench.pick(20, 2)
    for _ in range(trials):
        worker = bench.start(Job("kill", count=1_000_000, rate=RATE, then="wait", options=options))
        worker.wait_for("accepted")
        time.sleep(bench.random.uniform(*bench.pick((1.0, 2.5), (0.2, 0.4))))
        worker.kill()
        worker.wait()
    bench.server.behave(Behaviour(latency=0.005))
    result = bench.drain(bench.pick(120, 30))
    checks = (lost(result), twice(result, bench.pick(2.0, None)), in_order(result), _per_kill(result, trials))
    how = f"kill -9 of a producer at {RATE:.0f} events/s, {trials} trials"
    return Row(how, "0 lost, under 2 % sent twice", checks, figures(result))


def _per_kill(result: Comparison, kills: int) -> Check:
    """Return how many requests one kill repeats; the percentage depends on how long each producer ran."""
    return Check(f"{result.twice / kills:.0f} requests per kill", True)


def kill(bench: Bench) -> Row:
    """The server answers, so that requests are in flight when the producer is killed."""
    return _killed_often(bench, Behaviour(latency=0.005))


def kill_503(bench: Bench) -> Row:
    """The server answers 503, so that all entries wait when the producer is killed."""
    row = _killed_often(bench, Behaviour("status"))
    return Row(f"{row.what}, the server answering 503", row.target, row.checks, row.figures)


def kill_power(bench: Bench) -> Row:
    """Like the first scenario, with a flush to the disk for each accept."""
    row = _killed_often(bench, Behaviour(latency=0.005), durability="power")
    return Row(f'{row.what}, durability="power"', row.target, row.checks, row.figures)


def shared(bench: Bench) -> Row:
    """Several processes use one directory, and killed ones are replaced; the last one delivers everything."""
    bench.server.behave(Behaviour(latency=0.005))
    kills, size = bench.pick((24, 4), (5, 3))

    def start() -> Worker:
        worker = bench.start(Job("shared", count=1_000_000, rate=100, then="drain"))
        worker.wait_for("accepted")
        return worker

    running = [start() for _ in range(size)]
    for number in range(kills):
        time.sleep(bench.random.uniform(*bench.pick((0.3, 0.8), (0.1, 0.2))))
        victim = running.pop(bench.random.randrange(len(running)))
        victim.kill(signal.SIGKILL)
        victim.wait()
        if number <= kills - size:
            running.append(start())
    (survivor,) = running
    survivor.proceed()
    survivor.wait_for("filled")
    ended = time.monotonic()
    bench.arrived(bench.pick(60, 30))
    seconds = time.monotonic() - ended
    survivor.proceed()
    survivor.wait()
    result = bench.compared()
    checks = (
        lost(result),
        twice(result, bench.pick(2.0, None)),
        in_order(result),
        _per_kill(result, kills),
        Check(f"the rest delivered within {seconds:.1f} s", True),
    )
    return Row(
        f"{size} processes on one directory, {kills} kills",
        "0 lost, the last process delivers the entries of the killed ones",
        checks,
        figures(result),
    )
