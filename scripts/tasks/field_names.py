"""Which names the fields and the classes of the generated models can have.

A field hides every name of its module from the fields below it in its class. So a field called `Field` or `Annotated`
would break the module, and so would a class of such a name.
"""

import builtins
import keyword
import re
import typing
import unicodedata
from typing import Final

import pydantic

import pyttributionio
from pyttributionio.models import _base, _customers, _generated
from tasks.answer_shapes import is_masked

_TYPES: Final = {"bool", "dict", "float", "int", "list", "str"}
_IMPORTED: Final = {name for module in (_generated, _customers) for name in vars(module) if not name.startswith("__")}
"""The names in the generated modules: those that they import, and their classes."""
_MAY_BE_IMPORTED: Final = {name for name in [*typing.__all__, *pydantic.__all__] if name[0].isupper()}
"""The names that datamodel-code-generator imports for some schemas."""
_OF_FIELDS: Final = _TYPES | _IMPORTED | _MAY_BE_IMPORTED
_OF_CLASSES: Final = {*_OF_FIELDS, *dir(builtins), *dir(pyttributionio), *vars(_base)}


def reason_against_field(name: str, titles: set[str]) -> str | None:
    """Return why no field can have a name, or None. `titles` has the names of the classes."""
    if is_masked(name):
        return "its name looks like data"
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        return "its name is no name in Python; read it from model_extra"
    if (
        name.startswith("_")
        or keyword.iskeyword(name)
        or hasattr(_base.CustomerModel, name)
        or name in _OF_FIELDS | titles
    ):
        return "no field can have this name; it stays in model_extra"
    return None


def is_free_for_class(title: str, taken: set[str]) -> bool:
    """Return whether a class can have a name. `taken` has the names of the other classes and of all fields."""
    return title not in _OF_CLASSES | taken and not keyword.iskeyword(title) and not title.startswith("CustomerWith")


def snake_case(name: str) -> str:
    """Return the name of a schema's file for the name of a property, without the suffix."""
    # "Request" in a title marks the schema of a request body. The names of files are parts of URLs.
    found = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("request", "req")
    return found if found.isascii() else "part"


def title_case(name: str) -> str:
    """Return the name of a class for the name of a schema's file."""
    return "".join(part.title() for part in name.split("_"))


def singular(name: str) -> str:
    """Return the name of one item of a list."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
