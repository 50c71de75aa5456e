"""Run the checks and the tests, print what runs, and end with one line.

Without options: what is quick, on this Python. With --all: everything, also with the oldest Python found and the
lowest versions that pyproject.toml allows, the wheel, the published wrapper 0.5, and four type checkers.
"""

import argparse
import sys
from collections.abc import Sequence

from tasks import check, chromium
from tasks.environment import ROOT
from tasks.lowest import tests_with_lowest_versions
from tasks.package import package
from tasks.steps import Step, module, run, run_steps

SLOW = ("processes", "browser", "editors", "benchmark")
"""The markers of tests that `scripts/test` leaves to `scripts/test --all`."""
PARALLEL = ("-n", "auto", "--dist", "worksteal")
QUICK = ("-m", f"not ({' or '.join(SLOW)})")


def tests(*options: str) -> Step:
    """Return the tests on this Python."""
    return Step("tests", module("pytest", "-q", *PARALLEL, *options))


def tests_with_coverage(*options: str) -> Step:
    """Return the tests, and a list of the branches that none of them reached: each is a question to answer."""

    def measured() -> bool:
        for old in ROOT.glob(".coverage*"):
            old.unlink()
        coverage = (sys.executable, "-m", "coverage")
        passed = run(*coverage, "run", "-m", "pytest", "-q", *options)  # in one process, which is the one measured
        return run(*coverage, "combine", "--quiet") and run(*coverage, "report", "--skip-covered", "-m") and passed

    return Step("tests", measured)


def all_tests(run_tests: Step) -> Sequence[Step]:
    """Return every step that is not a check of files."""
    return (
        run_tests,
        Step("sdist and wheel", package),
        Step("the sandbox serves the published wrapper", module("tasks.old_wrapper")),
        check.type_proof(every_checker=True),
        Step("tests, oldest Python and lowest versions", lambda: tests_with_lowest_versions(*PARALLEL)),
    )


def steps_of(only: str | None, *, everything: bool, coverage: bool) -> Sequence[Step]:
    """Return the steps asked for."""
    run_tests = (tests_with_coverage if coverage else tests)(*(() if everything else QUICK))
    if only == "check":
        return check.checks()
    if everything:
        chromium.provide()
        steps = all_tests(run_tests)
    else:
        steps = (run_tests,)
    return steps if only == "tests" else (*check.checks(), *steps)


def main() -> int:
    """Run the steps asked for."""
    parser = argparse.ArgumentParser(
        prog="scripts/test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="run everything that must pass before a release")
    parser.add_argument("--only", choices=("check", "tests"), help="run a part")
    parser.add_argument("--fix", action="store_true", help="format, and fix what the linter can fix, before checking")
    parser.add_argument("--coverage", action="store_true", help="list the branches that no test reached")
    arguments = parser.parse_args()
    if arguments.fix:
        check.fix()
    return run_steps(steps_of(arguments.only, everything=arguments.all, coverage=arguments.coverage))


if __name__ == "__main__":
    sys.exit(main())
