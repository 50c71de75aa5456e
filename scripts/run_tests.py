"""Run everything that must hold, say what runs, and end with one clear line.

The main environment has the newest Python found and pinned versions of all dependencies. The tests run
a second time on the oldest Python found, with the lowest versions that pyproject.toml allows.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import chromium
from environment import ROOT, SCRIPTS, make

SUPPORTED = ("3.11", "3.12", "3.13")
Step = tuple[str, Callable[[], bool]]


def run(*command: str, **variables: str) -> bool:
    """Run a command in the project's folder; return whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode == 0


def tool(*arguments: str) -> Callable[[], bool]:
    """Return a step that runs a module of the main environment."""
    return lambda: run(sys.executable, "-m", *arguments)


def pyright() -> bool:
    """Run pyright on what pyproject.toml names; it has to see this environment's packages."""
    # The project is named, or a pyrightconfig.json in a folder above would take its place.
    options = ("--project", str(ROOT), "--pythonpath", sys.executable)
    return run(sys.executable, "-m", "pyright", *options, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")


def tests_with_coverage() -> bool:
    """Run the tests, and list the branches that none of them reached: each is a question to answer."""
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    coverage = (sys.executable, "-m", "coverage")
    passed = run(*coverage, "run", "-m", "pytest", "-q")
    return run(*coverage, "combine", "--quiet") and run(*coverage, "report", "--skip-covered", "-m") and passed


def runs(python: str) -> bool:
    """Return whether an interpreter starts and can make environments."""
    return subprocess.run([python, "-m", "venv", "-h"], capture_output=True, check=False).returncode == 0


def oldest_python() -> str:
    """Return the oldest supported Python that runs here; the one running this, if there is no other."""
    pyenv = shutil.which("pyenv")  # its shims are on PATH for versions that are not switched on, too
    root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip() if pyenv else ""
    for version in SUPPORTED:
        name = f"python{version}"
        installed = sorted(Path(root).glob(f"versions/{version}.*/bin/{name}")) if root else []
        for candidate in (shutil.which(name), *map(str, installed)):
            if candidate and runs(candidate):
                return candidate
    return sys.executable


class LowestTests:
    """The tests on the oldest Python with the lowest versions of the dependencies, beside all other steps."""

    def __init__(self) -> None:
        self.python = make(
            oldest_python(), ROOT / ".venv-lowest", "test", "outbox,sandbox", SCRIPTS / "constraints-lowest.txt"
        )
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by finish)
        # The generator, the editors' servers, schemathesis, playwright and the frameworks of the outbox's recipes are
        # tools of the main environment, pinned there; pytest-httpx wants httpx 0.28.
        files = (
            "scripts/test_generation.py",
            "scripts/test_learn_and_generate.py",
            "project/test_contract.py",
            "_http/test_pytest_httpx.py",
        )
        left = (*files, "editors", "browser", "outbox/test_docs.py")
        ignored = [f"--ignore=tests/{name}" for name in left]
        command = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ignored]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.output, stderr=subprocess.STDOUT)

    def finish(self) -> bool:
        """Wait for the tests, print what they said, and return whether they passed."""
        with self.output as output, self.process as process:
            code = process.wait()
            run(self.python, "--version")
            output.seek(0)
            print(output.read(), flush=True)
        return code == 0


def package() -> bool:
    """Build sdist and wheel, install the wheel alone as a user would, and use it."""
    with tempfile.TemporaryDirectory() as folder:
        if not run(sys.executable, "-m", "build", "--outdir", folder, str(ROOT)):
            return False
        wheel = next(Path(folder).glob("*.whl"))
        venv = Path(folder) / "venv"
        python = str(venv / "bin" / "python")
        install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        return (
            run(sys.executable, "-m", "venv", str(venv))
            and run(*install, "--constraint", str(SCRIPTS / "constraints.txt"), str(wheel))
            and run(python, "-I", str(SCRIPTS / "try_wheel.py"))
        )


CHECKS: list[Step] = [
    ("format", tool("ruff", "format", "--check")),
    ("lint", tool("ruff", "check")),
    ("mypy --strict", tool("mypy")),
    ("pyright strict", pyright),
    ("generated files", lambda: run(sys.executable, str(SCRIPTS / "generate_models.py"), "--check")),
]


def steps_of(only: str | None, *, coverage: bool) -> list[Step]:
    """Return the steps asked for; the slow ones that need no attention are started here."""
    if only == "check":
        return CHECKS
    chromium.provide()
    lowest = LowestTests()
    tests: list[Step] = [
        ("tests", tests_with_coverage if coverage else tool("pytest", "-q")),
        ("sdist and wheel", package),
        ("the sandbox serves the old wrapper", lambda: run(sys.executable, str(SCRIPTS / "old_wrapper.py"))),
        ("types, four checkers", lambda: run(sys.executable, str(SCRIPTS / "check_types.py"))),
        ("tests, oldest Python and lowest dependencies", lowest.finish),
    ]
    return tests if only == "tests" else [*CHECKS, *tests]


def main() -> int:
    """Run the steps asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("check", "tests"), help="run a part")
    parser.add_argument("--fix", action="store_true", help="format, and mend what the linter can, before checking")
    parser.add_argument("--coverage", action="store_true", help="list the branches that no test reached")
    arguments = parser.parse_args()
    if arguments.fix:
        run(sys.executable, "-m", "ruff", "check", "--fix", "--quiet")
        run(sys.executable, "-m", "ruff", "format", "--quiet")
    steps = steps_of(arguments.only, coverage=arguments.coverage)
    failed: list[str] = []
    for number, (name, step) in enumerate(steps, 1):
        print(f"\n=== {number}/{len(steps)} {name}", flush=True)
        started = time.monotonic()
        if not step():
            failed.append(name)
        print(f"--- {name}: {'FAILED' if name in failed else 'ok'} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"\n{len(steps) - len(failed)} passed, {len(failed)} failed")
    print(f"FAILED: {', '.join(failed)}" if failed else "Everything holds.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
