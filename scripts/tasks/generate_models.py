"""Generate the models, the resources, and openapi.json, from schemas/ and scripts/resources/.

datamodel-code-generator writes the models (its settings are in pyproject.toml). This script bundles the schemas for
it, and writes the other parts: the facts and the table of the calls for run time, the fifteen subclasses of Customer,
the resources with the overloads of `customers.get`, the async client, and openapi.json.
"""

import argparse
import ast
import difflib
import itertools
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from tasks.calls import openapi_text, table_source
from tasks.environment import ROOT
from tasks.factories import customer_factory_source, fields_source
from tasks.import_check import import_problem
from tasks.include_choices import (
    INCLUDE_FLAG,
    Collection,
    Schema,
    Schemas,
    class_name,
    collections_of,
    combinations,
    quoted,
)
from tasks.resource_modules import RESOURCE_HEADER, client_source, outbox_calls_source, resource_sources

NOT_MODELS = {"calls.json", "openapi.json"}
"""The files of schemas/ that describe calls, and not a model."""
NOT_FOR_MODELS = {"$schema", "$id", "additionalProperties"}
"""The keys that the models do not need: the package builds request bodies, and adds no other members."""
BASE_MODULE = "pyttributionio.models._base"
OVERRIDES = {"Id": "Id", "Time": "UtcDatetime", "UnixTime": "UnixTimestamp"}
"""The definitions that a type of models/_base.py replaces."""

HEADER = '''"""{title}

Generated from schemas/ by scripts/generate-models{tool}.
Do not edit: change the schema and run it again.
"""
'''


def read_schemas(folder: Path) -> Schemas:
    """Return the models' schemas by file name."""
    return {
        path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json")) if path.name not in NOT_MODELS
    }


def bundle(schemas: Schemas) -> Schema:
    """Return one document with all schemas under $defs, for datamodel-code-generator."""
    definitions = {}
    for schema in schemas.values():
        title = schema["title"]
        definition = inline(schema, schemas)
        if title in OVERRIDES:
            definition = {"title": title, "type": "string"}  # a --type-overrides entry replaces it
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
        # The generator formats its output with ruff and the settings in this folder. The defaults have shorter lines.
        (Path(folder) / "ruff.toml").write_text(f"extend = {json.dumps(str(ROOT / 'pyproject.toml'))}\n")
        header.write_text(
            HEADER.format(title="The models of answers and requests.", tool=" (datamodel-code-generator)")
        )
        overrides = {name: f"{BASE_MODULE}.{kind}" for name, kind in OVERRIDES.items()}
        files = ["--input", str(source), "--output", str(output), "--custom-file-header-path", str(header)]
        command = [sys.executable, "-m", "datamodel_code_generator", *options, *files]
        subprocess.run([*command, "--type-overrides", json.dumps(overrides)], check=True)
        text = output.read_text()
    # A list with a million wrong items would give a million errors. Only the first one is needed.
    text = re.sub(r"\blist\[(\w+)\] \| None = ", r"Annotated[list[\1], FAIL_FAST] | None = ", text)
    text = text.replace(f"from {BASE_MODULE} import ", f"from {BASE_MODULE} import FAIL_FAST, ")
    # Type checkers see that a model is frozen only if its own class statement says so.
    return text.replace("Model):\n", "Model, frozen=True):\n")


def facts_source(schemas: Schemas) -> str:
    """Return the facts of the schemas that the code needs at run time."""
    found = collections_of(schemas)
    lines = [
        HEADER.format(title="The facts of the schemas that the code needs at run time.", tool=""),
        "from collections.abc import Mapping",
        "from typing import Final, Literal, TypeAlias\n",
        f"IncludeName: TypeAlias = Literal[{', '.join(quoted(c.name) for c in found)}]",
        '"""The name of a collection that a read of a customer can include."""\n',
        "INCLUDE_FLAGS: Final[Mapping[IncludeName, str]] = {",
        *(f"    {quoted(c.name)}: {quoted(c.flag)}," for c in found),
        "}",
        '"""The query flag that asks for each collection, in the order of the schema."""\n',
    ]
    return "\n".join(lines)


def customer_fields(models: str) -> list[str]:
    """Return the fields of Customer from the models' source, each with its declaration and docstring."""
    (customer,) = (
        node for node in ast.parse(models).body if isinstance(node, ast.ClassDef) and node.name == "Customer"
    )
    first = next(node for node in customer.body if isinstance(node, ast.AnnAssign))
    return models.splitlines()[first.lineno - 1 : customer.end_lineno]


def customers_source(found: list[Collection], models: str) -> str:
    """Return a subclass of Customer for each choice of collections, and a table of them.

    Each class repeats the fields that it inherits: editors list a class's own names first, and inherited names
    together with those of pydantic.
    """
    fields = customer_fields(models)
    # All names that a field's type can use. The formatter removes the unused ones.
    classes = [node.name for node in ast.parse(models).body if isinstance(node, ast.ClassDef)]
    lines = [
        HEADER.format(title="The subclass of Customer for each choice of included collections.", tool=""),
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
        # The bases are the choices with one collection less, so that a class with more collections is accepted for
        # one with fewer. They are reversed, because pydantic takes fields from the last base first.
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
    """Return the models' package, which has only the public names."""
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


def calls_source(calls: Schema) -> str:
    """Return the module with the table of the calls."""
    title = "The calls of the API, as schemas/openapi.json describes them."
    header = RESOURCE_HEADER.format(title=title, source="schemas/calls.json")
    return header + "\n" + table_source(calls)


def formatted(text: str, name: str) -> str:
    """Return a module as ruff writes it, with the project's settings."""
    for command in (["check", "--fix", "--quiet", "--select", "I,F401"], ["format", "--quiet"]):
        # With the real path, ruff uses the project's settings, also for the first-party package.
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
    calls = json.loads((root / "schemas" / "calls.json").read_text())
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
        package / "_client" / "async_client.py": client_source(root),
        package / "_core" / "calls.py": calls_source(calls),
        package / "outbox" / "_calls.py": outbox_calls_source(root),
        package / "testing" / "_fields.py": fields_source(found, models),
        package / "testing" / "_customer_factory.py": customer_factory_source(found),
    }
    for name, text in resource_sources(root, found).items():
        sources[package / "resources" / f"{name}.py"] = text
    made = {path: formatted(text, str(path)) for path, text in sources.items()}
    return {root / "schemas" / "openapi.json": openapi_text(calls, schemas), **made}


def main() -> int:
    """Write the generated files and import them, or with --check say which are stale."""
    parser = argparse.ArgumentParser(
        prog="scripts/generate-models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 and a diff if a file is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to read schemas/ from and write src/ to")
    arguments = parser.parse_args()
    stale, before = 0, dict[Path, str]()
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
            before[path] = old
            path.write_text(text)
            print(f"written     {name}")
    if before and (problem := import_problem(arguments.root.resolve())):
        for path, text in before.items():
            path.write_text(text)
        print(f"generate-models: the generated package can't be imported, so all files are as before: {problem}")
        return 2
    print("Run scripts/generate-models and commit the result." if stale else "The generated files match schemas/.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
