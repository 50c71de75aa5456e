"""From a body's bytes to JSON values, with bounds, so that no input can break what comes after."""

import json
import math
from typing import Final, NoReturn, TypeAlias, cast

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 100

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"
JSONObject: TypeAlias = dict[str, "JSONValue"]


class MalformedBodyError(ValueError):
    """The body is not JSON, or JSON that this server does not take (400)."""


def read_json(body: bytes) -> JSONValue:
    """Parse a request's body.

    Raises:
        MalformedBodyError: It is not JSON in UTF-8, or is nested deeper than `MAX_DEPTH`, or has a
            number without a finite value, or text that is not Unicode (a lone surrogate).
    """
    try:
        # Decoded here, because json.loads would also take UTF-16 and UTF-32 (RFC 8259, 8.1).
        text = body.decode()
        value = cast(
            "JSONValue",
            json.loads(text, parse_float=_finite, parse_constant=_refuse_constant),
        )
    except RecursionError:
        raise MalformedBodyError(f"the JSON is nested deeper than {MAX_DEPTH}") from None
    except ValueError as error:
        raise MalformedBodyError(f"the body is not JSON in UTF-8: {error}") from None
    if _deeper_than(value, MAX_DEPTH):
        raise MalformedBodyError(f"the JSON is nested deeper than {MAX_DEPTH}")
    if not is_unicode(value):
        raise MalformedBodyError("the JSON has a lone surrogate, which is no text")
    return value


def is_unicode(value: JSONValue) -> bool:
    """Tell whether all text in it can be written as UTF-8, which SQLite and JSON answers need."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _deeper_than(value: JSONValue, limit: int) -> bool:
    # Level by level, since a recursive walk would end as the input it looks for.
    level = [value]
    for _ in range(limit):
        level = [child for parent in level for child in _nested(parent)]
        if not level:
            return False
    return True


def _nested(value: JSONValue) -> list[JSONValue]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    return [member for member in value if isinstance(member, dict | list)]
