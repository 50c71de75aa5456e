"""Generate the models, and the typing of `include`, from schemas/.

datamodel-code-generator writes the models (its settings stand in pyproject.toml); this script bundles
the schemas for it, and writes what it can't: the facts needed at run time, the fifteen subclasses of
Customer and the overloads of `customers.get`.
"""

import argparse
import ast
import difflib
import itertools
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tasks.environment import ROOT

INCLUDE_FLAG = "x-include-flag"
Schema: TypeAlias = dict[str, Any]
Schemas: TypeAlias = dict[str, Schema]
NOT_FOR_MODELS = {"$schema", "$id", "additionalProperties"}
"""What would only add noise: request bodies are built by the package itself, with no other members."""
BASE_MODULE = "pyttributionio.models._base"
OVERRIDES = {"Id": "Id", "Time": "UtcDatetime", "UnixTime": "UnixTimestamp"}
"""Definitions that a type of models/_base.py stands for."""

HEADER = '''"""{title}

Generated from schemas/ by scripts/generate-models{tool}.
Do not edit: change the schema and run it again.
"""
'''


@dataclass(frozen=True)
class Collection:
    """A property of the customer that has to be asked for."""

    name: str
    item: str
    description: str
    flag: str

    @property
    def part(self) -> str:
        """Its part in the name of a class, such as "Pageviews"."""
        return self.name.title().replace("_", "")


def read_schemas(folder: Path) -> Schemas:
    """Return the schemas by file name, without openapi.json."""
    return {
        path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json")) if path.name != "openapi.json"
    }


def collections_of(schemas: Schemas) -> list[Collection]:
    """Return the customer's collections, in the order of the schema."""
    return [
        Collection(name, schemas[rule["items"]["$ref"]]["title"], rule["description"], rule[INCLUDE_FLAG])
        for name, rule in schemas["customer.json"]["properties"].items()
        if INCLUDE_FLAG in rule
    ]


def bundle(schemas: Schemas) -> Schema:
    """Return one document with all schemas under $defs, as datamodel-code-generator likes it best."""
    definitions = {}
    for schema in schemas.values():
        title = schema["title"]
        definition = inline(schema, schemas)
        if title in OVERRIDES:
            definition = {"title": title, "type": "string"}  # a --type-overrides entry takes its place
        for name, rule in schema.get("properties", {}).items():
            if INCLUDE_FLAG in rule:
                del definition["properties"][name]
        if title == "Customer":
            definition["customBasePath"] = f"{BASE_MODULE}.CustomerModel"
        definitions[title] = definition
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions}


def inline(node: Any, schemas: Schemas) -> Any:  # noqa: ANN401
    """Return a schema whose references to files point into the bundle."""
    if isinstance(node, list):
        return [inline(item, schemas) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"#/$defs/{schemas[value]['title']}" if key == "$ref" else inline(value, schemas)
        for key, value in node.items()
        if key not in NOT_FOR_MODELS
    }


def models_source(schemas: Schemas, options: list[str]) -> str:
    """Return the models as datamodel-code-generator writes them."""
    with tempfile.TemporaryDirectory() as folder:
        source, header, output = (Path(folder) / name for name in ("schemas.json", "header.txt", "out.py"))
        source.write_text(json.dumps(bundle(schemas)))
        # The generator has ruff format its output with the settings found there; without any, lines are shorter.
        (Path(folder) / "ruff.toml").write_text(f"extend = {json.dumps(str(ROOT / 'pyproject.toml'))}\n")
        header.write_text(
            HEADER.format(title="The models of answers and requests.", tool=" (datamodel-code-generator)")
        )
        overrides = {name: f"{BASE_MODULE}.{kind}" for name, kind in OVERRIDES.items()}
        files = ["--input", str(source), "--output", str(output), "--custom-file-header-path", str(header)]
        command = [sys.executable, "-m", "datamodel_code_generator", *options, *files]
        subprocess.run([*command, "--type-overrides", json.dumps(overrides)], check=True)
        text = output.read_text()
    # Type checkers see that a model is frozen only if its own class statement says so.
    return text.replace("Model):\n", "Model, frozen=True):\n")


