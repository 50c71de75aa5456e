"""Check format, lint, types and generated files.

The types are checked twice: the project's own code by mypy and pyright at their strictest, and the programs in
tests/typing with the wheel installed, as users' type checkers see it: by mypy and pyright, with --all also by ty
and pyrefly.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tasks.environment import ROOT
from tasks.steps import Step, module, run, run_steps
from tasks.type_checkers import CHECKERS
from tasks.type_proof import prove

QUICK_CHECKERS = ("mypy", "pyright")
PLATFORMS = ("win32", "darwin")
"""The platforms that the tests do not run on here; mypy reads src/ for them as well."""


def pyright() -> bool:
    """Run pyright on what pyproject.toml names; it has to see this environment's packages."""
    # The project is named, because a pyrightconfig.json in a folder above would take its place.
    options = ("--project", str(ROOT), "--pythonpath", sys.executable)
    return run(sys.executable, "-m", "pyright", *options, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")


def mypy_for(platform: str) -> Callable[[], bool]:
    """Return what has mypy read src/ for a platform; each platform has a cache, so that none discards another's."""
    return module("mypy", "--platform", platform, "--cache-dir", f".mypy_cache/{platform}", "src")


def checks() -> list[Step]:
    """Return the checks of the project's own files."""
    return [
        Step("format", module("ruff", "format", "--check")),
        Step("lint", module("ruff", "check")),
        Step("mypy --strict", module("mypy")),
        *(Step(f"mypy --strict --platform {platform}", mypy_for(platform)) for platform in PLATFORMS),
        Step("pyright strict", pyright),
        Step("generated files", module("tasks.generate_models", "--check")),
    ]


def type_proof(*, every_checker: bool, wheel: Path | None = None) -> Step:
    """Return the proof of the types that users see, by two checkers or by all four."""
    checkers = tuple(CHECKERS) if every_checker else QUICK_CHECKERS
    return Step(f"types as users see them, {len(checkers)} checkers", lambda: prove(checkers, wheel))


def fix() -> None:
    """Format, and fix what the linter can fix."""
    run(sys.executable, "-m", "ruff", "check", "--fix", "--quiet")
    run(sys.executable, "-m", "ruff", "format", "--quiet")


def main() -> int:
    """Run the checks asked for."""
    parser = argparse.ArgumentParser(
        prog="scripts/check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fix", action="store_true", help="format, and fix what the linter can fix, before checking")
    parser.add_argument("--only", choices=("files", "types"), help="check the project's files, or users' types, alone")
    parser.add_argument("--all", action="store_true", help="prove the types with all four checkers")
    parser.add_argument("--wheel", type=Path, help="prove the types of this wheel; default: a wheel that is built now")
    arguments = parser.parse_args()
    if arguments.fix:
        fix()
    files = [] if arguments.only == "types" else checks()
    types = [] if arguments.only == "files" else [type_proof(every_checker=arguments.all, wheel=arguments.wheel)]
    return run_steps([*files, *types])


if __name__ == "__main__":
    sys.exit(main())
