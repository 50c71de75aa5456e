"""`scripts/bench outbox`: its server fails as told, its comparison finds every kind of loss, and it runs."""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.outbox import comparison, fault_server, ledger, messages, report, senders, suite
from pyttributionio import Client

from ._running import run_module, run_python

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def only_server() -> Iterator[Any]:
    """Start one fault server for all tests here."""
    with fault_server.FaultServer() as server:
        yield server


@pytest.fixture
def server(only_server: Any) -> Any:
    """Return the server, well behaved and without memories."""
    only_server.up()
    only_server.behave(messages.Behaviour())
    only_server.forget()
    return only_server


def post(server: Any, client_id: str = "job.0.0", path: str = "/events", **behaviour: Any) -> tuple[int, str | None]:
    """Post one event or identity while the server behaves so; return status and Retry-After."""
    if behaviour:
        server.behave(messages.Behaviour(**behaviour))
    kind = {"/events": "event", "/identities": "identity"}[path]
    inner = {"client_id": client_id, **({"transaction_id": f"t-{client_id}"} if kind == "event" else {})}
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    try:
        connection.request("POST", path, json.dumps({kind: inner}))
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Retry-After"]
    finally:
        connection.close()


def recorded(server: Any) -> list[tuple[str, str]]:
    """Return kind and client id of what the server has."""
    return [(each.kind, each.client_id) for each in server.arrivals()]


def test_server_records_what_the_sdk_sends(server: Any) -> None:
    """An event with its identity, in the order of arrival, under the ids the caller gave."""
    with Client("KEY", tracking_url=server.url) as client:
        client.tracking.event("ev", visitor_id="v", client_id="job.1.2", transaction_id="t-1")
    event, identity = server.arrivals()
    assert (event.kind, event.client_id, event.transaction_id) == ("event", "job.1.2", "t-1")
    assert (identity.kind, identity.client_id) == ("identity", "job.1.2")
    assert [each.outcome for each in server.attempts()] == ["200", "200"]
    assert server.distinct() == 2


def test_server_refuses_with_the_status_and_the_time_it_is_told(server: Any) -> None:
    """And records nothing, though the attempt counts."""
    assert post(server, fault="status", status=429, retry_after=8) == (429, "8")
    assert post(server, fault="status") == (503, None)
    assert recorded(server) == []
    assert [each.outcome for each in server.attempts()] == ["429", "503"]


def test_reset_before_recording_loses_the_request(server: Any) -> None:
    """The client sees the same as after recording: a connection that ends without an answer."""
    with pytest.raises(ConnectionResetError):
        post(server, fault="reset_before")
    assert recorded(server) == []


def test_reset_after_recording_keeps_the_request(server: Any) -> None:
    """So that a client which sends again has sent it twice."""
    with pytest.raises(ConnectionResetError):
        post(server, fault="reset_after")
    assert recorded(server) == [("event", "job.0.0")]


def test_late_answer_comes_after_recording(server: Any) -> None:
    """It is an answer like any other, once it comes."""
    assert post(server, fault="late", late=0.05) == (200, None)
    assert recorded(server) == [("event", "job.0.0")]


def test_share_strikes_some_requests(server: Any) -> None:
    """The others are answered well."""
    statuses = {post(server, fault="status", share=0.5)[0] for _ in range(30)}
    assert statuses == {200, 503}


def test_server_that_is_down_refuses_and_comes_back_on_its_port(server: Any) -> None:
    """What it had recorded before is still there."""
    url = server.url
    assert post(server, "job.0.0") == (200, None)
    server.down()
    with pytest.raises(ConnectionRefusedError):
        post(server, "job.0.1")
    server.up()
    assert post(server, "job.0.2", "/identities") == (200, None)
    assert server.url == url
    assert recorded(server) == [("event", "job.0.0"), ("identity", "job.0.2")]


@pytest.mark.parametrize("pid", [1, 255, 256, 65_535, 65_536, 4_194_303])
def test_address_tells_the_process(pid: int) -> None:
    """Every process id of Linux has an address of its own."""
    assert senders.pid_of(senders.address_of(pid)) == pid
    assert senders.pid_of("127.0.0.1") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, 127.0.0.1 is the only loopback address")
def test_arrival_tells_who_sent_it(server: Any) -> None:
    """A process that connects by its id, whatever HTTP library it uses."""
    program = f"""
import os
from benchmarks.outbox.senders import connect_by_pid
from pyttributionio import Client
connect_by_pid()
with Client("KEY", tracking_url={server.url!r}) as client:
    client.tracking.identity("job.0.0", visitor_id="v")
print(os.getpid())
"""
    done = run_python("-c", program)
    assert [each.pid for each in server.arrivals()] == [int(done.stdout)]


def arrivals(*numbers: int, kind: str = "event") -> list[Any]:
    """Return arrivals of one visitor's events, by their numbers."""
    return [messages.Arrival(kind, f"job.0.{each}", f"t{each}" * (kind == "event"), 0, 0.0) for each in numbers]


def accepted(*numbers: int, identified: bool = False) -> list[Any]:
    """Return accepts of one visitor's events, by their numbers."""
    return [comparison.Accepted(f"t{each}", f"job.0.{each}", identified) for each in numbers]


