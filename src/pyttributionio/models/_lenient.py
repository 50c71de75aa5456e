"""The second, slower read of an answer that failed the first: what is only assumed may be wrong.

Leniency follows the evidence (wire contract, "Reading rules"). A documented or observed field of
another type fails the answer. An assumed one reads as None; its raw value is kept among the extras
and dumped back as it came.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from pyttributionio._shared.text import preview
from pyttributionio.models._base import Model
from pyttributionio.models._facts import ASSUMED_FIELDS

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
    """An answer is not what the API promises; `found` tells what stands at `path` without showing it whole."""

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
    """Read a model from the member `key` of an answer, laid over `defaults`; errors tell values redacted.

    Raises:
        UnreadableError: The body is no JSON, or a field that is more than assumed has another type.
    """
    try:
        document: object = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError("", "JSON", f"no JSON ({error})") from None
    if not isinstance(document, dict):
        raise UnreadableError("", f'an object with the key "{key}"', preview(document, redact))
    if key not in document:
        raise UnreadableError(key, "an object", "missing")
    found = cast("object", document[key])
    if defaults is not None and isinstance(found, dict):
        found = {**defaults, **cast("dict[str, object]", found)}
    return _read(kind, found, key, redact)


def _read(kind: type[M], document: object, root: str, redact: Callable[[str], str]) -> M:
    raw: dict[Location, object] = {}
    while True:
        try:
            model = kind.model_validate(document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
        else:
            break
        for location in _assumed_places(kind, details, document, root, redact):
            # Taken away, so the next round can't fail on it: the loop ends.
            raw[location] = cast("dict[object, object]", _find(document, location[:-1])).pop(location[-1])
    for location, value in raw.items():
        _keep(cast("Model", _find(model, location[:-1])), str(location[-1]), value)
    return model


def _assumed_places(
    kind: type[Model], details: Sequence[ErrorDetails], document: object, root: str, redact: Callable[[str], str]
) -> list[Location]:
    """Return the assumed fields that the errors lie in; raise for the first error that lies in none."""
    places = [(*_place(kind, detail["loc"]), detail) for detail in details]
    for location, assumed, _ in places:
        if assumed is None:
            same = [detail for other, _, detail in places if other == location]
            expected = dict.fromkeys(
                _EXPECTED.get(detail["type"]) or detail["msg"].removeprefix("Input should be ") for detail in same
            )
            raise UnreadableError(
                root + show_location(location), " or ".join(expected), preview(_find(document, location), redact)
            )
    found = dict.fromkeys(assumed for _, assumed, _ in places if assumed is not None)
    # What lies in another of them goes with it, and stays whole.
    return [place for place in found if not any(place[:end] in found for end in range(1, len(place)))]


def _place(kind: type[Model], loc: Location) -> tuple[Location, Location | None]:
    """Cut an error's location where it stops naming fields and list positions; find the assumed field it is in.

    What follows are pydantic's labels for the branches of a union. Of nested assumed fields the
    innermost counts, for it takes least away.
    """
    location: list[str | int] = []
    assumed: Location | None = None
    current: type[Model] | None = kind
    for step in loc:
        if isinstance(step, str):
            if current is None or step not in current.model_fields:
                break
            if step in assumed_fields(current):
                assumed = (*location, step)
            current = _model_in(current.model_fields[step].annotation)
        location.append(step)
    return tuple(location), assumed


def assumed_fields(kind: type[Model]) -> frozenset[str]:
    """Return the fields of a model whose evidence is no more than an assumption."""
    # The subclasses of Customer are graded as it is: what they add was observed.
    return next(
        (ASSUMED_FIELDS[base.__name__] for base in kind.__mro__ if base.__name__ in ASSUMED_FIELDS), frozenset[str]()
    )


def _model_in(annotation: object) -> type[Model] | None:
    """Return the model that an annotation is, or is an option or a list of."""
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, Model)), None)


def _parts(annotation: object) -> Iterator[object]:
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _parts(argument)


def _find(found: object, location: Location) -> object:
    for step in location:
        members = vars(found) if isinstance(found, Model) else found
        found = cast("Mapping[object, object]", members)[step]
    return found


def _keep(model: Model, name: str, value: object) -> None:
    """Keep a raw value among the extras in place of its field, so that it is dumped once, as it came."""
    extra = model.__pydantic_extra__
    assert extra is not None  # extra="allow" always makes one
    del vars(model)[name]
    extra[name] = value
    model.__pydantic_fields_set__.add(name)


def show_location(location: Location) -> str:
    """Return a location as it is written behind the name of its root, such as ".events[2].url"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
