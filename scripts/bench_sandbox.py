"""Measure the sandbox, which runs in a process of its own: what it takes, and what it answers.

Figures are medians over rounds, with the least and the most; a ratio is of two measured in turn within one run.
"""

import argparse
import http.client
import json
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

SERVE = """
import sys, threading
from pyttributionio.sandbox import Sandbox

with Sandbox(database=sys.argv[1]) as sandbox:
    print(sandbox.tracking_url, flush=True)
    threading.Event().wait()
"""
# The least that can be done: the same bytes over a socket, with no thought.
SEND = """
import socket, sys

answer = open(sys.argv[1], "rb").read()
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(65536):
                connection.sendall(answer)
"""
# The same through uvicorn, set up as the sandbox has it: what an answer costs that takes no making.
RELAY = """
import sys, threading
from pyttributionio.sandbox.api.serving import ServerThread, listen

body = open(sys.argv[1], "rb").read().partition(b"\\r\\n\\r\\n")[2]
headers = [(b"content-length", str(len(body)).encode())]

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

listener = listen("127.0.0.1", 0)
ServerThread(app, listener).start()
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
threading.Event().wait()
"""
PERSON = "/api/v1/SANDBOX_KEY/customers/large?secret=SANDBOX_SECRET&"


@contextmanager
def process(program: str, argument: Path) -> Iterator[str]:
    """Run a server, and yield the address it prints."""
    command = [sys.executable, "-c", program, str(argument)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.kill()


def spread(figures: list[float], unit: str) -> str:
    """Write the median, and the least and the most."""
    median, least, most = statistics.median(figures), min(figures), max(figures)
    places = 0 if median >= 100 else 1 if median >= 10 else 2
    return f"{median:,.{places}f} {unit} ({least:,.{places}f} to {most:,.{places}f})"


def seconds(work: Callable[[], object]) -> float:
    """Time one piece of work."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def events_a_second(url: str, count: int, *, identify: bool, threads: int) -> float:
    """Post events from this process, through the SDK, and return how many were accepted each second."""
    with Client("SANDBOX_KEY", tracking_url=url) as client, ThreadPoolExecutor(threads) as pool:

        def post(number: int) -> None:
            client.tracking.event("ev", visitor_id=f"v{number % 100}", client_id=f"c{number % 100}", identify=identify)

        post(0)
        return count / seconds(lambda: [*pool.map(post, range(count))])


def fetch(connection: http.client.HTTPConnection, target: str) -> bytes:
    """Read an answer to its end."""
    connection.request("GET", target)
    return connection.getresponse().read()


def connect(url: str) -> http.client.HTTPConnection:
    """Open a connection, and keep it."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def pageview(number: int, created_at: int) -> dict[str, object]:
    """Make a pageview; every tenth comes from an ad."""
    query = f"?utm_source=google&utm_medium=cpc&utm_campaign=week-{number}" if number % 10 == 0 else ""
    return {
        "visitor_id": "v",
        "url": f"https://shop.example/socks/{number}{query}",
        "title": "Socks",
        "referrer": "https://shop.example/socks",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "created_at": created_at,
    }


def pageviews_a_second(url: str, visitor_id: str, count: int) -> float:
    """Load pageviews one by one, and return how many were accepted each second."""
    connection = connect(url)
    bodies = [json.dumps({"pageviews": [{**pageview(n, n), "visitor_id": visitor_id}]}) for n in range(count)]

    def post(body: str) -> None:
        connection.request("POST", "/_sandbox/pageviews", body)
        connection.getresponse().read()

    post(bodies[0])
    figure = count / seconds(lambda: [*map(post, bodies)])
    connection.close()
    return figure


def load_large(url: str, pageviews: int) -> None:
    """Give one customer many pageviews, over weeks."""
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    connection = connect(url)
    for first in range(0, pageviews, 2_000):
        items = [pageview(n, start + n * 600) for n in range(first, min(first + 2_000, pageviews))]
        connection.request("POST", "/_sandbox/pageviews", json.dumps({"pageviews": items}))
        connection.getresponse().read()
    connection.close()
    with Client("SANDBOX_KEY", tracking_url=url) as client:
        client.tracking.identity("large", visitor_id="v")


def large_customer(url: str, folder: Path, flag: str, rounds: int) -> tuple[float, list[list[float]]]:
    """Read the large customer, and in turn the same bytes from uvicorn alone and from a bare socket.

    Returns:
        The megabytes, and the milliseconds of the three.
    """
    target = f"{PERSON}show_{flag}=true"
    sandbox = connect(url)
    body = fetch(sandbox, target)
    recorded = folder / f"{flag}.http"
    recorded.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    times: list[list[float]] = [[], [], []]
    with process(RELAY, recorded) as relay_url, process(SEND, recorded) as bare_url:
        connections = [sandbox, connect(relay_url), connect(bare_url)]
        for connection in connections:
            fetch(connection, target)
        for _ in range(rounds):
            for connection, found in zip(connections, times, strict=True):
                found.append(1000 * seconds(partial(fetch, connection, target)))
        for connection in connections:
            connection.close()
    return len(body) / 1e6, times


def start_and_stop() -> None:
    """Do what a test's fixture does."""
    with Sandbox():
        pass


def seed(customers: int) -> float:
    """Seed a new sandbox in memory, and return the seconds."""
    with Sandbox() as sandbox:
        return seconds(lambda: sandbox.seed(customers))


def measure(rounds: int, *, quick: bool) -> Iterator[tuple[str, str]]:
    """Yield each row: what, and how fast."""
    events, pageviews = (50, 200) if quick else (2_000, 10_000)
    with tempfile.TemporaryDirectory() as name, process(SERVE, Path(name) / "sandbox.db") as url:
        for threads, identify in ((1, False), (1, True), (4, False)):
            figures = [events_a_second(url, events, identify=identify, threads=threads) for _ in range(rounds)]
            what = "with their identities" if identify else "alone"
            yield f"events accepted, {what}, {threads} thread{'s' * (threads > 1)}", spread(figures, "a second")
        figures = [pageviews_a_second(url, f"w{n}", events) for n in range(rounds)]
        yield "pageviews accepted, one by one, of one visitor", spread(figures, "a second")
        load_large(url, pageviews)
        for flag in ("pageviews", "all"):
            size, (ours, relayed, bare) = large_customer(url, Path(name), flag, rounds * 4)
            for what, times in ((f"{pageviews:,} pageviews, show_{flag}", ours), ("the same bytes, uvicorn", relayed)):
                ratio = statistics.median(a / b for a, b in zip(times, bare, strict=True))
                figure = f"{spread(times, 'ms')}; bare {spread(bare, 'ms')}: {ratio:.1f} times"
                yield f"{what}, {size:.1f} MB", figure
    yield "start and stop, in code", spread([1000 * seconds(start_and_stop) for _ in range(rounds * 4)], "ms")
    for customers in (10,) if quick else (1_000, 10_000):
        yield f"seed {customers:,} customers", spread([seed(customers) for _ in range(min(rounds, 3))], "s")


def main() -> None:
    """Measure and print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument(
        "--quick", action="store_true", help="small amounts, to see that it runs; the figures mean nothing"
    )
    arguments = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, CPython {platform.python_version()}, {platform.system()} {platform.machine()}\n"
    )
    print("| what | median (least to most) |\n| --- | --- |", flush=True)
    for what, figure in measure(1 if arguments.quick else arguments.rounds, quick=arguments.quick):
        print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
