"""A second, slower way to read an answer that failed the first way.

The models read odd values by themselves: see `_odd_values`. This module finds where an answer can't be read at all, and
reads what a model can't see in it: the places of numbers that Python cannot represent, and the values that were sent.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pyttributionio._shared.text import preview
from pyttributionio.models._base import Model
from pyttributionio.models._odd_values import Unreadable, keep_part

T = TypeVar("T")
Location: TypeAlias = tuple[str | int, ...]

_MISSING: Final = object()
_EXPECTED: Final = {
    "missing": "present",
    "model_type": "an object",
    "list_type": "an array",
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a number",
    "float_type": "a number",
}


class UnreadableError(Exception):
    """An answer is not as the SDK needs it. `found` describes the value at `path`, not in full."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(path, expected, found)
        self.path = path
        self.expected = expected
        self.found = found


def read_leniently(
    kind: type[T],
    document: object,
    key: str | None,
    redact: Callable[[str], str],
    *,
    defaults: Mapping[str, object] | None = None,
    numbers: Sequence[Location] = (),
) -> T:
    """Read a model, or a list of one, from the member `key` of an answer's JSON, or from all of it.

    The document is changed while it is read, and is as before when the function returns. Errors show values redacted.

    Args:
        kind: The type of the result.
        document: The answer's JSON.
        key: The member that has the object; None if the answer is the object.
        redact: Returns a text with the secret masked.
        defaults: Values for members of the object that are missing or can't be read.
        numbers: The places of texts that replace numbers which Python cannot represent. No field reads them.

    Raises:
        UnreadableError: The answer has no object with this key, or a collection is not an array.
    """
    found = member_of(document, key, redact)
    inside = numbers if key is None else [place[1:] for place in numbers if place[0] == key]
    return _Reader(key or "", redact, defaults or {}).read(kind, found, inside)


def member_of(document: object, key: str | None, redact: Callable[[str], str]) -> object:
    """Return the member `key` of an answer's JSON, or all of it if `key` is None.

    Raises:
        UnreadableError: The answer is no object, or does not have the member.
    """
    if key is None:
        return document
    if not isinstance(document, dict):
        raise UnreadableError("", f'an object with the key "{key}"', preview(document, redact))
    if key not in document:
        raise UnreadableError(key, "an object", "missing")
    return cast("object", document[key])


class _Reader:
    """Reads one answer."""

    def __init__(self, root: str, redact: Callable[[str], str], defaults: Mapping[str, object]) -> None:
        self._root = root
        self._redact = redact
        self._defaults = defaults

    def read(self, kind: type[T], document: object, numbers: Sequence[Location]) -> T:
        model = model_in(kind)
        if get_origin(kind) is not list or model is None:
            return self._read(kind, document, (), numbers)
        if not isinstance(document, list):
            raise self._unreadable((), "an array", document)
        # One item after the other, so that only the errors of one are in memory at a time.
        items, inside = cast("list[object]", document), _by_item(numbers)
        return cast("T", [self._read(model, item, (index,), inside[index]) for index, item in enumerate(items)])

    def _read(self, kind: type[T], document: object, at: Location, numbers: Sequence[Location]) -> T:
        defaults: Mapping[str, object] = {} if at else self._defaults
        if defaults and isinstance(document, dict):
            document = {**defaults, **cast("dict[str, object]", document)}
        marked = _mark(kind, document, numbers)
        try:
            model = _validated(kind, document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
        else:
            if defaults:
                _keep_defaults(cast("Model", model), defaults)
            return model
        finally:
            for place in marked:
                holder = _holder(document, place)
                holder[place[-1]] = cast("Unreadable", holder[place[-1]]).raw
        raise self._error_of(kind, details, document, at)

    def _error_of(
        self, kind: type[object], details: Sequence[ErrorDetails], document: object, at: Location
    ) -> UnreadableError:
        """Return the error of the first place that can't be read."""
        places = [find_place(kind, detail["loc"])[0] for detail in details]
        same = [detail for place, detail in zip(places, details, strict=True) if place == places[0]]
        expected = dict.fromkeys(
            _EXPECTED.get(detail["type"]) or detail["msg"].removeprefix("Input should be ") for detail in same
        )
        return self._unreadable((*at, *places[0]), " or ".join(expected), _found(document, places[0]))

    def _unreadable(self, location: Location, expected: str, found: object) -> UnreadableError:
        path = (self._root + show_location(location)).removeprefix(".")
        return UnreadableError(path, expected, "missing" if found is _MISSING else preview(found, self._redact))


def _mark(kind: type[object], document: object, numbers: Sequence[Location]) -> list[Location]:
    """Mark the fields that have a number which Python cannot represent, so that they read as None."""
    marked: dict[Location, None] = {}
    for number in numbers:
        location, place = find_place(kind, number)
        if location == number and place and place not in marked:
            holder = _holder(document, place)
            holder[place[-1]] = Unreadable(holder[place[-1]])
            marked[place] = None
    return [*marked]


def _keep_defaults(model: Model, defaults: Mapping[str, object]) -> None:
    """Let the odd fields of a model read as the default values."""
    odd = [name for name in model.__pydantic_extra__ or {} if name in type(model).model_fields and name in defaults]
    if odd:
        given = type(model).model_validate(defaults)
        for name in odd:
            keep_part(model, name, getattr(given, name))


def _by_item(numbers: Sequence[Location]) -> defaultdict[int, list[Location]]:
    """Return the places in each item of a list."""
    found: defaultdict[int, list[Location]] = defaultdict(list)
    for number in numbers:
        if len(number) > 1:
            found[cast("int", number[0])].append(number[1:])
    return found


def _validated(kind: type[T], document: object) -> T:
    if issubclass(kind, BaseModel):
        return cast("T", kind.model_validate(document))
    return TypeAdapter(kind).validate_python(document)


def find_place(kind: type[object], loc: Location) -> tuple[Location, Location]:
    """Return an error's location, cut after its fields and list positions, and the innermost field that contains it.

    The rest of the location has pydantic's labels for the branches of a union. The second one is empty if the error is
    in no field of our models.
    """
    location: list[str | int] = []
    field: Location = ()
    current = model_in(kind)
    for step in loc:
        if isinstance(step, str):
            if current is None or step not in current.model_fields:
                break
            if issubclass(current, Model):
                field = (*location, step)
            current = model_in(current.model_fields[step].annotation)
        location.append(step)
    return tuple(location), field


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model in an annotation: the annotation itself, a member of a union, or the items of a list."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((model for part in get_args(annotation) if (model := model_in(part)) is not None), None)


def _holder(document: object, place: Location) -> dict[object, object]:
    return cast("dict[object, object]", _find(document, place[:-1]))


def _find(found: object, location: Location) -> object:
    for step in location:
        found = cast("Mapping[object, object]", found)[step]
    return found


def _found(document: object, location: Location) -> object:
    """Return the value at the location of an error; a program's own model may require a field that is missing."""
    try:
        return _find(document, location)
    except KeyError:
        return _MISSING


def show_location(location: Location) -> str:
    """Return a location as text that follows the name of its root, such as ".events[2].url"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
