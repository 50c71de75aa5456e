"""Steps of `scripts/check` and `scripts/test`: commands that run one after the other, and one closing line."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tasks.environment import ROOT


class Step(NamedTuple):
    """One thing that must hold."""

    name: str
    holds: Callable[[], bool]


def run(*command: str, **variables: str) -> bool:
    """Run a command in the project's folder; return whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode == 0


def module(*arguments: str) -> Callable[[], bool]:
    """Return what runs a module of this environment, and returns whether it succeeded."""
    return lambda: run(sys.executable, "-m", *arguments)


def run_steps(steps: Sequence[Step]) -> int:
    """Run all steps, print the result of each, and return the exit code."""
    failed: list[str] = []
    for number, step in enumerate(steps, 1):
        print(f"\n=== {number}/{len(steps)} {step.name}", flush=True)
        started = time.monotonic()
        holds = step.holds()
        if not holds:
            failed.append(step.name)
        print(f"--- {step.name}: {'ok' if holds else 'FAILED'} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"\n{len(steps) - len(failed)} passed, {len(failed)} failed")
    print(f"FAILED: {', '.join(failed)}" if failed else "Everything holds.")
    return 1 if failed else 0
