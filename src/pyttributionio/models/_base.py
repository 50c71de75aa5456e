"""The base of the generated models: how ids, times and unknown fields are read, stored and shown."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from keyword import iskeyword
from operator import methodcaller
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, SchemaSerializer, core_schema

from pyttributionio._errors import NotIncludedError
from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio.models import _dumping
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.models._late_serializer import build_when_serialized
from pyttributionio.models._odd_values import lenient_schema, parts_of
from pyttributionio.models._printing import repr_args, repr_text
from pyttributionio.models._times import LAST_SECOND, read_time, since_epoch

_SECOND = timedelta(seconds=1)
_AFTER_YEAR: Final = r"-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
_WITH_Z: Final = f"^[0-9]{{4}}{_AFTER_YEAR}Z$"
# For these years, no offset leads to a time that datetime cannot represent.
_WITH_OFFSET: Final = f"^(?:[1-8][0-9]{{3}}|9[0-8][0-9]{{2}}){_AFTER_YEAR}[+-][0-9]{{2}}:[0-5][0-9]$"
_FOR_INSTANCES = {"model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields_set"}
_NOT_OFFERED = {
    *(name for name in dir(BaseModel) if not name.startswith("__") and name not in _FOR_INSTANCES),
    *("__fields__", "__fields_set__"),  # also of version 1: reading one warns
}
"""The names of BaseModel that `dir()` leaves out, because a reader of an answer does not need them: the deprecated
methods of version 1, the methods that define or validate a model, and private names."""


def read_unix_timestamp(value: object) -> datetime:
    """Return whole Unix seconds as an aware UTC datetime, or an aware datetime unchanged."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_SECOND:
        return datetime.fromtimestamp(value, UTC)
    raise PydanticCustomError("unix_timestamp", "Input should be whole Unix seconds or an aware datetime")


def to_unix_seconds(value: datetime) -> int:
    """Return a time in Unix seconds, rounded down."""
    return since_epoch(value) // _SECOND  # exact, unlike timestamp(), whose float may round up


def _time_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    # A large answer has thousands of times. Only the last branch runs Python code. The first branch reads the usual
    # format in a tenth of its time, the next two in half of it. The last one reads all other formats.
    def read(pattern: str) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=pattern)
        return core_schema.no_info_after_validator_function(datetime.fromisoformat, text)

    seconds = core_schema.int_schema(strict=True, ge=0, le=LAST_SECOND)
    return core_schema.union_schema(
        [
            read(_WITH_Z),
            core_schema.no_info_after_validator_function(methodcaller("astimezone", UTC), read(_WITH_OFFSET)),
            core_schema.no_info_after_validator_function(partial(datetime.fromtimestamp, tz=UTC), seconds),
            core_schema.no_info_plain_validator_function(read_time),
        ],
        mode="left_to_right",
        custom_error_type="time",
        custom_error_message="Input should be Unix seconds or ISO 8601 text",
        # A PlainSerializer would serialize a time twice, the second time with a warning that it is text.
        serialization=core_schema.simple_ser_schema("datetime"),
    )


