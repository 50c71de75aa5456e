"""What all tests share: a sandbox of their own, clients for it, and an environment without our variables."""

import os
from collections.abc import Iterator

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away variables that a developer may have set, proxies included: tests talk to loopback alone."""
    for name in list(os.environ):
        if name.startswith("PYTTRIBUTIONIO_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


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
