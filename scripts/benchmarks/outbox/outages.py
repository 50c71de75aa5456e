"""Scenarios in which the server fails while a producer runs."""

import time
from dataclasses import replace

from benchmarks.outbox.fault_server import wait_until
from benchmarks.outbox.messages import Behaviour, Job
from benchmarks.outbox.report import Check, Row, figures, in_order, lost, twice
from benchmarks.outbox.workers import START, Bench, Worker

RATE = 100.0
UNDER_WAY = 0.1
"""The seconds between two requests that start before the other's answer; on a busy machine threads wait that long."""
HEALTHY = Behaviour(latency=0.005)


PRODUCER = Job("outage", rate=RATE, then="drain")


def _producer(bench: Bench, seconds: float, job: Job = PRODUCER) -> Worker:
    """Start a producer that accepts for a number of seconds and then delivers; return when it has begun."""
    bench.server.behave(HEALTHY)
    worker = bench.start(replace(job, count=int(seconds * job.rate)))
    worker.wait_for("accepted")
    return worker


def _ended(bench: Bench, worker: Worker, what: str, *more: Check, target: str = "0 lost, order kept") -> Row:
    """Wait until the producer has accepted and delivered everything, and return the row."""
    worker.wait_for("filled", seconds=120)
    bench.arrived(bench.pick(90, 30))
    worker.proceed()
    worker.wait()
    result = bench.compared()
    slowest = bench.slowest_accept() * 1000
    checks = (lost(result), in_order(result), twice(result), *more, Check(f"longest accept {slowest:.0f} ms", True))
    return Row(what, target, checks, {**figures(result), "slowest_ms": slowest})


def down(bench: Bench) -> Row:
    """The server is down for some time."""
    before, outage = bench.pick((3, 30), (0.3, 1))
    worker = _producer(bench, before + outage + before)
    time.sleep(before)
    bench.server.down()
    time.sleep(outage)
    bench.server.up()
    back = time.monotonic()
    row = _ended(bench, worker, f"server down for {outage} s, {RATE:.0f} events/s")
    first = min((each.at for each in bench.server.arrivals() if each.at > back), default=back)
    again = Check(f"first request {first - back:.1f} s after the server is back", True)
    return Row(row.what, row.target, (*row.checks, again), row.figures)


def bursts(bench: Bench) -> Row:
    """The server answers 503 from time to time."""
    times, seconds = bench.pick((3, 3.0), (2, 0.4))
    worker = _producer(bench, 2 * times * seconds)
    for _ in range(times):
        time.sleep(seconds)
        bench.server.behave(Behaviour("status"))
        time.sleep(seconds)
        bench.server.behave(HEALTHY)
    refused = sum(each.outcome == "503" for each in bench.server.attempts())
    sent = Check(f"{refused} requests into {times * seconds:.0f} s of 503", True)
    return _ended(bench, worker, f"{times} bursts of 503, {seconds:.1f} s each", sent)


def _affected(bench: Bench, behaviour: Behaviour, what: str) -> Row:
    """Some requests fail for some time, and at least one."""
    seconds = bench.pick(8.0, 0.5)
    worker = _producer(bench, 4 * seconds)
    time.sleep(seconds / 4)
    bench.server.behave(behaviour)
    time.sleep(seconds)
    is_affected = wait_until(lambda: any(each.outcome == behaviour.fault for each in bench.server.attempts()), START)
    bench.server.behave(HEALTHY)
    failed = Check("requests failed" if is_affected else "no request failed", is_affected)
    return _ended(bench, worker, f"{what}, for {seconds:.1f} s", failed)


def reset_before(bench: Bench) -> Row:
    """Requests that did not arrive have to be sent again."""
    return _affected(
        bench, Behaviour("reset_before", share=0.3, latency=0.005), "30 % of requests reset before being recorded"
    )


def reset_after(bench: Bench) -> Row:
    """Requests that arrived are sent again too, because the client can't know that they arrived."""
    return _affected(bench, Behaviour("reset_after", share=0.3, latency=0.005), "30 % of requests recorded, then reset")


def late(bench: Bench) -> Row:
    """Answers come after the client's timeout."""
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
    """Return the check of one request into a window; requests that were under way with it are counted apart."""
    under_way = sum(each - times[0] <= UNDER_WAY for each in times)
    more = f", {under_way - 1} of them under way with the first" if under_way > 1 else ""
    return Check(
        f"{len(times)} {'request' if len(times) == 1 else 'requests'} into the window{more}",
        under_way == len(times) > 0,
    )


def retry_after(bench: Bench) -> Row:
    """The server asks the client to wait."""
    window = bench.pick(8, 2)
    worker = _producer(bench, window + 2, replace(PRODUCER, rate=50.0, identify=False))
    time.sleep(0.5)
    bench.server.behave(Behaviour("status", status=429, retry_after=window))
    time.sleep(
        window - 0.5
    )  # shorter than the Retry-After, so that a client that respects it sends one request into the window
    bench.server.behave(HEALTHY)
    asked = [each.at for each in bench.server.attempts() if each.outcome == "429"]
    sent = _into_window(asked)
    return _ended(bench, worker, f"429 with Retry-After {window}", sent, target="one request into the window, 0 lost")
