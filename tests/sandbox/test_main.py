"""`python -m pyttributionio.sandbox`, in processes of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import event, identity, new_client

Process = subprocess.Popen[str]
# Its own buffering, not that of a machine where PYTHONUNBUFFERED is set.
COMMAND = [sys.executable, "-W", "error", "-m", "pyttributionio.sandbox"]
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}


@contextmanager
def running(*arguments: str) -> Generator[tuple[Process, list[str]], None, None]:
    """Start the command, and wait until it has greeted."""
    pipe = subprocess.PIPE
    command = [*COMMAND, *arguments]
    with Process(command, stdout=pipe, stderr=pipe, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        try:
            yield process, [process.stdout.readline().rstrip("\n") for _ in range(6)]
        finally:
            process.kill()


def settings(greeting: list[str]) -> dict[str, str]:
    """Read the environment variables out of the greeting."""
    lines = [line.removeprefix("export ") for line in greeting if line.startswith("export ")]
    return dict(line.split("=", 1) for line in lines)


def end(process: Process, number: signal.Signals) -> tuple[int, str]:
    """Send a signal; return the exit code and what was still printed."""
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out + err


def ended_at_once(*arguments: str) -> tuple[int, str, str]:
    """Run the command where it cannot serve; return its exit code, output and errors."""
    command = [*COMMAND, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return ended.returncode, ended.stdout, ended.stderr


def test_serves_until_a_signal_and_keeps_the_data_between_runs(tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM both end it with exit code 0 and not a word."""
    arguments = ("--db", str(tmp_path / "sandbox.db"))
    with running(*arguments) as (process, greeting), new_client() as http:
        env = settings(greeting)
        tracking = env["PYTTRIBUTIONIO_TRACKING_URL"]
        assert greeting[0] == f"Sandbox of Attribution.io at {tracking} (Ctrl-C ends it)"
        assert env["PYTTRIBUTIONIO_API_KEY"] == "SANDBOX_KEY"
        assert env["PYTTRIBUTIONIO_API_SECRET"] == "SANDBOX_SECRET"
        assert env["PYTTRIBUTIONIO_BASE_URL"] == tracking + "/api/v1"
        assert http.post(tracking + "/identities", json={"identity": identity()}).is_success
        assert http.post(tracking + "/events", json={"event": event()}).is_success
        assert end(process, signal.SIGINT) == (0, "")
    with running(*arguments) as (process, greeting), new_client() as http:
        url = settings(greeting)["PYTTRIBUTIONIO_BASE_URL"] + "/SANDBOX_KEY/customers/customer-42"
        query = {"secret": "SANDBOX_SECRET", "show_events": "true"}
        customer = http.get(url, params=query).json()["customer"]
        assert [e["transaction_id"] for e in customer["events"]] == ["t-1"]
        assert end(process, signal.SIGTERM) == (0, "")


def test_given_credentials_are_used_and_the_secret_is_not_printed() -> None:
    """The key is, quoted for a shell."""
    given = ("--api-key", "my key", "--api-secret", "hush-hush")
    with running(*given) as (process, greeting), new_client() as http:
        env = settings(greeting)
        assert env["PYTTRIBUTIONIO_API_KEY"] == "'my key'"
        assert env["PYTTRIBUTIONIO_API_SECRET"] == "'<the secret you gave>'"
        url = env["PYTTRIBUTIONIO_BASE_URL"] + "/my%20key/customers/x"
        assert http.get(url, params={"secret": "hush-hush"}).status_code == 404
        code, rest = end(process, signal.SIGINT)
    assert code == 0
    assert "hush-hush" not in "\n".join(greeting) + rest


def test_port_in_use_is_one_line_and_exit_code_1(sandbox: Sandbox) -> None:
    """No traceback."""
    port = sandbox.tracking_url.rpartition(":")[2]
    message = f"error: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert ended_at_once("--port", port) == (1, "", message)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--db", "{file}"], "error: cannot open {file}: file is not a database\n"),
        (["--port", "70000"], "error: port must be between 0 and 65535, not 70000\n"),
        (["--api-secret", ""], "error: api_secret must be printable text and not empty\n"),
    ],
)
def test_wrong_argument_is_one_line_and_exit_code_1(
    tmp_path: Path,
    arguments: list[str],
    said: str,
) -> None:
    """No traceback."""
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, and a good deal longer than 100 bytes" * 9)
    ended = ended_at_once(*(argument.format(file=file) for argument in arguments))
    assert ended == (1, "", said.format(file=file))
