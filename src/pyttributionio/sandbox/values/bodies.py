"""JSON types, and request bodies parsed within limits that protect the code that reads the values."""

import json
import math
from typing import Final, NoReturn, TypeAlias, cast

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 100

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"
JSONObject: TypeAlias = dict[str, "JSONValue"]


class MalformedBodyError(ValueError):
    """The body is not JSON, or is JSON that the sandbox does not accept (400)."""


def read_json(body: bytes) -> JSONValue:
    """Parse the body of a request.

    Raises:
        MalformedBodyError: It is not JSON in UTF-8, or is nested deeper than `MAX_DEPTH`, or has a
            number that is not finite, or text that is not Unicode (a lone surrogate).
    """
    try:
        # Decoded here, because json.loads also accepts UTF-16 and UTF-32 (RFC 8259, section 8.1, does not).
        value = cast("JSONValue", json.loads(body.decode(), parse_float=_finite, parse_constant=_refuse_constant))
    except RecursionError:
        raise MalformedBodyError(f"the JSON is nested deeper than {MAX_DEPTH}") from None
    except ValueError as error:
        raise MalformedBodyError(f"the body is not JSON in UTF-8: {error}") from None
    if _is_deeper_than(value, MAX_DEPTH):
        raise MalformedBodyError(f"the JSON is nested deeper than {MAX_DEPTH}")
    if not is_unicode(value):
        raise MalformedBodyError("the JSON has a lone surrogate, which is not Unicode text")
    return value


def is_unicode(value: JSONValue) -> bool:
    """Return whether all text in a value can be encoded as UTF-8, which SQLite and JSON answers need."""
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


def _is_deeper_than(value: JSONValue, limit: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_is_deeper_than(child, limit - 1) for child in children)
