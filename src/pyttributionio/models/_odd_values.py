"""How a model reads an odd value, such as a number for a text (wire contract, reading rule 5).

Its field reads as None, and its raw value is kept in the extras and dumped as received. Of some values a part can be
read: a collection without its items that are no objects, an empty object as an empty collection, and a time whose
fraction is too long. The raw value of these is kept in the same way, and their field reads as that part.

The client, `model_validate`, `model_validate_json`, the constructor and a field of a user's own model all read like
this, so the dump of each model can be read again. `model_validate(..., strict=True)` raises for an odd value.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NoReturn, TypeAlias, cast
from weakref import WeakKeyDictionary

from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator, core_schema

from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.models._times import with_short_fraction

Schema: TypeAlias = dict[str, object]
Parts: TypeAlias = tuple[dict[str, object], dict[str, object], set[str]]
"""A model's fields, its extras, and the names of the fields that were set, as pydantic-core puts them in a model."""


class Extras(dict[str, object]):
    """The extras of a model, and the parts that could be read of their odd values, where no dump looks."""

    __slots__ = ("parts",)

    def __init__(self, extras: Mapping[str, object], parts: Mapping[str, object]) -> None:
        super().__init__(extras)
        self.parts = parts


class Unreadable:
    """A value that no field can read. `raw` is kept in its place."""

    __slots__ = ("raw",)

    def __init__(self, raw: object) -> None:
        self.raw = raw


_OF_VALIDATORS: Final = {"value_error", "assertion_error"}
"""The errors that a user's own validator raises. The models raise none of them."""
_OF_ANSWERS: Final = (str, int, float, dict, list, Unreadable)
"""The types of values that an answer has. Another one, such as a naive datetime, is a mistake of the program."""
_fields_validators: Final[WeakKeyDictionary[type[BaseModel], SchemaValidator]] = WeakKeyDictionary()


class _Refused:
    """The errors of a model that can't be read. They are raised outside the union, which would change their places."""

    def __init__(self, error: ValidationError) -> None:
        self._error = error

    def __iter__(self) -> NoReturn:
        raise self._error


def parts_of(model: BaseModel) -> Mapping[str, object]:
    """Return the parts that could be read of a model's odd values, by field."""
    extras = model.__pydantic_extra__
    return extras.parts if isinstance(extras, Extras) else {}


def keep_part(model: BaseModel, name: str, part: object) -> None:
    """Let the field of an odd value read as a part."""
    extras = Extras(model.__pydantic_extra__ or {}, {**parts_of(model), name: part})
    object.__setattr__(model, "__pydantic_extra__", extras)  # the model is frozen


def lenient_schema(
    kind: type[BaseModel], schema: core_schema.CoreSchema, handler: GetCoreSchemaHandler
) -> core_schema.CoreSchema:
    """Let the schema of a model read odd values, if a field of the model may be None."""
    if not _lenient_fields(kind):
        return schema
    # The schema of the fields is inside of the model's schema and of a user's validators.
    parent = cast("Schema", handler.resolve_ref_schema(schema))
    while (inner := cast("Schema | None", parent.get("schema"))) and inner["type"] != "model-fields":
        parent = inner
    if inner:  # else it was changed before
        parent["schema"] = _lenient(kind, cast("core_schema.ModelFieldsSchema", inner), handler)
    return schema


def _lenient(
    kind: type[BaseModel], fields: core_schema.ModelFieldsSchema, handler: GetCoreSchemaHandler
) -> core_schema.LaxOrStrictSchema:
    # The first choice reads JSON without a dict for each object. Only if it fails, the second one runs Python code.
    first = cast("core_schema.CoreSchema", _strictly(fields, handler))
    second = core_schema.no_info_plain_validator_function(partial(_read, kind))
    either = core_schema.union_schema([first, second], mode="left_to_right")
    # `tuple` returns a tuple unchanged, without Python code, and raises the errors of something refused.
    checked = core_schema.no_info_after_validator_function(tuple, either)
    metadata: Schema = {"pydantic_js_functions": [_json_schema]}
    return core_schema.lax_or_strict_schema(checked, fields, strict=False, metadata=metadata)


def _json_schema(schema: object, make: Callable[[object], object]) -> object:
    return make(cast("Schema", schema)["strict_schema"])


