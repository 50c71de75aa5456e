"""Checks of arguments, made before anything is sent. Each check names the argument in its error."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Final, cast, get_args

from pyttributionio._core.types import JSONValue
from pyttributionio._shared.text import shown

DEEPEST: Final = 100
"""The limit of nested levels. Analytics payloads have far fewer, and the encoder's own limit is far higher."""
DIGITS: Final = 4300
"""The limit of digits of a whole number: Python's own default for reading and writing one."""
_TOO_LARGE: Final = 10**DIGITS

MAX_SECONDS: Final = 2.0e6
"""About 23 days. A larger number counts as this one, because operating systems can't wait much longer."""


def checked_seconds(name: str, value: object, *, or_zero: bool = False) -> float:
    """Return a finite number of seconds that is positive, or zero if that is allowed."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "; httpx.Timeout(None) leaves the bound to the deadline" if name == "timeout" and value is None else ""
        raise TypeError(f"{name} is a number of seconds, not {type(value).__name__}{hint}")
    if or_zero and value == 0:
        return 0.0
    if not 0 < value <= sys.float_info.max:  # false for nan too, and exact for an int that is too large for a float
        bound = "a finite number of seconds, zero or more" if or_zero else "a positive, finite number of seconds"
        raise ValueError(f"{name} is {shown(value)}: it takes {bound}")
    return min(float(value), MAX_SECONDS)


def checked_count(name: str, value: object, lowest: int, highest: int | None = None) -> int:
    """Return a whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, not {type(value).__name__}")
    if value < lowest or (highest is not None and value > highest):
        bound = f"{lowest} or more" + (f", up to {highest}" if highest else "")
        raise ValueError(f"{name} is {shown(value)}: it takes {bound}")
    return value


def checked_choice(name: str, value: object, choices: object) -> None:
    """Raise if a value is not one of a literal type's values."""
    known = get_args(choices)
    if value not in known:
        raise ValueError(f"{name} is {shown(value)}: it takes one of {', '.join(map(repr, known))}")


def checked_function(name: str, value: object) -> None:
    """Raise if a value is neither None nor callable."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} is a function of one argument, not {type(value).__name__}")


def checked_text(name: str, value: object) -> str:
    """Return a text that can be encoded as UTF-8. An error names the parameter `name`."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} has half of a surrogate pair at position {error.start}, which UTF-8 cannot encode; "
            "decode its source with errors='replace'"
        ) from None
    return value


def checked_filled_text(name: str, value: object) -> str:
    """Return a text that is not blank. An error names the parameter `name`."""
    text = checked_text(name, value)
    if not text or text.isspace():
        raise ValueError(f"{name} is {'blank' if text else 'empty'}: leave it out if it is not known")
    return text


def checked_json(path: str, value: object, depth: int = 0) -> JSONValue:
    """Return a copy of a value in plain JSON types. An error names `path`."""
    if depth > DEEPEST:
        raise ValueError(f"{path} is nested deeper than {DEEPEST} levels, or contains itself")
    match value:
        case None | bool():
            return value
        case int():
            if not -_TOO_LARGE < value < _TOO_LARGE:
                raise ValueError(f"{path} has more than {DIGITS} digits, which many servers can't read; send a text")
            return value
        case str():
            return checked_text(path, value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{path} is {value!r}, which is not a JSON number; leave it out or send a text")
            return value
        case Mapping():
            members = cast("Mapping[object, object]", value)
            return {
                _checked_key(path, key): checked_json(f"{path}[{key!r}]", item, depth + 1)
                for key, item in members.items()
            }
        case list() | tuple() | Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            items = cast("Sequence[object]", value)
            return [checked_json(f"{path}[{index}]", item, depth + 1) for index, item in enumerate(items)]
        case _:
            raise TypeError(
                f"{path} is {type(value).__name__}, which is not a JSON type; "
                "use str, int, float, bool, None, a list or a dict"
            )


def _checked_key(path: str, key: object) -> str:
    """Return the name of a member of the JSON object at `path`."""
    if type(key) is str and key.isascii():
        return key  # the usual name: the text of an error is not needed
    return checked_text(f"the key {shown(key)} of {path}", key)
