"""Bounds of what a fault is made of. Each takes any object: the command line and the admin route have no types."""

import json
from collections.abc import Collection, Mapping
from typing import Final, TypeGuard, cast

from pyttributionio.sandbox.values.bodies import JSONObject, is_unicode

_LONGEST: Final = 1_000_000_000  # seconds: some thirty years

_LONGEST_PATTERN: Final = 1_000  # characters; hostile ones take time with each request


def status(value: object) -> None:
    """Refuse what is no final status code."""
    if value is not None and not (_is_whole(value) and 200 <= value <= 599):
        raise ValueError(f"status: expected a final status code, from 200 to 599, not {value!r}")


def retry_after(value: object) -> None:
    """Refuse what is neither seconds nor a header's value."""
    if isinstance(value, str):
        if not (value.isascii() and value.isprintable() and value.strip() == value != ""):
            raise ValueError(f"retry_after: expected seconds, or text in printable ASCII, not {value!r}")
    elif value is not None:
        seconds("retry_after", value)


def seconds(name: str, value: object) -> None:
    """Refuse what is no number of seconds, or one beyond all sense."""
    if not (_is_number(value) and 0 <= value <= _LONGEST):
        raise ValueError(f"{name}: expected seconds, from 0 to {_LONGEST}, not {value!r}")


def flag(name: str, value: object) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected true or false, not {value!r}")


def one_of(name: str, value: object, known: Collection[str | None]) -> None:
    """Refuse what is not among the known words."""
    if not isinstance(value, str | None) or value not in known:
        words = ", ".join(word for word in known if word)
        raise ValueError(f"{name}: expected one of {words}, not {value!r}")


def path(value: object) -> None:
    """Refuse a pattern that no path on the wire can match."""
    if value is not None and not (isinstance(value, str) and value.startswith(("/", "*")) and value.isascii()):
        raise ValueError(
            f"path: expected a pattern that begins with / or *, percent-encoded as on the wire, not {value!r}"
        )
    if value is not None and len(value) > _LONGEST_PATTERN:
        raise ValueError(f"path: expected a pattern of at most {_LONGEST_PATTERN} characters, not of {len(value)}")


def method(value: object) -> None:
    """Refuse what is no method of HTTP."""
    if value is not None and not (isinstance(value, str) and value.isascii() and value.isalpha()):
        raise ValueError(f"method: expected a method's name, such as POST, not {value!r}")
    if value is not None and value.upper() == "CONNECT":
        raise ValueError("method: CONNECT asks for a tunnel, and the sandbox has none: expected another method")


def copied_drift(value: object) -> JSONObject:
    """Copy a mapping of JSON values, all the way down, so that nobody changes it later.

    Raises:
        ValueError: It is not such a mapping, or an empty one.
    """
    members = dict(cast("Mapping[object, object]", value)) if isinstance(value, Mapping) else {}
    if not members or not all(isinstance(name, str) for name in members):
        raise ValueError(f"drift: expected what members become by their names, such as {{'channel': 7}}, not {value!r}")
    try:
        copy = cast("JSONObject", json.loads(json.dumps(members, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"drift: expected values that JSON has: {error}") from None
    if not is_unicode(copy):
        raise ValueError("drift: expected text that can be written as UTF-8, without lone surrogates")
    return copy


def count(value: object) -> None:
    """Refuse what is no number of requests."""
    if value is not None and not (_is_whole(value) and value >= 1):
        raise ValueError(f"next: expected how many requests, a whole number from 1, not {value!r}")


def part(value: object) -> None:
    """Refuse what is no part of a whole."""
    if value is not None and not (_is_number(value) and 0 <= value <= 1):
        raise ValueError(f"share: expected a part of the requests, from 0 to 1, not {value!r}")


def _is_whole(value: object) -> TypeGuard[int]:
    # A bool is an int to Python, but no number to anyone.
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