def facts_source(schemas: Schemas) -> str:
    """Return the few facts of the schemas that the code needs at run time."""
    found = collections_of(schemas)
    lines = [
        HEADER.format(title="Facts of the schemas that the code needs at run time.", tool=""),
        "from collections.abc import Mapping",
        "from typing import Final, Literal, TypeAlias\n",
        f"IncludeName: TypeAlias = Literal[{', '.join(quoted(c.name) for c in found)}]",
        '"""The name of a collection that can be read along with a customer."""\n',
        "INCLUDE_FLAGS: Final[Mapping[IncludeName, str]] = {",
        *(f"    {quoted(c.name)}: {quoted(c.flag)}," for c in found),
        "}",
        '"""The query flag that asks for each collection, in the order of the schema."""\n',
        "ASSUMED_FIELDS: Final[Mapping[str, frozenset[str]]] = {",
    ]
    for schema in schemas.values():
        names = [name for name, rule in schema.get("properties", {}).items() if rule["x-evidence"] == "assumed"]
        if not schema["title"].endswith("Request") and schema.get("type") == "object":
            listed = f"{{{', '.join(map(quoted, names))}}}" if names else ""
            lines.append(f"    {quoted(schema['title'])}: frozenset({listed}),")
    return "\n".join([*lines, "}", '"""The fields of each model whose evidence is no more than an assumption."""\n'])


def combinations(found: list[Collection]) -> Iterator[tuple[Collection, ...]]:
    """Yield every choice of collections, smallest first; the empty one is left out."""
    for size in range(1, len(found) + 1):
        yield from itertools.combinations(found, size)


def class_name(chosen: tuple[Collection, ...], found: list[Collection]) -> str:
    """Return the class for a choice of collections, such as CustomerWithPageviewsAndEvents."""
    if not chosen:
        return "Customer"
    if len(chosen) == len(found):
        return "CustomerWithAll"
    return "CustomerWith" + "And".join(collection.part for collection in chosen)


def customer_fields(models: str) -> list[str]:
    """Return the fields of Customer as they stand in the models' source, a declaration and a docstring each."""
    (customer,) = (
        node for node in ast.parse(models).body if isinstance(node, ast.ClassDef) and node.name == "Customer"
    )
    first = next(node for node in customer.body if isinstance(node, ast.AnnAssign))
    return models.splitlines()[first.lineno - 1 : customer.end_lineno]


def customers_source(found: list[Collection], models: str) -> str:
    """Return a subclass of Customer for each choice of collections, and the table that finds it.

    Each repeats the fields it inherits: editors list a class's own names first, and inherited ones
    among pydantic's many.
    """
    fields = customer_fields(models)
    # Whatever a field's type may name; the formatter takes away what none does.
    classes = [node.name for node in ast.parse(models).body if isinstance(node, ast.ClassDef)]
    lines = [
        HEADER.format(title="A class of Customer for each choice of collections to read along.", tool=""),
        "from collections.abc import Mapping",
        "from typing import Annotated, Any, Final, Literal\n",
        "from pydantic import Field\n",
        f"from {BASE_MODULE} import OR_EMPTY, {', '.join(OVERRIDES.values())}",
        "from pyttributionio.models._facts import IncludeName",
        f"from pyttributionio.models._generated import {', '.join(classes)}\n",
    ]
    for chosen in combinations(found):
        name = class_name(chosen, found)
        *others, last = chosen
        spoken = f"{', '.join(c.name for c in others)} and {last.name}" if others else last.name
        # Every choice that is smaller by one, so that what has more can stand for what has less. In
        # reverse: pydantic takes fields from the last parent first.
        smaller = [*itertools.combinations(chosen, len(others))]
        parents = [class_name(parent, found) for parent in reversed(smaller)]
        lines += [
            "",
            f"class {name}({', '.join(parents)}, frozen=True):",
            f'    """A customer read with {spoken}."""\n',
        ]
        lines += [*fields, ""]
        for each in chosen:
            items = f"list[{each.item}]"
            lines += [f"    {each.name}: Annotated[{items}, OR_EMPTY] = Field(default_factory={items})"]
            lines += [f'    """{each.description}"""\n']
    lines += [
        "",
        "CUSTOMER_TYPES: Final[Mapping[frozenset[IncludeName], type[Customer]]] = {",
        "    frozenset(): Customer,",
    ]
    for chosen in combinations(found):
        names = ", ".join(quoted(c.name) for c in chosen)
        lines.append(f"    frozenset({{{names}}}): {class_name(chosen, found)},")
    return "\n".join([*lines, "}", '"""The class for each choice of collections."""\n'])


