"""Measure: `scripts/bench SUITE`. Figures are for people; no test depends on how fast a machine is."""

import importlib
import subprocess
import sys
from typing import NamedTuple

from tasks.environment import ROOT, make, run_module


class Suite(NamedTuple):
    """One suite of measurements."""

    module: str
    measures: str
    is_installed: bool = True
    """Whether it runs in .venv, with this package; otherwise it makes the environments that it needs."""
    group: str = "demo"
    """The dependency group that it needs in .venv."""


SUITES = {
    "calls": Suite("benchmarks.calls.suite", "what a call costs, compared with plain httpx and other SDKs", False),
    "sandbox": Suite("benchmarks.sandbox.suite", "how fast the sandbox accepts, answers, starts and seeds"),
    "outbox": Suite(
        "benchmarks.outbox.suite", "what the outbox loses, repeats and costs while everything around it fails"
    ),
    "drift": Suite("benchmarks.drift", "what `on_drift` costs for a large answer"),
    "web": Suite("benchmarks.web", "what the middlewares for web frameworks cost"),
    "plugin": Suite("benchmarks.plugin", "what the pytest plugin costs a project that does not use it", group="test"),
}


def usage() -> str:
    """Return the list of the suites."""
    lines = [f"  {name:<8} {suite.measures}" for name, suite in SUITES.items()]
    return "\n".join(
        ["usage: scripts/bench SUITE [options]", "", *lines, "", "scripts/bench SUITE --help names a suite's options."]
    )


def main(arguments: list[str]) -> int:
    """Run the suite that the arguments name, and return its exit code."""
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name not in SUITES:
        print(f"there is no suite {name!r}\n\n{usage()}", file=sys.stderr)
        return 2
    suite = SUITES[name]
    if suite.is_installed:
        python = make(sys.executable, ROOT / ".venv", suite.group, "flask,outbox,sandbox")
        return run_module(python, suite.module, rest)
    sys.argv = [f"scripts/bench {name}", *rest]
    code: int = importlib.import_module(suite.module).main()
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)
