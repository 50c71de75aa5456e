"""The public face, as a reviewed snapshot: no name or signature changes unseen.

`REWRITE_PUBLIC_API=1 python -m pytest tests/project/test_public_api.py` writes the snapshot anew; review its diff.
"""

import ast
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyttributionio
from support.source import NAME, RESOURCES, Definition, exported, is_overload, public_face

MADE_BY_US = {*RESOURCES, "RawResponse"}
"""Users get these from a client; how they are made is no promise."""
SNAPSHOT = Path(__file__).parents[1] / "public_api.txt"


def described() -> Iterator[str]:
    """Yield a line for each public name, and one for each public attribute and method of a class."""
    for name, node in public_face().items():
        yield from lines(name, node)


def lines(name: str, node: Definition) -> Iterator[str]:
    """Yield what a user's code or type checker may depend on, as it is written in the source."""
    match node:
        case ast.ClassDef():
            arguments = [ast.unparse(base) for base in node.bases] + [ast.unparse(word) for word in node.keywords]
            yield f"class {name}({', '.join(arguments)})" if arguments else f"class {name}"
            for item in node.body:
                match item:
                    case ast.AnnAssign(target=ast.Name(id=field)) if not field.startswith("_"):
                        yield f"    {ast.unparse(item)}"
                    case ast.FunctionDef(name="__init__"):
                        yield from (f"    {line}" for line in attributes(item))
                        if name not in MADE_BY_US:
                            yield from (f"    {line}" for line in lines(item.name, item))
                    case ast.FunctionDef() | ast.AsyncFunctionDef() if is_public(item.name):
                        yield from (f"    {line}" for line in lines(item.name, item))
                    case _:
                        pass
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (f"@{ast.unparse(decorator)}" for decorator in node.decorator_list if not is_overload(node))
            define = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            mark = "  # overload" if is_overload(node) else ""
            yield f"{define} {name}({ast.unparse(node.args)}){returns}{mark}"
        case _ if name == "__version__":
            yield "__version__: str"
        case _:
            yield ast.unparse(node)


def attributes(constructor: ast.FunctionDef) -> Iterator[str]:
    """Yield the public attributes that a constructor declares."""
    for node in constructor.body:
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=name)) if not name.startswith("_"):
                yield f"{name}: {ast.unparse(node.annotation)}"
            case _:
                pass


def is_public(name: str) -> bool:
    """Tell what users call, `with` statements among it, from what is private or Python's."""
    return not name.startswith("_") or name in {"__enter__", "__exit__", "__aenter__", "__aexit__"}


def test_public_face_is_the_reviewed_one() -> None:
    """Names, signatures, fields and their types, as they are written."""
    found = "".join(f"{line}\n" for line in described())
    if os.environ.get("REWRITE_PUBLIC_API"):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found.splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("module", [NAME, f"{NAME}.models", f"{NAME}.outbox", f"{NAME}.sandbox", f"{NAME}.web"])
def test_all_is_sorted_and_true(module: str) -> None:
    """Each name is there, and stands once; constants come first, as ruff sorts them."""
    package = importlib.import_module(module)
    assert list(package.__all__) == sorted(set(package.__all__), key=lambda name: (not name.isupper(), name))
    for name in package.__all__:
        assert hasattr(package, name), name


@pytest.mark.parametrize("module", [NAME, f"{NAME}.models", f"{NAME}.outbox", f"{NAME}.web"])
def test_all_is_what_the_package_imports_of_its_own(module: str) -> None:
    """Nothing public is left out, nothing private let out."""
    assert sorted(importlib.import_module(module).__all__) == sorted(exported(module))


def test_public_classes_name_the_package_as_their_home() -> None:
    """Tracebacks and reprs show what a user imports; models keep their module, for pydantic looks there."""
    for name in pyttributionio.__all__:
        public = getattr(pyttributionio, name)
        if isinstance(public, type) and not issubclass(public, pyttributionio.Model):
            assert public.__module__ == NAME, name


def test_models_package_and_main_package_agree() -> None:
    """What is a model is the same object in both."""
    for name in pyttributionio.models.__all__:
        assert getattr(pyttributionio, name) is getattr(pyttributionio.models, name)


def test_package_says_that_it_is_typed() -> None:
    """PEP 561."""
    assert (Path(pyttributionio.__file__).parent / "py.typed").is_file()
