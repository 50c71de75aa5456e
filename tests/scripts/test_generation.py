"""Editing a schema and running one script is all it takes: tried on copies of the tree."""

import difflib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ._running import ROOT, Ran, run_module, run_python

pytestmark = pytest.mark.processes
GENERATED = [
    "schemas/openapi.json",
    "src/pyttributionio/models/_facts.py",
    "src/pyttributionio/models/_generated.py",
    "src/pyttributionio/models/_customers.py",
    "src/pyttributionio/models/__init__.py",
    "src/pyttributionio/_client/async_client.py",
    "src/pyttributionio/_core/calls.py",
    "src/pyttributionio/outbox/_calls.py",
    "src/pyttributionio/testing/_fields.py",
    "src/pyttributionio/testing/_customer_factory.py",
    "src/pyttributionio/resources/customers.py",
    "src/pyttributionio/resources/endpoints.py",
    "src/pyttributionio/resources/tracking.py",
]


def generate(root: Path, *arguments: str) -> Ran:
    """Run a tree's own script."""
    return run_module("tasks.generate_models", *arguments, tree=root)


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Edit a schema as a developer would."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    change(schema)
    path.write_text(json.dumps(schema, indent=2), encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy what generation reads and writes."""
    for name in ("schemas", "src", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_generated_files_match_the_schemas() -> None:
    """What is committed is what the script writes, to the byte."""
    done = generate(ROOT, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        *(["up", "to", "date", name] for name in GENERATED),
        ["The", "generated", "files", "match", "schemas/."],
    ]


def test_check_shows_what_is_stale_and_writes_nothing(tree: Path) -> None:
    """An edited file, and one that is missing: exit code 1 and a diff."""
    edited, missing = tree / GENERATED[2], tree / GENERATED[1]
    text = edited.read_text(encoding="utf-8").replace("class Touchpoint(", "class Touch(")
    edited.write_text(text, encoding="utf-8")
    missing.unlink()
    done = generate(tree, "--check")
    assert done.returncode == 1
    assert "\n-class Touch(Model, frozen=True):\n+class Touchpoint(Model, frozen=True):\n" in done.stdout
    assert "\n+INCLUDE_FLAGS: Final" in done.stdout
    stale = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("STALE")]
    assert stale == GENERATED[1:3]
    assert done.stdout.endswith("Run scripts/generate-models and commit the result.\n")
    assert edited.read_text(encoding="utf-8") == text
    assert not missing.exists()


@pytest.mark.parametrize(
    ("file", "name"), [("event.json", "UtcDatetime"), ("customer.json", "Annotated"), ("customer.json", "Field")]
)
def test_package_that_cannot_be_imported_is_not_left(tree: Path, file: str, name: str) -> None:
    """The name of a field hides what later fields use: all files are as before, and the reason is told."""

    def add(schema: dict[str, Any]) -> None:
        rule = {"description": "Hides a name.", "x-evidence": "observed", "type": ["integer", "null"]}
        schema["properties"] = {name: rule, **schema["properties"]}

    edit(tree / "schemas" / file, add)
    before = [(tree / generated).read_text(encoding="utf-8") for generated in GENERATED]
    done = generate(tree)
    assert done.returncode == 2
    assert "the generated package can't be imported, so all files are as before: " in done.stdout
    assert ("_generated.py" if file == "event.json" else "_customers.py") in done.stdout
    assert "The generated files match" not in done.stdout
    assert [(tree / generated).read_text(encoding="utf-8") for generated in GENERATED] == before


def test_a_stock_generator_makes_the_models_from_openapi(tmp_path: Path) -> None:
    """datamodel-code-generator with its default options: the five models, each with all of its fields."""
    command = ("datamodel_code_generator", "--input", str(ROOT / "schemas" / "openapi.json"))
    done = run_module(*command, "--output", str(tmp_path / "made.py"))
    assert done.returncode == 0, done.stderr
    compare = """
import made
import pyttributionio
for name in ("Customer", "Pageview", "Touchpoint", "Event", "Identity"):
    ours = pyttributionio.CustomerWithAll if name == "Customer" else getattr(pyttributionio, name)
    assert getattr(made, name).model_fields.keys() == ours.model_fields.keys(), name
made.Customer.model_validate({"events": [{"url": "https://shop.example/"}]})
"""
    (tmp_path / "compare.py").write_text(compare, encoding="utf-8")
    compared = run_python("compare.py", tree=tmp_path)
    assert (compared.returncode, compared.stderr) == (0, "")


def test_a_new_field_is_one_line_in_the_files_that_are_reviewed(tree: Path) -> None:
    """Its schema, and its line in one model; the other files are marked as generated for the viewers of diffs."""
    before = {name: (tree / name).read_text(encoding="utf-8") for name in GENERATED}
    field = {"description": "How often.", "x-evidence": "assumed", "type": ["integer", "null"]}
    edit(tree / "schemas" / "customer.json", lambda schema: schema["properties"].update(visits=field))
    assert generate(tree).returncode == 0
    marked = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    reviewed = [name for name in GENERATED if f"{name} linguist-generated" not in marked]
    assert reviewed == ["src/pyttributionio/models/_generated.py"]
    lines = added(before[reviewed[0]], (tree / reviewed[0]).read_text(encoding="utf-8"))
    assert lines == ["    visits: int | None = None", '    """How often."""']


def added(before: str, after: str) -> list[str]:
    """Return the lines that a change has added, without blank ones."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[2:] for line in lines if line.startswith("+ ") and line[2:].strip()]


NEW_FIELDS = """
import json, sys, typing
import pyttributionio
from pyttributionio import ResponseValidationError, Touchpoint
from support.reading import read_one

assert pyttributionio.__file__.startswith(sys.argv[1]), pyttributionio.__file__
assert typing.get_type_hints(Touchpoint)["clicks"] == int | None
assert typing.get_type_hints(Touchpoint)["seen_at"] == typing.get_type_hints(Touchpoint)["created_at"]

touchpoint = read_one("touchpoints", {"clicks": 3, "seen_at": 1520000000, "partner": 5}, strict=True)
assert (touchpoint.clicks, touchpoint.seen_at.isoformat()) == (3, "2018-03-02T14:13:20+00:00")
assert touchpoint.partner == "5"
assert touchpoint.model_extra == {}
assert read_one("touchpoints", {"partner": True}).partner is None
assert read_one("touchpoints", {"clicks": "3"}).clicks is None
try:
    read_one("touchpoints", {"clicks": "3"}, strict=True)
except ResponseValidationError as error:
    assert error.path == "customer.touchpoints[].clicks"
else:
    raise AssertionError("a field of another type was accepted")
"""


def test_new_field_needs_only_the_schema_and_the_script(tree: Path) -> None:
    """Read, typed, documented, and lenient whatever its evidence is; then nothing is stale."""

    def add(schema: dict[str, Any]) -> None:
        null = {"type": "null"}
        schema["properties"] |= {
            "clicks": {"description": "How often.", "x-evidence": "observed", "type": ["integer", "null"]},
            "seen_at": {
                "description": "When it was seen.",
                "x-evidence": "observed",
                "anyOf": [{"$ref": "time.json"}, null],
            },
            "partner": {"description": "Who.", "x-evidence": "assumed", "anyOf": [{"$ref": "id.json"}, null]},
        }

    edit(tree / "schemas" / "touchpoint.json", add)
    done = generate(tree)
    assert (done.returncode, done.stderr) == (0, "")
    written = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("written")]
    assert written == [GENERATED[0], GENERATED[2], "src/pyttributionio/testing/_fields.py"]
    source = (tree / GENERATED[2]).read_text(encoding="utf-8")
    assert '\n    clicks: int | None = None\n    """How often."""\n' in source
    shutil.copytree(ROOT / "tests" / "support", tree / "support")
    (tree / "use.py").write_text(NEW_FIELDS, encoding="utf-8")
    used = run_python("-W", "error", "use.py", str(tree), tree=tree)
    assert (used.returncode, used.stderr) == (0, "")


