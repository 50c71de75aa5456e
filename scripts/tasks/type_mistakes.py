"""Mistakes planted in copies of the installed package, to prove that the programs in tests/typing notice them.

Each mistake is planted in a copy of its own, and each copy has its own name: all copies are installed in one
environment, next to the correct package, and one run of a checker reads them all.
"""

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tasks.environment import ROOT, command_of, with_scripts
from tasks.type_checkers import packages_of

PACKAGE = "pyttributionio"


@dataclass(frozen=True)
class Mistake:
    """One edit of a file of the package, and where it has to be noticed."""

    name: str
    file: str
    old: str
    new: str
    noticed_in: str
    """The line of a program that reveals the mistake, without its indentation."""
    blind: tuple[str, ...] = ()
    """The checkers that can't notice it."""
    every: bool = False
    """Whether every occurrence is edited, instead of the first one."""

    @property
    def package(self) -> str:
        """The name of the copy that has this mistake."""
        return "wrong_" + self.name.replace(" ", "_")


_GET = "resources/customers.py"
_LAST = "def get(self, client_id: str | int, *, include: IncludeNames | None) -> Customer: ..."
_FIRST = "def get(self, client_id: str | int, *, include: list[IncludeName] | tuple[()] | None = ...) -> Customer: ..."
_BARE = '_ = client.customers.get("id", include="pageviews")  # type: ignore'
SCHEMA_CHANGED = Mistake(
    name="field type changed in the schema",
    file="touchpoint.json",
    old='"cost"',
    new='"string"',
    noticed_in="return sum(touchpoint.cost or 0 for touchpoint in touchpoints)",
)
"""Not a mistake, but a change of a field's type in schemas/; a program relies on the old type."""

MISTAKES = (
    Mistake(
        name="result swapped",
        file=_GET,
        old='Names[Literal["pageviews"]]) -> CustomerWithPageviews:',
        new='Names[Literal["pageviews"]]) -> CustomerWithTouchpoints:',
        noticed_in="assert_type(customer, CustomerWithPageviews)",
    ),
    Mistake(
        name="result of async swapped",
        file=_GET,
        old='async def get(self, client_id: str | int, *, include: Names[Literal["events"]]) -> CustomerWithEvents:',
        new='async def get(self, client_id: str | int, *, include: Names[Literal["events"]]) -> CustomerWithAll:',
        noticed_in='assert_type(await client.customers.get("id", include=["events"]), CustomerWithEvents)',
    ),
    Mistake(
        name="marker dropped",
        file=_GET,
        old=" | IncludeName]",
        new="]",
        noticed_in='assert_type(client.customers.get("id", include=few), Customer)',
        every=True,
    ),
    Mistake(
        name="bare text taken",
        file=_GET,
        old="IncludeNames: TypeAlias = Sequence[Name] |",
        new="IncludeNames: TypeAlias = str | Sequence[Name] |",
        noticed_in=_BARE,
    ),
    Mistake(
        name="any collection taken",
        file=_GET,
        old="IncludeNames: TypeAlias = Sequence[Name] | AbstractSet[Name]",
        new="IncludeNames: TypeAlias = Collection[Name]",
        noticed_in=_BARE,
        blind=("mypy", "pyright", "ty"),
    ),
    Mistake(
        name="broad type first",
        file=_GET,
        old=_FIRST,
        new=f"{_LAST}\n    @overload\n    {_FIRST}",
        noticed_in="assert_type(customer, CustomerWithPageviews)",
    ),
    Mistake(
        name="frozen lost",
        file="models/_generated.py",
        old=", frozen=True",
        new="",
        noticed_in="touchpoint.cost = 0  # type: ignore",
        every=True,
        blind=("ty", "pyrefly"),  # they know that it is inherited, as at run time
    ),
    Mistake(
        name="getattr shown",
        file="models/_base.py",
        old="if not TYPE_CHECKING:",
        new="if True:",
        noticed_in='client.customers.get("id").clientid  # type: ignore',
        every=True,
    ),
)


def plant(site: Path, mistake: Mistake, changed: Path | None = None) -> None:
    """Copy the package that is installed in `site` under the mistake's name, and make the mistake in the copy.

    Args:
        site: The environment's folder of packages.
        mistake: The mistake to plant.
        changed: Generated files to copy instead of making an edit.

    Raises:
        LookupError: The code no longer contains the text to edit, so MISTAKES has to follow the code.
    """
    copy = site / mistake.package
    shutil.copytree(site / PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "sandbox"))
    if changed:
        shutil.copytree(changed, copy, dirs_exist_ok=True)
    else:
        edited = copy / mistake.file
        text = edited.read_text(encoding="utf-8")
        if mistake.old not in text:
            raise LookupError(f"{mistake.name}: {mistake.file} has no {mistake.old!r} any more")
        edited.write_text(text.replace(mistake.old, mistake.new, -1 if mistake.every else 1), encoding="utf-8")
    for path in copy.rglob("*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace(PACKAGE, mistake.package), encoding="utf-8")


def using(mistake: Mistake, programs: dict[str, str]) -> str:
    """Return the part of the programs that has to notice a mistake: the function with the line, and no other function.

    The rest is left out to save time; with the correct package, the checkers read all of it.
    """
    text = next(text for text in programs.values() if f" {mistake.noticed_in}\n" in text)
    lines = text.splitlines()
    kept: list[str] = []
    for node in ast.parse(text).body:
        part = lines[node.lineno - 1 : node.end_lineno]  # whole lines: the marks are comments
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or f"    {mistake.noticed_in}" in part:
            kept += part
    return "\n".join(kept).replace(PACKAGE, mistake.package) + "\n"


def generate_changed(folder: Path) -> Path:
    """Change a field's type in a copy of schemas/, and return a folder with those files of the package that change."""
    for name in ("schemas", "scripts/resources", f"src/{PACKAGE}"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    package = folder / "src" / PACKAGE
    path = folder / "schemas" / SCHEMA_CHANGED.file
    schema = json.loads(path.read_text(encoding="utf-8"))
    field = schema["properties"][json.loads(SCHEMA_CHANGED.old)]
    field["type"] = [json.loads(SCHEMA_CHANGED.new), "null"]
    path.write_text(json.dumps(schema, indent=2), encoding="utf-8")
    command = [sys.executable, "-m", "tasks.generate_models", "--root", str(folder)]
    subprocess.run(command, check=True, capture_output=True, env=with_scripts())
    for path in [each for each in package.rglob("*") if each.is_file()]:
        if path.read_bytes() == (ROOT / path.relative_to(folder)).read_bytes():
            path.unlink()
    return package


def environment_of_copies(environment: Path, folder: Path) -> Path:
    """Make an environment like another, in which the copies are installed too; return its folder of packages."""
    real = packages_of(environment)
    site = folder / real.relative_to(environment)
    site.mkdir(parents=True)
    commands = Path(command_of(environment)).parent
    (folder / commands.name).symlink_to(commands)
    shutil.copy(environment / "pyvenv.cfg", folder)
    for path in real.iterdir():
        (site / path.name).symlink_to(path)
    return site
