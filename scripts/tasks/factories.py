"""The keyword arguments of the test kit's factories, and the overloads of `make_customer`, made from schemas/."""

import ast
import re

from tasks.include_choices import Collection, class_name, combinations

HEADER = '''"""{title}

Generated from schemas/ by scripts/generate-models.
Do not edit: change the schema and run it again.
"""
'''
TYPES = (
    (r"Annotated\[(list\[\w+\]), FAIL_FAST\]", r"\1"),
    (r"list\[Id\]", "list[str]"),  # a Sequence would accept one text for a list of texts
    (r"\bId\b", "str | int"),
    (r"\bUtcDatetime\b", "datetime"),
    (r"\bMeta\b", "Meta | Mapping[str, object]"),
)
"""What a factory accepts for a type of a field: the pattern in the models' source, and the replacement."""


def accepted(annotation: str) -> str:
    """Return the type of a keyword argument for a field's type."""
    for pattern, replacement in TYPES:
        annotation = re.sub(pattern, replacement, annotation)
    return annotation


def fields_source(found: list[Collection], models: str) -> str:
    """Return a TypedDict for each model that has a factory."""
    wanted = ["Customer", *(each.item for each in found)]
    classes = {node.name: node for node in ast.parse(models).body if isinstance(node, ast.ClassDef)}
    lines = [
        HEADER.format(title="The keyword arguments of the factories: each field of a model, all optional."),
        "from collections.abc import Mapping",
        "from datetime import datetime",
        "from typing import TypedDict\n",
        "from pyttributionio.models import Meta\n",
    ]
    for name in wanted:
        lines += ["", f"class {name}Fields(TypedDict, total=False):", f'    """What `make_{name.lower()}` takes."""\n']
        for node in classes[name].body:
            match node:
                case ast.AnnAssign(target=ast.Name(id=field)):
                    lines += [f"    {field}: {accepted(ast.unparse(node.annotation))}"]
                case ast.Expr(value=ast.Constant(value=str(text))) if node is not classes[name].body[0]:
                    lines += [f'    """{text}"""\n']
                case _:
                    pass
    return "\n".join([*lines, ""])


def customer_factory_source(found: list[Collection]) -> str:
    """Return `make_customer` with an overload for each choice of collections."""
    classes = ", ".join(class_name(chosen, found) for chosen in [(), *combinations(found)])
    lines = [
        HEADER.format(title="`make_customer`, typed by the collections that it is given."),
        "from collections.abc import Sequence",
        "from typing import Unpack, overload\n",
        f"from pyttributionio.models import {classes}, {', '.join(each.item for each in found)}",
        "from pyttributionio.testing._fields import CustomerFields",
        "from pyttributionio.testing._making import customer_of\n",
        '__all__ = ["make_customer"]\n',
    ]
    # The most collections first: a checker that accepts any keyword for a TypedDict takes the first one that fits.
    for chosen in sorted([(), *combinations(found)], key=len, reverse=True):
        given = "".join(f"{each.name}: Sequence[{each.item}], " for each in chosen)
        star = "*, " if given else ""
        result = class_name(chosen, found)
        lines += ["", "@overload", f"def make_customer({star}{given}**fields: Unpack[CustomerFields]) -> {result}: ..."]
    lines += [
        "",
        "def make_customer(**fields: object) -> Customer:",
        '    """Return a customer as a read with these collections returns it.',
        "",
        "    The class is that of the collections that are given, so `make_customer(touchpoints=[])` is a",
        "    `CustomerWithTouchpoints`, and reading another collection of it raises `NotIncludedError`. The times at",
        "    which the person was first and last seen are those of the parts that are given.",
        "",
        "    Args:",
        "        **fields: Fields and collections of the customer, each instead of its default.",
        "",
        "    Raises:",
        "        TypeError: There is no such field, or a value has a wrong type.",
        "        ValueError: A time has no time zone, or a value is out of range.",
        '    """',
        "    return customer_of(fields)",
    ]
    return "\n".join([*lines, ""])
