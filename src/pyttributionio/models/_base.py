"""What every generated model shares: how ids, times and unknown fields are read, kept and shown."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
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
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, SchemaSerializer, core_schema

from pyttributionio._errors import NotIncludedError
from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio.models._facts import INCLUDE_FLAGS

LAST_SECOND: Final = 253402300799
"""9999-12-31T23:59:59Z. The range is checked before any conversion: beyond it, datetime raises
OverflowError, which pydantic does not turn into a validation error."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_ISO_8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?: ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?"
)
_AFTER_YEAR: Final = r"-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
_WITH_Z: Final = f"^[0-9]{{4}}{_AFTER_YEAR}Z$"
# Years from which no offset leads out of what datetime holds.
_WITH_OFFSET: Final = f"^(?:[1-8][0-9]{{3}}|9[0-8][0-9]{{2}}){_AFTER_YEAR}[+-][0-9]{{2}}:[0-9]{{2}}$"
_FOR_INSTANCES = {"model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields_set"}
_NOT_OFFERED = {
    *(name for name in dir(BaseModel) if not name.startswith("__") and name not in _FOR_INSTANCES),
    *("__fields__", "__fields_set__"),  # of version 1 too: reading one warns
}
"""What BaseModel has and no reader of an answer needs: its methods of version 1, all of them deprecated,
what is there to define or read a model, and its private parts."""

_LONGEST_VALUE = 40
_LONGEST_REPR = 158
"""Two lines of a usual terminal."""


def read_time(value: object) -> datetime:
    """Read Unix seconds or ISO 8601 text (no offset means UTC) into an aware UTC datetime."""
    match value:
        case bool():
            pass
        case int() | float() if 0 <= value <= LAST_SECOND:
            return datetime.fromtimestamp(value, UTC)
        case str() if found := _ISO_8601.fullmatch(value):
            date, minutes, seconds, fraction, zone = found.groups()
            text = f"{date}T{minutes}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}{(zone or 'Z').upper()}"
            try:
                return datetime.fromisoformat(text).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC)
        case _:
            pass
    raise ValueError("neither Unix seconds nor ISO 8601 text")


def read_unix_timestamp(value: object) -> datetime:
    """Read whole Unix seconds, or take an aware datetime as it is."""
    if type(value) is int and 0 <= value <= LAST_SECOND:
        return datetime.fromtimestamp(value, UTC)
    match value:
        case bool():
            pass
        case int() if 0 <= value <= LAST_SECOND:
            return datetime.fromtimestamp(value, UTC)
        case datetime() if value.tzinfo is not None:
            return value
        case _:
            pass
    raise PydanticCustomError("unix_timestamp", "Input should be whole Unix seconds or an aware datetime")


def to_unix_seconds(value: datetime) -> int:
    """Return the whole second a moment lies in."""
    return (value - _EPOCH) // _SECOND  # exact, unlike timestamp(), whose float may round up


def _time_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    # A large answer has thousands of times. No Python code runs in any branch but the last, so the usual spelling
    # takes a tenth of that one's time, and offsets and numbers a half; the last has what they don't take.
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
        # Not a PlainSerializer's: that writes a time twice, the second time with a warning that it is text.
        serialization=core_schema.simple_ser_schema("datetime"),
    )