UtcDatetime = Annotated[
    datetime,
    GetPydanticSchema(_time_schema),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}, mode="validation"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A time in an answer: Unix seconds or ISO 8601 text in the JSON, an aware UTC datetime in the model."""

UnixTimestamp = Annotated[
    datetime,
    PlainValidator(read_unix_timestamp, json_schema_input_type=int),
    PlainSerializer(to_unix_seconds, return_type=int, when_used="json"),
]
"""A time in a request: whole Unix seconds in the JSON."""


def _id_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    # Text comes first, and runs no Python code. `str` is not used for a number: before CPython formats decimal digits
    # it checks for signals, and may run the garbage collector. In an answer of 11 MB with 40,000 ids, these
    # collections take a third of the time.
    whole = core_schema.int_schema(strict=True)
    written = core_schema.no_info_after_validator_function(SchemaSerializer(whole).to_json, whole)
    number = core_schema.no_info_after_validator_function(bytes.decode, written)
    return core_schema.union_schema(
        [core_schema.str_schema(strict=True), number],
        mode="left_to_right",
        custom_error_type="id",
        custom_error_message="Input should be text or a whole number",
        serialization=core_schema.simple_ser_schema("str"),
    )


Id = Annotated[str, GetPydanticSchema(_id_schema)]
"""An id: text or a whole number in the JSON, text in the model."""


def _extra_of(model: BaseModel) -> Mapping[str, object]:
    """Return the extras of a model. One that is not constructed yet has none: a debugger may show it."""
    try:
        return model.__pydantic_extra__ or {}
    except AttributeError:
        return {}


class Model(BaseModel, frozen=True):
    """The base of all models.

    A model is frozen: it is a record of the server's answer, and a change would not be sent to the server. So threads
    can share an answer. `model_copy(update=...)` returns a changed copy. Unknown fields are kept, and can be read as
    attributes and in `model_extra`.
    """

    # Validators are built on first use: there are fifteen classes of customer, and a program uses one or two.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True, extra="allow", protected_namespaces=(), defer_build=True, allow_inf_nan=False
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **options: object) -> None:
        super().__pydantic_init_subclass__(**options)
        build_when_serialized(cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
        return lenient_schema(cls, handler(source), handler)

    if not TYPE_CHECKING:  # With it, type checkers would accept every misspelt field.

        @classmethod
        def model_rebuild(cls, **options: object) -> bool | None:
            # pydantic's method is not thread-safe: two threads that use a model first could see it half built.
            with setup_lock():
                try:
                    return super().model_rebuild(**options)
                finally:
                    build_when_serialized(cls)  # a failed build leaves a new placeholder

        def __getattr__(self, name: str) -> object:
            # An unreadable value is only in the extras, so that it is dumped once, as received. Its field is not in
            # __dict__, so reading it comes here. What could be read of it is next to the extras.
            if name in type(self).__pydantic_fields__:
                if name in _extra_of(self):
                    return parts_of(self).get(name)
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            return super().__getattr__(name)

        @classmethod
        @wraps(BaseModel.model_validate_json.__func__)
        def model_validate_json(cls, json_data: str | bytes | bytearray, **options: object) -> Self:
            """Read a model from JSON, with pydantic's options."""
            try:
                return super().model_validate_json(json_data, **options)
            except ValidationError as error:
                document = _dumping.parse_deep_json(json_data, error)
            return cls.model_validate(document, **options)

        model_dump = _dumping.model_dump
        model_dump_json = _dumping.model_dump_json

    def __dir__(self) -> list[str]:
        """Return the names that a reader of an answer needs. IPython, notebooks (with jedi) and debuggers use it."""
        names = set(super().__dir__())
        unknown = {name for name in _extra_of(self).keys() - names if name.isidentifier() and not iskeyword(name)}
        # A collection that the call did not ask for is kept, but reading it is an error.
        readable = {name for name in unknown if hasattr(self, name)}
        fields = type(self).__pydantic_fields__.keys()
        return sorted(names - _NOT_OFFERED | fields | readable)

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """Return a copy with the fields in `update` changed. Their values are not validated."""
        copied = super().model_copy(update=update, deep=deep)
        extra = copied.__pydantic_extra__ or {}
        for name in type(self).__pydantic_fields__.keys() & (update or {}).keys() & extra.keys():
            del extra[name]  # the raw value of an unreadable field; it would be dumped in addition to the new one
        return copied

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Return the fields that are set, with values cut, and first what a reader looks for: time, key, revenue."""
        return repr_args(type(self), self.__dict__, _extra_of(self))

    def __repr__(self) -> str:
        return repr_text(type(self), self.__repr_args__())

    def __str__(self) -> str:
        return repr(self)


build_when_serialized(Model)


class CustomerModel(Model, frozen=True):
    """The base of Customer. Reading a collection that the call did not ask for raises an error."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            if name in INCLUDE_FLAGS and name not in type(self).__pydantic_fields__:
                raise NotIncludedError(
                    f"{name} was not asked for: read the customer with include=[..., {name!r}] "
                    f"(this one is a {type(self).__name__})"
                )
            return super().__getattr__(name)


def _or_empty(value: object) -> object:
    return [] if value is None else value


def _or_empty_schema(source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    # Not a BeforeValidator: pydantic-core would first make dicts of the whole list for it, which takes as long as the
    # rest of a large answer.
    items = cast("core_schema.ListSchema", handler(source))
    items["fail_fast"] = True  # a list with a million wrong items would give a million errors
    return core_schema.no_info_after_validator_function(_or_empty, core_schema.nullable_schema(items))


def _fail_fast_schema(source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    items = cast("core_schema.ListSchema", handler(source))
    items["fail_fast"] = True
    return items


FAIL_FAST: Final = GetPydanticSchema(_fail_fast_schema)
"""The type of a list of which only the first wrong item is an error. pydantic's `FailFast` has no hash in the lowest
supported version, and CPython 3.11 needs one for a union."""

OR_EMPTY: Final = GetPydanticSchema(_or_empty_schema)
"""The type of a collection that the call asked for. It reads as [] if it is missing or null: how the server sends an
empty collection is unknown. `model_fields_set` shows whether it was in the answer."""
