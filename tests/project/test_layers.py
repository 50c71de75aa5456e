"""Imports run downwards only, in every folder: read from the import statements."""

import ast
import re
import sys
import tomllib
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from support.source import MODULES, NAME, imports

LAYERS = {
    "": [
        [""],
        ["__main__", "pyttributionio"],
        ["django"],
        ["cli"],
        ["testing"],
        ["shop"],
        ["flask"],
        ["asgi", "wsgi"],
        ["web"],
        ["diagnostics"],
        ["outbox"],
        ["legacy"],
        ["_client"],
        ["resources"],
        ["_http"],
        ["_core"],
        ["models"],
        ["_errors"],
        ["_shared"],
        ["sandbox"],
    ],
    "cli": [
        [""],
        ["app"],
        ["track"],
        ["auth", "completion", "customers", "doctor", "outbox", "sandbox"],
        ["credentials", "display"],
        ["output", "standard_input"],
        ["exit_codes", "streams"],
    ],
    "cli.credentials": [[""], ["options"], ["found"], ["profiles"], ["keyrings", "private_files"]],
    "cli.auth": [[""], ["command"], ["manage"]],
    "cli.doctor": [[""], ["command"], ["examine"], ["codes"]],
    "cli.completion": [[""], ["command"], ["bash", "fish", "powershell", "zsh"], ["tree"]],
    "cli.customers": [[""], ["command"], ["get"], ["tables"], ["options"]],
    "cli.outbox": [[""], ["command"], ["change", "drain", "look"], ["display", "options"]],
    "cli.sandbox": [
        [""],
        ["command"],
        ["customers", "environment", "serve"],
        ["greeting", "running", "shells"],
        ["options"],
    ],
    "cli.track": [[""], ["command"], ["run"], ["dry_run"], ["arguments", "calls"], ["options"]],
    "diagnostics": [
        [""],
        ["run"],
        ["account", "network", "outbox"],
        ["reasons", "servers", "variables", "versions"],
        ["findings", "probe", "subject"],
    ],
    "_client": [[""], ["async_client", "client"], ["base", "class_resources"]],
    "_core": [
        ["endpoints"],
        ["operations"],
        ["requests", "retry", "extras"],
        ["call_log", "drift_report"],
        ["responses"],
        ["decoding", "hints"],
        ["credentials"],
        ["settings", "calls", "log_guard"],
        ["types", "validation", "secret", "cookies", "drift", "clock", "redaction", "reply_redaction"],
    ],
    "_http": [
        ["driver"],
        ["messages", "pool"],
        ["callers", "connections", "loops", "watch"],
        ["streams", "bodies", "proxies"],
        ["door", "exchange", "private_names"],
    ],
    "django": [
        [""],
        ["apps", "management"],
        ["_checks"],
        ["_middleware"],
        ["_request"],
        ["_outbox"],
        ["_settings", "_servers", "_tracker"],
    ],
    "models": [
        [""],
        ["_customers"],
        ["_generated", "_lenient"],
        ["_base"],
        ["_dumping", "_late_serializer", "_odd_values"],
        ["_facts", "_printing", "_times"],
    ],
    "resources": [["customers", "endpoints", "tracking"], ["_base"]],
    "outbox": [
        [""],
        ["operator"],
        ["_outbox"],
        ["_calls"],
        ["process"],
        ["delivery"],
        ["_config", "_requests", "_stats"],
        ["_events"],
        ["storage"],
        ["_log"],
    ],
    "web": [
        [""],
        ["_track"],
        ["_tracker"],
        ["_consent", "_options"],
        ["_visit"],
        ["_cookies", "_parts", "_urls"],
        ["_log"],
    ],
    "testing": [
        [""],
        ["recorder"],
        ["_customers", "_faults", "_matching"],
        ["_requests"],
        ["clock", "factories", "strategies"],
        ["_customer_factory"],
        ["_making"],
        ["_fields"],
    ],
    "sandbox": [[""], ["_sandbox"], ["page"], ["api"], ["faults"], ["store"], ["attribution"], ["values"]],
}
"""The layers of a folder, the top first. A name is a module's or a folder's; the empty one is its `__init__`."""
ROOMS = ["asgi", "cli", "diagnostics", "django", "flask", "outbox", "sandbox", "shop", "testing", "web", "wsgi"]
"""Rooms around the core, which it knows nothing of."""
THIRD_PARTY = {
    "_client.async_client": {"httpx"},
    "_client.client": {"httpx"},
    "_core.decoding": {"pydantic", "pydantic_core"},
    "_core.endpoints": {"pydantic", "pydantic_core"},
    "_core.requests": {"pydantic_core"},
    "_core.responses": {"pydantic", "typing_extensions"},
    "_http.callers": {"httpx"},
    "_http.connections": {"anyio", "httpcore"},
    "_http.driver": {"anyio", "httpx"},
    "_http.loops": {"trio"},
    "_http.messages": {"httpx"},
    "_http.pool": {"anyio", "httpcore", "httpx"},
    "_http.private_names": {"httpx"},
    "_http.proxies": {"httpcore", "httpx"},
    "_http.streams": {"httpcore"},
    "_http.watch": {"httpx"},
    "legacy": {"typing_extensions"},
    "models._base": {"pydantic", "pydantic_core"},
    "models._customers": {"pydantic"},
    "models._dumping": {"pydantic", "pydantic_core"},
    "models._generated": {"pydantic"},
    "models._late_serializer": {"pydantic", "pydantic_core"},
    "models._lenient": {"pydantic", "pydantic_core"},
    "models._odd_values": {"pydantic", "pydantic_core"},
    "resources.endpoints": {"pydantic"},
}
"""Which modules of the core import which libraries; no other imports any."""


