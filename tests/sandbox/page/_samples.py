"""Run code samples of the page, as a user who pastes them."""

import shutil
import subprocess

import pytest

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


def run_shell(command: str, secret: str = "SANDBOX_SECRET") -> None:
    """Run a command in a POSIX shell, with the secret in its environment and without a proxy."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "PYTTRIBUTIONIO_API_SECRET": secret}
    ended = subprocess.run(
        ["sh", "-eu"], input=command.encode(), env=environment, capture_output=True, check=False, timeout=30
    )
    assert (ended.returncode, ended.stderr) == (0, b""), command


def run_python(program: str, monkeypatch: pytest.MonkeyPatch, secret: str = "SANDBOX_SECRET") -> None:
    """Run a program, with the secret in the environment."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", secret)
    exec(compile(program, "sample", "exec"), {})
