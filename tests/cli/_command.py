"""The command in processes of its own, with a terminal or without one."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

Process = subprocess.Popen[str]
COMMAND = [sys.executable, "-W", "error", "-m", "pyttributionio"]
# Fixed buffering and width instead of the machine's; FORCE_COLOR asks for colours, which only a terminal may get (and
# Python's own tracebacks have none).
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in {"PYTHONUNBUFFERED", "COLUMNS", "NO_COLOR"}}
ENVIRONMENT |= {"FORCE_COLOR": "1", "PYTHON_COLORS": "0", "PYTHONIOENCODING": "utf-8"}
PATIENT_SHOP = (
    sys.executable,
    "-W",
    "error",
    "-c",
    "from pyttributionio.shop import _tracking; from pyttributionio.cli import main\n_tracking.PATIENCE = 30.0; main()",
)
"""The command with a shop that waits for slow calls, on a busy machine."""
LAST = "</script>"
"""The end of the greeting's last line."""


@contextmanager
def running(
    *arguments: str, command: Sequence[str] = COMMAND, **variables: str
) -> Generator[tuple[Process, list[str]], None, None]:
    """Start the sandbox, and wait for its greeting; yield the process, and the lines of the greeting."""
    pipe, environment = subprocess.PIPE, ENVIRONMENT | variables
    with Process([*command, "sandbox", *arguments], stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        assert process.stdout is not None
        greeting: list[str] = []
        try:
            while line := process.stdout.readline():
                greeting.append(line.rstrip("\n"))
                if line.startswith("{") or greeting[-1].endswith(LAST):
                    break
            yield process, greeting
        finally:
            process.kill()


def settings(greeting: list[str]) -> dict[str, str]:
    """Return the environment variables in the greeting."""
    lines = [line.removeprefix("export ") for line in greeting if line.startswith("export ")]
    return dict(line.split("=", 1) for line in lines)


def end(process: Process, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
    """Send a signal; return the exit code, and the further output."""
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def ended_at_once(*arguments: str, code: str | None = None) -> tuple[int, str, str]:
    """Run the command, or code that calls it, to its end; return its exit code, output and errors."""
    command = COMMAND if code is None else [sys.executable, "-W", "error", "-c", code]
    ended = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=30, env=ENVIRONMENT
    )
    return ended.returncode, ended.stdout, ended.stderr
