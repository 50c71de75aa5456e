"""A test library that stops the clock breaks no call: deadlines are measured by a clock that it leaves running."""

import asyncio
import subprocess
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import freezegun
import pytest
import time_machine

from pyttributionio import APITimeoutError, Client
from support.faults import CUSTOMER, KINDS, FaultServer, Hang, connect

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
FREEZERS = {
    "freezegun": lambda: freezegun.freeze_time(MOMENT),
    "time-machine": lambda: time_machine.travel(MOMENT, tick=False),
}


@pytest.fixture(params=FREEZERS)
def frozen(request: pytest.FixtureRequest) -> AbstractContextManager[Any]:
    """Take what each library stops the clock with."""
    found: Any = FREEZERS[request.param]()
    return found


@pytest.mark.parametrize("kind", KINDS, ids=["sync", "async"])
def test_calls_are_answered_while_the_clock_stands(kind: Any, frozen: AbstractContextManager[Any]) -> None:
    """A read, an event and its identity; the event carries the time that the test has set."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, max_retries=0) as caller, frozen:
        assert caller.get().client_id == "c-1"
        assert caller.event().created_at == MOMENT


def test_a_deadline_passes_while_the_clock_stands(frozen: AbstractContextManager[Any]) -> None:
    """A server that never answers would hold the test for ever."""
    options, late = {"max_retries": 0, "deadline": 0.2}, pytest.raises(APITimeoutError)
    with FaultServer(Hang()) as server, connect(Client, server.url, **options) as caller, frozen, late:
        caller.get()


def test_a_client_is_made_before_and_used_after(frozen: AbstractContextManager[Any]) -> None:
    """The clock is years away from where it was, and back again."""
    with FaultServer(CUSTOMER) as server, connect(Client, server.url, max_retries=0) as caller:
        assert caller.get().client_id == "c-1"
        with frozen:
            assert caller.get().client_id == "c-1"
        assert caller.get().client_id == "c-1"
        assert server.connections == 1


@pytest.mark.parametrize("freeze", ["freezegun.freeze_time('2026-03-01')", "time_machine.travel('2026-03-01')"])
def test_the_sdk_may_be_imported_while_the_clock_stands(freeze: str) -> None:
    """As where a module is imported inside a test: what it finds in `time` then is the stopped clock."""
    program = f"""
import freezegun, sys, time_machine
with {freeze}:
    from pyttributionio import Client
    client = Client("KEY", "hush", base_url=sys.argv[1], max_retries=0, deadline=5)
    print(client.customers.get("c-1").client_id)
print(client.customers.get("c-1").client_id)
"""
    with FaultServer(CUSTOMER) as server:
        command = [sys.executable, "-c", program, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["c-1", "c-1"]), done.stderr


def test_async_waits_for_a_connection_while_the_clock_stands(frozen: AbstractContextManager[Any]) -> None:
    """More calls than connections: those that wait are served."""

    async def many(client: Any) -> int:
        return len(await asyncio.gather(*[client.customers.get("c-1") for _ in range(120)]))

    with FaultServer(CUSTOMER) as server, connect(KINDS[1], server.url) as caller, frozen:
        assert caller.run(many(caller.client)) == 120
