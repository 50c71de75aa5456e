"""A second, slower way to read an answer that failed the first way.

No field of an answer was ever observed, so a value of another type fails no answer (wire contract, reading rule 5). Its
field reads as None, and its raw value is kept in the extras and dumped as received. Of some values a part can be read:
a collection without its items that are no objects, an empty object as an empty collection, and a time whose fraction
is too long. The raw value of these is kept in the same way, and their field reads as that part.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeAlias, TypeVar, cast, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pyttributionio._shared.text import preview
from pyttributionio.models._base import CustomerModel, Model, with_short_fraction
from pyttributionio.models._facts import INCLUDE_FLAGS

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
    if defaults and isinstance(found, dict):
        found = {**defaults, **cast("dict[str, object]", found)}
    inside = [place[1:] for place in numbers if place[0] == key] if key is not None else numbers
    return _Reading(kind, found, key or "", redact, defaults or {}).read(inside)


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


class _Reading(Generic[T]):
    """One answer: what is taken out of it until the rest can be read."""

    def __init__(
        self,
        kind: type[T],
        document: object,
        root: str,
        redact: Callable[[str], str],
        defaults: Mapping[str, object],
    ) -> None:
        self._kind = kind
        self._document = document
        self._root = root
        self._redact = redact
        self._defaults = defaults
        self._raw: dict[Location, object] = {}
        self._partly: set[Location] = set()

    def read(self, numbers: Sequence[Location]) -> T:
        self._set_aside_numbers(numbers)
        while True:
            try:
                found = _validated(self._kind, self._document)
            except ValidationError as error:
                details = error.errors(include_url=False, include_context=False, include_input=False)
            else:
                break
            for place in self._places(details):
                self._set_aside(place)
        # In the reverse order, because a field may have been in a value that was set aside later.
        for place in reversed(self._raw):
            _holder(self._document, place)[place[-1]] = self._raw[place]
        self._keep_raw_values(found)
        return found

    def _set_aside_numbers(self, numbers: Sequence[Location]) -> None:
        for number in numbers:
            location, place = find_place(self._kind, number)
            if location == number and place and place not in self._raw:
                self._set_aside(place)

    def _places(self, details: Sequence[ErrorDetails]) -> list[Location]:
        """Return the places of the errors; raise for the first error that is in no field of our models."""
        found: dict[Location, None] = {}
        for detail in details:
            location, place = find_place(self._kind, detail["loc"])
            if not place:
                expected = dict.fromkeys(
                    _EXPECTED.get(other["type"]) or other["msg"].removeprefix("Input should be ")
                    for other in details
                    if find_place(self._kind, other["loc"])[0] == location
                )
                raise self._unreadable(location, " or ".join(expected))
            found[place] = None
        # A place inside another one of them is set aside with it, unchanged.
        return [place for place in found if not any(place[:end] in found for end in range(1, len(place)))]

    def _unreadable(self, location: Location, expected: str) -> UnreadableError:
        path = (self._root + show_location(location)).removeprefix(".")
        return UnreadableError(path, expected, preview(_find(self._document, location), self._redact))

    def _set_aside(self, place: Location) -> None:
        """Replace the value at a place by the part of it that can be read, or remove it.

        A place that failed before is removed now, so the loop in `read` ends.
        """
        holder, name = _holder(self._document, place), place[-1]
        value = holder[name]
        part: object = None
        if isinstance(name, int):
            part = {}  # takes the item's place, so that the other positions stay the same
        elif _is_collection(self._kind, place):
            if value != {}:
                raise self._unreadable(place, "an array")
            part = []
        elif place not in self._raw:
            part = with_short_fraction(value) if isinstance(value, str) else None
            if part is None and len(place) == 1:
                part = self._defaults.get(name)
        if part is None:
            del holder[name]
            self._partly.discard(place)
        else:
            holder[name] = part
            self._partly.add(place)
        self._raw.setdefault(place, value)

    def _keep_raw_values(self, found: object) -> None:
        odd_items: defaultdict[Location, set[int]] = defaultdict(set)
        for place in self._raw:
            if isinstance(place[-1], int):
                odd_items[place[:-1]].add(place[-1])
        fields = [place for place in self._raw if not isinstance(place[-1], int)]
        # The innermost first: the others are not in the model after that.
        for place in sorted([*fields, *odd_items], key=len, reverse=True):
            model, name = cast("Model", _find(found, place[:-1])), str(place[-1])
            value: object = vars(model).pop(name)
            _keep_raw(model, name, _find(self._document, place))
            if place in odd_items:
                items = enumerate(cast("list[object]", value))
                _keep_part(model, name, [item for index, item in items if index not in odd_items[place]])
            elif place in self._partly:
                _keep_part(model, name, value)


def _keep_raw(model: Model, name: str, raw: object) -> None:
    """Keep a raw value in the extras instead of its field, so that it is dumped once, as received."""
    extra = model.__pydantic_extra__
    assert extra is not None  # extra="allow" always makes one
    extra[name] = raw
    model.__pydantic_fields_set__.add(name)


def _keep_part(model: Model, name: str, part: object) -> None:
    """Keep the part of a raw value that could be read. Model.__getattr__ finds it."""
    parts = {**(model.__pydantic_private__ or {}), name: part}
    object.__setattr__(model, "__pydantic_private__", parts)  # the model is frozen


def _validated(kind: type[T], document: object) -> T:
    if model_in(kind) is kind:  # not a list of a model
        return cast("T", cast("type[BaseModel]", kind).model_validate(document))
    return TypeAdapter(kind).validate_python(document)


def find_place(kind: type[object], loc: Location) -> tuple[Location, Location]:
    """Return an error's location, cut after its fields and list positions, and the place to set aside for it.

    The rest of the location has pydantic's labels for the branches of a union. The place is the innermost field that
    contains the error, so that the smallest part is removed, or an item of a collection. It is empty if the error is
    in no field of our models.
    """
    location: list[str | int] = []
    place: Location = ()
    current, in_collection = model_in(kind), False
    for step in loc:
        if isinstance(step, int):
            if in_collection:
                place = (*location, step)
        else:
            if current is None or step not in current.model_fields:
                break
            if issubclass(current, Model):
                place = (*location, step)
            in_collection = issubclass(current, CustomerModel) and step in INCLUDE_FLAGS
            current = model_in(current.model_fields[step].annotation)
        location.append(step)
    return tuple(location), place


def _is_collection(kind: type[object], place: Location) -> bool:
    return find_place(kind, (*place, 0))[1] == (*place, 0)


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model in an annotation: the annotation itself, a member of a union, or the items of a list."""
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None)


def _parts(annotation: object) -> Iterator[object]:
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _parts(argument)


def _holder(document: object, place: Location) -> dict[object, object]:
    return cast("dict[object, object]", _find(document, place[:-1]))


def _find(found: object, location: Location) -> object:
    for step in location:
        members = vars(found) if isinstance(found, BaseModel) else found
        found = cast("Mapping[object, object]", members)[step]
    return found


def show_location(location: Location) -> str:
    """Return a location as text that follows the name of its root, such as ".events[2].url"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
