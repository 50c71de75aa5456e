"""Sentry and Datadog patch `httpx.Client.send`: each sees every call and every post of an outbox once, no secret.

Each tool runs in a process of its own, because it patches the libraries of the whole process. It is started before
the SDK is imported, and after: in both cases it has to see the calls.
"""

import os
import subprocess
import sys

import httpx
import pytest

from life._running import EchoServer
from pyttributionio._http.watch import ASYNC_SEND, SEND
from support.surfaces import FORMS, SECRET

SENTRY = """
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
warnings.simplefilter("ignore")
import sentry_sdk
from sentry_sdk.integrations.httpx import HttpxIntegration
from sentry_sdk.transport import Transport

spans = []


class Keep(Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            found = item.payload.json
            if found and found.get("type") == "transaction":
                spans.extend(span for span in found["spans"] if span["op"] == "http.client")


def start():
    sentry_sdk.init(
        dsn="http://a@127.0.0.1:9/1", traces_sample_rate=1.0, transport=Keep, default_integrations=False,
        integrations=[HttpxIntegration()], send_default_pii=True, max_request_body_size="always",
    )


def traced(calls):
    with sentry_sdk.start_transaction(name="calls", op="test"):
        calls()
    sentry_sdk.flush(1)
    return spans
"""
DATADOG = """
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
os.environ["DD_TRACE_AGENT_URL"] = "http://127.0.0.1:9"
for name in ("INSTRUMENTATION_TELEMETRY_ENABLED", "REMOTE_CONFIGURATION_ENABLED", "TRACE_STARTUP_LOGS"):
    os.environ[f"DD_{name}"] = "false"
warnings.simplefilter("ignore")

import ddtrace
from ddtrace.trace import TraceFilter, tracer

spans = []


class Keep(TraceFilter):
    def process_trace(self, trace):
        spans.extend(dict(span.get_tags()) for span in trace if span.name == "http.request")
        return None


def start():
    tracer.configure(trace_processors=[Keep()])
    ddtrace.patch(httpx=True)


def traced(calls):
    with tracer.trace("calls"):
        calls()
    tracer.flush()
    return spans
"""
CALLS = """
from pyttributionio import AsyncClient, Client
from pyttributionio.outbox import Outbox

OPTIONS = {"api_key": "KEY", "api_secret": SECRET, "base_url": URL + "/api/v1", "tracking_url": URL}


def calls():
    with Client(**OPTIONS) as client:
        print(client.customers.get("read").client_id)
        client.tracking.identity("post", visitor_id="v")
        with Outbox(client, durability="memory", manual=True) as outbox:  # in this thread, where the trace is
            outbox.identity("delivered", visitor_id="v")
            print(outbox.flush(20))

    async def read():
        async with AsyncClient(**OPTIONS) as client:
            print((await client.customers.get("async")).client_id)

    asyncio.run(read())
"""
SHOW = """
found = traced(calls)
print(len(found))
print(found)
"""


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("tool", [SENTRY, DATADOG], ids=["sentry", "datadog"])
def test_a_tool_that_patches_send_sees_each_call_once_and_no_secret(tool: str, order: str) -> None:
    """Whether it was started before the SDK was imported, or after."""
    with EchoServer() as server:
        head = f"import asyncio, os, warnings\nURL, SECRET = {server.url!r}, {SECRET!r}\n"
        parts = [head, tool, "start()\n", CALLS] if order == "before" else [head, tool, CALLS, "start()\n"]
        command = [sys.executable, "-c", "".join([*parts, SHOW, "os._exit(0)\n"])]
        environment = {**os.environ, "SSL_CERT_DIR": "none", "PYTHONUNBUFFERED": "1"}
        ran = subprocess.run(command, capture_output=True, text=True, timeout=50, env=environment, check=False)
    lines = ran.stdout.splitlines()
    assert lines[:4] == ["read", "0", "async", "4"], ran.stderr
    assert all(path in lines[4] for path in ("/customers/read", "/customers/async", "/identities"))
    assert not [form for form in FORMS if form in ran.stdout + ran.stderr]


def test_the_watch_knows_the_library_s_own_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    """If httpx renames a file or a method, the driver goes through a client for nothing: that fails here."""
    assert (SEND.examine(), ASYNC_SEND.examine()) == (False, False)
    send = httpx.Client.send
    monkeypatch.setattr(httpx.Client, "send", lambda self, *arguments, **options: send(self, *arguments, **options))
    assert SEND.examine()
    monkeypatch.undo()
    assert not SEND.examine()
