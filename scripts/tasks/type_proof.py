"""Prove the types as users get them: type checkers read the programs in tests/typing, with the wheel installed.

First the programs themselves, for the oldest and the newest Python: each checker rejects the marked lines and no
other. Then `pyright --verifytypes`. Then mistakes are planted in copies of the package, and a field's type is
changed in a copy of schemas/: the checkers have to notice each, or the programs prove nothing.
"""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from tasks.environment import CONSTRAINTS, PIP_INSTALL, ROOT, command_of, read_project, requirements
from tasks.lowest import SUPPORTED
from tasks.type_checkers import SETTINGS, Finding, check, packages_of, problems
from tasks.type_mistakes import (
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
MARK = "# type: ignore"
OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[-1]
INTERNAL = re.compile(rf"{PACKAGE}\.(cli|diagnostics|django|outbox|sandbox)\.[a-z]\w*\.")
"""Symbols in the folders of a room, which users do not import from. A public symbol that depends on one with an unknown
type has an unknown type itself."""

FRAMEWORKS = re.compile(rf"{PACKAGE}\.(django|flask)\b")
"""Modules that cannot be imported without their extra. Without it, the types of the framework are unknown."""


@dataclass(frozen=True)
class Outcome:
    """The result of one part: a line that describes it, and the problems."""

    line: str
    problems: tuple[str, ...] = ()


def stamped(stamp: Path, parts: Iterable[bytes], make: Callable[[], None]) -> None:
    """Make something, unless it was made from the same parts before."""
    wanted = hashlib.sha256(b"\n".join(parts)).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        make()
        stamp.write_text(wanted)


def install(wheel: Path | None, checkers: Iterable[str]) -> Outcome:
    """Make a user's environment: the wheel, what it needs, the type checkers, and nothing else of this project."""
    project = read_project()["project"]
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    others = [line for lines in extras.values() for line in lines if not line.startswith(PACKAGE)]
    wants = [*requirements("types"), *dependencies, *others]
    pip = [command_of(ENVIRONMENT), *PIP_INSTALL, "--constraint", str(CONSTRAINTS)]

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
    site = str(packages_of(ENVIRONMENT))
    versions = {name: next(iter(distributions(name=name, path=[site]))).version for name in checkers}
    return Outcome(
        f"the wheel is installed with {', '.join(f'{name} {version}' for name, version in versions.items())}"
    )


def read_programs() -> dict[str, str]:
    """Return the programs by their file names."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(PROGRAMS.glob("*.py"))}


def unused_results(programs: dict[str, str]) -> Iterator[str]:
    """Yield the marked lines that are a call whose result is not used.

    pyrefly reports the unused result of such a call, which the mark then hides; it would never report that the mark
    is unused.
    """
    for name, text in programs.items():
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and MARK in lines[(node.end_lineno or node.lineno) - 1]:
                called = node.value.value if isinstance(node.value, ast.Await) else node.value
                if isinstance(called, ast.Call):
                    yield f"{name}:{node.lineno}: assign the result of a marked call to _"


def write_programs(folder: Path, programs: dict[str, str]) -> Outcome:
    """Write the programs into a new folder, and return how many there are."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS)
    for name, text in programs.items():
        (folder / name).write_text(text, encoding="utf-8")
    functions = sum(text.count("\ndef ") + text.count("\nasync def ") for text in programs.values())
    marked = sum(line.endswith(MARK) for text in programs.values() for line in text.splitlines())
    line = f"{len(programs)} files hold {functions} programs; {marked} lines are marked to be rejected"
    return Outcome(line, tuple(unused_results(programs)))


def read_by(checker: str, folder: Path, version: str) -> Outcome:
    """Have a checker read the programs, and compare its findings with the marks."""
    cache = ENVIRONMENT / f"cache-{version}"
    found = check(checker, ENVIRONMENT, folder, ENVIRONMENT, version, cache)
    wrong = tuple(problems(checker, folder, found))
    listed = f", except for {len(found)} listed lines" if found else ""
    return Outcome(f"{checker} for Python {version}: {'not as marked' if wrong else f'as marked{listed}'}", wrong)


def needed(site: Path, wants: Iterable[str]) -> set[str]:
    """Return the distributions in a folder of packages that some requirements need, without extras."""
    found: set[str] = set()
    names = [re.split(r"[^A-Za-z0-9._-]", want)[0] for want in wants]
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        installed = next(iter(distributions(name=name, path=[str(site)])), None)
        if installed is not None and name not in found:  # None: a marker says that this Python does not need it
            found.add(name)
            lines = [line for line in installed.requires or [] if "extra ==" not in line]
            names += [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in lines]
    return found


def environment_without_extras(folder: Path) -> Path:
    """Make an environment with the package and what it needs, without any extra; return it."""
    real = packages_of(ENVIRONMENT)
    site = folder / real.relative_to(ENVIRONMENT)
    site.mkdir(parents=True)
    commands = Path(command_of(ENVIRONMENT)).parent
    (folder / commands.name).symlink_to(commands)
    (folder / "pyvenv.cfg").write_bytes((ENVIRONMENT / "pyvenv.cfg").read_bytes())
    for name in needed(real, [PACKAGE]):
        for file in next(iter(distributions(name=name, path=[str(real)]))).files or []:
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not (site / top).exists():
                (site / top).symlink_to(real / top)
    return folder


def verify_types(folder: Path, environment: Path, extras: str) -> Outcome:
    """Have pyright check that every public symbol has a known type."""
    # It finds the package by the python that comes first on PATH, whatever --pythonpath says.
    pyright = command_of(ENVIRONMENT, "pyright")
    commands = Path(command_of(environment)).parent
    variables = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    command = [pyright, "--verifytypes", PACKAGE, "--ignoreexternal", "--outputjson"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)["typeCompleteness"]
    left_out = [INTERNAL] if environment == ENVIRONMENT else [INTERNAL, FRAMEWORKS]
    symbols = [each for each in report["symbols"] if not any(pattern.match(each["name"]) for pattern in left_out)]
    unknown = [f"{each['name']}: no known type" for each in symbols if not each["isTypeKnown"]]
    wrong = [] if symbols else ["pyright reports no symbols"]
    if not Path(report["packageRootDirectory"]).is_relative_to(environment):
        wrong.append(f"pyright read {report['packageRootDirectory']}")
    line = f"pyright --verifytypes {extras}: {len(symbols) - len(unknown)} of {len(symbols)} symbols have a known type"
    return Outcome(line, (*unknown, *wrong))


def plant_all(folder: Path, programs: dict[str, str], changed: Path) -> Outcome:
    """Plant every mistake, each in a copy of the package, and write the program that has to notice it."""
    site = environment_of_copies(ENVIRONMENT, folder / "environment")
    users = folder / "programs"
    users.mkdir()
    (users / "pyproject.toml").write_text(SETTINGS)
    for mistake in (*MISTAKES, SCHEMA_CHANGED):
        plant(site, mistake, changed if mistake is SCHEMA_CHANGED else None)
        (users / f"{mistake.package}_using.py").write_text(using(mistake, programs), encoding="utf-8")
    return Outcome(f"{len(MISTAKES)} mistakes and a changed schema are planted, each in a copy of the package")


def import_all(environment: Path) -> Outcome:
    """Import every copy: the checkers would notice a copy that cannot be imported for the wrong reason."""
    names = ", ".join(mistake.package for mistake in (*MISTAKES, SCHEMA_CHANGED))
    python = command_of(environment)
    done = subprocess.run([python, "-c", f"import {names}"], capture_output=True, text=True, check=False)
    wrong = tuple(done.stderr.splitlines()[-4:]) if done.returncode else ()
    return Outcome("the copies can be imported", wrong)


def noticed(mistake: Mistake, users: Path, found: dict[str, list[Finding]]) -> Outcome:
    """Return which checkers noticed a mistake at the line where it shows."""
    program = f"{mistake.package}_using.py"
    lines = (users / program).read_text(encoding="utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if line.strip() == mistake.noticed_in]
    by = [name for name in found if any(one.program == program and one.line in numbers for one in found[name])]
    wrong = [f"{checker} does not notice it" for checker in found if checker not in (*by, *mistake.blind)]
    wrong += [f"{checker} notices it now, so it is not blind" for checker in mistake.blind if checker in by]
    return Outcome(f"{mistake.name}: noticed by {', '.join(by) or 'none'}", tuple(wrong))


def parts_of(folder: Path, checkers: Sequence[str], wheel: Path | None) -> Iterator[Callable[[], Outcome]]:
    """Yield every part; the parts that can run at once start early, and each call waits for its result."""
    programs = read_programs()
    user, users = folder / "user", folder / "copies" / "programs"
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        changed = pool.submit(generate_changed, folder / "generated")
        yield lambda: install(wheel, checkers)
        yield lambda: write_programs(user, programs)
        yield lambda: plant_all(folder / "copies", programs, changed.result())
        copies = folder / "copies" / "environment"
        found: dict[str, Future[list[Finding]]] = {
            checker: pool.submit(check, checker, ENVIRONMENT, users, copies, NEWEST, folder / "cache")
            for checker in checkers
        }
        started = [pool.submit(read_by, checker, user, version) for version in (OLDEST, NEWEST) for checker in checkers]
        plain = environment_without_extras(folder / "plain")
        started += [
            pool.submit(verify_types, user, ENVIRONMENT, "with all extras"),
            pool.submit(verify_types, user, plain, "without any extra"),
            pool.submit(import_all, copies),
        ]
        yield from (each.result for each in started)
        for mistake in (*MISTAKES, SCHEMA_CHANGED):
            yield lambda: noticed(mistake, users, {name: each.result() for name, each in found.items()})  # noqa: B023


def prove(checkers: Sequence[str], wheel: Path | None = None) -> bool:
    """Run all parts with the checkers named, and print a line for each; return whether the types hold.

    Args:
        checkers: The names of the checkers.
        wheel: The wheel to install; None builds one.
    """
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for part in parts_of(Path(folder).resolve(), checkers, wheel):
            try:
                outcome = part()
            except (RuntimeError, LookupError, OSError, subprocess.CalledProcessError) as error:
                output = getattr(error, "stderr", None) or b""
                outcome = Outcome(f"{error}", (output.decode(errors="replace"),))
            failed += bool(outcome.problems)
            print(f"{'FAILED' if outcome.problems else 'ok    '}  {outcome.line}", flush=True)
            for line in outcome.problems:
                print(f"        {line}", flush=True)
    return not failed
