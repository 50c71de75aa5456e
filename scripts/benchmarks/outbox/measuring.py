"""Measurements inside a producer process: the time of an accept, and the memory of waiting entries."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from benchmarks.outbox.accepting import accept_event
from benchmarks.outbox.messages import Job
from pyttributionio.outbox import Outbox

WARM_UP = 200


def measure_accept(outbox: Outbox, job: Job) -> dict[str, float]:
    """Accept one event in each call; return percentiles and processor time in microseconds, and calls per second.

    If the job has a rate, each thread accepts at this rate.
    """
    for number in range(WARM_UP):
        accept_event(outbox, job, job.name, number)
    each = job.count // job.threads
    started, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(job.threads) as pool:
        starts = [WARM_UP + each * thread for thread in range(job.threads)]
        times = [*chain.from_iterable(pool.map(lambda start: _times(outbox, job, start, each), starts))]
    elapsed, busy = time.perf_counter() - started, time.process_time() - worked
    percentiles = [1e6 * part for part in statistics.quantiles(times, n=100)]
    return {
        "p50": percentiles[49],
        "p99": percentiles[98],
        "worst": 1e6 * max(times),
        "rate": len(times) / elapsed,
        "cpu": 1e6 * busy / len(times),
    }


def _times(outbox: Outbox, job: Job, start: int, count: int) -> list[float]:
    """Accept a number of events; return the seconds of each call."""
    times: list[float] = []
    due = time.perf_counter()
    for number in range(start, start + count):
        if job.rate:
            due += 1 / job.rate
            time.sleep(max(0.0, due - time.perf_counter()))
        before = time.perf_counter()
        accept_event(outbox, job, job.name, number)
        times.append(time.perf_counter() - before)
    return times


def measure_memory(outbox: Outbox, job: Job) -> dict[str, float]:
    """Accept the job's events; return the memory of this process in megabytes.

    Before the first accept, after the last one, and the greatest.
    """
    before = _megabytes("VmRSS")
    for number in range(job.count):
        accept_event(outbox, job, job.name, number)
    outbox.flush(timeout=2)
    return {"before": before, "after": _megabytes("VmRSS"), "most": _megabytes("VmHWM"), "left": outbox.stats().pending}


def _megabytes(name: str) -> float:
    """Return a figure of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{name} is not in /proc/self/status: this works on Linux only")
