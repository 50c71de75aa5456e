"""Scenarios that measure speed and memory. Their figures are only valid on a quiet machine."""

import json
from dataclasses import replace

from benchmarks.outbox import ledger
from benchmarks.outbox.messages import Behaviour, Job
from benchmarks.outbox.report import NO_TARGET, Check, Row
from benchmarks.outbox.workers import Bench, Worker

VISITORS = 1000


def _figures(worker: Worker) -> dict[str, float]:
    """Return the measurements of a producer."""
    found: dict[str, float] = json.loads(ledger.notes(worker.ledger, "figures")[0][0])
    return found


def _accepting(bench: Bench, job: Job) -> tuple[str, dict[str, float]]:
    """Measure accepts with one event in each call; return a text and the figures."""
    options = {"drain_on_exit": 0.0, **job.options}
    found = _figures(bench.run(replace(job, visitors=VISITORS, then="accept", options=options), 180))
    micro = f"p50 {found['p50']:.0f} µs, p99 {found['p99']:.0f} µs"
    more = f"worst {found['worst'] / 1000:.1f} ms, {found['cpu']:.0f} µs of processor time each"
    return f"{micro}, {found['rate']:,.0f}/s, {more}", found


def accept(bench: Bench) -> Row:
    """Nothing is delivered at the same time: the server is down."""
    bench.server.down()
    text, found = _accepting(bench, Job("accept", count=bench.pick(20_000, 1_000)))
    check = Check(text, found["p50"] < 50 and found["rate"] > 10_000, timed=True)
    return Row("accept, one event in each call", "p50 under 50 µs, over 10,000/s", (check,), found)


def accept_power(bench: Bench) -> Row:
    """Each accept waits for the disk; threads can share one wait."""
    bench.server.down()
    job = Job("accept", count=bench.pick(20_000, 1_000), options={"durability": "power"})
    one, first = _accepting(bench, job)
    many, second = _accepting(bench, replace(job, threads=32))
    checks = (Check(f"one thread: {one}", True), Check(f"32 threads: {many}", True))
    found = {"one": first, "many": second}
    return Row('accept with durability="power", alone', NO_TARGET, checks, found)


def accept_idle(bench: Bench) -> Row:
    """The rate of a web back end; everything is delivered immediately."""
    bench.server.behave(Behaviour(latency=0.005))
    text, found = _accepting(bench, Job("accept", count=bench.pick(4_000, 200), rate=200.0))
    check = Check(text, found["p99"] < 1000, timed=True)
    return Row("accept at 200 events/s, delivered at the same time", "p99 under 1 ms", (check,), found)


def accept_draining(bench: Bench) -> Row:
    """At full speed, while the same process delivers at full speed: both compete for the interpreter."""
    bench.server.behave(Behaviour(latency=0.005))
    text, found = _accepting(bench, Job("accept", count=bench.pick(20_000, 1_000)))
    return Row("accept at full speed, delivered at the same time", NO_TARGET, (Check(text, True),), found)


def _delivering(bench: Bench, latency: float, count: int, target: float) -> Row:
    """Measure how fast a new process delivers waiting entries, by the clock of the server."""
    bench.server.down()
    bench.run(Job("fill", count=count, visitors=VISITORS, identify=False, options={"drain_on_exit": 0.0}), 180)
    bench.server.up()
    bench.server.behave(Behaviour(latency=latency))
    result = bench.drain(120, {"in_flight": 32})
    times = [each.at for each in bench.server.arrivals()]
    rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
    what = (
        f"deliver {count:,} events, one in each request, {VISITORS:,} visitors, 32 in flight, {latency * 1000:.0f} ms"
    )
    lost = Check(f"{len(result.lost)} lost", not result.lost)
    checks = (Check(f"{rate:,.0f}/s", rate > target, timed=True), lost)
    return Row(what, f"over {target:,.0f}/s", checks, {"rate": rate})


def deliver_5ms(bench: Bench) -> Row:
    """A near server."""
    return _delivering(bench, 0.005, bench.pick(20_000, 1_000), 1500)


def deliver_50ms(bench: Bench) -> Row:
    """A distant server."""
    return _delivering(bench, 0.05, bench.pick(6_000, 300), 500)


def memory(bench: Bench) -> Row:
    """Many entries wait: in the process that accepted them, and in the next process, which tries to send them."""
    bench.server.down()
    count = bench.pick(500_000, 5_000)
    options = {"max_bytes": 1_000_000_000, "drain_on_exit": 0.0}
    job = Job("memory", count=count, visitors=10_000, identify=False, then="memory", options=options)
    first = _figures(bench.run(job, 600))
    second = _figures(bench.run(replace(job, count=0), 600))
    most = max(first["most"], second["most"])
    grown = first["after"] - first["before"]
    text = f"{most:.0f} MB at most (grown by {grown:.0f} MB while accepting; {second['most']:.0f} MB in the next)"
    waiting = Check(f"{second['left']:,.0f} waiting", second["left"] == count)
    figures: dict[str, object] = {"accepting": first, "next": second}
    return Row(f"memory with {count:,} entries waiting", "under 100 MB", (Check(text, most < 100), waiting), figures)