def exports_source(schemas: Schemas, found: list[Collection]) -> str:
    """Return the models' package: the public names, and nothing else."""
    classes = [class_name(chosen, found) for chosen in combinations(found)]
    models = sorted(s["title"] for s in schemas.values() if s.get("type") == "object" and "Request" not in s["title"])
    names = ",\n    ".join(quoted(name) for name in sorted([*classes, *models, "IncludeName", "Model"]))
    return "\n".join(
        [
            HEADER.format(title="The models of the API's answers.", tool=""),
            f"from {BASE_MODULE} import Model",
            f"from pyttributionio.models._customers import {', '.join(classes)}",
            "from pyttributionio.models._facts import IncludeName",
            f"from pyttributionio.models._generated import {', '.join(models)}\n",
            f"__all__ = [\n    {names},\n]\n",
        ]
    )


CUSTOMERS_CLASSES = '''
class {kind}CustomersWithRawResponse({kind}Resource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    {define} get(self, client_id: str | int, *, include: Include = ()) -> RawResponse[Customer]:
        """Read one customer like the plain call; the answer is parsed only on request.

        Args:
            client_id: As for the plain call.
            include: As for the plain call.

        Returns:
            The raw answer. Its `parse()` returns the customer, of the class that fits `include`.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return {wait}self._driver.run(get_customer(self._settings, client_id, include))


class {kind}Customers({kind}Resource):
    """Read customers, {how}."""

{overloads}
    {define} get(self, client_id: str | int, *, include: Collection[object] = ()) -> Customer:
        """Read one customer by the id given in an earlier identity call.

        Args:
            client_id: Anything non-empty, text or a whole number; an email address or a slash in it is fine.
            include: The collections to read along: a list such as {example}, or "all". Only those
                are attributes of the result. One that is empty, or that the server left out, reads as [].

        Returns:
            The customer, as the class that has exactly the collections asked for.

        Raises:
            NotFoundError: No identity call has named this id.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason.
            ResponseValidationError: The answer is not JSON, or a field that is more than assumed has another type.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return {parsed}

    @property
    def with_raw_response(self) -> {kind}CustomersWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return {kind}CustomersWithRawResponse(self._driver, self._settings)
'''


