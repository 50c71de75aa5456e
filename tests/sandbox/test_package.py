"""The package's public names and its imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import sandbox

FOLDER = Path(sandbox.__file__).parent
TESTS = Path(__file__).parent


def last_line(code: str) -> str:
    """Run code that fails in a new process; return the last line of its traceback."""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return ended.stderr.splitlines()[-1]


def test_public_names_are_sorted_and_have_the_packages_name() -> None:
    """Reprs and tracebacks show the names as users import them."""
    assert sandbox.__all__ == sorted(sandbox.__all__)
    for name in sandbox.__all__:
        assert getattr(sandbox, name).__module__ == "pyttributionio.sandbox"


def test_modules_next_to_the_package_are_private() -> None:
    """Their names begin with an underscore."""
    public = [p.name for p in FOLDER.glob("*.py") if not p.name.startswith("_")]
    assert public == []


def imported(path: Path) -> Iterator[str]:
    """Yield the names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_nothing_is_imported_from_the_sdk(path: Path) -> None:
    """A fake that shares code with what it tests proves nothing."""
    for name in imported(path):
        assert name.partition(".")[0] != "pyttributionio" or name.startswith("pyttributionio.sandbox")


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_tests_of_a_folder_import_that_folder_and_public_names(path: Path) -> None:
    """And `values/`, whose types the other folders use in their interfaces."""
    allowed = {"values", path.relative_to(TESTS).parts[0]}
    for name in imported(path):
        folder = name.removeprefix("pyttributionio.sandbox").removeprefix(".").partition(".")[0]
        assert not name.startswith("pyttributionio.sandbox.") or folder in allowed


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_the_import_says_how_to_get_it(missing: str) -> None:
    """The ImportError has one line."""
    code = f"import sys; sys.modules[{missing!r}] = None; import pyttributionio.sandbox"
    hint = "The sandbox needs Starlette and uvicorn: pip install 'pyttributionio[sandbox]'"
    assert last_line(code) == "ImportError: " + hint


def test_another_missing_module_is_reported_as_it_is() -> None:
    """The message about the extra would be wrong."""
    code = "import sys; sys.modules['h11'] = None; import pyttributionio.sandbox"
    assert last_line(code).startswith("ModuleNotFoundError: import of h11 halted")
