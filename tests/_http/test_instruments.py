"""What watches or doubles httpx sees our calls too: respx and OpenTelemetry. pytest-httpx has a file of its own."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import respx
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from respx.models import AllMockedAssertionError

from pyttributionio import APIConnectionError, APITimeoutError, AuthenticationError, Client
from support.faults import CUSTOMER, KINDS, FaultServer, Reset, answer, connect, refusing
from support.surfaces import SECRET, assert_clean, check_object
from support.timing import retry_at_once

URL = "https://attribution.test"
READ = "/api/v1/KEY/customers/c-1"
ON_THE_WIRE = f"secret={quote(SECRET, safe='')}"


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


class Telemetry:
    """OpenTelemetry with httpx's instrumentor at work, keeping all that it is told."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._metrics = InMemoryMetricReader()
        self.traces = TracerProvider()
        self.traces.add_span_processor(SimpleSpanProcessor(self._spans))
        self._meters = MeterProvider([self._metrics])
        self._instrumentor = HTTPXClientInstrumentor()
        self._instrumentor.instrument(tracer_provider=self.traces, meter_provider=self._meters)

    def end(self) -> None:
        """Take the instrumentor off, and look at everything once more."""
        self._instrumentor.uninstrument()
        for span in self.spans():
            assert_clean("a span", span.to_json())
            check_object(dict(span.attributes or {}), "a span's attributes")
            check_object([(event.name, dict(event.attributes or {})) for event in span.events], "a span's events")
            check_object((span.name, span.status.description), "a span")
        measured = self._metrics.get_metrics_data()
        assert_clean("the metrics", "" if measured is None else measured.to_json())
        self._meters.shutdown()
        self.traces.shutdown()

    def spans(self) -> list[ReadableSpan]:
        """Return the spans that have ended, in that order."""
        return [*self._spans.get_finished_spans()]

    def calls(self) -> list[tuple[Any, ...]]:
        """Return method, URL and status of each request's span, in both of the names that conventions gave them."""
        found = [dict(span.attributes or {}) for span in self.spans()]
        new = ("http.request.method", "url.full", "http.response.status_code")
        old = ("http.method", "http.url", "http.status_code")
        assert [[each.get(name) for name in new] for each in found] == [
            [each.get(name) for name in old] for each in found
        ]
        return [tuple(map(each.get, new)) for each in found if "url.full" in each]


def test_a_log_lines_own_mistake_is_no_error_of_the_program() -> None:
    """`logging` tells of it and goes on; while the secret's guard looks at the line, too."""
    client = Client("KEY", SECRET)
    record = logging.makeLogRecord({"name": "httpx", "msg": "a %s and a %s", "args": ("one",)})
    assert logging.getLogger("httpx").filter(record)
    assert record.args == ("one",)
    client.close()


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telemetry]:
    """Instrument httpx, all attributes and request headers asked for; no secret stands in what it was told."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_REQUEST", ".*")
    running = Telemetry()
    yield running
    running.end()


def test_opentelemetry_sees_reads_and_posts(telemetry: Telemetry, kind: Any) -> None:
    """A span for each request, under the caller's own, with the URL but for the secret; the server is told of it."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        with telemetry.traces.get_tracer("test").start_as_current_span("the caller's") as own:
            caller.get(include=["events"])
            caller.event(identify=False)
        assert telemetry.calls() == [
            ("GET", f"{server.url}{READ}?show_events=true", 200),
            ("POST", f"{server.url}/events", 200),
        ]
        assert server.requests[0].target == f"{READ}?{ON_THE_WIRE}&show_events=true"
        for span, request in zip(telemetry.spans(), server.requests, strict=False):
            assert span.context is not None
            assert span.parent == own.get_span_context()
            assert f"traceparent: 00-{span.context.trace_id:032x}-{span.context.span_id:016x}-".encode() in request.head


def test_opentelemetry_sees_each_attempt(telemetry: Telemetry, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals and retries too: what happened is told in the spans of a call as it was on the wire."""
    retry_at_once(monkeypatch)
    acts = [answer("busy", 503), CUSTOMER, answer(f"no secret of yours: {SECRET}", 401)]
    with FaultServer(*acts) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        caller.get()
        with pytest.raises(AuthenticationError):
            caller.get()
        url = f"{server.url}{READ}"
    assert telemetry.calls() == [("GET", url, 503), ("GET", url, 200), ("GET", url, 401)]


def test_opentelemetry_sees_a_connection_that_fails(telemetry: Telemetry, kind: Any) -> None:
    """The span has the exception as its event, and a traceback without the request line."""

    def read(url: str) -> None:
        with connect(kind, url, api_secret=SECRET, max_retries=0) as caller, pytest.raises(APIConnectionError):
            caller.get()

    with FaultServer(Reset()) as server:
        read(server.url)
    with refusing() as url:
        read(url)
    spans = telemetry.spans()
    assert [span.status.status_code for span in spans] == [trace.StatusCode.ERROR] * 2
    assert [event.name for span in spans for event in span.events] == ["exception"] * 2


def test_what_an_instrument_adds_to_a_request_stays_in_that_one(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks and patches write headers of their own; what requests are made of is out of their reach."""
    real, real_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle(self: Any, request: httpx.Request) -> httpx.Response:
        request.headers["X-Instrument"] = "here"
        return real(self, request)

    async def handle_async(self: Any, request: httpx.Request) -> httpx.Response:
        request.headers["X-Instrument"] = "here"
        return await real_async(self, request)

    with FaultServer(CUSTOMER) as server, connect(kind, server.url) as caller:
        with monkeypatch.context() as patch:
            patch.setattr(httpx.HTTPTransport, "handle_request", handle)
            patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)
            caller.get()
            caller.identity()
        caller.get()
        caller.identity()
        assert [b"X-Instrument: here" in request.head for request in server.requests] == [True, True, False, False]


@respx.mock(base_url=URL)
def test_respx_doubles_reads_and_posts(respx_mock: respx.MockRouter, kind: Any) -> None:
    """It works below the place where the secret is put in, so it is the one that shows it (documented)."""
    read = respx_mock.get(READ, params={"show_events": "true"}).respond(json={"customer": {"client_id": "c-1"}})
    post = respx_mock.post("/events", json__event__event_public_key="ev").respond(201)
    with connect(kind, URL, api_secret=SECRET) as caller:
        assert caller.get(include=["events"]).client_id == "c-1"
        caller.event(identify=False)
    assert str(read.calls.last.request.url) == f"{URL}{READ}?{ON_THE_WIRE}&show_events=true"
    assert_clean("a post", str(post.calls.last.request.url))


@respx.mock(base_url=URL)
def test_respx_doubles_failures(respx_mock: respx.MockRouter, kind: Any) -> None:
    """Its side effects are what the SDK makes of the network's own."""
    respx_mock.get(READ).mock(side_effect=httpx.ReadTimeout)
    with connect(kind, URL, max_retries=0) as caller, pytest.raises(APITimeoutError):
        caller.get()


@respx.mock(base_url=URL)
def test_a_call_that_respx_was_not_told_of_fails_its_test(respx_mock: respx.MockRouter, kind: Any) -> None:
    """As its own complaint, which no handler of ours or of the program's takes for the network's."""
    with connect(kind, URL, max_retries=0) as caller, pytest.raises(AllMockedAssertionError):
        caller.get()
