"""A second, slower way to read an answer that failed the first way. Assumed fields may have another type.

It follows the evidence for each field (wire contract, "Reading rules"). If a documented or observed field has another
type, reading fails. An assumed field of another type reads as None; its raw value is kept in the extras and dumped as
received.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar, cast, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from pyttributionio._shared.text import preview
from pyttributionio.models._base import Model
from pyttributionio.models._facts import ASSUMED_FIELDS

T = TypeVar("T")
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
    kind: type[T],
    body: bytes,
    key: str | None,
    redact: Callable[[str], str],
    defaults: Mapping[str, object] | None = None,
) -> T:
    """Read a model, or a list of one, from the member `key` of an answer, or from the whole answer.

    `defaults` has values for members that are missing in the object. Errors show values redacted.

    Raises:
        UnreadableError: The body is not JSON, or a documented or observed field has another type.
    """
    found = read_document(body, key, redact)
    if defaults is not None and isinstance(found, dict):
        found = {**defaults, **cast("dict[str, object]", found)}
    return _read(kind, found, key or "", redact)


def read_document(body: bytes, key: str | None, redact: Callable[[str], str]) -> object:
    """Return the JSON value of an answer, or of its member `key`.

    Raises:
        UnreadableError: The body is not JSON, or has no such member.
    """
    try:
        document: object = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError("", "JSON", f"not JSON ({error})") from None
    if key is None:
        return document
    if not isinstance(document, dict):
        raise UnreadableError("", f'an object with the key "{key}"', preview(document, redact))
    if key not in document:
        raise UnreadableError(key, "an object", "missing")
    return cast("object", document[key])


def _validated(kind: type[T], document: object) -> T:
    if model_in(kind) is kind:  # not a list of a model
        return cast("T", cast("type[BaseModel]", kind).model_validate(document))
    return TypeAdapter(kind).validate_python(document)


def _read(kind: type[T], document: object, root: str, redact: Callable[[str], str]) -> T:
    raw: dict[Location, object] = {}
    while True:
        try:
            model = _validated(kind, document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
        else:
            break
        for location in _assumed_places(kind, details, document, root, redact):
            # The field is removed, so the next round can't fail on it, and the loop ends.
            raw[location] = cast("dict[object, object]", _find(document, location[:-1])).pop(location[-1])
    for location, value in raw.items():
        _keep(cast("Model", _find(model, location[:-1])), str(location[-1]), value)
    return model


def _assumed_places(
    kind: type[object], details: Sequence[ErrorDetails], document: object, root: str, redact: Callable[[str], str]
) -> list[Location]:
    """Return the assumed fields that contain the errors; raise for the first error that is in no such field."""
    places = [(*_place(kind, detail["loc"]), detail) for detail in details]
    for location, assumed, _ in places:
        if assumed is None:
            same = [detail for other, _, detail in places if other == location]
            expected = dict.fromkeys(
                _EXPECTED.get(detail["type"]) or detail["msg"].removeprefix("Input should be ") for detail in same
            )
            place = (root + show_location(location)).removeprefix(".")
            raise UnreadableError(place, " or ".join(expected), preview(_find(document, location), redact))
    found = dict.fromkeys(assumed for _, assumed, _ in places if assumed is not None)
    # A field inside another one of them is removed with it, unchanged.
    return [place for place in found if not any(place[:end] in found for end in range(1, len(place)))]


def _place(kind: type[object], loc: Location) -> tuple[Location, Location | None]:
    """Return an error's location, cut after its fields and list positions, and the assumed field that contains it.

    The rest of the location has pydantic's labels for the branches of a union. Of nested assumed fields, the innermost
    is returned, so that the smallest part is removed.
    """
    location: list[str | int] = []
    assumed: Location | None = None
    current = model_in(kind)
    for step in loc:
        if isinstance(step, str):
            if current is None or step not in current.model_fields:
                break
            if step in assumed_fields(current):
                assumed = (*location, step)
            current = model_in(current.model_fields[step].annotation)
        location.append(step)
    return tuple(location), assumed


def assumed_fields(kind: type[BaseModel]) -> frozenset[str]:
    """Return the fields of a model that are only assumed; none of a model that is not from the schemas."""
    if not issubclass(kind, Model):
        return frozenset()
    # The subclasses of Customer have the same assumed fields: the fields that they add were observed.
    return next(
        (ASSUMED_FIELDS[base.__name__] for base in kind.__mro__ if base.__name__ in ASSUMED_FIELDS), frozenset[str]()
    )


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model in an annotation: the annotation itself, a member of a union, or the items of a list."""
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None)


def _parts(annotation: object) -> Iterator[object]:
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _parts(argument)


def _find(found: object, location: Location) -> object:
    for step in location:
        members = vars(found) if isinstance(found, BaseModel) else found
        found = cast("Mapping[object, object]", members)[step]
    return found


def _keep(model: Model, name: str, value: object) -> None:
    """Keep a raw value in the extras instead of its field, so that it is dumped once, as received."""
    extra = model.__pydantic_extra__
    assert extra is not None  # extra="allow" always makes one
    del vars(model)[name]
    extra[name] = value
    model.__pydantic_fields_set__.add(name)


def show_location(location: Location) -> str:
    """Return a location as text that follows the name of its root, such as ".events[2].url"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
