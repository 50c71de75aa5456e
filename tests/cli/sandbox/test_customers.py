"""`pyttributionio sandbox customers`."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from pyttributionio import Client, cli
from pyttributionio.sandbox import Sandbox

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; return its exit code, output and errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pyttributionio", "sandbox", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The file of a sandbox with three customers, and one in another account."""
    path = tmp_path / "sandbox.db"
    with Sandbox(database=path) as sandbox:
        sandbox.add_account("K2", "S2")
        ids = [("SANDBOX_KEY", "Zoë 🧦"), ("SANDBOX_KEY", "ada"), ("SANDBOX_KEY", "b\x1b[2Jb"), ("K2", "eve")]
        for key, client_id in ids:
            with Client(key, tracking_url=sandbox.tracking_url) as client:
                client.tracking.identity(client_id, visitor_id=f"v-{client_id[0]}")
    return path


@pytest.mark.parametrize("running", [True, False], ids=["address", "file"])
def test_customers_are_printed(run: Run, database: Path, running: bool) -> None:
    """Of a running sandbox or of its file: one on each line, without control characters, or as JSON."""
    with Sandbox(database=database) as sandbox:
        sandbox.add_account("K2", "S2")
        place = [sandbox.tracking_url] if running else ["--db", str(database)]
        assert run("customers", *place) == (0, "Zoë 🧦\nada\nb\\x1b[2Jb\n", "")
        assert run("customers", *place, "--search", "V-A") == (0, "ada\n", "")
        assert run("customers", *place, "--api-key", "K2") == (0, "eve\n", "")
        code, out, _ = run("customers", *place, "--json")
        found = [json.loads(line) for line in out.splitlines()]
        assert (code, found) == (0, [{"client_id": name} for name in ("Zoë 🧦", "ada", "b\x1b[2Jb")])


def test_terminal_that_is_not_unicode(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other characters are escaped."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert run("customers", "--db", str(database))[0] == 0
    sys.stdout.flush()
    assert written.getvalue().splitlines()[0] == rb"Zo\xeb \U0001f9e6"


def test_wrong_arguments_are_one_line(run: Run, tmp_path: Path, sandbox: Sandbox) -> None:
    """Each says what is expected, and no file is created."""
    missing, notes = tmp_path / "missing.db", tmp_path / "notes.txt"
    notes.write_text("no database" * 200)
    url = sandbox.tracking_url
    for arguments, expected, said in (
        ([], 2, "name either the address of a running sandbox, such as http://127.0.0.1:8000, or its file with --db"),
        ([url, "--db", str(notes)], 2, "name either the address of a running sandbox"),
        (["--db", str(missing)], 4, f"there is no file {missing}: give the one that"),
        (["--db", str(notes)], 1, f"cannot use {notes}: file is not a database"),
        (["127.0.0.1:8000"], 2, "127.0.0.1:8000 is not the address of a sandbox: expected one such as http://"),
        (["http://127.0.0.1:9"], 5, "no sandbox answers at http://127.0.0.1:9: "),
        ([url, "--api-key", "K3"], 4, f"the sandbox at {url} answered 404: "),
    ):
        code, out, err = run("customers", *arguments)
        assert (code, out) == (expected, "")
        assert err.startswith(f"error: {said}")
        assert err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_option_before_the_command_is_refused(run: Run) -> None:
    """It would configure a sandbox that is not started."""
    for option, value in (("--db", "x.db"), ("--event-key", "e")):
        said = f"error: {option} before `customers` has no effect: write the options after it\n"
        assert run(option, value, "customers") == (2, "", said)


def test_proxies_of_the_environment_are_not_used(run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """They cannot reach this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert run("customers", sandbox.tracking_url) == (0, "", "")
