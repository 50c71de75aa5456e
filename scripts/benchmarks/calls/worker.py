"""One client in a process of its own, which runs slices of calls as ordered.

`python -m benchmarks.calls.worker NAME ADDRESS` reads one order from each line of its standard input, such as
`get M 20` (operation, size or tasks, number of calls), and answers each with a line of JSON. Orders given as
arguments are carried out each in a forked child, whose process id is printed: valgrind counts each child alone, and
only one process has to start under it, which takes long.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import cached_property

from benchmarks.calls.clients import adapter
from benchmarks.calls.interface import Adapter, AsyncGet, Concurrent
from benchmarks.calls.payloads import CHILDREN


class Worker:
    """A client and its event loop, which it keeps between slices."""

    def __init__(self, name: str, address: str) -> None:
        self.adapter: Adapter = adapter(name)(address)
        self.stack = AsyncExitStack()
        self._get: AsyncGet | None = None

    @cached_property
    def runner(self) -> asyncio.Runner:
        """The event loop of the async client, made when it is needed, so that a forked child has its own."""
        return asyncio.Runner()

    def carry_out(self, order: str) -> dict[str, float]:
        """Carry out an order, and return its processor and wall time, in seconds."""
        operation, of, count = order.split()
        calls = int(count)
        if operation == "async":
            self.runner.run(self._open())
            return timed(lambda: self.runner.run(self._gather(int(of), calls)))
        call = self.call(operation, of)
        if operation == "post":
            calls = max(1, calls // self.adapter.posts)
        # The garbage collection after L is part of its cost, so that a client gains nothing by delaying it.
        collects = of == "L"
        return timed(lambda: repeated(call, calls, collects=collects))

    def warm_up(self, order: str) -> None:
        """Open connections again that ended during other clients' turns: clients keep them for different times."""
        operation, of, _ = order.split()
        if operation == "async":
            self.carry_out(f"async {of} {2 * int(of)}")
        elif operation != "parse":
            self.carry_out("get S 2" if operation == "get" else "post - 2")

    def call(self, operation: str, of: str) -> Callable[[], object]:
        """Return a function that makes one call of an operation."""
        if operation == "get":
            return lambda: self.adapter.get(of)
        if operation == "parse":
            return self.adapter.parser(of)
        assert operation == "post", operation
        return self.adapter.post

    async def _open(self) -> None:
        if self._get is None:
            assert isinstance(self.adapter, Concurrent)  # the other clients get no such order
            self._get = await self.stack.enter_async_context(self.adapter.opened())

    async def _gather(self, tasks: int, calls: int) -> None:
        """Read S with a number of tasks at the same time, and a number of calls in total."""
        get = self._get
        assert get is not None
        remaining = iter(range(calls))

        async def work() -> None:
            for _ in remaining:
                await get("S")

        await asyncio.gather(*(work() for _ in range(tasks)))

    def check(self) -> None:
        """Raise unless the client returns everything that was sent: a client that skips work must not look fast."""
        for size in ("S", "M"):
            found = children(self.adapter.get(size))
            assert found == CHILDREN[size], f"{type(self.adapter).__name__}: {found} pageviews in {size}"


def timed(run: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of processor and wall time of a function, without the collection of earlier garbage."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def repeated(call: Callable[[], object], calls: int, *, collects: bool) -> None:
    """Make calls one after the other."""
    for _ in range(calls):
        call()
    if collects:
        gc.collect()


def member(parent: object, name: str) -> object:
    """Return a member of a dict or an object, or None."""
    return parent.get(name) if isinstance(parent, dict) else getattr(parent, name, None)


def children(result: object) -> int:
    """Return how many pageviews a result has, for every kind of model."""
    customer = member(result, "customer") or result
    pageviews = member(customer, "pageviews")
    return len(pageviews) if isinstance(pageviews, list | tuple) else 0


def serve(worker: Worker) -> None:
    """Carry out the orders from the standard input, until it ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # the output of a client must not be read as an answer
    for order in sys.stdin:
        worker.warm_up(order)
        print(json.dumps(worker.carry_out(order)), file=answers)


def carry_out_forked(worker: Worker, order: str) -> int:
    """Carry out an order in a child, and return its process id."""
    child = os.fork()
    if child == 0:
        worker.warm_up(order)
        worker.carry_out(order)
        os._exit(0)  # the end of the process is no part of a call
    _, status = os.waitpid(child, 0)
    assert status == 0, order
    return child


def main(name: str, address: str, *orders: str) -> None:
    """Carry out the orders in the arguments, or those from the standard input."""
    worker = Worker(name, address)
    worker.check()
    if not orders:
        serve(worker)
    for order in orders:
        print(json.dumps({"order": order, "process": carry_out_forked(worker, order)}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
