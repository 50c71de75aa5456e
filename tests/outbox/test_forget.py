"""`outbox.forget`: the waiting entries of one visitor are removed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from outbox._helpers import Scripted, manual, wait_until
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import Outbox


@pytest.fixture(params=["memory", "process"])
def script_and_outbox(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Scripted, Outbox]:
    """Take an outbox that sends by hand, in memory and on the disk."""
    script = Scripted()
    directory = tmp_path if request.param == "process" else None
    return script, manual(script, durability=request.param, directory=directory)


def test_entries_of_the_visitor_are_removed(script_and_outbox: tuple[Scripted, Outbox]) -> None:
    """Events and identities; those of others are sent."""
    script, outbox = script_and_outbox
    for n in range(3):
        outbox.event("ev", visitor_id="gone", transaction_id=f"gone-{n}")
        outbox.event("ev", visitor_id="here", transaction_id=f"here-{n}", identify=False)
    outbox.identity("c1", visitor_id="gone")
    assert outbox.forget("gone") == 4
    assert outbox.stats().pending == 3
    outbox.pump()
    assert script.ids == ["here-0", "here-1", "here-2"]
    assert outbox.forget("gone") == outbox.forget(7) == 0
    outbox.close()


def test_entries_in_memory_are_removed_too(script_and_outbox: tuple[Scripted, Outbox]) -> None:
    """A queue that was read from the store, with entries that were not."""
    script, outbox = script_and_outbox
    script.answers = [httpx.Response(503), httpx.Response(200)]
    for n in range(100):
        outbox.event("ev", visitor_id="gone", transaction_id=f"gone-{n}")
    outbox.pump()
    assert script.ids == ["gone-0"]
    assert outbox.forget("gone") == 100
    outbox.event("ev", visitor_id="gone", transaction_id="later", identify=False)
    assert outbox.flush(0) == 1
    assert outbox.stats().accepted == 101
    outbox.close()


def sending(on_post: Callable[[], object], status: int) -> tuple[list[str], Client]:
    """Return a client whose server calls a function at each post, and the paths of the posts."""
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        on_post()
        return httpx.Response(status)

    return paths, Client("KEY", http_client=httpx.Client(transport=httpx.MockTransport(answer)))


@pytest.mark.parametrize("status", [200, 503, 422])
def test_entry_under_way_is_not_sent_again(status: int) -> None:
    """And no identity follows it, whatever the answer is."""
    found: list[int] = []

    paths, client = sending(lambda: found.append(outbox.forget("gone")), status)
    outbox = Outbox(client, durability="memory", manual=True)
    outbox.event("ev", visitor_id="gone")
    outbox.pump()
    outbox.pump()
    assert (paths, found) == (["/events"], [1])
    stats = outbox.stats()
    assert (stats.pending, stats.dead, stats.in_flight) == (0, 0, 0)


def test_threads_stop_to_send_the_entries(tmp_path: Path) -> None:
    """While they wait for a server that asks to try later."""
    paths, client = sending(lambda: None, 503)
    with Outbox(client, tmp_path, drain_on_exit=0) as outbox:
        for _ in range(5):
            outbox.event("ev", visitor_id="gone")
        wait_until(lambda: bool(paths))
        assert outbox.forget("gone") == 5
        wait_until(lambda: outbox.stats().in_flight == 0)
        assert outbox.flush(20) == 0


def test_closed_outbox_forgets_nothing() -> None:
    """It says why."""
    outbox = manual(Scripted())
    outbox.close()
    with pytest.raises(OutboxError, match="This outbox is closed"):
        outbox.forget("gone")


@pytest.mark.parametrize(("visitor_id", "error"), [("", ValueError), (None, TypeError), (1.5, TypeError)])
def test_wrong_visitor_id_is_refused(visitor_id: Any, error: type[Exception]) -> None:
    """A visit without a cookie has None."""
    with pytest.raises(error, match="visitor_id"):
        manual(Scripted()).forget(visitor_id)