UtcDatetime = Annotated[
    datetime,
    GetPydanticSchema(_time_schema),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}, mode="validation"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A moment in an answer: Unix seconds or ISO 8601 text on the wire, an aware UTC datetime for the user."""

UnixTimestamp = Annotated[
    datetime,
    PlainValidator(read_unix_timestamp, json_schema_input_type=int),
    PlainSerializer(to_unix_seconds, return_type=int, when_used="json"),
]
"""A moment in a request: whole Unix seconds on the wire."""


def _id_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    # Text first, so that it never leaves pydantic-core. Not str() for a number: before CPython writes decimal digits
    # it looks for signals, and runs the garbage collector if that is due. With its 40,000 ids an answer of 11 MB is
    # looked through over and over then, which takes a third of its time.
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
"""An id: text or a whole number on the wire, text for the user."""


class _Shown:
    """A text that is its own repr."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _shown(value: object) -> _Shown:
    match value:
        case datetime():
            return _Shown(value.isoformat().replace("+00:00", "Z"))
        case list():
            count = len(cast("list[object]", value))
            return _Shown(f"[{count} item{'' if count == 1 else 's'}]")
        case _:
            text = repr(value)
            return _Shown(text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…")


class Model(BaseModel, frozen=True):
    """The base of all models.

    Frozen, because a model is a record of what the server said: a change would go nowhere, so it is
    an error rather than a surprise, and one answer can be shared between threads. For a changed copy
    there is `model_copy(update=...)`. Unknown fields are kept, readable as attributes and in `model_extra`.
    """

    # Built when they are first used: there are fifteen kinds of customer, and a program reads one or two.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True, extra="allow", protected_namespaces=(), defer_build=True
    )

    if not TYPE_CHECKING:  # A type checker that saw it would take every misspelt field for a good one.

        @classmethod
        def model_rebuild(cls, **options: object) -> bool | None:
            # pydantic's is not made for threads: two that use a model first at once could see half of it.
            with setup_lock():
                return super().model_rebuild(**options)

        def __getattr__(self, name: str) -> object:
            # A value that could not be read stands among the extras alone, so that it is dumped once,
            # as it came. Its field is not in __dict__ then, and reading it ends here.
            if name in type(self).__pydantic_fields__:
                return None
            return super().__getattr__(name)

    def __dir__(self) -> list[str]:
        """Name what a reader of an answer needs: IPython and notebooks (by way of jedi) and debuggers list it."""
        names = set(super().__dir__())
        extra: Mapping[str, object] = getattr(self, "__pydantic_extra__", None) or {}  # a half-made model has none
        unknown = {name for name in extra.keys() - names if name.isidentifier() and not iskeyword(name)}
        # A collection that came unasked is kept, but reading it is an error.
        readable = {name for name in unknown if hasattr(self, name)}
        fields = type(self).__pydantic_fields__.keys()
        return sorted(names - _NOT_OFFERED | fields | readable)

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """Return a copy, with the fields in `update` changed; their values are not validated."""
        copied = super().model_copy(update=update, deep=deep)
        extra = copied.__pydantic_extra__ or {}
        for name in type(self).__pydantic_fields__.keys() & (update or {}).keys() & extra.keys():
            del extra[name]  # the raw value of an unreadable field, or it would be dumped beside the new one
        return copied

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Show what is set, each value cut, lists by their length; times last, for they tell least for their room."""
        extra = self.__pydantic_extra__ or {}
        fields = [(name, value) for name, value in self.__dict__.items() if value is not None]
        fields.sort(key=lambda field: isinstance(field[1], datetime))
        return [(name, _shown(value)) for name, value in [*fields, *extra.items()]]

    def __repr__(self) -> str:
        # A server may name a field anything, a terminal's control characters too.
        pairs = ((name if str(name).isidentifier() else repr(name), value) for name, value in self.__repr_args__())
        text = f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"
        return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 2]}…)"

    def __str__(self) -> str:
        return repr(self)


class CustomerModel(Model, frozen=True):
    """The base of Customer: tells a collection that was not asked for from one that is empty."""

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
    # Not a BeforeValidator: pydantic-core would first make dicts of the whole list to hand them to it, which
    # takes as long as all the rest of a large answer.
    return core_schema.no_info_after_validator_function(_or_empty, core_schema.nullable_schema(handler(source)))


OR_EMPTY: Final = GetPydanticSchema(_or_empty_schema)
"""For a collection that was asked for. Left out or null, it reads as []: which of them the server means by
an empty one is not known. `model_fields_set` tells whether it was there."""
