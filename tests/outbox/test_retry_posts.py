"""`retry_posts` of an outbox: an entry that may have arrived is a dead letter, or is sent again."""

import logging
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from outbox._helpers import OK, Scripted, StillClock, entry, manual, names, received, start, wait_until
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import MemoryStore, Outbox, StoredEntry
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.drain import drain
from support.faults import Answer, FaultServer, Hang, Reset

S = httpx.Response
LOST = httpx.ReadError("reset")


def careful(script: Scripted, time: StillClock | None = None, **options: Any) -> Outbox:
    """Return an outbox that sends only in `pump()`, and nothing twice."""
    return manual(script, time, **{"retry_posts": "unsent", **options})


def test_an_entry_whose_answer_was_lost_is_a_dead_letter(caplog: pytest.LogCaptureFixture) -> None:
    """It is sent once, the hook and the log say why, and the entries after it wait for the server."""
    dead: list[StoredEntry] = []
    script, time = Scripted([LOST, S(200)]), StillClock()
    outbox = careful(script, time, on_dead=dead.append)
    outbox.event("ev", visitor_id="v", transaction_id="lost")
    outbox.event("ev", visitor_id="v", transaction_id="next", identify=False)
    with caplog.at_level(logging.ERROR, "pyttributionio"):
        assert outbox.pump() == 1
    assert [(each.transaction_id, each.cause, each.status, each.last_error) for each in dead] == [
        ("lost", "uncertain", None, "ReadError: reset")
    ]
    assert [record.getMessage() for record in caplog.records] == [
        "The outbox's entry lost may have arrived (ReadError: reset). It is a dead letter now, so that it is not sent "
        "twice. "
    ]
    assert (outbox.stats().state, outbox.stats().pending, outbox.stats().dead) == ("paused", 1, 1)
    time.seconds += 60
    outbox.pump()
    assert script.ids == ["lost", "next"]


def test_by_default_it_is_sent_again() -> None:
    """At least once: no event is lost."""
    script, time = Scripted([LOST, S(200)]), StillClock()
    outbox = manual(script, time)
    outbox.event("ev", visitor_id="v", transaction_id="lost", identify=False)
    outbox.pump()
    time.seconds += 60
    outbox.pump()
    assert script.ids == ["lost", "lost"]
    assert outbox.stats().dead == 0


@pytest.mark.parametrize(
    "outcome",
    [S(408), S(429), S(503), httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.PoolTimeout("")],
    ids=["408", "429", "503", "refused", "no connection in time", "no free connection"],
)
def test_an_entry_that_was_not_processed_waits(outcome: Any) -> None:
    """It is sent again when the server takes requests."""
    script, time = Scripted([outcome, outcome, S(200)]), StillClock()
    outbox = careful(script, time)
    outbox.event("ev", visitor_id="v", transaction_id="t", identify=False)
    for _ in range(3):
        outbox.pump()
        time.seconds += 60
    assert script.ids == ["t", "t", "t"]
    assert (outbox.stats().delivered, outbox.stats().dead) == (1, 0)


@pytest.mark.parametrize("status", [425, 500, 501, 502, 504])
def test_an_entry_that_may_have_been_processed_is_a_dead_letter(status: int) -> None:
    """With the server's answer. The server has a problem, so the others wait."""
    dead: list[StoredEntry] = []
    outbox = careful(Scripted([S(status, text="oh")]), on_dead=dead.append)
    outbox.event("ev", visitor_id="v")
    outbox.pump()
    assert [(each.cause, each.status, each.answer) for each in dead] == [("uncertain", status, "oh")]
    assert outbox.stats().state == "paused"


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_a_refused_account_keeps_its_entries(status: int) -> None:
    """The server did not count them, and a wrong key must not empty the outbox."""
    outbox = careful(Scripted([S(status)]))
    outbox.event("ev", visitor_id="v")
    outbox.pump()
    assert (outbox.stats().state, outbox.stats().pending, outbox.stats().dead) == ("refused", 1, 0)


def test_an_event_that_was_delivered_is_not_sent_with_its_identity_again() -> None:
    """The dead letter is the identity alone."""
    dead: list[StoredEntry] = []
    script, time = Scripted([S(200), LOST, S(200)]), StillClock()
    store = MemoryStore(10**6)
    outbox = careful(script, time, store=lambda: store, durability="process", on_dead=dead.append)
    outbox.event("ev", visitor_id="v", client_id="c", transaction_id="t")
    outbox.pump()
    assert [(each.delivered_requests, each.cause) for each in dead] == [(1, "uncertain")]
    assert store.requeue([1]) == 1
    time.seconds += 60
    outbox.pump()
    assert script.ids == ["t", "c", "c"]


def test_the_choice_is_the_clients_unless_the_outbox_has_its_own() -> None:
    """Either way round."""

    def delivered(client: str, **options: Any) -> list[str]:
        script, time = Scripted([LOST, S(200)]), StillClock()
        made = script.client(retry_posts=client)
        outbox = Outbox(made, durability="memory", manual=True, clock=time.clock(), **options)
        outbox.event("ev", visitor_id="v", transaction_id="t", identify=False)
        outbox.pump()
        time.seconds += 60
        outbox.pump()
        return script.ids

    assert delivered("unsent") == delivered("always", retry_posts="unsent") == ["t"]
    assert delivered("always") == delivered("unsent", retry_posts="always") == ["t", "t"]
    with pytest.raises(ValueError, match="retry_posts is 'never': it takes one of 'always', 'unsent'"):
        Outbox(Client("KEY"), durability="memory", retry_posts="never")  # type: ignore[arg-type]