def test_all_that_arrives_once_and_in_order_is_well() -> None:
    """Nothing lost, twice, out of order, or unnoted."""
    found = comparison.compare(accepted(0, 1, 2), arrivals(0, 1, 2))
    assert (found.accepted, found.lost, found.twice, found.inversions, found.unnoted) == (3, frozenset(), 0, 0, 0)


def test_lost_event_and_lost_identity_are_found() -> None:
    """An event whose identity never came is half lost, and that is lost."""
    found = comparison.compare(accepted(0, 1, 2, identified=True), arrivals(0, 1) + arrivals(0, 2, kind="identity"))
    assert found.lost == {"job.0.1", "job.0.2"}


def test_event_under_another_transaction_id_is_lost() -> None:
    """The receipt's id is what the caller was promised."""
    stranger = messages.Arrival("event", "job.0.0", "another", 0, 0.0)
    assert comparison.compare(accepted(0), [stranger]).lost == {"job.0.0"}


def test_repeated_arrivals_are_counted_and_do_not_spoil_the_order() -> None:
    """Only first deliveries are promised to be in order."""
    found = comparison.compare(accepted(0, 1), arrivals(0, 1, 0, 0))
    assert (found.twice, found.inversions, found.percent_twice) == (2, 0, 50.0)


def test_order_is_held_against_each_visitors_calls() -> None:
    """An event before its visitor's earlier one is an inversion; visitors do not wait for each other."""
    other = messages.Arrival("event", "job.1.9", "t9", 0, 0.0)
    assert comparison.compare(accepted(0, 1), [other, *arrivals(1, 0)]).inversions == 1
    identity_first = arrivals(0, kind="identity") + arrivals(0)
    assert comparison.compare(accepted(0, identified=True), identity_first).inversions == 1


def test_what_the_producer_could_not_note_is_no_loss() -> None:
    """It died between the accept and the note."""
    found = comparison.compare(accepted(0), arrivals(0, 1))
    assert (found.lost, found.twice, found.unnoted) == (frozenset(), 0, 1)


def test_ledger_returns_what_was_noted(tmp_path: Path) -> None:
    """Whole lines, whatever stands in a message."""
    path = tmp_path / "ledger"
    written = ledger.Ledger(str(path))
    try:
        written.accepted("t0", "job.0.0", identified=True)
        written.note("refused", "OutboxFullError", "full:\tdelete\nsomething")
    finally:
        os.close(written._file)
    assert ledger.accepted(path) == [comparison.Accepted("t0", "job.0.0", True)]
    assert ledger.notes(path, "refused") == [["OutboxFullError", "full: delete something"]]
    assert ledger.accepted(tmp_path / "none") == []


def test_row_says_what_was_missed() -> None:
    """A missed rate is no broken promise; a lost event is."""
    slow = report.Row("speed", "over 9/s", (report.Check("8/s", False, timed=True), report.Check("0 lost", True)))
    bad = report.Row("kill", "0 lost", (report.lost(comparison.compare(accepted(0), [])),))
    assert (slow.result, slow.broken) == ("MISSED: 8/s", False)
    assert (bad.result, bad.broken) == ("MISSED", True)
    assert report.table([slow]).splitlines()[-1] == "| speed | over 9/s | 8/s, 0 lost | MISSED: 8/s |"


def test_nothing_accepted_is_no_success() -> None:
    """A scenario whose producer never worked must not look as if nothing was lost."""
    assert not report.lost(comparison.compare([], [])).holds


def test_scenario_that_breaks_is_a_row_and_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It hides neither itself nor the others."""

    def breaks(bench: Any) -> Any:
        raise RuntimeError("no | disk")

    good = report.Row("good", "x", (report.Check("0 lost", True),))
    monkeypatch.setattr(suite, "SCENARIOS", {"breaks": breaks, "good": lambda bench: good})
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "breaks,good"])
    assert suite.main() == 1
    shown = capsys.readouterr()
    assert "| breaks | no exception | failed: RuntimeError: no / disk | MISSED |" in shown.out
    assert "| good | x | 0 lost | reached |" in shown.out
    assert shown.out.endswith("Broken: breaks\n")
    assert "[2/2] good ... reached" in shown.err


def test_unknown_scenario_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the names there are."""
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "kill,nap"])
    with pytest.raises(SystemExit):
        suite.main()
    assert "there is no scenario nap; there are: kill, kill-503" in capsys.readouterr().err


def test_quick_run_holds_its_promises(tmp_path: Path) -> None:
    """Killed producers lose nothing, and neither do requests that were recorded and reset."""
    figures = tmp_path / "figures.json"
    done = run_module("benchmarks.outbox.suite", "--quick", "--json", str(figures), "--only", "kill,reset-after")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "No guarantee broken."), done.stdout + done.stderr
    rows = json.loads(figures.read_text())["rows"]
    for name in ("kill", "reset-after"):
        found = rows[name]["figures"]
        assert found["accepted"] > 0
        assert (found["lost"], found["inversions"]) == (0, 0)
    assert rows["reset-after"]["figures"]["twice"] > 0
