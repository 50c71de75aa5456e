"""A second, slower way to read an answer that failed the first way.

No field of an answer was ever observed, so a value of another type fails no answer (wire contract, reading rule 5). Its
field reads as None, and its raw value is kept in the extras and dumped as received. Of some values a part can be read:
a collection without its items that are no objects, an empty object as an empty collection, and a time whose fraction
is too long. The raw value of these is kept in the same way, and their field reads as that part.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pyttributionio._shared.text import preview
from pyttributionio.models._base import CustomerModel, Model, with_short_fraction
from pyttributionio.models._facts import INCLUDE_FLAGS

T = TypeVar("T")
Location: TypeAlias = tuple[str | int, ...]

_MISSING: Final = object()
_MOST_ROUNDS: Final = 100
"""The limit of attempts to read an object. Our models need three; each one ends at the first error in a list."""
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
    """Reads one answer, object by object, so that the errors of a single object are in memory at a time."""

    def __init__(self, root: str, redact: Callable[[str], str], defaults: Mapping[str, object]) -> None:
        self._root = root
        self._redact = redact
        self._defaults = defaults

    def read(self, kind: type[T], document: object, numbers: Sequence[Location]) -> T:
        model = model_in(kind)
        if get_origin(kind) is not list or model is None:
            return self._model(kind, document, (), numbers)
        if not isinstance(document, list):
            raise self._unreadable((), "an array", document)
        inside = _by_item(numbers)
        items = cast("list[object]", document)
        return cast("T", [self._model(model, item, (index,), inside[index]) for index, item in enumerate(items)])

    def _unreadable(self, location: Location, expected: str, found: object) -> UnreadableError:
        path = (self._root + show_location(location)).removeprefix(".")
        return UnreadableError(path, expected, "missing" if found is _MISSING else preview(found, self._redact))

    def _model(self, kind: type[T], document: object, at: Location, numbers: Sequence[Location]) -> T:
        if not issubclass(kind, CustomerModel) or not isinstance(document, dict):
            return self._fields(kind, document, at, numbers)
        given = cast("dict[str, object]", document)
        raw = {name: given[name] for name in INCLUDE_FLAGS if name in kind.model_fields and given.get(name) is not None}
        rest: dict[str, object] = {**given, **{name: [] for name in raw}}
        customer = self._fields(kind, rest, at, [number for number in numbers if number[0] not in raw])
        for name, value in raw.items():
            inside = _by_item([number[1:] for number in numbers if number[0] == name])
            items, is_odd = self._items(cast("type[Model]", _item_kind(kind, name)), value, (*at, name), inside)
            vars(customer)[name] = items
            if is_odd:
                _keep_raw(customer, name, value)
                _keep_part(customer, name)
        return customer

    def _items(
        self, kind: type[Model], value: object, at: Location, numbers: Mapping[int, list[Location]]
    ) -> tuple[list[Model], bool]:
        """Return the items of a collection that are objects, and whether it has others or is an object itself."""
        if value == {}:
            return [], True
        if not isinstance(value, list):
            raise self._unreadable(at, "an array", value)
        read: list[Model] = []
        for index, item in enumerate(cast("list[object]", value)):
            if isinstance(item, dict):
                read.append(self._model(kind, cast("object", item), (*at, index), numbers.get(index, ())))
        return read, len(read) < len(cast("list[object]", value))

    def _fields(self, kind: type[T], document: object, at: Location, numbers: Sequence[Location]) -> T:
        """Read an object without what can't be read in it, which is kept in the extras."""
        defaults: Mapping[str, object] = {} if at else self._defaults
        if defaults and isinstance(document, dict):
            document = {**defaults, **cast("dict[str, object]", document)}
        aside = _SetAside(document, defaults)
        for number in numbers:
            location, place = find_place(kind, number)
            if location == number and place and place not in aside.raw:
                aside.add(place)
        for _ in range(_MOST_ROUNDS):
            try:
                model = _validated(kind, document)
            except ValidationError as error:
                details = error.errors(include_url=False, include_context=False, include_input=False)
            else:
                if aside.raw:
                    aside.put_back(model)
                return model
            for place in self._places(kind, details, document, at):
                aside.add(place)
        raise self._unreadable(at, "an object with fewer wrong values", document)

    def _places(
        self, kind: type[object], details: Sequence[ErrorDetails], document: object, at: Location
    ) -> list[Location]:
        """Return the fields that contain the errors; raise for the first error that is in no field of our models."""
        found: dict[Location, None] = {}
        for detail in details:
            location, place = find_place(kind, detail["loc"])
            if not place:
                expected = dict.fromkeys(
                    _EXPECTED.get(other["type"]) or other["msg"].removeprefix("Input should be ")
                    for other in details
                    if find_place(kind, other["loc"])[0] == location
                )
                raise self._unreadable((*at, *location), " or ".join(expected), _found(document, location))
            found[place] = None
        # A place inside another one of them is set aside with it, unchanged.
        return [place for place in found if not any(place[:end] in found for end in range(1, len(place)))]