def customers_resource_source(found: list[Collection]) -> str:
    """Return `client.customers`, sync and async. Of the overloads, the smallest choice comes first."""
    names = [class_name(chosen, found) for chosen in combinations(found)]
    width = ", ".join(["Name"] * len(found))
    head = "\n".join(
        [
            HEADER.format(title="`client.customers`: read customers and their journeys.", tool=""),
            '# mypy: disable-error-code="overload-overlap"',
            "# pyright: reportOverlappingOverload=false\n",
            "from collections.abc import Collection, Sequence",
            "from collections.abc import Set as AbstractSet",
            "from typing import Literal, TypeAlias, TypeVar, overload\n",
            "from pyttributionio._core.operations import get_customer",
            "from pyttributionio._core.responses import RawResponse",
            f"from pyttributionio.models import Customer, {', '.join(names)}",
            "from pyttributionio.models import IncludeName as Name",
            "from pyttributionio.resources._base import AsyncResource, Resource\n",
            "",
            "class IncludeName:",
            '    """A marker that tells a list written in the call from a list variable. No value has this type.',
            "",
            "    It has the name of the public type, because checkers show it to a user who passes a `list[str]`. A",
            "    variable that is annotated `list[IncludeName]`, with the public type, is accepted.",
            '    """\n',
            "",
            '_K = TypeVar("_K")',
            "Names: TypeAlias = list[_K | IncludeName] | tuple[_K, ...]",
            f'AllNames: TypeAlias = list[Name | IncludeName] | tuple[{width}] | Literal["all"]',
            "IncludeNames: TypeAlias = Sequence[Name] | AbstractSet[Name]",
            'Include: TypeAlias = IncludeNames | Literal["all"]\n\n',
        ]
    )
    example = f'["{found[0].name}", "{found[-1].name}"]'
    call = "self._driver.run(get_customer(self._settings, client_id, include))"
    classes = (
        CUSTOMERS_CLASSES.format(
            kind=kind,
            how=how,
            define=define,
            wait=wait,
            parsed=parsed,
            overloads=overloads(found, define),
            example=example,
        )
        for kind, how, define, wait, parsed in (
            ("", "blocking", "def", "", f"{call}.parse()"),
            ("Async", "async", "async def", "await ", f"(await {call}).parse()"),
        )
    )
    return head + "\n".join(classes)


def overloads(found: list[Collection], define: str) -> str:
    """Return the overloads of `get`, from nothing included to everything, then the computed include."""

    def one(include: str, result: str) -> str:
        return f"    @overload\n    {define} get(self, client_id: str | int, *, include: {include}) -> {result}: ...\n"

    lines = [one("list[IncludeName] | tuple[()] = ...", "Customer")]
    for chosen in combinations(found):
        names = ", ".join(quoted(c.name) for c in chosen)
        include = "AllNames" if len(chosen) == len(found) else f"Names[Literal[{names}]]"
        lines.append(one(include, class_name(chosen, found)))
    return "".join([*lines, one("IncludeNames", "Customer")])


def quoted(text: str) -> str:
    """Return a text as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def formatted(text: str, name: str) -> str:
    """Return a module as ruff writes it, with the project's settings."""
    for command in (["check", "--fix", "--quiet", "--select", "I,F401"], ["format", "--quiet"]):
        # The real path picks up the project's settings, also for the name of the first party.
        line = [
            sys.executable,
            "-m",
            "ruff",
            *command,
            "--config",
            str(ROOT / "pyproject.toml"),
            "--stdin-filename",
            name,
            "-",
        ]
        text = subprocess.run(line, input=text, capture_output=True, text=True, check=True).stdout
    return text


def generate(root: Path) -> dict[Path, str]:
    """Return every generated file's text by its path."""
    schemas = read_schemas(root / "schemas")
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pyttributionio"]["generate-models"][
        "options"
    ]
    found = collections_of(schemas)
    package = root / "src" / "pyttributionio"
    models = models_source(schemas, options)
    sources = {
        package / "models" / "_facts.py": facts_source(schemas),
        package / "models" / "_generated.py": models,
        package / "models" / "_customers.py": customers_source(found, models),
        package / "models" / "__init__.py": exports_source(schemas, found),
        package / "resources" / "customers.py": customers_resource_source(found),
    }
    return {path: formatted(text, str(path)) for path, text in sources.items()}


def main() -> int:
    """Write the generated files, or with --check say which are stale."""
    parser = argparse.ArgumentParser(
        prog="scripts/generate-models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 and a diff if a file is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to read schemas/ from and write src/ to")
    arguments = parser.parse_args()
    stale = 0
    for path, text in generate(arguments.root.resolve()).items():
        name = path.relative_to(arguments.root.resolve())
        old = path.read_text() if path.exists() else ""
        if old == text:
            print(f"up to date  {name}")
        elif arguments.check:
            stale += 1
            print(f"STALE       {name}")
            print("".join(difflib.unified_diff(old.splitlines(True), text.splitlines(True), "committed", "generated")))
        else:
            path.write_text(text)
            print(f"written     {name}")
    print("Run scripts/generate-models and commit the result." if stale else "The generated files match schemas/.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
