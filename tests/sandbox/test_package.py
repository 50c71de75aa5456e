"""The package's face, and what it imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import sandbox

FOLDER = Path(sandbox.__file__).parent
TESTS = Path(__file__).parent


def last_words(code: str) -> str:
    """Run code that fails in a process of its own; return the last line of its traceback."""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return ended.stderr.splitlines()[-1]


def test_face_is_sorted_and_named_after_the_package() -> None:
    """Reprs and tracebacks tell where users import from."""
    assert sandbox.__all__ == sorted(sandbox.__all__)
    for name in sandbox.__all__:
        assert getattr(sandbox, name).__module__ == "pyttributionio.sandbox"


def test_every_module_is_private() -> None:
    """But for the command's, which Python names."""
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
def test_nothing_is_imported_from_the_package_around_it(path: Path) -> None:
    """A fake that shares code with what it tests proves nothing."""
    for name in imported(path):
        assert name.partition(".")[0] != "pyttributionio" or name.startswith("pyttributionio.sandbox")


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_tests_of_a_folder_import_that_folder_and_public_names(path: Path) -> None:
    """And `values/`, whose types the other folders take and return; no test imports a private name."""
    allowed = {"values", path.relative_to(TESTS).parts[0]}
    for name in imported(path):
        folder = name.removeprefix("pyttributionio.sandbox").removeprefix(".").partition(".")[0]
        assert not name.startswith("pyttributionio.sandbox.") or folder in allowed


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_the_import_says_how_to_get_it(missing: str) -> None:
    """In one line, as an ImportError."""
    code = f"import sys; sys.modules[{missing!r}] = None; import pyttributionio.sandbox"
    hint = "The sandbox needs Starlette and uvicorn: pip install 'pyttributionio[sandbox]'"
    assert last_words(code) == "ImportError: " + hint


def test_another_missing_module_is_not_blamed_on_the_extra() -> None:
    """A broken installation is to be seen as it is."""
    code = "import sys; sys.modules['h11'] = None; import pyttributionio.sandbox"
    assert last_words(code).startswith("ModuleNotFoundError: import of h11 halted")
