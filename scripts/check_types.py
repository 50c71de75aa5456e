"""Prove the types as users get them: four checkers on the programs in tests/typing, with the wheel installed.

First the programs themselves, for the oldest and the newest Python: what is marked is rejected, all else is
not. Then `pyright --verifytypes`. Then mistakes are planted in copies of the package, and a field's type is
changed in a copy of schemas/: each has to be noticed, or the programs prove nothing.
"""

import argparse
import ast
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path

from environment import ROOT, SCRIPTS, requirements
from run_tests import SUPPORTED
from type_checkers import CHECKERS, SETTINGS, Finding, check, judge
from type_mistakes import (
    MISTAKES,
    PACKAGE,
    SCHEMA_CHANGED,
    Mistake,
    environment_of_copies,
    generate_changed,
    plant,
    using,
)

PROGRAMS = ROOT / "tests" / "typing"
ENVIRONMENT = ROOT / ".venv-types"
CONSTRAINTS = SCRIPTS / "constraints.txt"
MARK = "# type: ignore"
OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[-1]


@dataclass(frozen=True)
class Outcome:
    """How a step ended: what to say of it, and what is wrong."""

    said: str
    wrong: tuple[str, ...] = ()


def stamped(stamp: Path, parts: Iterable[bytes], make: Callable[[], None]) -> None:
    """Make something, unless it was made from the same parts before."""
    wanted = hashlib.sha256(b"\n".join(parts)).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        make()
        stamp.write_text(wanted)


def install(wheel: Path | None) -> Outcome:
    """Make the environment of a user: the wheel and the checkers, and nothing of this project beside them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = chain.from_iterable(project["project"]["optional-dependencies"].values())
    libraries = [
        *project["project"]["dependencies"],
        *(line for line in extras if not line.startswith("pyttributionio")),
    ]
    wants = [*requirements(project, "types"), *libraries]
    python = str(ENVIRONMENT / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", str(CONSTRAINTS)]

    def make() -> None:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        subprocess.run([*pip, *wants], check=True)

    def put() -> None:
        with tempfile.TemporaryDirectory() as folder:
            build = [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT)]
            if not wheel:
                subprocess.run(build, check=True, capture_output=True)
            built = wheel or next(Path(folder).glob("*.whl"))
            subprocess.run([*pip, "--force-reinstall", "--no-deps", str(built)], check=True)

    stamped(ENVIRONMENT / "made", [sys.executable.encode(), CONSTRAINTS.read_bytes(), *map(str.encode, wants)], make)
    sources = [ROOT / "pyproject.toml", *sorted((ROOT / "src").rglob("*.py"))]
    parts = [wheel.read_bytes()] if wheel else [part for path in sources for part in (bytes(path), path.read_bytes())]
    stamped(ENVIRONMENT / "put", parts, put)
    site = str(next((ENVIRONMENT / "lib").glob("python3*/site-packages")))
    versions = {name: next(iter(distributions(name=name, path=[site]))).version for name in CHECKERS}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Outcome(f"the wheel is installed with {listed}")


def read_programs() -> dict[str, str]:
    """Return the programs by their file names."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(PROGRAMS.glob("*.py"))}


def unused_results(programs: dict[str, str]) -> Iterator[str]:
    """Yield marked lines that are a call whose result nobody takes.

    pyrefly counts that as what the mark hides, though it is told not to report it, and would never say that
    such a mark is unused.
    """
    for name, text in programs.items():
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and MARK in lines[(node.end_lineno or node.lineno) - 1]:
                called = node.value.value if isinstance(node.value, ast.Await) else node.value
                if isinstance(called, ast.Call):
                    yield f"{name}:{node.lineno}: assign the result of a marked call to _"


