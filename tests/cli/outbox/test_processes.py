"""The outbox's commands next to running processes, at a terminal, and in processes of their own."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from outbox._helpers import OK, start, wait_until
from support.faults import FaultServer

from .._command import COMMAND, ENVIRONMENT, ended_at_once
from ..test_main import WITHOUT
from ._running import LATER, REFUSED, accept, left_behind, lines, opened, ran, said

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

pytestmark = pytest.mark.processes
HOLDS = """
outbox = Outbox(client, directory, drain_on_exit=0)
accept(outbox, "sent", "bad", "waits-1", "waits-2")
signal.pause()
"""


@contextmanager
def holding(folder: Path, url: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a process that owns a shard in `outbox`, with four events in it; kill it at the end."""
    with start(folder, url, HOLDS) as program:
        try:
            assert program.stdout is not None
            assert [program.stdout.readline() for _ in range(4)] == ["sent\n", "bad\n", "waits-1\n", "waits-2\n"]
            yield program
        finally:
            program.kill()


def test_running_process_keeps_its_lock(tmp_path: Path) -> None:
    """Reading works, the process makes changes on request, and its shard is drained only after its end."""
    with FaultServer(OK, REFUSED, LATER) as server, holding(tmp_path, server.url) as program:
        at = ("--directory", tmp_path / "outbox")
        patient = ("--patience", 20, *at)
        wait_until(lambda: [line["state"] for line in lines("list", *at)] == ["waiting", "waiting", "dead"])
        for _ in range(2):
            assert [line.get("holder") for line in lines("status", *at)] == [program.pid, None]
        assert lines("show", "bad", *at)[0]["answer"] == "no such key"
        assert said(ran("retry", "bad", *patient)) == (0, "Queued again: 1 dead letter.\n", "")
        assert [line["id"] for line in lines("list", *at)] == ["waits-1", "waits-2", "bad"]
        assert said(ran("drop", "waits-2", "--yes", *patient)) == (0, "Dropped: 1 entry.\n", "")
        assert [line["id"] for line in lines("list", *at)] == ["waits-1", "bad"]
        (looked,) = lines("salvage", *patient)
        assert (looked["by_its_process"], looked["answered"]) == (True, True)
        drained = lines("drain", "--api-key", "KEY", "--tracking-url", server.url, *at)
        assert [(line["waiting"], line["held"]) for line in drained] == [(0, 2)]
        assert [line["id"] for line in lines("list", *at)] == ["waits-1", "bad"]
        shards = [line for line in lines("status", *at) if line["type"] == "shard"]
        assert {line["holder"] for line in shards if line["waiting"]} == {program.pid}
        assert program.poll() is None
    drained = lines("drain", "--timeout", 0, "--api-key", "KEY", "--tracking-url", server.url, *at, code=1)
    assert [(line["waiting"], line["held"]) for line in drained] == [(2, 0)]


@contextmanager
def at_terminal(
    *arguments: str, stdout: int | None = subprocess.PIPE
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Start a command with a terminal for stdin and stderr; yield the process, and the other end of the terminal."""
    master, slave = pty.openpty()
    environment = ENVIRONMENT | {"TERM": "xterm-256color", "COLUMNS": "80"}
    command = [*COMMAND, "outbox", *arguments]
    with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=slave, env=environment) as process:
        os.close(slave)
        try:
            yield process, master
        finally:
            process.kill()
            os.close(master)


def read_until(master: int, text: bytes | None = None) -> bytes:
    """Return the output on a terminal, up to a text, or until no process has it open."""
    shown = b""
    while text is None or text not in shown:
        try:
            part = os.read(master, 4096)
        except OSError:  # Linux; others just end
            part = b""
        if not part:
            break
        shown += part
    assert text is None or text in shown, shown
    return shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_drain_and_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """With the shells' exit code for that; the remaining entries are counted, and the bar was shown before."""
    with left_behind(tmp_path) as (server, account):
        options = ("--api-key", "KEY", "--tracking-url", server.url, "--directory", str(tmp_path))
        with at_terminal("drain", "--timeout", "inf", *options) as (process, master):
            shown = read_until(master, b"The outbox can't deliver (status 503)")
            process.send_signal(number)
            # Read to the end: a command that writes to a full terminal waits.
            shown += read_until(master)
            assert process.stdout is not None
            out = process.stdout.read()
            assert process.wait(30) == 130
        assert b"Delivering" in shown
        assert out.startswith(f"Remaining in {account}: 2 waiting entries.\n".encode())
        assert [line["id"] for line in lines("list", "--waiting", "--directory", tmp_path)] == ["waits-1", "waits-2"]


def test_reader_that_closes_the_output_causes_no_message(tmp_path: Path) -> None:
    """As with `list --json | head -1`."""
    outbox = opened("http://127.0.0.1:9", tmp_path, manual=True)
    accept(outbox, *map("t-{}".format, range(600)))  # more than a pipe holds
    command = [*COMMAND, "outbox", "list", "--json", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b'"t-0"' in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 1
    outbox.close()


def test_without_its_extra_the_command_prints_how_to_install_it() -> None:
    """Like the other commands, which need nothing of the outbox."""
    code, out, err = ended_at_once("outbox", "status", code=WITHOUT.format(missing="rich"))
    assert (code, out) == (1, "")
    assert err.startswith("error: the command line needs typer and rich: pip install 'pyttributionio[cli]'")
    assert ended_at_once("--version", code=WITHOUT.format(missing="sqlite3"))[0] == 0
