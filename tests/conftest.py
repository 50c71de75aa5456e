"""What all tests share: a sandbox of their own, clients for it, and an environment without our variables."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from support.timing import Hand, use_clock

# A machine that holds a process up is no finding, and pytest's own timeout ends what hangs.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# OpenTelemetry reads this once in a process, at the first instrument: spans get attributes of both conventions.
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http/dup"

# They name signals that Windows does not have while they are imported.
collect_ignore = ["outbox/test_process_life.py", "scripts/test_bench_outbox.py"] if sys.platform == "win32" else []
MARKED_FOLDERS = {
    "browser": "browser",
    "e2e": "processes",
    "editors": "editors",
    "life": "processes",
    "servers": "processes",
}
"""The folders whose tests `scripts/test` leaves to `scripts/test --all`, with their markers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of some folders."""
    tests = Path(__file__).parent
    for item in items:
        if marker := MARKED_FOLDERS.get(item.path.relative_to(tests).parts[0]):
            item.add_marker(marker)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away variables that a developer may have set, proxies included: tests talk to loopback alone."""
    for name in list(os.environ):
        if name.startswith("PYTTRIBUTIONIO_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def leap(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """Give what puts the clock forward, so that a deadline passes when a test says, however busy the machine is."""
    hand = Hand()
    use_clock(monkeypatch, hand.clock)
    return hand


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve a local Attribution.io over real HTTP, empty, on a free port."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    """Connect a client to the sandbox."""
    with Client(
        sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url
    ) as connected:
        yield connected
