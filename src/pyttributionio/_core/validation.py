"""JSON values as callers give them, checked before anything is sent."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

__all__ = ["JSONValue"]

JSONValue: TypeAlias = str | int | float | bool | Sequence["JSONValue"] | Mapping[str, "JSONValue"] | None
"""A value that JSON can carry; text is Unicode without lone surrogates, numbers are finite."""

DEEPEST: Final = 100
"""Levels of nesting; far more than any analytics payload has, and far less than the encoder's own limit."""


def checked_text(name: str, value: object) -> str:
    """Return a text that can be sent; `name` is the parameter that an error names."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} has half of a surrogate pair at position {error.start}, which no server can be sent; "
            "decode the text it came from with errors='replace'"
        ) from None
    return value


def checked_json(path: str, value: object, depth: int = 0) -> JSONValue:
    """Return a copy of a value in plain JSON types; `path` is what an error names."""
    if depth > DEEPEST:
        raise ValueError(f"{path} is nested deeper than {DEEPEST} levels, or holds itself")
    match value:
        case None | bool() | int():
            return value
        case str():
            return checked_text(path, value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{path} is {value!r}, which JSON has no number for; leave it out or send a text")
            return value
        case Mapping():
            members = cast("Mapping[object, object]", value)
            return {
                checked_text(f"the key {key!r} of {path}", key): checked_json(f"{path}[{key!r}]", item, depth + 1)
                for key, item in members.items()
            }
        case list() | tuple() | Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            items = cast("Sequence[object]", value)
            return [checked_json(f"{path}[{index}]", item, depth + 1) for index, item in enumerate(items)]
        case _:
            raise TypeError(
                f"{path} is {type(value).__name__}, which JSON has no form for; "
                "use str, int, float, bool, None, a list or a dict"
            )
