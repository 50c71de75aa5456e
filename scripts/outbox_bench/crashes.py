"""Scenarios that kill producers at work."""

import signal
import time

from outbox_bench.messages import Behaviour, Job
from outbox_bench.report import Check, Row, figures, in_order, lost, twice
from outbox_bench.tally import Tally
from outbox_bench.workers import Bench, Worker

RATE = 500.0


def _killed_often(bench: Bench, during: Behaviour, **options: object) -> Row:
    """Kill a producer, start the next one on its directory, and so on; then deliver what is left."""
    bench.server.behave(during)
    trials = bench.pick(20, 2)
    for _ in range(trials):
        worker = bench.start(Job("kill", count=1_000_000, rate=RATE, then="wait", options=options))
        worker.wait_for("accepted")
        time.sleep(bench.dice.uniform(*bench.pick((1.0, 2.5), (0.2, 0.4))))
        worker.kill()
        worker.wait()
    bench.server.behave(Behaviour(latency=0.005))
    tally = bench.drain(bench.pick(120, 30))
    checks = (lost(tally), twice(tally, bench.pick(2.0, None)), in_order(tally), _a_kill(tally, trials))
    how = f"kill -9 of a producer at {RATE:.0f} events/s, {trials} trials"
    return Row(how, "0 lost, under 2 % sent twice", checks, figures(tally))


def _a_kill(tally: Tally, kills: int) -> Check:
    """Return how many requests one death repeats; the percentage depends on how long each life was."""
    return Check(f"{tally.twice / kills:.0f} requests a kill", True)


def kill(bench: Bench) -> Row:
    """The server is healthy, so that requests are in flight at the kill."""
    return _killed_often(bench, Behaviour(latency=0.005))


def kill_503(bench: Bench) -> Row:
    """The server answers 503, so that everything is waiting at the kill."""
    row = _killed_often(bench, Behaviour("status"))
    return Row(f"{row.what}, the server answering 503", row.to_reach, row.checks, row.figures)


def kill_power(bench: Bench) -> Row:
    """As the first, with a flush to the disk for each accept."""
    row = _killed_often(bench, Behaviour(latency=0.005), durability="power")
    return Row(f'{row.what}, durability="power"', row.to_reach, row.checks, row.figures)


def shared(bench: Bench) -> Row:
    """Several processes use one directory, and killed ones are replaced; in the end one sends what all have left."""
    bench.server.behave(Behaviour(latency=0.005))
    kills, size = bench.pick((24, 4), (5, 3))

    def start() -> Worker:
        worker = bench.start(Job("shared", count=1_000_000, rate=100, then="drain"))
        worker.wait_for("accepted")
        return worker

    running = [start() for _ in range(size)]
    for number in range(kills):
        time.sleep(bench.dice.uniform(*bench.pick((0.3, 0.8), (0.1, 0.2))))
        victim = running.pop(bench.dice.randrange(len(running)))
        victim.kill(signal.SIGKILL)
        victim.wait()
        if number <= kills - size:
            running.append(start())
    (survivor,) = running
    survivor.tell()
    survivor.wait_for("filled")
    ended = time.monotonic()
    bench.arrived(bench.pick(60, 30))
    seconds = time.monotonic() - ended
    survivor.tell()
    survivor.wait()
    tally = bench.tally()
    checks = (
        lost(tally),
        twice(tally, bench.pick(2.0, None)),
        in_order(tally),
        _a_kill(tally, kills),
        Check(f"the rest within {seconds:.1f} s", True),
    )
    return Row(
        f"{size} processes on one directory, {kills} kills",
        "0 lost, the survivor finishes the dead ones' entries",
        checks,
        figures(tally),
    )
