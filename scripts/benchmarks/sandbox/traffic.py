"""Requests to the sandbox, and how fast they are answered."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figures import seconds_of
from benchmarks.sandbox.servers import SOCKET, UVICORN, serving
from pyttributionio import Client

CUSTOMER = "/api/v1/SANDBOX_KEY/customers/large?secret=SANDBOX_SECRET&"


def connect(url: str) -> http.client.HTTPConnection:
    """Open a connection that stays open."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def fetch(connection: http.client.HTTPConnection, target: str) -> bytes:
    """Read an answer to its end."""
    connection.request("GET", target)
    return connection.getresponse().read()


def events_per_second(url: str, count: int, *, identify: bool, threads: int) -> float:
    """Post events through the SDK; return how many are accepted each second."""
    with Client("SANDBOX_KEY", tracking_url=url) as client, ThreadPoolExecutor(threads) as pool:

        def post(number: int) -> None:
            client.tracking.event("ev", visitor_id=f"v{number % 100}", client_id=f"c{number % 100}", identify=identify)

        post(0)
        return count / seconds_of(lambda: [*pool.map(post, range(count))])


def pageview(number: int, created_at: int) -> dict[str, object]:
    """Return a pageview; every tenth comes from an advertisement."""
    query = f"?utm_source=google&utm_medium=cpc&utm_campaign=week-{number}" if number % 10 == 0 else ""
    return {
        "visitor_id": "v",
        "url": f"https://shop.example/socks/{number}{query}",
        "title": "Socks",
        "referrer": "https://shop.example/socks",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "created_at": created_at,
    }


def pageviews_per_second(url: str, visitor_id: str, count: int) -> float:
    """Post pageviews one by one; return how many are accepted each second."""
    connection = connect(url)
    bodies = [json.dumps({"pageviews": [{**pageview(n, n), "visitor_id": visitor_id}]}) for n in range(count)]

    def post(body: str) -> None:
        connection.request("POST", "/_sandbox/pageviews", body)
        connection.getresponse().read()

    post(bodies[0])
    figure = count / seconds_of(lambda: [*map(post, bodies)])
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


def read_large(url: str, folder: Path, flag: str, rounds: int) -> tuple[float, list[list[float]]]:
    """Read the large customer, and in turn the same bytes from uvicorn alone and from a socket.

    Returns:
        The megabytes, and the milliseconds of the three.
    """
    target = f"{CUSTOMER}show_{flag}=true"
    sandbox = connect(url)
    body = fetch(sandbox, target)
    recorded = folder / f"{flag}.http"
    recorded.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    times: list[list[float]] = [[], [], []]
    with serving(UVICORN, recorded) as uvicorn_url, serving(SOCKET, recorded) as socket_url:
        connections = [sandbox, connect(uvicorn_url), connect(socket_url)]
        for connection in connections:
            fetch(connection, target)
        for _ in range(rounds):
            for connection, found in zip(connections, times, strict=True):
                found.append(1000 * seconds_of(partial(fetch, connection, target)))
        for connection in connections:
            connection.close()
    return len(body) / 1e6, times