def _strictly(node: object, handler: GetCoreSchemaHandler) -> object:
    """Return a schema whose models read no odd values. Without a choice in each model, an answer is read faster."""
    if isinstance(node, list):
        return [_strictly(each, handler) for each in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    schema = cast("Schema", node)
    kind = schema.get("type")  # a field of this name is no text
    if not isinstance(kind, str):
        return {name: _strictly(each, handler) for name, each in schema.items()}
    if kind not in {"model", "definition-ref"}:
        return {key: each if key == "metadata" else _strictly(each, handler) for key, each in schema.items()}
    model = cast("Schema", handler.resolve_ref_schema(cast("core_schema.CoreSchema", schema)))
    inner = cast("Schema", model.get("schema", {}))
    if inner.get("type") != "lax-or-strict":
        return schema
    strict = {key: each for key, each in model.items() if key != "ref"}
    return {**strict, "schema": _strictly(inner["strict_schema"], handler)}


def _read(kind: type[BaseModel], value: object) -> Parts | _Refused:
    """Read the parts of a model."""
    validator = _fields_validator(kind)
    odd = _OddValues(kind, value)
    while True:
        try:
            found = cast("Parts", validator.validate_python(odd.members))
        except ValidationError as error:
            names = odd.names_in(error)
            if not names:
                return _Refused(error)
        else:
            return odd.put_back(*found)
        for name in names:
            odd.set_aside(name)


class _OddValues:
    """The odd values that are taken out of an object until the rest can be read."""

    def __init__(self, kind: type[BaseModel], value: object) -> None:
        self.members: object = value
        self._raw: dict[str, object] = {}
        self._partly: set[str] = set()
        if isinstance(value, dict):
            self._lenient = _lenient_fields(kind)
            self._members = self.members = dict(cast("Mapping[str, object]", value))
            for name in INCLUDE_FLAGS:
                items = _items_of(self._members.get(name)) if name in kind.model_fields else None
                if items is not None:
                    self._replace(name, items)

    def names_in(self, error: ValidationError) -> list[str]:
        """Return the odd fields that an error names."""
        if not isinstance(self.members, dict):
            return []
        details: list[ErrorDetails] = error.errors(include_url=False, include_context=False, include_input=False)
        places = [detail["loc"][0] for detail in details if detail["loc"] and detail["type"] not in _OF_VALIDATORS]
        allowed = {
            name for name in self._lenient & self._members.keys() if isinstance(self._members[name], _OF_ANSWERS)
        }
        return [name for name in dict.fromkeys(places) if isinstance(name, str) and name in allowed]

    def set_aside(self, name: str) -> None:
        """Replace a value by the part of it that can be read, or remove it.

        A value that was replaced before is removed, so a second part is never tried, and the loop ends.
        """
        value = self._members[name]
        part = with_short_fraction(value) if isinstance(value, str) and name not in self._raw else None
        if part is None:
            self._raw.setdefault(name, value.raw if isinstance(value, Unreadable) else value)
            self._partly.discard(name)
            del self._members[name]
        else:
            self._replace(name, part)

    def put_back(self, fields: dict[str, object], extras: dict[str, object], given: set[str]) -> Parts:
        """Return the parts of the model with the raw values in its extras."""
        kept = {name: fields.pop(name) for name in self._raw}
        parts = {name: part for name, part in kept.items() if name in self._partly}
        extras |= self._raw
        return fields, Extras(extras, parts) if parts else extras, given | self._raw.keys()

    def _replace(self, name: str, part: object) -> None:
        self._raw[name] = self._members[name]
        self._members[name] = part
        self._partly.add(name)


def _items_of(collection: object) -> list[object] | None:
    """Return the items of an odd collection that are objects; None if it is not odd, or not a collection."""
    if collection == {}:
        return []
    if not isinstance(collection, list):
        return None
    items = cast("list[object]", collection)
    objects: list[object] = [*filter(_is_object, items)]
    return objects if len(objects) < len(items) else None


def _is_object(value: object) -> bool:
    return isinstance(value, dict | BaseModel)


def _lenient_fields(kind: type[BaseModel]) -> set[str]:
    """Return the fields that read as None if they are missing, and so if they are odd."""
    return {name for name, field in kind.model_fields.items() if field.default is None and not field.is_required()}


def _fields_validator(kind: type[BaseModel]) -> SchemaValidator:
    """Return a validator that reads odd values in a model's parts, but none in its own fields."""
    found = _fields_validators.get(kind)
    if found is None:
        with setup_lock():
            kind.model_rebuild()
            schema = cast("Schema", kind.__pydantic_core_schema__)
            definitions = cast("list[core_schema.CoreSchema]", schema.get("definitions", []))
            by_ref = {cast("Schema", definition).get("ref"): definition for definition in definitions}
            config: object = None
            while schema["type"] != "lax-or-strict":
                config = schema["config"] if schema["type"] == "model" else config
                schema = cast("Schema", by_ref[schema["schema_ref"]] if "schema_ref" in schema else schema["schema"])
            fields = core_schema.definitions_schema(
                cast("core_schema.CoreSchema", schema["strict_schema"]), definitions
            )
            found = SchemaValidator(fields, cast("core_schema.CoreConfig", config))
            _fields_validators[kind] = found
    return found
