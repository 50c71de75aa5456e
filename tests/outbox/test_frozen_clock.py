"""A test library that stops the clock stops neither deliveries nor `flush`."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import freezegun
import pytest
import time_machine

from outbox._helpers import OK, StillClock, received, run
from pyttributionio import Client
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from support.faults import FaultServer, Hang, answer, refusing

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["freezegun", "time-machine"])
def frozen(request: pytest.FixtureRequest) -> AbstractContextManager[Any]:
    """Return what stops the clock."""
    freeze: Any = freezegun.freeze_time if request.param == "freezegun" else partial(time_machine.travel, tick=False)
    found: AbstractContextManager[Any] = freeze(MOMENT)
    return found


def test_entries_are_delivered_while_the_clock_stands(tmp_path: Path, frozen: AbstractContextManager[Any]) -> None:
    """After a pause too, and with the time that the test has set."""
    with FaultServer(answer(status=503), OK) as server, Client("KEY", tracking_url=server.url) as client, frozen:
        with Outbox(client, tmp_path, manual=True) as stored:
            stored.event("ev", visitor_id="v", transaction_id="a", identify=False)
            assert stored.stats().oldest_age == 0
        assert [each.accepted_at for each in commands.entries(tmp_path)] == [MOMENT]
        with Outbox(client, tmp_path) as outbox:
            outbox.event("ev", visitor_id="v", transaction_id="b", identify=False)
            assert outbox.flush(20) == 0
        assert received(server) == ["a", "a", "b"]


@pytest.mark.parametrize("manual", [False, True])
def test_flush_returns_while_the_clock_stands(manual: bool, frozen: AbstractContextManager[Any]) -> None:
    """With and without threads. A server that is down would hold the test for ever."""
    options = {"durability": "memory", "manual": manual, "drain_on_exit": 0.1}
    with refusing() as url, frozen, Outbox(Client("KEY", tracking_url=url), **options) as outbox:
        outbox.event("ev", visitor_id="v")
        assert outbox.flush(0.1) == 1


@pytest.mark.parametrize("freeze", ["freezegun.freeze_time('2026-03-01')", "time_machine.travel('2026-03-01')"])
def test_the_outbox_may_be_imported_while_the_clock_stands(tmp_path: Path, freeze: str) -> None:
    """Such as in a test's function: the time functions that it finds then are the library's."""
    before = f"import freezegun, time_machine\nstopped = {freeze}\nstopped.start()\n"
    use = """
    outbox = Outbox(client, directory)
    accept(outbox, "a")
    assert outbox.flush(20) == 0
    stopped.stop()
    accept(outbox, "b")
    assert outbox.flush(20) == 0
    outbox.close()
    """
    with FaultServer(answer(status=503), OK) as server:
        assert run(tmp_path, server.url, use, before=before) == ["a", "b"]
        assert received(server) == ["a", "a", "b"]


def test_a_clock_of_the_callers_that_stands_makes_nothing_wait_for_ever(tmp_path: Path) -> None:
    """Neither a flush, nor a close with a request under way."""
    with FaultServer(Hang()) as server:
        client = Client("KEY", tracking_url=server.url)
        outbox = Outbox(client, tmp_path, clock=StillClock().clock(), drain_on_exit=0.1)
        outbox.event("ev", visitor_id="v")
        server.wait_for(requests=1)
        assert outbox.flush(0.1) == 1
        outbox.close()
        assert [shard.holder for shard in commands.status(tmp_path).shards] == [None]


def test_a_clock_of_the_callers_is_the_only_one() -> None:
    """Ids, times of acceptance and pauses are measured by it."""
    time = StillClock()
    with refusing() as url:
        client = Client("KEY", tracking_url=url)
        outbox = Outbox(client, durability="memory", manual=True, clock=time.clock())
        accepted = outbox.event("ev", visitor_id="v")
        milliseconds = int(accepted.transaction_id.replace("-", "")[:12], 16)
        assert milliseconds == time.clock().now().timestamp() * 1000
        assert outbox.pump() == 1
        assert outbox.pump() == 0
        time.seconds += 30
        assert outbox.stats().oldest_age == 30
        assert outbox.pump() == 1
