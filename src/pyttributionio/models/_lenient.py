"""A second, slower way to read an answer that failed the first way. It finds where the answer is unreadable, and how.

The models follow the evidence for each field (wire contract, "Reading rules"). If a documented or observed field has
another type, reading fails. An assumed field of another type reads as None: see `_odd_values`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, TypeVar, cast, get_args

from pydantic import ValidationError
from pydantic_core import from_json

from pyttributionio._shared.text import preview
from pyttributionio.models._base import Model

M = TypeVar("M", bound=Model)
Location: TypeAlias = tuple[str | int, ...]

_EXPECTED: Final = {
    "model_type": "an object",
    "list_type": "an array",
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a number",
    "float_type": "a number",
}


class UnreadableError(Exception):
    """An answer is not as the API documents it. `found` describes the value at `path`, not in full."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(path, expected, found)
        self.path = path
        self.expected = expected
        self.found = found


def read_leniently(
    kind: type[M],
    body: bytes,
    key: str,
    redact: Callable[[str], str],
    defaults: Mapping[str, object] | None = None,
) -> M:
    """Read a model from the member `key` of an answer. `defaults` has values for members that are missing in it.

    Errors show values redacted.

    Raises:
        UnreadableError: The body is not JSON, or a documented or observed field has another type.
    """
    try:
        document: object = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError("", "JSON", f"not JSON ({error})") from None
    if not isinstance(document, dict):
        raise UnreadableError("", f'an object with the key "{key}"', preview(document, redact))
    if key not in document:
        raise UnreadableError(key, "an object", "missing")
    found = cast("object", document[key])
    if defaults is not None and isinstance(found, dict):
        found = {**defaults, **cast("dict[str, object]", found)}
    return _read(kind, found, key, redact)


def _read(kind: type[M], document: object, root: str, redact: Callable[[str], str]) -> M:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
    location = _place(kind, details[0]["loc"])
    same = [detail for detail in details if _place(kind, detail["loc"]) == location]
    expected = dict.fromkeys(
        _EXPECTED.get(detail["type"]) or detail["msg"].removeprefix("Input should be ") for detail in same
    )
    raise UnreadableError(
        root + show_location(location), " or ".join(expected), preview(_find(document, location), redact)
    )


def _place(kind: type[Model], loc: Location) -> Location:
    """Return an error's location, cut after its fields and list positions.

    The rest of the location has pydantic's labels for the branches of a union.
    """
    location: list[str | int] = []
    current: type[Model] | None = kind
    for step in loc:
        if isinstance(step, str):
            if current is None or step not in current.model_fields:
                break
            current = _model_in(current.model_fields[step].annotation)
        location.append(step)
    return tuple(location)


def _model_in(annotation: object) -> type[Model] | None:
    """Return the model in an annotation: the annotation itself, a member of a union, or the items of a list."""
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, Model)), None)


def _parts(annotation: object) -> Iterator[object]:
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _parts(argument)


def _find(found: object, location: Location) -> object:
    for step in location:
        found = cast("Mapping[object, object]", found)[step]
    return found


def show_location(location: Location) -> str:
    """Return a location as text that follows the name of its root, such as ".events[2].url"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
