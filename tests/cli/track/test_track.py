"""`pyttributionio track event` and `track identity`: sent, stored, or only printed."""

import json
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

from cli._faults import FAULTS, QUICK, Fault, inject
from cli.conftest import Command
from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

EVENT = (
    *("track", "event", "ev_purchase", "--visitor", "visitor-7", "--client-id", "customer-42"),
    *("--url", "https://shop.example/?a=1&b=ü", "--user-agent", "Agent/1 \x1b[2J", "--transaction-id", "order-1"),
    *(
        "--created-at",
        "2026-03-02T13:00:00+01:00",
        "--meta",
        "plan=pro=1",
        "--meta",
        '{"seats": 3, "x": {"y": [null]}}',
    ),
    "--informational",
)
IDENTITY = ("track", "identity", "customer-42", "--visitor", "visitor-7", "--created-at", "1772452800")


def lines(out: str) -> list[dict[str, Any]]:
    """Return the lines of JSON."""
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("arguments", [EVENT, (*EVENT, "--no-identify"), IDENTITY], ids=["event", "alone", "identity"])
@pytest.mark.parametrize("target", [(), ("--outbox",)], ids=["sent", "stored"])
def test_a_dry_run_prints_what_goes_out_to_the_byte(
    command: Command, vendor: Sandbox, arguments: tuple[str, ...], target: tuple[str, ...]
) -> None:
    """As text and as JSON, whether it is sent or delivered by the outbox."""
    printed = command(*arguments, "--dry-run", *target)
    as_json = lines(command(*arguments, "--dry-run", "--json", *target).out)
    assert printed.code == 0
    assert printed.err.startswith("Dry run: nothing is ")
    assert not vendor.requests
    assert command(*arguments, *target).code == 0
    if target:
        assert command("outbox", "drain").code == 0
    received = [(request.path, request.body) for request in vendor.requests]
    assert received
    shown = printed.out.encode().splitlines()
    assert [*zip(shown[::2], shown[1::2], strict=True)] == [
        (f"POST {vendor.tracking_url}{path}".encode(), body) for path, body in received
    ]
    assert [(each["url"], each["body"].encode()) for each in as_json] == [
        (f"{vendor.tracking_url}{path}", body) for path, body in received
    ]


def test_a_dry_run_needs_no_network(command: Command, vendor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens no connection, and looks up no name."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was used")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    ended = command(*EVENT, "--dry-run", "--tracking-url", "https://api.example")
    assert ended.code == 0
    assert ended.out.startswith("POST https://api.example/events\n")


def test_all_options_arrive(command: Command, vendor: Sandbox, client: Client) -> None:
    """The event as it was given; the answer says what was counted."""
    ended = command(*EVENT, "--json")
    assert ended.code == 0
    where = vendor.tracking_url
    assert ended.err == f"Sending the event ev_purchase of visitor visitor-7 to {where}/events and {where}/identities\n"
    sent = json.loads(vendor.requests[0].body)["event"]
    assert sent["created_at"] == 1772452800
    assert sent["meta"] == {"agent": "Agent/1 \x1b[2J", "plan": "pro=1", "seats": 3, "x": {"y": [None]}}
    assert sent["is_informational"] is True
    assert [event.transaction_id for event in client.customers.get("customer-42", include=["events"]).events] == [
        "order-1"
    ]
    plain = command(*EVENT)
    assert plain.out == "Accepted: the event ev_purchase of client customer-42, transaction id order-1.\n"
    assert command(*IDENTITY).out == "Accepted: the identity of client customer-42.\n"


def test_random_ids_are_those_that_were_sent(command: Command, vendor: Sandbox) -> None:
    """So that the person and the event can be found again."""
    (line,) = lines(command("track", "event", "ev", "--visitor-id", "v", "--json").out)
    sent = json.loads(vendor.requests[0].body)["event"]
    assert (line["client_id"], line["transaction_id"]) == (sent["client_id"], sent["transaction_id"])


