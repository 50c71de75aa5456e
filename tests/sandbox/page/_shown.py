"""Run the calls that the page shows, as who pastes them would."""

import shutil
import subprocess

import pytest

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


def run_shell(command: str, secret: str = "SANDBOX_SECRET") -> None:
    """Run a command as a POSIX shell does, with the secret in its environment and no proxy."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "PYTTRIBUTIONIO_API_SECRET": secret}
    ended = subprocess.run(
        ["sh", "-eu"], input=command.encode(), env=environment, capture_output=True, check=False, timeout=30
    )
    assert (ended.returncode, ended.stderr) == (0, b""), command


def run_python(program: str, monkeypatch: pytest.MonkeyPatch, secret: str = "SANDBOX_SECRET") -> None:
    """Run a program as a user would paste it, with the secret in the environment."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", secret)
    exec(compile(program, "shown", "exec"), {})