@pytest.mark.parametrize("act", [Reset(), Answer(b"", close=True), Answer(b"HTTP/1.1 503 No\r\n", close=True)])
def test_a_lost_answer_over_real_connections_is_one_request(act: Any) -> None:
    """On a kept connection too, which would be replaced by a new one."""
    with FaultServer(OK, act, OK) as server:
        client = Client("KEY", tracking_url=server.url, retry_posts="unsent")
        with Outbox(client, durability="memory", in_flight=1) as outbox:
            for name in ("a", "b", "c"):
                outbox.event("ev", visitor_id="v", client_id="c", transaction_id=name, identify=False)
            assert outbox.flush(20) == 0
            assert (outbox.stats().delivered, outbox.stats().dead) == (2, 1)
        assert server.started == 3
        assert received(server) == ["a", "b", "c"]


class Brittle(MemoryStore):
    """A store on a disk that fails."""

    fails = False

    def release(self, entries: Any) -> None:
        """Raise, or store the progress."""
        if self.fails:
            raise OutboxError("the disk fails")
        super().release(entries)


def test_an_entry_that_cannot_be_marked_is_not_sent() -> None:
    """If the process ended then, the next one would send it again."""
    script, time, store = Scripted(), StillClock(), Brittle(10**6)
    outbox = careful(script, time, store=lambda: store, durability="process")
    outbox.event("ev", visitor_id="v", transaction_id="t", identify=False)
    store.fails = True
    with pytest.raises(OutboxError, match="the disk fails"):
        outbox.pump()
    assert script.ids == []
    store.fails = False
    time.seconds += 60
    outbox.pump()
    assert script.ids == ["t"]
    assert outbox.stats().delivered == 1


def test_a_call_that_was_interrupted_may_have_arrived() -> None:
    """Ctrl-C in `pump`, after the request was sent."""
    script, time = Scripted([KeyboardInterrupt(), S(200)]), StillClock()
    outbox = careful(script, time)
    outbox.event("ev", visitor_id="v", transaction_id="t", identify=False)
    with pytest.raises(KeyboardInterrupt):
        outbox.pump()
    time.seconds += 60
    assert outbox.pump() == 0
    assert script.ids == ["t"]
    assert (outbox.stats().pending, outbox.stats().dead) == (0, 1)


def test_only_entries_under_way_are_uncertain_after_a_crash() -> None:
    """An earlier process wrote which it was sending; the others are sent."""
    store = MemoryStore(10**6)
    for name in ("under way", "waits"):
        store.append(entry(name))
    (first, _) = store.claim(0, 9)
    first.last_error = "it is being sent"
    store.release([first])
    script = Scripted()
    outbox = careful(script, store=lambda: store, durability="process")
    outbox.pump()
    assert script.posted == [("/events", {"event": "waits"})]
    assert [each.entry.new.transaction_id for each in store.dead_letters(0, 9)] == ["under way"]
    assert names(store.claim(0, 9)) == []


PROGRAM = """
outbox = Outbox(client, directory, retry_posts="unsent", in_flight=1)
accept(outbox, "first", "second")
signal.pause()
"""


@pytest.mark.processes
@pytest.mark.skipif(not hasattr(signal, "pause"), reason="this system has no such signals")
@pytest.mark.parametrize("deliver", ["outbox", "drain"])
def test_a_killed_process_sends_nothing_twice(tmp_path: Path, deliver: str) -> None:
    """The entry that it was sending is a dead letter of the next process, which delivers the other one."""
    with FaultServer(Hang(), OK) as server:
        with start(tmp_path, server.url, PROGRAM) as program:
            server.wait_for(requests=1)
            os.kill(program.pid, signal.SIGKILL)
        client, folder = Client("KEY", tracking_url=server.url, retry_posts="unsent"), tmp_path / "outbox"
        if deliver == "drain":
            assert drain(client, folder, timeout=20) == 0
        else:
            with Outbox(client, folder) as outbox:
                outbox.start()
                wait_until(lambda: outbox.stats().delivered == 1)
        assert received(server) == ["first", "second"]
        (dead,) = commands.entries(folder, "dead")
        assert (dead.transaction_id, dead.cause) == ("first", "uncertain")
        assert "ended while it was being sent" in (dead.last_error or "")


def test_an_operator_sends_it_again(tmp_path: Path) -> None:
    """After a look at the dashboard; `retry` makes it wait."""
    with FaultServer(Answer(b"", close=True), OK) as server:
        client = Client("KEY", tracking_url=server.url, retry_posts="unsent")
        with Outbox(client, tmp_path) as outbox:
            outbox.event("ev", visitor_id="v", client_id="c", transaction_id="t", identify=False)
            wait_until(lambda: outbox.stats().dead == 1)
            commands.retry(tmp_path)
            wait_until(lambda: outbox.stats().delivered == 1)
        assert received(server) == ["t", "t"]


def test_a_server_that_always_fails_gets_few_requests() -> None:
    """Each is another entry; the pause between them grows, so an outage does not empty the outbox."""
    script, time = Scripted([S(500)]), StillClock()
    outbox = careful(script, time)
    for number in range(50):
        outbox.event("ev", visitor_id=f"v-{number}", identify=False)
    for _ in range(60):
        outbox.pump()
        time.seconds += 1
    assert len(script.ids) == len({*script.ids}) < 12