@pytest.mark.parametrize("arguments", [EVENT, IDENTITY], ids=["event", "identity"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_has_its_exit_code(
    command: Command, vendor: Sandbox, fault: Fault, arguments: tuple[str, ...]
) -> None:
    """One line says why; if the event may have arrived, another says how to send the same one again."""
    inject(vendor, fault)
    ended = command(*arguments, "--json", *QUICK)
    assert ended.code == fault.post
    _, *errors = ended.err.splitlines()
    assert [error.startswith("error: ") for error in errors][:1] == [True] * (fault.post > 0)
    is_open = arguments is EVENT and fault.post == 5 and not fault.name.startswith(("408", "429"))
    assert [error.partition(":")[0] for error in errors[1:]] == (
        ["It is not known if the event arrived. To send the same event again, add"] if is_open else []
    )
    assert (ended.out == "") == (fault.post > 0)
    assert "SANDBOX_SECRET" not in ended.out + ended.err


def test_an_event_without_its_identity_says_how_to_go_on(command: Command, vendor: Sandbox) -> None:
    """The event must not be sent again; its line is there."""
    vendor.faults.always(path="/identities", status=422)
    ended = command("track", "event", "ev", "--visitor", "v 1", "--client-id", "-c$", "--json")
    assert ended.code == 1
    (line,) = lines(ended.out)
    assert (line["result"], line["identity"]) == ("sent", False)
    assert ended.err.endswith("post the identity with: pyttributionio track identity --visitor 'v 1' -- '-c$'\n")
    vendor.faults.clear()
    assert command("track", "identity", "--visitor", "v 1", "--", "-c$").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["event", "", "--visitor", "v"], "EVENT_KEY is empty: it has to name something"),
        (["event", "e", "--visitor", ""], "--visitor is empty: it has to name something"),
        (["event", "e", "--visitor", "v", "--client-id", " "], "the client id is blank"),
        (["event", "e", "--visitor", "v", "--url", ""], "--url is empty: leave it out if it is not known"),
        (["identity", "", "--visitor", "v"], "the client id is empty: it has to name something"),
        (["event", "e", "--visitor", "v", "--created-at", "yesterday"], "--created-at 'yesterday' is not a time: use"),
        (["event", "e", "--visitor", "v", "--created-at", "2026-03-02"], "--created-at '2026-03-02' has no time zone"),
        (
            ["event", "e", "--visitor", "v", "--created-at", "1960-01-01T00:00Z"],
            "--created-at 1960-01-01T00:00:00+00:00",
        ),
        (["event", "e", "--visitor", "v", "--meta", "plan"], "--meta 'plan' has no KEY=VALUE"),
        (["event", "e", "--visitor", "v", "--meta", "=x"], "--meta '=x' has no KEY=VALUE"),
        (["event", "e", "--visitor", "v", "--meta", "{"], "--meta '{' is not a JSON object: "),
        (["event", "e", "--visitor", "v", "--meta", '{"a": NaN}'], "--meta '{\"a\": NaN}' is not a JSON object: NaN"),
        (
            ["event", "e", "--visitor", "v", "--meta", '{"a": {"b": 1, "b": 2}}'],
            '--meta \'{"a": {"b": 1, "b": 2}}\' is',
        ),
        (["event", "e", "--visitor", "v", "--meta", "a=1", "--meta", '{"a": 2}'], "--meta has the member 'a' twice"),
        (["event", "e", "--visitor", "v", "--meta", '{"a": ' + "[" * 9_999 + "]" * 9_999 + "}"], "--meta"),
        (["event", "e", "--visitor", "v", "--user-agent", "a", "--meta", "agent=b"], "The user agent is given twice"),
        (["event", "e", "--visitor", "v", "--directory", "x"], "--directory has no effect without --outbox"),
        (["event", "e", "--visitor", "v", "--outbox", "--directory", ""], "--directory is empty"),
        (["event", "e", "--visitor", "v", "--api-key", "a b"], "api_key 'a b' is not a public key"),
        (
            ["event", "e", "--visitor", "v", "--tracking-url", "http://shop.example"],
            "tracking_url 'http://shop.example'",
        ),
    ],
)
def test_wrong_arguments_are_2_and_one_line(command: Command, vendor: Sandbox, arguments: list[str], said: str) -> None:
    """With the name of the option; nothing is announced, sent or stored."""
    ended = command("track", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said}")
    assert ended.err.count("\n") == 1
    assert not vendor.requests


@pytest.mark.parametrize(
    "arguments", [[], ["event"], ["event", "e"], ["event", "e", "--visitor"], ["identity", "--visitor", "v"], ["x"]]
)
def test_missing_arguments_are_2(command: Command, arguments: list[str]) -> None:
    """As for every command."""
    assert command("track", *arguments).code == 2


def test_a_missing_key_is_3(command: Command) -> None:
    """A dry run needs it too, because it is in the body."""
    for options in ((), ("--dry-run",), ("--outbox",)):
        ended = command(*IDENTITY, *options)
        assert (ended.code, ended.out) == (3, "")
        assert ended.err.startswith("error: no public key")


def test_outbox_stores_and_sends_nothing(command: Command, vendor: Sandbox, tmp_path: Path) -> None:
    """The receipt has the ids; the same event is not stored twice."""
    options = ("--outbox", "--directory", tmp_path / "box", "--json")
    stored, again = lines(command(*EVENT, *options).out)[0], lines(command(*EVENT, *options).out)[0]
    (identity,) = lines(command(*IDENTITY, *options).out)
    assert not vendor.requests
    assert (stored["result"], again["result"], identity["result"]) == ("stored", "duplicate", "stored")
    assert {*stored} == {*identity}
    waiting = lines(command("outbox", "list", "--json", "--directory", tmp_path / "box").out)
    assert [each["id"] for each in waiting] == ["order-1", identity["transaction_id"]]
    said = command(*EVENT, *options[:-1])
    assert said.out.startswith("Not stored: an event with the transaction id order-1 waits in ")
    assert command("outbox", "drain", "--directory", tmp_path / "box").code == 0
    assert [request.path for request in vendor.requests] == ["/events", "/identities", "/identities"]


def test_an_outbox_that_can_not_be_written_is_1(command: Command, vendor: Sandbox, tmp_path: Path) -> None:
    """A file is in the place of the directory."""
    (tmp_path / "file").write_text("x")
    ended = command(*EVENT, "--outbox", "--directory", tmp_path / "file")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1
