"""The command in this process, without the settings of the developer who runs the tests."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from pyttributionio import cli
from pyttributionio.sandbox import Sandbox


class Ended(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


Command: TypeAlias = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _no_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the profiles of the user who runs the tests."""
    folder = str(tmp_path_factory.mktemp("config"))
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, folder)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command with real streams of bytes; return its exit code, output and errors."""

    def call(*arguments: object, stdin: bytes = b"") -> Ended:
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["pyttributionio", *map(str, arguments)])
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            patched.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8"))
            patched.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8"))
            try:
                code = cli.main()
            except SystemExit as ended:
                code = int(ended.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            # Before the streams are garbage, which closes the bytes below them.
            return Ended(code, out.getvalue().decode(), err.getvalue().decode())

    return call


@pytest.fixture
def vendor(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    """Point the commands at a sandbox, with an outbox of their own."""
    for name, value in {
        "API_KEY": sandbox.api_key,
        "API_SECRET": sandbox.api_secret,
        "BASE_URL": sandbox.base_url,
        "TRACKING_URL": sandbox.tracking_url,
        "OUTBOX_DIRECTORY": str(tmp_path / "outbox"),
    }.items():
        monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", value)
    return sandbox