def write_programs(folder: Path, programs: dict[str, str]) -> Outcome:
    """Write the programs where nothing else is, and return what they are."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS)
    for name, text in programs.items():
        (folder / name).write_text(text, encoding="utf-8")
    functions = sum(text.count("\ndef ") + text.count("\nasync def ") for text in programs.values())
    marked = sum(line.endswith(MARK) for text in programs.values() for line in text.splitlines())
    said = f"{len(programs)} files hold {functions} programs; {marked} lines are marked to be rejected"
    return Outcome(said, tuple(unused_results(programs)))


def matrix(checker: str, folder: Path, version: str) -> Outcome:
    """Have a checker judge the programs."""
    cache = ENVIRONMENT / f"cache-{version}"
    found = check(checker, ENVIRONMENT, folder, ENVIRONMENT, version, cache)
    wrong = tuple(judge(checker, folder, found))
    listed = f", but for {len(found)} listed lines" if found else ""
    return Outcome(f"{checker} for Python {version}: {'not as marked' if wrong else f'as marked{listed}'}", wrong)


def complete(folder: Path) -> Outcome:
    """Ask pyright whether every public symbol has a known type."""
    # It finds the package by the python that comes first on PATH, whatever --pythonpath says.
    variables = {**os.environ, "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [str(ENVIRONMENT / "bin" / "pyright"), "--verifytypes", PACKAGE, "--ignoreexternal", "--outputjson"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)["typeCompleteness"]
    exported = report["exportedSymbolCounts"]
    known = exported["withKnownType"] + report["otherSymbolCounts"]["withKnownType"]
    said = (
        f"pyright --verifytypes: {report['completenessScore']:.0%} of {known} symbols, {sum(exported.values())} public"
    )
    wrong = [f"{one['name']}: no known type" for one in report["symbols"] if not one["isTypeKnown"]]
    if done.returncode or report["completenessScore"] != 1:
        wrong.append(f"pyright ended with {done.returncode}")
    if not Path(report["packageRootDirectory"]).is_relative_to(ENVIRONMENT):
        wrong.append(f"it looked at {report['packageRootDirectory']}")
    return Outcome(said, tuple(wrong))


def plant_all(folder: Path, programs: dict[str, str], changed: Path) -> Outcome:
    """Plant every mistake, each in a copy of the package, beside the program that has to notice it."""
    site = environment_of_copies(ENVIRONMENT, folder / "environment")
    users = folder / "programs"
    users.mkdir()
    (users / "pyproject.toml").write_text(SETTINGS)
    for mistake in (*MISTAKES, SCHEMA_CHANGED):
        plant(site, mistake, changed if mistake is SCHEMA_CHANGED else None)
        (users / f"{mistake.package}_using.py").write_text(using(mistake, programs), encoding="utf-8")
    return Outcome(f"{len(MISTAKES)} mistakes and a changed schema are planted, each in a copy of the package")


def importable(environment: Path) -> Outcome:
    """Import every copy: one that was broken by planting would be noticed for the wrong reason."""
    names = ", ".join(mistake.package for mistake in (*MISTAKES, SCHEMA_CHANGED))
    python = str(environment / "bin" / "python")
    done = subprocess.run([python, "-c", f"import {names}"], capture_output=True, text=True, check=False)
    wrong = tuple(done.stderr.splitlines()[-4:]) if done.returncode else ()
    return Outcome("at run time the copies are as good as the package", wrong)


def verdict(mistake: Mistake, users: Path, found: dict[str, list[Finding]]) -> Outcome:
    """Say who noticed a mistake at the line where it shows."""
    program = f"{mistake.package}_using.py"
    lines = (users / program).read_text(encoding="utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if line.strip() == mistake.noticed_in]
    noticed = [
        checker for checker in found if any(one.program == program and one.line in numbers for one in found[checker])
    ]
    wrong = [f"{checker} does not notice it" for checker in found if checker not in (*noticed, *mistake.blind)]
    wrong += [f"{checker} notices it now, so it is not blind" for checker in mistake.blind if checker in noticed]
    return Outcome(f"{mistake.name}: noticed by {', '.join(noticed) or 'nobody'}", tuple(wrong))


def steps(folder: Path, wheel: Path | None) -> Iterator[Callable[[], Outcome]]:
    """Yield every step; what can run at once is started early, and what a step has to say is waited for."""
    programs = read_programs()
    user, users = folder / "user", folder / "copies" / "programs"
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        changed = pool.submit(generate_changed, folder / "generated")
        yield lambda: install(wheel)
        yield lambda: write_programs(user, programs)
        yield lambda: plant_all(folder / "copies", programs, changed.result())
        copies = folder / "copies" / "environment"
        judged: dict[str, Future[list[Finding]]] = {
            checker: pool.submit(check, checker, ENVIRONMENT, users, copies, NEWEST, folder / "cache")
            for checker in CHECKERS
        }
        ahead = [pool.submit(matrix, checker, user, version) for version in (OLDEST, NEWEST) for checker in CHECKERS]
        ahead += [pool.submit(complete, user), pool.submit(importable, copies)]
        yield from (one.result for one in ahead)
        for mistake in (*MISTAKES, SCHEMA_CHANGED):
            yield lambda: verdict(mistake, users, {checker: one.result() for checker, one in judged.items()})  # noqa: B023


def main() -> int:
    """Run the steps, one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="the wheel to install; built if not given")
    arguments = parser.parse_args()
    started = time.monotonic()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for step in steps(Path(folder).resolve(), arguments.wheel):
            try:
                outcome = step()
            except (RuntimeError, LookupError, subprocess.CalledProcessError) as error:
                output = getattr(error, "stderr", None) or b""
                outcome = Outcome(f"{error}", (output.decode(errors="replace"),))
            failed += bool(outcome.wrong)
            print(f"{'FAILED' if outcome.wrong else 'ok    '}  {outcome.said}", flush=True)
            for line in outcome.wrong:
                print(f"        {line}", flush=True)
    took = f"({time.monotonic() - started:.0f} s)"
    print(f"{failed} steps FAILED {took}" if failed else f"The types hold, for every checker {took}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
