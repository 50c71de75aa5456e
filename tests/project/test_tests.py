"""A test uses public names, or its own folder's modules: then the rest of the package can change without it."""

import ast
import re
from pathlib import Path

import pytest

from support.source import MODULES, NAME

TESTS = Path(__file__).parents[1]
FILES = {str(path.relative_to(TESTS)): path for path in sorted(TESTS.rglob("test_*.py"))}
WEB = ("web", "django", "asgi", "wsgi", "flask")
ROOMS = ("models", "outbox", "sandbox", "shop", "cli", "legacy", "testing", *WEB, NAME)
PUBLIC = {NAME, *(f"{NAME}.{room}" for room in ROOMS)}
FREE = {"project", "scripts"}
"""Tests of the whole: they read the source, or copy it."""
TRAVELS = f"{NAME}._core.types"
"""What travels between the layers, which tests of two neighbours hand to them."""
KNOWN: dict[str, set[str]] = {
    "life/test_threads.py": {"_http.connections"},  # a close in the middle of a first call
}
"""Tests of moments that no public name leads to, by the modules that have them."""
PATCH = re.compile(rf'setattr\(\s*"{NAME}\.([\w.]+)"')


def private_modules(path: Path) -> set[str]:
    """Return the private modules that a test file imports or names in a patch."""
    text = path.read_text(encoding="utf-8")
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(NAME):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in MODULES else str(node.module) for name in whole}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(NAME)}
    for name in PATCH.findall(text):
        parts = f"{NAME}.{name}".split(".")
        found.add(next(".".join(parts[:n]) for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in MODULES))
    return found - PUBLIC - {TRAVELS}


@pytest.mark.parametrize("name", FILES)
def test_a_test_reaches_into_its_own_folder_alone(name: str) -> None:
    """What many need is in `tests/support`."""
    folder = name.partition("/")[0] if "/" in name else ""
    if folder in FREE:
        return
    found = {each.removeprefix(f"{NAME}.") for each in private_modules(FILES[name])}
    assert {each for each in found if each.partition(".")[0] != folder} == KNOWN.get(name, set())