class _SetAside:
    """The values that are taken out of an object until the rest can be read."""

    def __init__(self, document: object, defaults: Mapping[str, object]) -> None:
        self.raw: dict[Location, object] = {}
        self._document = document
        self._defaults = defaults
        self._partly: set[Location] = set()

    def add(self, place: Location) -> None:
        """Replace the value at a place by the part of it that can be read, or by the default, or remove it.

        A place that failed before is removed, so a second part is never tried.
        """
        holder, name = _holder(self._document, place), str(place[-1])
        value = holder[name]
        part: object = None
        if place not in self.raw:
            part = with_short_fraction(value) if isinstance(value, str) else None
            if part is None and len(place) == 1:
                part = self._defaults.get(name)
            self.raw[place] = value
        if part is None:
            del holder[name]
            self._partly.discard(place)
        else:
            holder[name] = part
            self._partly.add(place)

    def put_back(self, model: object) -> None:
        """Put all values back into the document, and keep them in the extras of the model."""
        # In the reverse order, because a field may have been in a value that was set aside later.
        for place in reversed(self.raw):
            _holder(self._document, place)[place[-1]] = self.raw[place]
        # The innermost first: the others are not in the model after that.
        for place in sorted(self.raw, key=len, reverse=True):
            inner, name = cast("Model", _find(model, place[:-1])), str(place[-1])
            _keep_raw(inner, name, self.raw[place])
            if place in self._partly:
                _keep_part(inner, name)
            else:
                del vars(inner)[name]


def _by_item(numbers: Sequence[Location]) -> defaultdict[int, list[Location]]:
    """Return the places in each item of a list."""
    found: defaultdict[int, list[Location]] = defaultdict(list)
    for number in numbers:
        if len(number) > 1:
            found[cast("int", number[0])].append(number[1:])
    return found


@cache
def _item_kind(kind: type[BaseModel], name: str) -> type[BaseModel] | None:
    return model_in(kind.model_fields[name].annotation)


def _keep_raw(model: Model, name: str, raw: object) -> None:
    """Keep a raw value in the extras instead of its field, so that it is dumped once, as received."""
    extra = model.__pydantic_extra__
    assert extra is not None  # extra="allow" always makes one
    extra[name] = raw
    model.__pydantic_fields_set__.add(name)


def _keep_part(model: Model, name: str) -> None:
    """Move what could be read of a raw value to where no dump looks. Model.__getattr__ finds it."""
    parts = {**(model.__pydantic_private__ or {}), name: vars(model).pop(name)}
    object.__setattr__(model, "__pydantic_private__", parts)  # the model is frozen


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
        members = vars(found) if isinstance(found, BaseModel) else found
        found = cast("Mapping[object, object]", members)[step]
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
