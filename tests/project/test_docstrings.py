"""What users read in their editor: docstrings everywhere, errors named where they are raised, times with their unit."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyttributionio
from pyttributionio import PyttributionioError
from support.source import FILES, MODULES, PACKAGE, Definition, Function, is_overload, public_face, top_level

SCRIPTS = sorted((PACKAGE.parent.parent / "scripts").rglob("*.py"))
LONGEST_FUNCTION = 60
LONGEST_FILE = 400
NEVER_RAISED = {"PyttributionioError", "APIError"}
"""They only gather others, so no call raises them themselves."""
NO_TIMES = {"revenue", "cost"}
"""Public numbers with a fraction that are no times."""
FACE = public_face()


def functions(node: ast.AST) -> Iterator[Function]:
    """Yield all functions in a piece of source, methods and nested ones too."""
    yield from (each for each in ast.walk(node) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def public_methods(node: Definition) -> Iterator[Function]:
    """Yield the methods of a class that users call; overloads and protocols have no docstrings of their own."""
    if not isinstance(node, ast.ClassDef) or any(ast.unparse(base) == "Protocol" for base in node.bases):
        return
    for item in node.body:
        is_method = isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_method and not item.name.startswith("_") and not is_overload(item):
            yield item


def attribute_docstrings(node: ast.ClassDef) -> dict[str, str]:
    """Return the string below each annotated attribute of a class."""
    found: dict[str, str] = {}
    for item, following in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            match following:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    found[item.target.id] = text
                case _:
                    found[item.target.id] = ""
    return found


def entries(docstring: str) -> dict[str, str]:
    """Return the entries of a docstring's sections, such as Args, by name."""
    found: dict[str, str] = {}
    name = ""
    for line in docstring.splitlines():
        if match := re.fullmatch(r"    (\w+): (.*)", line):
            name = match[1]
            found[name] = match[2]
        elif name and line.startswith("     "):
            found[name] += " " + line.strip()
        else:
            name = ""
    return found


@pytest.mark.parametrize("module", MODULES)
def test_module_and_what_it_defines_have_docstrings(module: str) -> None:
    """Each module, and each class and function in it whose name is not private."""
    assert ast.get_docstring(MODULES[module])
    for name, node in top_level(module).items():
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not name.startswith("_"):
            assert ast.get_docstring(node), name


@pytest.mark.parametrize("name", [name for name, node in FACE.items() if isinstance(node, ast.ClassDef)])
def test_public_methods_have_docstrings(name: str) -> None:
    """Those of exported classes, and of the resources."""
    for method in public_methods(FACE[name]):
        assert ast.get_docstring(method), method.name


@pytest.mark.parametrize("module", ["pyttributionio.models._generated", "pyttributionio.models._customers"])
def test_every_field_has_a_docstring(module: str) -> None:
    """The schema's description, where an editor shows it."""
    for name, node in top_level(module).items():
        if isinstance(node, ast.ClassDef):
            for field, text in attribute_docstrings(node).items():
                assert text.endswith("."), f"{name}.{field}"


def test_docstrings_of_calls_name_every_parameter() -> None:
    """The plain calls and the constructors: each parameter stands under Args, in order, and nothing else does."""
    called = [
        (FACE[kind], name)
        for kind, names in {
            "Client": ["with_options"],
            "Tracking": ["event", "identity"],
            "Customers": ["get"],
        }.items()
        for name in names
    ]
    for node, name in called:
        method = next(each for each in public_methods(node) if each.name == name)
        assert arguments_of(method) == listed(ast.get_docstring(method) or ""), name
    client = FACE["Client"]
    assert isinstance(client, ast.ClassDef)
    constructor = next(each for each in functions(client) if each.name == "__init__")
    assert arguments_of(constructor) == listed(ast.get_docstring(client) or "")


def arguments_of(function: Function) -> list[str]:
    """Return a function's parameters but for self."""
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs) if each.arg != "self"]


def listed(docstring: str) -> list[str]:
    """Return what stands under Args."""
    section = re.search(r"^Args:\n((?:    .*\n|\n)*)", docstring + "\n", re.MULTILINE)
    return [*entries(section[1])] if section else []


def test_every_error_stands_under_some_raises() -> None:
    """A user of each call can see what to catch; and what is named there exists."""
    named: set[str] = set()
    for node in FACE.values():
        for text in [ast.get_docstring(each) or "" for each in (node, *public_methods(node)) if has_docstring(each)]:
            section = re.search(r"^Raises:\n((?:    .*\n|\n)*)", text + "\n", re.MULTILINE)
            named |= {*entries(section[1])} if section else set()
    public = {name: getattr(pyttributionio, name) for name in pyttributionio.__all__}
    errors = {name for name, it in public.items() if isinstance(it, type) and issubclass(it, PyttributionioError)}
    assert errors - NEVER_RAISED <= named
    for name in named - {"ValueError", "TypeError", "RuntimeError"}:
        assert hasattr(pyttributionio, name), name


def has_docstring(node: ast.AST) -> bool:
    """Tell what can have one."""
    return isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)


def times(name: str, node: Definition) -> Iterator[tuple[str, str]]:
    """Yield each public float with what the docstrings in its reach say of it."""
    if not isinstance(node, ast.ClassDef):
        return
    here = entries(ast.get_docstring(node) or "")
    own = attribute_docstrings(node)
    for item in ast.walk(node):
        if isinstance(item, ast.AnnAssign) and has_float(item.annotation):
            field = item.target.id if isinstance(item.target, ast.Name) else getattr(item.target, "attr", "")
            yield f"{name}.{field}", own.get(field) or here.get(field, "")
    for function in functions(node):
        said = {**here, **entries(ast.get_docstring(function) or "")}
        for parameter in (*function.args.args, *function.args.kwonlyargs):
            if has_float(parameter.annotation):
                yield f"{name}.{function.name}.{parameter.arg}", said.get(parameter.arg, "")


def has_float(annotation: ast.expr | None) -> bool:
    """Tell whether a type is or may be a float, in quotes or not."""
    return annotation is not None and re.search(r"\bfloat\b", ast.unparse(annotation)) is not None


def test_every_time_says_that_it_is_in_seconds() -> None:
    """Each float of the face: options, attributes of errors and answers."""
    found = {place: text for name, node in FACE.items() for place, text in times(name, node)}
    found = {place: text for place, text in found.items() if place.rpartition(".")[2] not in NO_TIMES}
    assert {"Client.__init__.timeout", "Client.with_options.deadline", "APIStatusError.retry_after"} <= found.keys()
    assert [place for place, text in found.items() if "second" not in text.lower()] == []


@pytest.mark.parametrize("path", [*FILES.values(), *SCRIPTS], ids=lambda path: path.name)
def test_functions_and_files_are_short(path: Path) -> None:
    """A function fits a screen, docstring included; a file fits a head."""
    text = path.read_text(encoding="utf-8")
    # A generated file is read through its generator.
    assert len(text.splitlines()) <= LONGEST_FILE or "\nGenerated from " in text
    for function in functions(ast.parse(text)):
        assert (function.end_lineno or 0) - function.lineno + 1 <= LONGEST_FUNCTION, function.name
