"""Scenarios in which the server fails while producers live."""

import time
from dataclasses import replace

from outbox_bench.fault_server import wait_until
from outbox_bench.messages import Behaviour, Job
from outbox_bench.report import Check, Row, figures, in_order, lost, twice
from outbox_bench.workers import START, Bench, Worker

RATE = 100.0
UNDER_WAY = 0.1
"""Seconds within which requests can't know of each other's answers; on a busy machine threads wait that long."""
HEALTHY = Behaviour(latency=0.005)


PRODUCER = Job("outage", rate=RATE, then="drain")


def _producer(bench: Bench, seconds: float, job: Job = PRODUCER) -> Worker:
    """Start a producer that accepts for so many seconds and then delivers; return when it has begun."""
    bench.server.behave(HEALTHY)
    worker = bench.start(replace(job, count=int(seconds * job.rate)))
    worker.wait_for("accepted")
    return worker


def _ended(bench: Bench, worker: Worker, what: str, *more: Check, to_reach: str = "0 lost, order kept") -> Row:
    """Wait until the producer has accepted and delivered all, and return the row."""
    worker.wait_for("filled", seconds=120)
    bench.arrived(bench.pick(90, 30))
    worker.tell()
    worker.wait()
    tally = bench.tally()
    slowest = bench.slowest_accept() * 1000
    checks = (lost(tally), in_order(tally), twice(tally), *more, Check(f"longest accept {slowest:.0f} ms", True))
    return Row(what, to_reach, checks, {**figures(tally), "slowest_ms": slowest})


def down(bench: Bench) -> Row:
    """Nobody listens for a while."""
    before, outage = bench.pick((3, 30), (0.3, 1))
    worker = _producer(bench, before + outage + before)
    time.sleep(before)
    bench.server.down()
    time.sleep(outage)
    bench.server.up()
    back = time.monotonic()
    row = _ended(bench, worker, f"server down for {outage} s, {RATE:.0f} events/s")
    first = min((each.at for each in bench.server.arrivals() if each.at > back), default=back)
    again = Check(f"first request {first - back:.1f} s after it is back", True)
    return Row(row.what, row.to_reach, (*row.checks, again), row.figures)


def bursts(bench: Bench) -> Row:
    """The server answers 503 now and then."""
    times, seconds = bench.pick((3, 3.0), (2, 0.4))
    worker = _producer(bench, 2 * times * seconds)
    for _ in range(times):
        time.sleep(seconds)
        bench.server.behave(Behaviour("status"))
        time.sleep(seconds)
        bench.server.behave(HEALTHY)
    refused = sum(each.outcome == "503" for each in bench.server.attempts())
    sent = Check(f"{refused} requests into {times * seconds:.0f} s of it", True)
    return _ended(bench, worker, f"{times} bursts of 503, {seconds:.1f} s each", sent)


def _struck(bench: Bench, behaviour: Behaviour, what: str) -> Row:
    """Some requests are struck for a while, and until one was."""
    seconds = bench.pick(8.0, 0.5)
    worker = _producer(bench, 4 * seconds)
    time.sleep(seconds / 4)
    bench.server.behave(behaviour)
    time.sleep(seconds)
    struck = wait_until(lambda: any(each.outcome == behaviour.fault for each in bench.server.attempts()), START)
    bench.server.behave(HEALTHY)
    return _ended(bench, worker, f"{what}, for {seconds:.1f} s", Check("struck" if struck else "none struck", struck))


def reset_before(bench: Bench) -> Row:
    """What never arrived has to be sent again."""
    return _struck(
        bench, Behaviour("reset_before", share=0.3, latency=0.005), "30 % of requests reset before being recorded"
    )


def reset_after(bench: Bench) -> Row:
    """What arrived is sent again too, for nobody could tell."""
    return _struck(bench, Behaviour("reset_after", share=0.3, latency=0.005), "30 % of requests recorded, then reset")


def late(bench: Bench) -> Row:
    """Answers come later than the client waits."""
    answer, timeout, seconds = bench.pick((20.0, 10.0, 15.0), (2.0, 0.5, 1.0))
    worker = _producer(bench, 2 * seconds, replace(PRODUCER, timeout=timeout))
    time.sleep(seconds / 4)
    bench.server.behave(Behaviour("late", late=answer))
    time.sleep(seconds)
    bench.server.behave(HEALTHY)
    return _ended(
        bench, worker, f"answers after {answer:.0f} s for {seconds:.0f} s, the client waiting {timeout:.1f} s"
    )


def _into_window(times: list[float]) -> Check:
    """Return the check of one request into a window; those under way when the first was refused are told apart."""
    under_way = sum(each - times[0] <= UNDER_WAY for each in times)
    more = f", {under_way - 1} of them under way with the first" if under_way > 1 else ""
    return Check(
        f"{len(times)} {'request' if len(times) == 1 else 'requests'} into the window{more}",
        under_way == len(times) > 0,
    )


def retry_after(bench: Bench) -> Row:
    """The server asks for silence."""
    window = bench.pick(8, 2)
    worker = _producer(bench, window + 2, replace(PRODUCER, rate=50.0, identify=False))
    time.sleep(0.5)
    bench.server.behave(Behaviour("status", status=429, retry_after=window))
    time.sleep(window - 0.5)  # shorter than what it asks for, so that one who obeys meets it but once
    bench.server.behave(HEALTHY)
    asked = [each.at for each in bench.server.attempts() if each.outcome == "429"]
    sent = _into_window(asked)
    return _ended(bench, worker, f"429 with Retry-After {window}", sent, to_reach="one request into the window, 0 lost")
