"""Memory: what thousands of calls leave behind, and what one large answer takes.

Measured in a process of its own, with the server in another. Python counts its own blocks of memory, which
costs nothing and tells one kept object from none (tracemalloc tells the same, at four times the time);
large buffers and what is not Python's show in what the process keeps resident. The bounds are far above
what is measured, and far below what a leak of the least object a call would come to.
"""

from itertools import cycle
from pathlib import Path

import pytest

from support.faults import Answer, Received, answer

from ._running import EchoServer, asked_for, echo, run

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc")

WARM_UP, CALLS = 500, 2_000
MOST_BLOCKS = CALLS // 5
"""Further blocks after all calls: one small object kept at each fourth of them would be more."""
MOST_RESIDENT = 8_000_000
"""Further bytes of the process after all calls: four thousand each."""
LARGE = 10_000_000
"""Bytes of a large answer's body."""
MOST_KEPT = 14
"""How many times a large answer's bytes its models may take: ten here, nine where records are longer."""
MOST_BESIDES = 4
"""How many times its bytes it may take besides while it is read: once and a little."""

MEASURE = f"""
import re
from pathlib import Path
from pyttributionio import NotFoundError
from pyttributionio._core import retry

retry.FIRST_BACKOFF = 0.0
client = new()


def resident(which="VmRSS"):
    return int(re.search(which + r":\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) * 1_000


def left_by(call):
    for turn in range({WARM_UP}):
        call(turn)
    gc.collect()
    blocks, before = sys.getallocatedblocks(), resident()
    for turn in range({CALLS}):
        call(turn)
    gc.collect()
    print(sys.getallocatedblocks() - blocks, resident() - before)
"""
SYNC = """
def call(turn):
    match turn % 4:
        case 0:
            name(client, "c-1")
        case 1:
            client.tracking.event("ev", visitor_id="v-1", identify=False)
        case 2:
            name(client, "busy")
        case 3:
            try:
                name(client, "nobody")
            except NotFoundError:
                return

left_by(call)
"""
ASYNC = """
client, runner = new(AsyncClient), asyncio.Runner()

async def calling(turn):
    match turn % 4:
        case 0:
            await name_async(client, "c-1")
        case 1:
            await client.tracking.event("ev", visitor_id="v-1", identify=False)
        case 2:
            await name_async(client, "busy")
        case 3:
            try:
                await name_async(client, "nobody")
            except NotFoundError:
                return

left_by(lambda turn: runner.run(calling(turn)))
runner.close()
"""
CLIENTS = """
def call(turn):
    new(max_retries=turn % 7), new(AsyncClient)
    if turn % 5 == 0:  # a connection each, and this machine's ports are few
        with new() as other:
            name(other, "c-1")

left_by(call)
"""


def measure(folder: Path, program: str, server: EchoServer) -> list[int]:
    """Run a program that measures, and return the numbers that it printed."""
    ran = run(folder, MEASURE + program, server.url, ["-W", "error"])
    assert (ran.code, ran.noise) == (0, ""), ran.noise
    return [int(number) for number in ran.lines[-1].split()]


@pytest.mark.parametrize("program", [SYNC, ASYNC, CLIENTS], ids=["sync", "async", "clients"])
def test_thousands_of_calls_leave_nothing(tmp_path: Path, program: str) -> None:
    """Reads, posts, retries and refusals in turn, and clients that are made for one call or none."""
    busy = cycle([True, False])

    def act(request: Received) -> bytes:
        return answer("busy", 503) if asked_for(request) == "busy" and next(busy) else echo(request)

    with EchoServer(Answer(act)) as server:
        blocks, resident = measure(tmp_path, program, server)
    assert blocks < MOST_BLOCKS
    assert resident < MOST_RESIDENT


def test_a_leak_would_be_seen(tmp_path: Path) -> None:
    """A program that keeps one small object a call, and a buffer, is beyond both bounds."""
    program = 'kept = []\nleft_by(lambda turn: kept.append((name(client, "c-1"), bytearray(5_000))))'
    with EchoServer() as server:
        blocks, resident = measure(tmp_path, program, server)
    assert blocks > 2 * MOST_BLOCKS
    assert resident > MOST_RESIDENT


def large() -> bytes:
    """Return an answer of a little more than `LARGE` bytes, no two of its records alike."""
    pageviews: list[str] = []
    size = 0
    while size < LARGE:
        number = len(pageviews)
        pageviews.append(
            f'{{"id":{1_000_000 + number},"url":"https://shop.example/products/{number}?utm_source=google",'
            f'"referrer":"https://search.example/{number}","title":"Product {number}",'
            f'"created_at":"2026-03-02T10:{number // 60 % 60:02}:{number % 60:02}Z","aliases":["visitor-{number}"]}}'
        )
        size += len(pageviews[-1]) + 1
    return answer(f'{{"customer":{{"client_id":"large","pageviews":[{",".join(pageviews)}]}}}}')


READINGS = {
    "sync": 'def read(client_id):\n    return client.customers.get(client_id, include=["pageviews"])',
    "async": """
client, runner = new(AsyncClient), asyncio.Runner()

async def reading(client_id):
    return await client.customers.get(client_id, include=["pageviews"])

def read(client_id):
    return runner.run(reading(client_id))
""",
}
LARGE_READ = """
for _ in range(50):
    read("c-1")
gc.collect()
before = resident()
customer = read("large")
print(resident() - before, resident("VmHWM") - before)
"""


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_a_large_answer_takes_a_bounded_multiple_of_its_bytes(tmp_path: Path, reading: str) -> None:
    """With its models while they are kept, and at once while it is read."""
    whole = large()
    with EchoServer(Answer(lambda request: whole if asked_for(request) == "large" else echo(request))) as server:
        kept, at_once = measure(tmp_path, reading + LARGE_READ, server)
    assert 2 * len(whole) < kept < MOST_KEPT * len(whole)  # less would be no measure at all
    assert at_once - kept < MOST_BESIDES * len(whole)
