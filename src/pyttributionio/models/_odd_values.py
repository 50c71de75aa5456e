"""How a model reads an odd value, such as a number for a text: the field reads None, and the raw value is kept.

The raw value is in the extras, and dumped as received. The client, `model_validate`, `model_validate_json`, the
constructor and a field of a user's own model all read like this, so the dump of each model can be read again.
`model_validate(..., strict=True)` raises for an odd value.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, cast
from weakref import WeakKeyDictionary

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator, core_schema

from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio.models._facts import ASSUMED_FIELDS

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema: TypeAlias = dict[str, object]
Parts: TypeAlias = tuple[dict[str, object], dict[str, object], set[str]]
"""A model's fields, its extras, and the names of the fields that were set, as pydantic-core puts them in a model."""

_OF_VALIDATORS: Final = {"value_error", "assertion_error"}
"""The errors that a user's own validator raises. The models raise none of them."""
_fields_validators: Final[WeakKeyDictionary[type["BaseModel"], SchemaValidator]] = WeakKeyDictionary()


class _Refused:
    """The errors of a model that can't be read. They are raised outside the union, which would change their places."""

    def __init__(self, error: ValidationError) -> None:
        self._error = error

    def __iter__(self) -> NoReturn:
        raise self._error


def assumed_fields(kind: type["BaseModel"]) -> frozenset[str]:
    """Return the fields of a model that are only assumed."""
    # The subclasses of Customer have the same assumed fields as Customer.
    return next(
        (ASSUMED_FIELDS[base.__name__] for base in kind.__mro__ if base.__name__ in ASSUMED_FIELDS), frozenset[str]()
    )


def lenient_schema(
    kind: type["BaseModel"], schema: core_schema.CoreSchema, handler: GetCoreSchemaHandler
) -> core_schema.CoreSchema:
    """Let the schema of a model read odd values, if some of the model's fields are only assumed."""
    if not assumed_fields(kind):
        return schema
    # The schema of the fields is inside of the model's schema and of a user's validators.
    parent = cast("Schema", handler.resolve_ref_schema(schema))
    while (inner := cast("Schema | None", parent.get("schema"))) and inner["type"] != "model-fields":
        parent = inner
    if inner:  # else it was changed before
        parent["schema"] = _lenient(kind, cast("core_schema.ModelFieldsSchema", inner), handler)
    return schema


def _lenient(
    kind: type["BaseModel"], fields: core_schema.ModelFieldsSchema, handler: GetCoreSchemaHandler
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
    if schema.get("type") not in {"model", "definition-ref"}:
        return {key: each if key == "metadata" else _strictly(each, handler) for key, each in schema.items()}
    model = cast("Schema", handler.resolve_ref_schema(cast("core_schema.CoreSchema", schema)))
    inner = cast("Schema", model.get("schema", {}))
    if inner.get("type") != "lax-or-strict":
        return schema
    strict = {key: each for key, each in model.items() if key != "ref"}
    return {**strict, "schema": _strictly(inner["strict_schema"], handler)}


def _read(kind: type["BaseModel"], value: object) -> Parts | _Refused:
    """Read the parts of a model. A field that can't be read is not among the fields; its raw value is in the extras."""
    validator = _fields_validator(kind)
    members: object = dict(cast("Mapping[str, object]", value)) if isinstance(value, dict) else value
    raw: dict[str, object] = {}
    while True:
        try:
            fields, extra, given = cast("Parts", validator.validate_python(members))
        except ValidationError as error:
            odd = _odd_fields(kind, error, members)
            if not odd:
                return _Refused(error)
        else:
            break
        for name in odd:
            # The field is removed, so the next round can't fail on it, and the loop ends.
            raw[name] = cast("dict[str, object]", members).pop(name)
    for name in raw:
        del fields[name]
    return fields, extra | raw, given | raw.keys()


def _odd_fields(kind: type["BaseModel"], error: ValidationError, members: object) -> list[str]:
    """Return the fields that have errors and may be odd."""
    if not isinstance(members, dict):
        return []
    details: list[ErrorDetails] = error.errors(include_url=False, include_context=False, include_input=False)
    allowed = _lenient_fields(kind) & cast("dict[str, object]", members).keys()
    places = [detail["loc"][0] for detail in details if detail["loc"] and detail["type"] not in _OF_VALIDATORS]
    return [name for name in dict.fromkeys(places) if isinstance(name, str) and name in allowed]


def _lenient_fields(kind: type["BaseModel"]) -> set[str]:
    """Return the assumed fields without those that a user's subclass declares with another type."""
    declared = next(base for base in kind.__mro__ if base.__name__ in ASSUMED_FIELDS)
    fields, own = cast("type[BaseModel]", declared).model_fields, kind.model_fields
    same = {name for name in assumed_fields(kind) if own[name].annotation == fields[name].annotation}
    return {name for name in same if own[name].metadata == fields[name].metadata}  # such as a least length


def _fields_validator(kind: type["BaseModel"]) -> SchemaValidator:
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
