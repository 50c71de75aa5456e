"""The package's own source, as syntax: what tests of its structure look at."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pyttributionio

PACKAGE = Path(pyttributionio.__file__).parent
NAME = "pyttributionio"
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Definition: TypeAlias = ast.ClassDef | Function | ast.AnnAssign | ast.Assign

FILES = {
    ".".join([NAME, *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}
RESOURCE_CLASSES = {
    module.removeprefix(f"{NAME}."): [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and {"Resource", "AsyncResource"} & {ast.unparse(base) for base in node.bases}
    ]
    for module, tree in MODULES.items()
    if module.startswith(f"{NAME}.resources.")
}
RESOURCES = [name for names in RESOURCE_CLASSES.values() for name in names]
"""The classes behind `client.customers`, `client.tracking` and the client itself."""
REACHABLE = {
    **{module: names for module, names in RESOURCE_CLASSES.items() if names},
    "asgi": ["AttributionMiddleware", "cookies_of"],
    "django._middleware": ["AttributionMiddleware"],
    "django._request": ["AttributionHttpRequest", "RequestAttribution", "attributionio"],
    "django._tracker": ["Deferred"],
    "flask": ["Attribution"],
    "outbox._config": ["Durability", "WhenFull"],
    "outbox._events": ["Accepted", "Delivery", "DestinationState", "StateChange", "StoredEntry"],
    "outbox._outbox": ["Outbox"],
    "outbox._stats": ["Health", "OutboxStats"],
    "outbox.storage.entries": ["DeadLetter", "DeadLetterCause", "DeadLetterReason", "Entry", "Kind", "NewEntry"],
    "outbox.storage.memory": ["MemoryStore"],
    "outbox.storage.store": ["Dropped", "Salvage", "Store", "StoreCount"],
    "web._cookies": ["cookies_in"],
    "web._options": ["EventOptions", "IdentityOptions", "TrackerOptions"],
    "web._parts": ["RequestParts", "parts_of_environ", "parts_of_headers"],
    "web._track": ["Track", "current_visit", "track"],
    "web._tracker": ["Tracker"],
    "web._urls": ["CAMPAIGN_PARAMETERS"],
    "wsgi": ["AttributionMiddleware", "cookies_of"],
    "web._visit": ["Consent", "SkipReason", "Skipped", "Visit", "VisitReason"],
}
"""What the main package does not export, and yet is part of the face: by their modules."""
QUALIFIED = {"asgi", "django", "wsgi"}
"""Modules that have public names in common. Their names are shown with the module."""
HIDDEN_BASES = {"AnyClient": "_client.base", "OutboxCalls": "outbox._calls"}
"""Bases whose members users see as those of the public class: by their modules."""


def imports(module: str) -> Iterator[tuple[str, ast.stmt]]:
    """Yield what a module imports, wherever the statement stands, as full names of modules."""
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
                base = f"{above}.{base}" if base else above
            for alias in node.names:
                yield (f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base), node


def top_level(module: str) -> dict[str, Definition]:
    """Return what a module defines by itself, by name."""
    found: dict[str, Definition] = {}
    for node in MODULES[module].body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found[node.name] = node
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = node
            case _:
                pass
    return found


def listed(module: str) -> list[str]:
    """Return the names in a module's `__all__`."""
    found = top_level(module).get("__all__")
    assert isinstance(found, ast.Assign), module
    return [str(name) for name in ast.literal_eval(found.value)]


def exported(module: str = NAME) -> dict[str, str]:
    """Return the names that a package imports from its own modules, with the module that defines each."""
    found: dict[str, str] = {}
    lazily = [node for block in MODULES[module].body if isinstance(block, ast.If) for node in block.body]
    for node in [*MODULES[module].body, *lazily]:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(NAME):
            names = [alias.name for alias in node.names]
            for name in listed(node.module or "") if names == ["*"] else names:
                source = node.module or ""
                while name not in top_level(source):
                    source = exported(source)[name]
                found[name] = source
    return found


def public_face() -> dict[str, Definition]:
    """Return the syntax of all that a user can name or reach, by name."""
    found = {name: _with_inherited(module, top_level(module)[name]) for name, module in exported().items()}
    for module, names in REACHABLE.items():
        named, module = module in QUALIFIED, f"{NAME}.{module}"
        found |= {
            f"{module}.{name}" if named else name: _with_inherited(module, top_level(module)[name]) for name in names
        }
    return dict(sorted(found.items()))


def _with_inherited(module: str, node: Definition) -> Definition:
    """Return a class with the members of a private base: users see them as its own."""
    if not isinstance(node, ast.ClassDef):
        return node
    own = top_level(module)
    hidden = {name: top_level(f"{NAME}.{where}")[name] for name, where in HIDDEN_BASES.items()}
    hidden |= {name: each for name, each in own.items() if name.startswith("_")}
    private = [each for base in node.bases if isinstance(each := hidden.get(_name(base)), ast.ClassDef)]
    if not private:
        return node
    members = [member for each in private for member in each.body]
    rest = [base for base in node.bases if _name(base) not in hidden]
    # After the constructor, as if the class had them itself.
    at = next((at for at, each in enumerate(node.body, 1) if getattr(each, "name", "") == "__init__"), 1)
    return ast.ClassDef(
        node.name, rest, node.keywords, [*node.body[:at], *members, *node.body[at:]], [], type_params=[]
    )


def _name(node: ast.expr) -> str:
    return ast.unparse(node).partition("[")[0]


def is_overload(function: Function) -> bool:
    """Tell a typing.overload from the function itself."""
    return any(isinstance(node, ast.Name) and node.id == "overload" for node in function.decorator_list)
