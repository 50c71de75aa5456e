"""Commands at a terminal, in a pipe that closes, and at Ctrl-C."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from support.faults import FaultServer, Hang, answer

from ._command import COMMAND, ENVIRONMENT

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(os.name == "nt", reason="it needs a POSIX terminal"),
]
SCRIPT = """
import fcntl, os, pty, struct, subprocess, sys, termios
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
done = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave)
os.close(slave)
try:
    while part := os.read(master, 65536):
        sys.stdout.buffer.write(part)
except OSError:
    pass
sys.exit(done.wait())
"""
"""Run a command at a terminal of some columns, and repeat what it shows."""
WITH_CTRL_C = """
import signal, sys
from pyttributionio.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""
"""The command where Ctrl-C works: a shell that starts a process in the background lets it ignore Ctrl-C."""
NOTE = "Dry run: nothing is sent. Without --dry-run, this is sent:\n"
VARIABLES = {name: value for name, value in ENVIRONMENT.items() if name not in {"FORCE_COLOR", "COLUMNS"}}


@pytest.fixture
def environment(sandbox: Sandbox, client: Client, tmp_path: Path) -> dict[str, str]:
    """The variables for a sandbox with the customer `ada`."""
    sandbox.add_pageview("v", "https://shop.example/?utm_source=news&utm_medium=email")
    client.tracking.event("ev_signup", visitor_id="v", client_id="ada", transaction_id="t-1")
    return {
        **VARIABLES,
        "PYTTRIBUTIONIO_API_KEY": sandbox.api_key,
        "PYTTRIBUTIONIO_API_SECRET": sandbox.api_secret,
        "PYTTRIBUTIONIO_BASE_URL": sandbox.base_url,
        "PYTTRIBUTIONIO_TRACKING_URL": sandbox.tracking_url,
        "XDG_CONFIG_HOME": str(tmp_path),
        "TERM": "xterm-256color",
    }


def at_terminal(*arguments: str, columns: int, environment: dict[str, str]) -> str:
    """Return what a command shows at a terminal."""
    command = [sys.executable, "-c", SCRIPT, str(columns), *COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=50)
    shown = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b""), shown
    return shown.replace("\r\n", "\n")


def test_a_narrow_terminal_gets_lists(environment: dict[str, str]) -> None:
    """In 20 columns each row is a few lines, and no value is cut; in 200 it is a table."""
    arguments = ("customers", "get", "ada", "--include", "touchpoints", "--include", "events")
    narrow = at_terminal(*arguments, columns=20, environment=environment)
    assert "\nchannel: email\n" in narrow
    assert "\ntransaction_id: t-1\n" in narrow
    wide = at_terminal(*arguments, columns=200, environment=environment)
    assert "channel: email" not in wide
    assert "transaction_id" in wide


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_a_terminal_without_colours_gets_no_escape_sequence(
    environment: dict[str, str], variables: dict[str, str]
) -> None:
    """Not even bold; another one does."""
    commands = [("customers", "get", "ada", "--include", "events"), ("--help",), ("track", "event", "--help")]
    for arguments in commands:
        assert "\x1b" not in at_terminal(*arguments, columns=80, environment={**environment, **variables})
    assert "\x1b[" in at_terminal("--help", columns=80, environment=environment)


def test_a_dry_run_does_not_control_the_terminal(environment: dict[str, str]) -> None:
    """The JSON has escapes for what a terminal would obey, and means the same."""
    arguments = ("track", "event", "e", "--visitor", "v", "--url", "\u009b2J\u202e", "--dry-run")
    shown = at_terminal(*arguments, columns=80, environment=environment)
    assert r'"url":"\u009b2J\u202e"' in shown.replace("\n", "")
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    "arguments",
    [("customers", "get", "-"), ("completion", "bash"), ("track", "event", "e", "--visitor", "v", "--dry-run")],
)
def test_a_reader_that_leaves_ends_a_command_silently(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    """Such as `head`."""
    line = f"yes ada | head -200 | {shlex.join([*COMMAND, *arguments])} 2>&1 >/dev/full | grep -v '^Dry run'; "
    line += f"yes ada | head -200 | {shlex.join([*COMMAND, *arguments])} | true"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment, check=False, timeout=50)
    assert done.stderr.removeprefix(NOTE) == ""
    assert done.stdout == "error: the output can't be written: No space left on device\n"


@pytest.mark.parametrize(
    "arguments",
    [("customers", "get", "ada"), ("customers", "get", "-"), ("track", "event", "e", "--visitor", "v")],
    ids=["one", "many", "track"],
)
def test_ctrl_c_ends_a_command_with_130(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    """Without a traceback, while the server is silent."""
    with FaultServer(Hang()) as server:
        urls = {"PYTTRIBUTIONIO_BASE_URL": f"{server.url}/api/v1", "PYTTRIBUTIONIO_TRACKING_URL": server.url}
        process = subprocess.Popen(
            [sys.executable, "-c", WITH_CTRL_C, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, **urls},
        )
        with process:
            assert process.stdin is not None
            process.stdin.write(b"ada\n")
            process.stdin.flush()
            server.wait_for(requests=1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert err == b"" or err.startswith(b"Sending the event")


def test_output_in_another_encoding(environment: dict[str, str]) -> None:
    """Characters that it does not have are escaped; a dry run's bodies are bytes, whatever the encoding is."""
    with FaultServer(answer('{"customer": {"client_id": "ü😀"}}')) as server:
        line = [*COMMAND, "customers", "get", "a", "--base-url", f"{server.url}/api/v1"]
        done = subprocess.run(line, capture_output=True, env={**environment, "PYTHONIOENCODING": "ascii"}, check=True)
    assert done.stdout == b"client_id: \\xfc\\U0001f600\n"
    line = [*COMMAND, "track", "event", "e", "--visitor", "ü😀", "--dry-run"]
    done = subprocess.run(line, capture_output=True, env={**environment, "PYTHONIOENCODING": "cp1252"}, check=True)
    assert '"aliases":["ü😀"]'.encode() in done.stdout
