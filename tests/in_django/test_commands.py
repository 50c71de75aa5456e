"""The management commands: those of the command line, with the project's settings."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from pyttributionio import Client
from pyttributionio.outbox import Outbox
from support.faults import FaultServer, answer


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve the vendor, which takes everything."""
    with FaultServer(answer(b"{}")) as running:
        yield running


@pytest.fixture
def options(server: FaultServer, tmp_path: Path) -> dict[str, Any]:
    """Return the options of a project, in whose outbox an event waits."""
    with Client("KEY", tracking_url=server.url) as vendor, Outbox(vendor, tmp_path, manual=True) as outbox:
        outbox.event("ev_purchase", visitor_id="v", transaction_id="order-1", identify=False)
    return {"API_KEY": "KEY", "TRACKING_URL": server.url, "OUTBOX_DIRECTORY": tmp_path}


def called(*arguments: str, options: Any, command: str = "attributionio_outbox") -> tuple[str, str]:
    """Return what a command writes to stdout and to stderr."""
    out, errors = io.StringIO(), io.StringIO()
    with override_settings(ATTRIBUTIONIO=options):
        call_command(command, *arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def test_status_shows_what_waits(options: Any) -> None:
    """For people, and for programs."""
    assert "KEY@http+127.0.0.1" in called("status", options=options)[0]
    line = json.loads(called("status", "--json", options=options)[0].splitlines()[0])
    assert (line["waiting"], line["dead"]) == (1, 0)


def test_drain_delivers_with_the_settings(options: Any, server: FaultServer) -> None:
    """No option has to be repeated on the command line."""
    out, errors = called("drain", "--json", "--timeout", "20", "--in-flight", "2", options=options)
    assert json.loads(out)["waiting"] == 0
    assert errors == ""
    assert [request.target for request in server.requests] == ["/events"]


def test_a_failure_is_an_exit_code(options: Any) -> None:
    """And one line on stderr."""
    with pytest.raises(SystemExit) as ended:
        called("status", options={**options, "OUTBOX_DIRECTORY": "/no/such/directory"})
    assert ended.value.code == 4


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"API_KEYS": 1}, "no option 'API_KEYS'"),
        ({"API_KEY": "a b"}, "api_key"),
        ({"OUTBOX": lambda: Outbox(Client("KEY"), durability="memory")}, "has no folder"),
    ],
)
def test_settings_that_cannot_be_used(options: Any, changes: Any, text: str) -> None:
    """The command says why."""
    with pytest.raises(CommandError, match=text):
        called("status", options={**options, **changes})


@pytest.mark.parametrize("timeout", ["nan", "-1", "soon"])
def test_a_wrong_timeout(options: Any, timeout: str) -> None:
    """A wait for nan would never end."""
    with pytest.raises(CommandError, match="is no number of seconds"):
        called("drain", f"--timeout={timeout}", options=options)


def test_without_the_extra_it_says_how_to_get_it(options: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line needs typer and rich."""
    monkeypatch.setitem(__import__("sys").modules, "typer", None)
    with pytest.raises(CommandError, match=r"pip install 'pyttributionio\[cli\]'"):
        called("status", options=options)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a secret and a server of reads that answers 404, as to an id that cannot exist."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "secret-of-the-project")


def test_doctor_examines_the_settings(
    options: Any, server: FaultServer, environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key, URL and directory are those of the project; the rest comes from the environment."""
    with FaultServer(answer(b"", "404 Not Found")) as reads:
        monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", f"{reads.url}/api/v1")
        text = called(options=options, command="attributionio_doctor")[0]
        lines = called("--json", options=options, command="attributionio_doctor")[0].splitlines()
    assert 'credentials: the public key comes from ATTRIBUTIONIO["API_KEY"]' in text
    assert "accepts the public key and the secret" in text
    assert "secret-of-the-project" not in text + "".join(lines)
    found = [json.loads(line) for line in lines]
    assert not [each for each in found if each["level"] == "error"]
    assert any(each["check"] == "outbox" and "1" in each["message"] for each in found)
    assert [request.target for request in server.requests if request.method == "POST"] == []


def test_doctor_ends_with_the_code_of_the_worst_error(
    options: Any, environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that is refused is 3, as in `pyttributionio doctor`."""
    with FaultServer(answer(b"", "401 Unauthorized")) as reads:
        monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", f"{reads.url}/api/v1")
        with pytest.raises(SystemExit) as ended:
            called(options=options, command="attributionio_doctor")
    assert ended.value.code == 3


def test_doctor_refuses_settings_that_cannot_be_used(options: Any) -> None:
    """The command says why."""
    with pytest.raises(CommandError, match="no option 'API_KEYS'"):
        called(options={**options, "API_KEYS": 1}, command="attributionio_doctor")
