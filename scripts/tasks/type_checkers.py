"""Run the four type checkers as their users do: on plain programs, with the package installed."""

import os
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tasks.environment import command_of

SETTINGS = """
[tool.mypy]
strict = true

[tool.pyright]
typeCheckingMode = "strict"
reportUnnecessaryTypeIgnoreComment = "error"

[tool.ty.rules]
unused-type-ignore-comment = "error"

[[tool.ty.overrides]]
include = ["legacy.py"]
rules = { deprecated = "ignore" }

[tool.pyrefly]
preset = "strict"

[tool.pyrefly.errors]
unused-type-ignore = "error"

[[tool.pyrefly.sub-config]]
matches = "legacy.py"
errors = { deprecated = "ignore" }
"""
"""The pyproject.toml of the programs. Each checker is as strict as it can be, except in matters of taste; legacy.py
calls deprecated methods, to check what they return."""

_FOUND = re.compile(r"\s*(?:(?:ERROR|WARN)\s+)?(?P<file>[^\s:]+\.py):(?P<line>[0-9]+)[:0-9-]*(?P<text>.*)")
"""The start of a finding; all four checkers write one line for each."""


@dataclass(frozen=True)
class Finding:
    """One line of a program that a checker rejects."""

    program: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.program}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Disagreement:
    """A line that one release of a checker reads in another way than the marks in the program say."""

    checker: str
    program: str
    line: str  # as in the program, without its indentation
    since: str
    why: str


_EXTRA = "knows pydantic's extra='allow', and concludes that any keyword is allowed"
_UNPACKED = "accepts any keyword for a TypedDict that is unpacked, so several overloads fit"
_MORE = "knows that a TypedDict may have more items than it declares; PEP 728's `closed` is not usable before 3.15"
_HOLE = "gives plain Customer, or rejects the call: sound, and narrower than the other three"

DISAGREEMENTS = (
    *(
        Disagreement("ty", "factories.py", line, "2026-12-01, ty 0.0.105", _UNPACKED)
        for line in (
            '_ = make_touchpoint(chanel="email")  # type: ignore',
            "_ = make_customer(visits=[])  # type: ignore",
            "_ = make_customer(events=[make_touchpoint()])  # type: ignore",
            "assert_type(make_customer(pageviews=[]), CustomerWithPageviews)",
            "assert_type(everything, CustomerWithAll)",
        )
    ),
    Disagreement(
        "pyrefly",
        "web.py",
        'return track.event("ev_purchase", **options)',
        "2026-12-01, pyrefly 1.4.1",
        _MORE,
    ),
    *(
        Disagreement(checker, "calls.py", '_ = Touchpoint(chanel="email")  # type: ignore', since, _EXTRA)
        for checker, since in (("ty", "2026-11-23, ty 0.0.105"), ("pyrefly", "2026-11-23, pyrefly 1.4.1"))
    ),
    *(
        Disagreement("pyrefly", "holes.py", line, "2026-11-23, pyrefly 1.4.1", _HOLE)
        for line in (
            'return assert_type(client.customers.get("id", include=[*names]), CustomerWithAll)',
            'return assert_type(client.customers.get("id", include=[name for name in names]), CustomerWithAll)'
            "  # noqa: C416",
            "return assert_type(filtered_out, CustomerWithPageviewsAndTouchpointsAndIdentities)",
            'return assert_type(client.customers.get("id", include=list(names)), CustomerWithAll)',
            'either = client.customers.get("id", include=["pageviews"] if flag else ["events"])',
            "return assert_type(either, CustomerWithPageviewsAndEvents)",
        )
    ),
)
"""A release that disagrees is listed here until one agrees again; an entry that no finding matches is an error."""


def _mypy(programs: Path, environment: Path, version: str) -> list[str]:
    options = ["--python-executable", command_of(environment), "--python-version", version]
    return ["--config-file", "pyproject.toml", "--no-error-summary", "--no-pretty", *options, str(programs)]


def _pyright(_: Path, environment: Path, version: str) -> list[str]:
    # Named, because a pyrightconfig.json in any folder above takes precedence over the pyproject.toml of this one.
    python = command_of(environment)
    return ["--project", "pyproject.toml", "--pythonpath", python, "--pythonversion", version]


def _ty(programs: Path, environment: Path, version: str) -> list[str]:
    options = ["--python", str(environment), "--python-version", version, "--output-format", "concise"]
    return ["check", "--no-progress", "--error-on-warning", *options, str(programs)]


def _pyrefly(_: Path, environment: Path, version: str) -> list[str]:
    options = ["--python-interpreter-path", command_of(environment), "--python-version", version]
    return ["check", "--output-format", "min-text", "--min-severity", "warn", "--summary=none", *options]


CHECKERS: dict[str, Callable[[Path, Path, str], list[str]]] = {
    "mypy": _mypy,
    "pyright": _pyright,
    "ty": _ty,
    "pyrefly": _pyrefly,
}
"""Each checker by the name of its command."""


def packages_of(environment: Path) -> Path:
    """Return the folder of an environment's packages."""
    if os.name == "nt":
        return environment / "Lib" / "site-packages"
    return next((environment / "lib").glob("python3*/site-packages"))


def check(checker: str, tools: Path, programs: Path, environment: Path, version: str, cache: Path) -> list[Finding]:
    """Return what a checker finds in a folder of programs.

    Args:
        checker: The checker's name.
        tools: The environment in which the checker is installed.
        programs: The folder; its pyproject.toml is SETTINGS.
        environment: The environment that the programs import from.
        version: The Python version to check for.
        cache: The folder of mypy's cache; no other run may use it at the same time.

    Raises:
        RuntimeError: The checker failed without a finding.
    """
    programs = programs.resolve()
    arguments = CHECKERS[checker](programs, environment, version)
    arguments += ["--cache-dir", str(cache)] if checker == "mypy" else []
    command = [command_of(tools, checker), *arguments]
    done = subprocess.run(command, cwd=programs, capture_output=True, text=True, check=False)
    found = sorted(_findings(done.stdout.splitlines(), programs), key=lambda one: (one.program, one.line))
    if bool(found) != bool(done.returncode):
        raise RuntimeError(f"{checker} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found


def _findings(lines: Iterable[str], programs: Path) -> Iterable[Finding]:
    for line in lines:
        match = _FOUND.match(line)
        if match and not match["text"].lstrip(" -").startswith("note:"):
            path = (programs / match["file"]).resolve()
            name = path.relative_to(programs).as_posix() if path.is_relative_to(programs) else str(path)
            yield Finding(name, int(match["line"]), match["text"].strip(" -"))


def problems(checker: str, programs: Path, found: Iterable[Finding]) -> list[str]:
    """Return the findings of a checker that are not listed as disagreements, and the listed ones that are missing."""
    lines = {path.name: path.read_text(encoding="utf-8").splitlines() for path in programs.glob("*.py")}
    listed = {(one.program, one.line): one for one in DISAGREEMENTS if one.checker == checker}
    wrong: list[str] = []
    hit: set[tuple[str, str]] = set()
    for one in found:
        text = lines[one.program][one.line - 1].strip() if one.program in lines else ""
        hit.add((one.program, text))
        if (one.program, text) not in listed:
            wrong.append(str(one))
    for key, entry in listed.items():
        if key not in hit:
            wrong.append(f"{entry.program}: agrees now, so remove it from DISAGREEMENTS: {entry.line}")
    return wrong
