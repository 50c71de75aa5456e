"""Checks of a fault's arguments. They accept any object, because command line and JSON have no static types."""

import json
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias, TypeGuard, cast, get_args

from pyttributionio.sandbox.values.bodies import JSONObject, is_unicode

FaultBody: TypeAlias = Literal["html", "invalid_json", "empty", "cut"]

_BODIES: Final[tuple[str, ...]] = get_args(FaultBody)
_MAX_SECONDS: Final = 1_000_000_000  # some thirty years
_MAX_PATTERN: Final = 1_000  # characters; each request is matched with the pattern, which takes time


def _is_whole(value: object) -> TypeGuard[int]:
    # A bool is an int in Python, but not a number here.
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_seconds(value: object) -> bool:
    return _is_number(value) and 0 <= value <= _MAX_SECONDS


def _is_header(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("/", "*")) and value.isascii() and len(value) <= _MAX_PATTERN


def _is_method(value: object) -> bool:
    # CONNECT opens a tunnel, which the sandbox does not support.
    return isinstance(value, str) and value.isascii() and value.isalpha() and value.upper() != "CONNECT"


def _is_drift(value: object) -> bool:
    names = [*cast("Mapping[object, object]", value)] if isinstance(value, Mapping) else []
    return bool(names) and all(isinstance(name, str) for name in names)


_SECONDS: Final = f"seconds, from 0 to {_MAX_SECONDS}"
_PATTERN: Final = (
    f"a pattern of at most {_MAX_PATTERN} characters that begins with / or *, percent-encoded as on the wire"
)
_CHECKS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "status": (lambda value: _is_whole(value) and 200 <= value <= 599, "a final status code, from 200 to 599"),
    "retry_after": (lambda value: _is_seconds(value) or _is_header(value), f"{_SECONDS}, or text in printable ASCII"),
    "delay": (_is_seconds, _SECONDS),
    "reset": (_is_flag, "true or false"),
    "recorded": (_is_flag, "true or false"),
    "body": (lambda value: isinstance(value, str) and value in _BODIES, f"one of {', '.join(_BODIES)}"),
    "drift": (_is_drift, "new values by member name, such as {'channel': 7}"),
    "path": (_is_pattern, _PATTERN),
    "method": (_is_method, "the name of a method other than CONNECT, such as POST"),
    "next": (lambda value: _is_whole(value) and value >= 1, "how many requests, a whole number from 1"),
    "share": (lambda value: _is_number(value) and 0 <= value <= 1, "a fraction of the requests, from 0 to 1"),
}


def check(name: str, value: object) -> None:
    """Check an argument by its name.

    Raises:
        ValueError: It has a wrong type or value; the message says what was expected.
    """
    is_right, expected = _CHECKS[name]
    if not is_right(value):
        raise ValueError(f"{name}: expected {expected}, not {value!r:.100}")


def copied_drift(drift: Mapping[str, object]) -> JSONObject:
    """Return a deep copy of a mapping of JSON values, so that later changes of the mapping have no effect.

    Raises:
        ValueError: A value is not JSON.
    """
    try:
        copy = cast("JSONObject", json.loads(json.dumps(dict(drift), allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"drift: expected JSON values: {error}") from None
    if not is_unicode(copy):
        raise ValueError("drift: expected text that can be encoded as UTF-8, without lone surrogates")
    return copy
