"""The table of tools in docs/testing.md: what each sees of a client's calls and of an outbox's posts.

pytest-httpx has a test of its own in tests/_http, and Sentry and Datadog have one in tests/_http/test_patched_send.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import respx
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from project._pages import DOCS
from pyttributionio import AsyncClient, Client
from pyttributionio.outbox import Outbox
from support.faults import CUSTOMER, FaultServer

SECRET = "S3cret-of-this-test"
READ, READ_ASYNC, POSTED = "/api/v1/KEY/customers/read", "/api/v1/KEY/customers/read-async", "/identities"
Watched = Callable[[], list[str]]


@contextmanager
def seen_by_respx(url: str, tmp_path: Path) -> Iterator[Watched]:
    """Answer in the server's place; it shows the secret."""
    with respx.mock(base_url=url) as router:
        router.route().respond(json={"customer": {}})
        yield lambda: [str(call.request.url) for call in router.calls]


@contextmanager
def seen_by_vcrpy(url: str, tmp_path: Path) -> Iterator[Watched]:
    """Record a cassette."""
    file = tmp_path / "cassette.yaml"
    with vcr.VCR(match_on=["method", "path"]).use_cassette(str(file)) as cassette:
        yield lambda: [request.uri for request in cassette.requests]
    assert SECRET not in file.read_text(encoding="utf-8")


@contextmanager
def seen_by_opentelemetry(url: str, tmp_path: Path) -> Iterator[Watched]:
    """Collect spans."""
    spans, traces, instrumentor = InMemorySpanExporter(), TracerProvider(), HTTPXClientInstrumentor()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    instrumentor.instrument(tracer_provider=traces)
    try:
        yield lambda: [str(dict(span.attributes or {})["http.url"]) for span in spans.get_finished_spans()]
    finally:
        instrumentor.uninstrument()
        traces.shutdown()


def calls(url: str) -> None:
    """Read, blocking and async, and have an outbox post from a thread of its own."""
    options: dict[str, Any] = {
        "api_key": "KEY",
        "api_secret": SECRET,
        "base_url": f"{url}/api/v1",
        "tracking_url": url,
    }
    with Client(**options) as client, Outbox(client, durability="memory") as outbox:
        client.customers.get("read")
        outbox.identity("posted", visitor_id="visitor-7")
        assert outbox.flush(20) == 0

    async def read() -> None:
        async with AsyncClient(**options) as client:
            await client.customers.get("read-async")

    asyncio.run(read())


@pytest.mark.parametrize(
    ("row", "seen_by"),
    [("respx", seen_by_respx), ("vcrpy", seen_by_vcrpy), ("OpenTelemetry", seen_by_opentelemetry)],
    ids=["respx", "vcrpy", "opentelemetry"],
)
def test_the_tool_sees_what_the_table_says(row: str, seen_by: Any, tmp_path: Path) -> None:
    """Each call and each post exactly once; the secret where the table says so."""
    ((_, sees_calls, sees_posts, shows_secret),) = [
        cells for cells in DOCS["testing.md"].table("tool") if cells[0].startswith(row)
    ]
    assert (sees_calls, sees_posts) == ("yes", "yes")
    with FaultServer(CUSTOMER) as server, seen_by(server.url, tmp_path) as watched:
        calls(server.url)
        found = [found.removeprefix(server.url) for found in watched()]
    assert [found.partition("?")[0] for found in found] == [READ, POSTED, READ_ASYNC]
    assert (SECRET in "".join(found)) == shows_secret.startswith("yes")
