"""The command in this process: its exit code and its output."""

import io
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pyttributionio import cli


class Ended(NamedTuple):
    """The end of a command."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stdin that is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


class Command:
    """Run commands in this process, with a home of its own and without the machine's variables."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, stdin: str | io.StringIO = "") -> Ended:
        """Run one, and return its end. Its stdin is no terminal, unless it is given as one."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["pyttributionio", *arguments])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin)
        try:
            code: object = cli.main()
        except SystemExit as end:
            code = end.code or 0
        out, err = self._capsys.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in err
        return Ended(int(code), out, err)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Return a function that runs a command in this process. Its profiles are in the test's folder."""
    for name in [*os.environ]:
        if name.startswith(("PYTTRIBUTIONIO_", "SSL_CERT_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))
    return Command(monkeypatch, capsys)
