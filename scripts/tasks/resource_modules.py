"""The modules that are made from scripts/resources/ and from the blocking client."""

import json
from pathlib import Path

from tasks.calls import errors_of_reads
from tasks.include_choices import Collection, class_name, combinations, quoted
from tasks.outbox_calls import outbox_source
from tasks.resources import async_client_source, classes_source, read_resource

RESOURCE_HEADER = '''"""{title}

Generated from {source} by scripts/generate-models.
Do not edit: change the source and run it again.
"""
'''
INCLUDE_TYPES_HEAD = """# mypy: disable-error-code="overload-overlap"
# pyright: reportOverlappingOverload=false

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias, TypeVar, overload
"""
INCLUDE_TYPES = '''class IncludeName:
    """A marker that tells a list written in the call from a list variable. No value has this type.

    It has the name of the public type, because checkers show it to a user who passes a `list[str]`. A
    variable that is annotated `list[IncludeName]`, with the public type, is accepted.
    """


_K = TypeVar("_K")
Names: TypeAlias = list[_K | IncludeName] | tuple[_K, ...]
AllNames: TypeAlias = list[Name | IncludeName] | tuple[{width}] | Literal["all"]
IncludeNames: TypeAlias = Sequence[Name] | AbstractSet[Name]


'''


def resource_sources(root: Path, found: list[Collection]) -> dict[str, str]:
    """Return each resource's module by the name of its source in scripts/resources/."""
    names = sorted(path.stem for path in (root / "scripts" / "resources").glob("[!_]*.py"))
    return {name: resource_source(name, root, found) for name in names}


def resource_source(name: str, root: Path, found: list[Collection]) -> str:
    """Return a resource's module, made from its source in scripts/resources/."""
    calls = json.loads((root / "schemas" / "calls.json").read_text(encoding="utf-8"))
    text = (root / "scripts" / "resources" / f"{name}.py").read_text(encoding="utf-8")
    resource = read_resource(text, errors_of_reads(calls))
    typed = {"get": include_overloads} if name == "customers" else {}
    overloads = {
        (method, is_raw): make(found, is_raw=is_raw) for method, make in typed.items() for is_raw in (True, False)
    }
    head = [
        RESOURCE_HEADER.format(title=resource.title, source=f"scripts/resources/{name}.py and schemas/"),
        resource.imports,
        "from pyttributionio._core.responses import RawResponse",
        "from pyttributionio.resources._base import AsyncResource, Resource\n",
        f"{resource.types}\n\n",
    ]
    if typed:
        head.insert(1, INCLUDE_TYPES_HEAD)
        names = [class_name(chosen, found) for chosen in combinations(found)]
        head.insert(
            3,
            f"from pyttributionio.models import {', '.join(names)}\n"
            "from pyttributionio.models import IncludeName as Name",
        )
        head.append(INCLUDE_TYPES.replace("{width}", ", ".join(["Name"] * len(found))))
    return "\n".join([*head, classes_source(resource, overloads)])


def client_source(root: Path) -> str:
    """Return the async client's module, made from the blocking one's."""
    made = async_client_source((root / "src" / "pyttributionio" / "_client" / "client.py").read_text(encoding="utf-8"))
    return RESOURCE_HEADER.format(title="The async client.", source="client.py") + "\n" + made


def outbox_calls_source(root: Path) -> str:
    """Return the module of the outbox's calls, made from the source of `client.tracking`."""
    tracking = read_resource((root / "scripts" / "resources" / "tracking.py").read_text(encoding="utf-8"))
    title = "The calls of the outbox that store an entry."
    return RESOURCE_HEADER.format(title=title, source="scripts/resources/tracking.py") + "\n" + outbox_source(tracking)


def include_overloads(found: list[Collection], *, is_raw: bool) -> str:
    """Return the overloads of `get`: nothing included, each choice, everything, and a computed `include`."""

    def one(include: str, result: str) -> str:
        shown = f"RawResponse[{result}]" if is_raw else result
        return f"    @overload\n    {{define}} get(self, client_id: str | int, *, include: {include}) -> {shown}: ...\n"

    lines = [one("list[IncludeName] | tuple[()] | None = ...", "Customer")]
    for chosen in combinations(found):
        names = ", ".join(quoted(c.name) for c in chosen)
        include = "AllNames" if len(chosen) == len(found) else f"Names[Literal[{names}]]"
        lines.append(one(include, class_name(chosen, found)))
    return "".join([*lines, one("IncludeNames | None", "Customer")])
