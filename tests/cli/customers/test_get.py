"""`pyttributionio customers get`: one customer, or those whose ids are on stdin."""

import json
import os
import subprocess
import sys
from typing import Any, get_args

import pytest

from cli._faults import FAULTS, QUICK, Fault, inject
from cli.conftest import Command
from pyttributionio import Client
from pyttributionio.models import IncludeName
from pyttributionio.sandbox import Sandbox
from support.faults import FaultServer, answer


@pytest.fixture
def ada(vendor: Sandbox, client: Client) -> str:
    """A customer with a journey; return the id."""
    vendor.add_pageview("visitor-7", "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=autumn")
    client.tracking.event("ev_signup", visitor_id="visitor-7", client_id="ada", transaction_id="t-1")
    return "ada"


def lines(out: str) -> list[dict[str, Any]]:
    """Return the lines of JSON."""
    return [json.loads(line) for line in out.splitlines()]


def test_tables_have_the_fields_and_the_collections_that_were_asked_for(command: Command, ada: str) -> None:
    """Only those; without any, only the customer."""
    ended = command("customers", "get", ada, "--include", "touchpoints", "--include", "events")
    assert (ended.code, ended.err) == (0, "")
    assert "client_id:     ada\n" in ended.out
    assert "touchpoints (1)\n" in ended.out
    assert "email" in ended.out
    assert "autumn" in ended.out
    assert "ev_signup" in ended.out
    assert "pageviews" not in ended.out
    plain = command("customers", "get", ada).out
    assert "touchpoints" not in plain
    assert "client_id:     ada\n" in plain
    everything = command("customers", "get", ada, "--include", "all").out
    assert all(f"{name} (1)" in everything for name in ("pageviews", "touchpoints", "events", "identities"))


