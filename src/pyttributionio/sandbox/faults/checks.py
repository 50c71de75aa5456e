"""Checks of a fault's arguments. They accept any object, because command line and JSON have no static types."""

import json
from collections.abc import Collection, Mapping
from typing import Final, TypeGuard, cast

from pyttributionio.sandbox.values.bodies import JSONObject, is_unicode

_MAX_SECONDS: Final = 1_000_000_000  # some thirty years
_MAX_PATTERN: Final = 1_000  # characters; each request is matched with the pattern, which takes time


def status(value: object) -> None:
    """Refuse a value that is not None or a final status code."""
    if value is not None and not (_is_whole(value) and 200 <= value <= 599):
        raise ValueError(f"status: expected a final status code, from 200 to 599, not {value!r}")


def retry_after(value: object) -> None:
    """Refuse a value that is not None, a number of seconds or the text of a header."""
    if isinstance(value, str):
        if not (value.isascii() and value.isprintable() and value.strip() == value != ""):
            raise ValueError(f"retry_after: expected seconds, or text in printable ASCII, not {value!r}")
    elif value is not None:
        seconds("retry_after", value)


def seconds(name: str, value: object) -> None:
    """Refuse a value that is not a number of seconds, or is far too large."""
    if not (_is_number(value) and 0 <= value <= _MAX_SECONDS):
        raise ValueError(f"{name}: expected seconds, from 0 to {_MAX_SECONDS}, not {value!r}")


def flag(name: str, value: object) -> None:
    """Refuse a value that is not a bool."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected true or false, not {value!r}")


def one_of(name: str, value: object, known: Collection[str]) -> None:
    """Refuse a value that is not None or one of the known words."""
    if value is not None and not (isinstance(value, str) and value in known):
        raise ValueError(f"{name}: expected one of {', '.join(known)}, not {value!r}")


def path(value: object) -> None:
    """Refuse a value that is not None or a pattern that can match a path."""
    if value is None:
        return
    if not (isinstance(value, str) and value.startswith(("/", "*")) and value.isascii()):
        raise ValueError(
            f"path: expected a pattern that begins with / or *, percent-encoded as on the wire, not {value!r}"
        )
    if len(value) > _MAX_PATTERN:
        raise ValueError(f"path: expected a pattern of at most {_MAX_PATTERN} characters, not of {len(value)}")


def method(value: object) -> None:
    """Refuse a value that is not None or the name of an HTTP method."""
    if value is None:
        return
    if not (isinstance(value, str) and value.isascii() and value.isalpha()):
        raise ValueError(f"method: expected a method's name, such as POST, not {value!r}")
    if value.upper() == "CONNECT":
        raise ValueError("method: the sandbox opens no tunnels for CONNECT: expected another method")


def copied_drift(value: object) -> JSONObject:
    """Return a deep copy of a mapping of JSON values, so that later changes of the mapping have no effect.

    Raises:
        ValueError: It is not such a mapping, or is empty.
    """
    members = dict(cast("Mapping[object, object]", value)) if isinstance(value, Mapping) else {}
    if not members or not all(isinstance(name, str) for name in members):
        raise ValueError(f"drift: expected new values by member name, such as {{'channel': 7}}, not {value!r}")
    try:
        copy = cast("JSONObject", json.loads(json.dumps(members, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"drift: expected JSON values: {error}") from None
    if not is_unicode(copy):
        raise ValueError("drift: expected text that can be encoded as UTF-8, without lone surrogates")
    return copy


def count(value: object) -> None:
    """Refuse a value that is not None or a number of requests."""
    if value is not None and not (_is_whole(value) and value >= 1):
        raise ValueError(f"next: expected how many requests, a whole number from 1, not {value!r}")


def share(value: object) -> None:
    """Refuse a value that is not None or a fraction."""
    if value is not None and not (_is_number(value) and 0 <= value <= 1):
        raise ValueError(f"share: expected a fraction of the requests, from 0 to 1, not {value!r}")


def _is_whole(value: object) -> TypeGuard[int]:
    # A bool is an int in Python, but not a number here.
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