NEW_COLLECTION = """
import itertools, sys, typing
import httpx
import pyttributionio
from pyttributionio import Client, Customer, NotIncludedError
from pyttributionio.models import CustomerWithAll, CustomerWithEventsAndNotes, CustomerWithNotes, Note
from pyttributionio.models._customers import CUSTOMER_TYPES
from pyttributionio.resources.customers import Customers

assert pyttributionio.__file__.startswith(sys.argv[1]), pyttributionio.__file__
assert len(CUSTOMER_TYPES) == len(set(CUSTOMER_TYPES.values())) == 32
assert len(typing.get_overloads(Customers.get)) == 33
for (has, kind), (needs, other) in itertools.product(CUSTOMER_TYPES.items(), repeat=2):
    assert issubclass(kind, other) == needs.issubset(has), (kind, other)

sent = []

def answer(request):
    sent.append(request.url.query.decode())
    return httpx.Response(200, json={"customer": {"notes": [{"text": "called back"}]}})

client = Client("key", "secret", http_client=httpx.Client(transport=httpx.MockTransport(answer)))
customer = client.customers.get("id", include=["notes", "events"])
assert type(customer) is CustomerWithEventsAndNotes
assert isinstance(customer, CustomerWithNotes)
assert customer.notes == [Note(text="called back")]
assert customer.events == []
try:
    customer.pageviews
except NotIncludedError:
    pass
else:
    raise AssertionError("a collection that was not asked for was read")
assert type(client.customers.get("id", include="all")) is CustomerWithAll
assert list(CustomerWithAll.model_fields)[-2:] == ["identities", "notes"]
assert sent == ["secret=secret&show_events=true&show_notes=true", "secret=secret&show_all=true"], sent
"""


def test_fifth_collection_needs_only_the_schemas_and_the_script(tree: Path) -> None:
    """31 subclasses and 33 overloads that work."""

    def add(schema: dict[str, Any]) -> None:
        schema["properties"]["notes"] = {
            "description": "What colleagues wrote.",
            "x-evidence": "observed",
            "type": ["array", "null"],
            "items": {"$ref": "note.json"},
            "x-include-flag": "show_notes",
        }

    def become_note(schema: dict[str, Any]) -> None:
        text = {"description": "What it says.", "x-evidence": "observed", "type": ["string", "null"]}
        schema |= {"$id": "note.json", "title": "Note", "description": "One note.", "properties": {"text": text}}

    edit(tree / "schemas" / "customer.json", add)
    shutil.copy(tree / "schemas" / "meta.json", tree / "schemas" / "note.json")
    edit(tree / "schemas" / "note.json", become_note)
    done = generate(tree)
    assert (done.returncode, done.stderr) == (0, "")
    (tree / "use.py").write_text(NEW_COLLECTION, encoding="utf-8")
    used = run_python("-W", "error", "use.py", str(tree), tree=tree)
    assert (used.returncode, used.stderr) == (0, "")
