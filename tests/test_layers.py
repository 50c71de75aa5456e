"""Imports run downwards only, and each room keeps to itself: read from the import statements."""

import ast
import re
import sys
import tomllib
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from source import MODULES, NAME, imports

LAYERS = [
    [""],
    ["pyttributionio"],
    ["legacy"],
    ["_client"],
    ["resources", "resources.customers", "resources.tracking", "resources._get", "resources._reader"],
    ["_calls"],
    ["_request"],
    ["_retry"],
    [
        "_transport",
        "_loops",
        "_connections",
        "_one_connection",
        "_wire",
        "_http_client",
        "_routes",
        "_deadline",
        "_body",
    ],
    ["_drift_report"],
    ["_response"],
    ["models", "models._lenient", "models._customers", "models._generated", "models._base", "models._facts"],
]
"""From the top to the bottom; what stands in one list may import each other, though never in a circle."""
BESIDE = [
    "_cookies",
    "_drift",
    "_errors",
    "_headers",
    "_home",
    "_json",
    "_messages",
    "_secret",
    "_set_up",
    "_settings",
    "_version",
]
"""Any layer may import these; they import each other at most."""
ROOMS = ["cli", "outbox", "sandbox", "shop"]
"""Rooms around the core, which it knows nothing of."""
DOOR = "__main__"
"""What Python runs for `python -m`: a part of `cli`, though Python has its place beside it."""
THIRD_PARTY = {
    "_client": {"httpx"},
    "_connections": {"anyio", "httpx"},
    "_deadline": {"httpcore"},
    "_http_client": {"httpx"},
    "_loops": {"trio"},
    "_one_connection": {"anyio", "httpcore", "httpx"},
    "_request": {"pydantic_core"},
    "_response": {"pydantic", "pydantic_core", "typing_extensions"},
    "_routes": {"httpx"},
    "_transport": {"anyio", "httpx"},
    "_wire": {"httpx"},
    "legacy": {"typing_extensions"},
    "models._base": {"pydantic", "pydantic_core"},
    "models._customers": {"pydantic"},
    "models._generated": {"pydantic"},
    "models._lenient": {"pydantic", "pydantic_core"},
}
"""Which modules import which libraries; no other imports any."""


def short(module: str) -> str:
    """Return a module's name within the package; the package's own is empty."""
    return module.removeprefix(NAME).removeprefix(".")


def room(module: str) -> str | None:
    """Return the room that a module is in, or None for the core's."""
    name = short(module).partition(".")[0]
    return "cli" if name == DOOR else name if name in ROOMS else None


CORE = {short(module): module for module in MODULES if room(module) is None}


def own_imports(module: str) -> set[str]:
    """Return what a module imports of this package."""
    return {short(name) for name, _ in imports(module) if name.partition(".")[0] == NAME}


def test_every_module_has_its_place() -> None:
    """A new one has to be put into a layer, beside them, or into a room."""
    placed = [module for layer in LAYERS for module in layer] + BESIDE
    assert sorted(CORE) == sorted(placed)


@pytest.mark.parametrize("module", [name for layer in LAYERS for name in layer])
def test_layer_imports_downwards_only(module: str) -> None:
    """Its own layer, those below it, and what stands beside."""
    depth = next(number for number, layer in enumerate(LAYERS) if module in layer)
    allowed = {name for layer in LAYERS[depth:] for name in layer} | {*BESIDE}
    assert own_imports(CORE[module]) - {module} <= allowed


@pytest.mark.parametrize("module", BESIDE)
def test_what_stands_beside_imports_nothing_above(module: str) -> None:
    """So that any layer can use it."""
    assert own_imports(CORE[module]) <= {*BESIDE}


def test_no_circles() -> None:
    """Within a layer neither. A package's __init__ is not followed: it is run before any of its modules."""
    order = TopologicalSorter({name: own_imports(module) - {name} for name, module in CORE.items()})
    assert len([*order.static_order()]) == len(CORE)


def test_libraries_are_imported_where_they_belong() -> None:
    """HTTP libraries by the transport alone, pydantic by what reads and writes JSON."""
    found = {
        module: {name.partition(".")[0] for name, _ in imports(CORE[module])} - {*sys.stdlib_module_names, NAME}
        for module in CORE
    }
    assert {module: names for module, names in found.items() if names} == THIRD_PARTY


def test_client_knows_httpx_for_type_checkers_only() -> None:
    """Its `timeout` may be an httpx.Timeout; what that means at run time is the transport's matter."""
    hidden = [
        node
        for block in ast.walk(MODULES[CORE["_client"]])
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in block.body
    ]
    statements = [node for name, node in imports(CORE["_client"]) if name == "httpx"]
    assert statements
    assert all(node in hidden for node in statements)


@pytest.mark.parametrize("name", ROOMS)
def test_room_imports_what_it_may(name: str) -> None:
    """A fake that shares code with what it tests proves nothing; an example has only what its readers have."""
    allowed = {
        "cli": {"", *(each for each in map(short, MODULES) if room(each) in ROOMS)},
        "outbox": {"", *CORE},
        "sandbox": set[str](),
        "shop": {""},
    }
    modules = [module for module in MODULES if room(module) == name]
    assert len(modules) > 1
    for module in modules:
        assert {each for each in own_imports(module) if room(each) != name} <= allowed[name], module
        assert "importlib" not in {each.partition(".")[0] for each, _ in imports(module)}


@pytest.mark.parametrize("module", [module for module in MODULES if room(module) != "cli"])
def test_nothing_but_the_cli_imports_it(module: str) -> None:
    """Its libraries are an extra, and what it does can be had in code as well."""
    assert "cli" not in {room(each) for each in own_imports(module)}


def test_core_imports_no_room() -> None:
    """What is an extra must not be needed."""
    for module in CORE.values():
        assert not {room(each) for each in own_imports(module)} & {*ROOMS}


def test_every_library_is_declared() -> None:
    """What comes along with another can change under us; but pydantic_core is pydantic's, and trio the caller's."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^A-Za-z0-9_]", line)[0] for line in project["dependencies"]}
    assert {*chain.from_iterable(THIRD_PARTY.values())} - {"pydantic_core", "trio"} == declared