def short(module: str) -> str:
    """Return a module's name within the package; the package's own is empty."""
    return module.removeprefix(NAME).removeprefix(".")


def room(module: str) -> str | None:
    """Return the room that a module is in, or None for the core's."""
    name = short(module).partition(".")[0]
    return "cli" if name == "__main__" else name if name in ROOMS else None


CORE = {short(module): module for module in MODULES if room(module) is None}


def own_imports(module: str) -> set[str]:
    """Return what a module imports of this package."""
    return {short(name) for name, _ in imports(module) if name.partition(".")[0] == NAME}


def part(folder: str, module: str) -> str | None:
    """Return the part of a folder that a module belongs to; None for one that is elsewhere."""
    if module == folder:
        return ""
    prefix = f"{folder}." if folder else ""
    return module.removeprefix(prefix).partition(".")[0] if module.startswith(prefix) else None


@pytest.mark.parametrize("folder", LAYERS)
def test_every_module_has_its_layer(folder: str) -> None:
    """A new one has to be put into a layer."""
    found = {part(folder, short(module)) for module in MODULES} - {None}
    assert found - {""} == {*chain.from_iterable(LAYERS[folder])} - {""}


@pytest.mark.parametrize("folder", LAYERS)
def test_imports_run_downwards(folder: str) -> None:
    """To a layer's own modules, or to a lower layer's."""
    depth = {name: number for number, layer in enumerate(LAYERS[folder]) for name in layer}
    upwards = [
        f"{short(module)} imports {name}"
        for module in MODULES
        if (here := part(folder, short(module))) is not None
        for name in own_imports(module)
        if (there := part(folder, name)) is not None and depth[there] < depth[here] and there != ""
    ]
    assert upwards == []


def test_no_circles() -> None:
    """In the whole package. A package's __init__ is not followed: it is run before any of its modules."""
    modules = {short(module): own_imports(module) - {short(module), ""} for module in MODULES}
    assert len([*TopologicalSorter(modules).static_order()]) == len(modules) - ("" not in modules)


def test_libraries_are_imported_where_they_belong() -> None:
    """HTTP libraries by _http alone, pydantic by what reads and writes JSON."""
    found = {
        module: {name.partition(".")[0] for name, _ in imports(CORE[module])} - {*sys.stdlib_module_names, NAME}
        for module in CORE
    }
    assert {module: names for module, names in found.items() if names} == THIRD_PARTY


@pytest.mark.parametrize("module", MODULES)
def test_there_is_one_http_stack(module: str) -> None:
    """Two of them would disagree sooner or later, and the disagreement would be a lost event."""
    found = {name for name, _ in imports(module)}
    assert not {name for name in found if name.startswith(("http.client", "urllib.request", "requests"))} - {
        "urllib.request" if module.endswith("_http.proxies") else ""  # it reads the variables for proxies
    }
    if not short(module).startswith("_http") and room(module) in {None, "outbox"}:
        assert "httpcore" not in found


@pytest.mark.parametrize("module", ["_client.async_client", "_client.client"])
def test_client_uses_httpx_in_annotations_only(module: str) -> None:
    """Its `timeout` may be an httpx.Timeout; what that means at run time is the transport's matter.

    The annotations are texts, so they are no names in the source.
    """
    assert "httpx" in {name for name, _ in imports(CORE[module])}
    names = [node.id for node in ast.walk(MODULES[CORE[module]]) if isinstance(node, ast.Name)]
    assert "httpx" not in names


@pytest.mark.parametrize("name", ROOMS)
def test_room_imports_what_it_may(name: str) -> None:
    """A fake that shares code with what it tests proves nothing; an example has only what its readers have."""
    web = {short(module) for module in MODULES if room(module) == "web"}
    allowed = {
        "asgi": {"", "outbox", *web},
        "cli": {"", *(each for each in map(short, MODULES) if room(each) in ROOMS)},
        "django": {
            *(each for each in map(short, MODULES) if each.startswith(("cli", "diagnostics", "outbox"))),
            "",
            *web,
            *CORE,
        },
        "flask": {"", "outbox", "wsgi", *web},
        "diagnostics": {"", *CORE, *(each for each in map(short, MODULES) if room(each) == "outbox")},
        "outbox": {"", *CORE},
        "sandbox": set[str](),
        "shop": {"", "asgi", "outbox", *web},
        "testing": {"", "outbox", "outbox.process.recorded", *CORE},
        "web": {"", "outbox", *CORE},
        "wsgi": {"", "outbox", *web},
    }
    modules = [module for module in MODULES if room(module) == name]
    assert modules
    for module in modules:
        assert {each for each in own_imports(module) if room(each) != name} <= allowed[name], module
        assert "importlib" not in {each.partition(".")[0] for each, _ in imports(module)}


def test_core_imports_no_room() -> None:
    """What is an extra must not be needed."""
    for module in CORE.values():
        assert not {room(each) for each in own_imports(module)} & {*ROOMS}


def test_every_library_is_declared() -> None:
    """What comes along with another can change under us; but pydantic_core is pydantic's, and trio the caller's."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^A-Za-z0-9_]", line)[0] for line in project["dependencies"]}
    assert {*chain.from_iterable(THIRD_PARTY.values())} - {"pydantic_core", "trio"} == declared


def test_top_level_is_small() -> None:
    """A newcomer sees at most twelve entries besides the rooms."""
    package = Path(__file__).parents[2] / "src" / NAME
    entries = {each.name for each in package.iterdir()} - {*ROOMS, *(f"{name}.py" for name in ROOMS), "__pycache__"}
    assert len(entries) <= 12, sorted(entries)
