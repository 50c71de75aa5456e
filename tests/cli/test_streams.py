"""Every command prints to every stream: one of another encoding, a closed one, and one that can't be written."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pyttributionio import Client
from pyttributionio.cli.streams import run
from pyttributionio.outbox import Outbox

from ._command import COMMAND, ENVIRONMENT, Process, end

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(os.name == "nt", reason="the streams are redirected by a POSIX shell"),
]

VISITOR = "visitor \U0001f600 \u00e9"
COMMANDS = [
    ["outbox", "list"],
    ["outbox", "list", "--json"],
    ["outbox", "status"],
    ["outbox", "show", "dead"],
    ["outbox", "retry", "unknown \U0001f600"],
    ["outbox", "drop", "--all-dead"],
    ["outbox", "--help"],
    ["--version"],
]
CODES = {"unknown \U0001f600": 4, "--all-dead": 2}
"""The exit codes of the commands that end with these words; the others succeed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leave an outbox with texts that few encodings have, in its name too."""
    at = tmp_path_factory.mktemp("out") / "box \U0001f600"
    transport = httpx.MockTransport(lambda _: httpx.Response(422, text="no \U0001f600\n\u202e\x1b[2J"))
    with Outbox(Client("KEY", http_client=transport), at, manual=True) as outbox:
        outbox.event("ev", visitor_id=VISITOR, transaction_id="dead-1")
        outbox.pump()
        outbox.event("ev \u00e9", visitor_id=VISITOR, transaction_id="waits-1")
    return at


def shell(
    folder: Path, command: list[str], redirection: str = "", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a shell with a redirection."""
    line = f"{shlex.join([*COMMAND, *command])} {redirection}"
    environment = {**ENVIRONMENT, "PYTTRIBUTIONIO_OUTBOX_DIRECTORY": str(folder), **variables}
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, env=environment, check=False, timeout=60, stdin=subprocess.DEVNULL
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception ignored" not in done.stderr, done.stderr.decode()
    return done


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1:strict", "utf-16"])
def test_characters_that_an_encoding_does_not_have_are_escaped(folder: Path, encoding: str) -> None:
    """As control characters are; the rest of the line stays."""
    for command in COMMANDS:
        done = shell(folder, command, PYTHONIOENCODING=encoding)
        assert done.returncode == CODES.get(command[-1], 0), done.stderr
        name = encoding.partition(":")[0]
        shown = done.stdout.decode(name) + done.stderr.decode(name)
        assert len(shown) > 10
        if command[1:] in (["list"], ["show", "dead"]):
            assert ("\\U0001f600" in shown) == (encoding != "utf-16")
            assert ("\\xe9" in shown) == (encoding == "ascii")
            assert "visitor " in shown
            assert "\x1b" not in shown


def test_a_locale_without_utf_8_is_no_reason_to_fail(folder: Path) -> None:
    """As in a container without a locale, if UTF-8 is not forced."""
    variables = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    assert b"waits-1" in shell(folder, ["outbox", "list"], **variables).stdout


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_reason_to_fail(folder: Path, redirection: str) -> None:
    """A command does its work: a service manager may start it without streams."""
    for command in COMMANDS:
        done = shell(folder, command, redirection)
        assert done.returncode == CODES.get(command[-1], 0), done.stderr
    listed = shell(folder, ["outbox", "list", "--json"]).stdout
    assert listed.count(b"\n") == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has such a device")
def test_output_that_cannot_be_written_is_an_error_in_one_line(folder: Path) -> None:
    """A full disk; the exit code says it as well."""
    for command in COMMANDS:
        done = shell(folder, command, ">/dev/full")
        assert done.returncode == (2 if command[-1] == "--all-dead" else 1)  # it has no output but the refusal
        assert done.stderr.decode().startswith("error: ")
        assert done.stderr.count(b"\n") == 1
        shell(folder, command, "2>/dev/full")


def test_a_reader_that_leaves_is_no_error_message(folder: Path) -> None:
    """Such as `head`."""
    for command in COMMANDS[:4]:
        assert shell(folder, command, "| true").stderr == b""


def test_the_sandbox_serves_without_streams() -> None:
    """It prints its address to nobody, and a signal ends it as usual."""
    code = (
        "import os, sys; [os.close(number) for number in range(3)]; "
        "os.execv(sys.executable, [sys.executable, '-m', 'pyttributionio', 'sandbox'])"
    )
    with Process([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        assert end(process) == (0, "", "")


def test_other_errors_of_the_system_are_not_taken_for_one_of_the_output() -> None:
    """They are mistakes in the program, and must be visible."""

    def fail() -> None:
        raise FileNotFoundError(2, "no such file", "x")

    with pytest.raises(FileNotFoundError):
        run(fail)