def test_choices_are_the_collections_of_the_sdk(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """And `all`."""
    monkeypatch.setenv("COLUMNS", "200")
    names = [*get_args(IncludeName), "all"]
    help_text = command("customers", "get", "--help").out
    assert all(name in help_text for name in names)
    assert command("customers", "get", "ada", "--include", "orders").code == 2


def test_json_has_the_servers_answer_number_for_number(command: Command, vendor: Sandbox) -> None:
    """Also what the SDK does not know, in ASCII, so that a terminal is not controlled."""
    numbers, text = '"cost": 1.50, "n": 12345678901234567890123', "\x9b2J\u202e\x7f😀"
    body = f'{{"customer":\n\t{{"client_id": "ada", {numbers}, "x": "{text}"}}, "b": 1}}'
    with FaultServer(answer(body)) as server:
        ended = command("customers", "get", "ada", "--json", "--base-url", f"{server.url}/api/v1")
    expected = body.replace("\n\t", "  ").replace(text, "\\u009b2J\\u202e\\u007f\\ud83d\\ude00")
    assert ended == (0, f'{{"id": "ada", "answer": {expected}, "error": null}}\n', "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings_of_json_are_read(command: Command, vendor: Sandbox, encoding: str) -> None:
    """As the SDK reads them."""
    with FaultServer(answer('{"customer": {"client_id": "ünï"}}'.encode(encoding))) as server:
        ended = command("customers", "get", "ada", "--json", "--base-url", f"{server.url}/api/v1")
    assert [line["answer"] for line in lines(ended.out)] == [{"customer": {"client_id": "ünï"}}]


def test_control_characters_of_an_answer_do_not_reach_the_terminal(command: Command, vendor: Sandbox) -> None:
    """Neither those of a field, nor of a name, nor of an error."""
    evil = "\\u001b[2J\\u009b\\u202e"
    body = f'{{"customer": {{"client_id": "{evil}", "{evil}": 1, "events": [{{"name": "{evil}", "{evil}": 2}}]}}}}'
    with FaultServer(answer(body), answer("\x1b[2J", 422)) as server:
        shown = command("customers", "get", "a", "--include", "events", "--base-url", f"{server.url}/api/v1")
        failed = command("customers", "get", "\x1b[2J", "--base-url", f"{server.url}/api/v1")
    assert (shown.code, failed.code) == (0, 1)
    assert all(each.isprintable() or each == "\n" for text in (shown.out, failed.err) for each in text)
    assert "Other fields of events, which --json prints: \\x1b[2J\\x9b\\u202e" in shown.out


def test_a_collection_of_many_shows_a_hundred(command: Command, vendor: Sandbox) -> None:
    """--json prints all."""
    events = ", ".join(f'{{"name": "e-{number}"}}' for number in range(103))
    with FaultServer(answer(f'{{"customer": {{"events": [{events}]}}}}')) as server:
        shown = command("customers", "get", "a", "--include", "events", "--base-url", f"{server.url}/api/v1")
    assert "events (103)" in shown.out
    assert "e-99" in shown.out
    assert "e-100" not in shown.out
    assert shown.out.endswith("3 more are not shown: --json prints all.\n")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_has_its_exit_code_and_one_line(command: Command, ada: str, vendor: Sandbox, fault: Fault) -> None:
    """With --json, the line has the reason too; the secret is nowhere."""
    inject(vendor, fault)
    ended = command("customers", "get", ada, "--json", *QUICK)
    assert ended.code == fault.read
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    (line,) = lines(ended.out)
    assert line["answer"] is None
    assert line["error"]["exit_code"] == fault.read
    assert {*line["error"]} == {"type", "status", "exit_code", "message"}
    assert "SANDBOX_SECRET" not in ended.out + ended.err


def test_a_server_that_is_not_there_is_5(command: Command, vendor: Sandbox) -> None:
    """The connection is refused."""
    ended = command("customers", "get", "ada", "--base-url", "http://127.0.0.1:9/api/v1", *QUICK)
    assert ended.code == 5
    assert ended.out == ""
    assert ended.err.count("\n") == 1


def test_missing_and_wrong_credentials_are_3(
    command: Command, vendor: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is named."""
    assert command("customers", "get", "ada", "--secret-stdin", stdin=b"wrong\n").code == 3
    monkeypatch.delenv("PYTTRIBUTIONIO_API_SECRET")
    ended = command("customers", "get", "ada")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("error: no secret")
    monkeypatch.delenv("PYTTRIBUTIONIO_API_KEY")
    assert command("customers", "get", "ada").err.startswith("error: no public key")


def test_an_empty_id_is_wrong_usage(command: Command, vendor: Sandbox) -> None:
    """Nothing is sent."""
    ended = command("customers", "get", "")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: client_id is empty: it has to name something\n"
    assert not vendor.requests


# Ids from stdin


def test_each_id_on_stdin_has_a_line(command: Command, ada: str) -> None:
    """In their order, also for those that can't be read; the exit code is that of the worst."""
    stdin = b"\xef\xbb\xbfada\r\n\n  \nnobody\n\xff\n" + b"x" * 20_001 + b"\nada"
    ended = command("customers", "get", "-", stdin=stdin)
    found = lines(ended.out)
    assert [line["id"] for line in found] == ["ada", "nobody", "\udcff", "x" * 10_001, "ada"]
    assert [line["error"] and line["error"]["exit_code"] for line in found] == [None, 4, 1, 1, None]
    assert found[0]["answer"]["customer"]["client_id"] == "ada"
    assert ended.code == 1
    errors = ended.err.splitlines()
    assert len(errors) == 3
    assert errors[0].startswith("error: nobody: GET http://127.0.0.1")
    assert errors[2] == "error: line 6 of stdin is no id: it has more than 10,000 characters"


def test_no_ids_are_no_error(command: Command, vendor: Sandbox) -> None:
    """An empty file has no customers."""
    assert command("customers", "get", "-") == (0, "", "")


def test_the_secret_can_be_the_first_line(command: Command, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the ids come after it."""
    monkeypatch.delenv("PYTTRIBUTIONIO_API_SECRET")
    ended = command("customers", "get", "-", "--secret-stdin", stdin=b"SANDBOX_SECRET\nada\n")
    assert (ended.code, [line["id"] for line in lines(ended.out)], ended.err) == (0, ["ada"], "")


def test_refused_credentials_end_the_command(command: Command, ada: str, vendor: Sandbox) -> None:
    """They would be refused for each id; another failure ends nothing."""
    vendor.faults.next(1, status=503, retry_after=0, path="*/one")
    vendor.faults.always(status=401, path="*/two")
    ended = command("customers", "get", "-", stdin=b"ada\ntwo\nada\n")
    assert [line["id"] for line in lines(ended.out)] == ["ada", "two"]
    assert ended.code == 3


@pytest.mark.processes
def test_a_line_is_written_before_the_next_id_is_read(vendor: Sandbox, ada: str) -> None:
    """A reader and a writer can take turns; no customer waits in memory."""
    command = [sys.executable, "-m", "pyttributionio", "customers", "get", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(b"ada\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == "ada"
        process.stdin.close()
        assert process.wait(30) == 0
