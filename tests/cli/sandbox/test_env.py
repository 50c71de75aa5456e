"""`pyttributionio sandbox env`: the variables, as each shell reads them."""

import json
import os
import shutil
import subprocess

import pytest

from cli.conftest import Command
from pyttributionio.sandbox import Sandbox
from support.faults import FaultServer, answer

SHOWN = '"$PYTTRIBUTIONIO_API_KEY|$PYTTRIBUTIONIO_API_SECRET|$PYTTRIBUTIONIO_BASE_URL|$PYTTRIBUTIONIO_TRACKING_URL"'


@pytest.mark.processes
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_reads_its_variables(command: Command, shell: str) -> None:
    """A key with signs that shells read, too."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here: its variables were not read")
    with Sandbox(api_key="k$HOME'`x`!*") as sandbox:
        ended = command("sandbox", "env", sandbox.tracking_url, "--shell", shell)
        expected = f"{sandbox.api_key}|SANDBOX_SECRET|{sandbox.base_url}|{sandbox.tracking_url}\n"
    assert (ended.code, ended.err) == (0, "")
    done = subprocess.run(
        [shell, "-c", f"{ended.out}\nsh -c 'printf \"%s\\n\" {SHOWN}'"], capture_output=True, text=True, check=True
    )
    assert done.stdout == expected


def test_powershell_gets_its_own_quotes(command: Command) -> None:
    """A single quote is doubled."""
    with Sandbox(api_key="k'$x") as sandbox:
        out = command("sandbox", "env", sandbox.tracking_url, "--shell", "powershell").out
    assert out.startswith("$env:PYTTRIBUTIONIO_API_KEY = 'k''$x'\n")


@pytest.mark.skipif(os.name == "nt", reason="PowerShell is the usual shell there")
@pytest.mark.parametrize(("shell", "start"), [("/bin/zsh", "export "), ("/usr/bin/fish", "set -gx "), ("", "export ")])
def test_the_shell_of_the_user_is_the_default(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, shell: str, start: str
) -> None:
    """By its name in $SHELL."""
    monkeypatch.setenv("SHELL", shell)
    assert command("sandbox", "env", sandbox.tracking_url).out.startswith(start)


def test_another_account_and_its_secret(command: Command, sandbox: Sandbox) -> None:
    """A secret of its own is not told; a line on stderr asks for it."""
    sandbox.add_account("OTHER", "hush-hush")
    ended = command("sandbox", "env", sandbox.tracking_url, "--api-key", "OTHER", "--json")
    assert ended.code == 0
    assert {*json.loads(ended.out)} == {f"PYTTRIBUTIONIO_{name}" for name in ("API_KEY", "BASE_URL", "TRACKING_URL")}
    assert "set PYTTRIBUTIONIO_API_SECRET" in ended.err
    assert "hush" not in ended.out + ended.err
    assert command("sandbox", "env", sandbox.tracking_url, "--api-key", "THIRD").code == 4


def test_what_is_no_sandbox_is_one_line(command: Command) -> None:
    """Another server, none, and what is no address; nothing is on stdout, which a shell reads."""
    with FaultServer(answer("{}"), answer("<html>\x1b[2J")) as server:
        for url, code in (
            *((server.url, 1), (server.url, 5), ("http://127.0.0.1:9", 5), ("https://127.0.0.1:9", 2)),
            *(("127.0.0.1:9", 2), ("http://127.0.0.1:x", 2), ("http://a@127.0.0.1", 2), ("", 2), ("http://[", 2)),
        ):
            ended = command("sandbox", "env", url)
            assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1), url
            assert "\x1b" not in ended.err
