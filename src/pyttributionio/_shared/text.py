"""Texts that describe data from outside: cut, with secrets masked, on one line."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

MASK: Final = "[secret]"
"""The text in place of a secret."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LONGEST_SHOWN: Final = 200


def shown_name(name: str, redact: Callable[[str], str]) -> str:
    """Return a member's name, or only its length: it may be data if it is not an identifier or has the secret."""
    return name if _PLAIN_NAME.fullmatch(redact(name)) else f"<a name of {len(name)} characters>"


def preview(value: object, redact: Callable[[str], str]) -> str:
    """Return a value's JSON type and at most a third of its text, so that it shows no personal data in full.

    The text is redacted before it is cut: a part of a secret would not be recognised.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            redacted = redact(value)
            # A mask is shown in full: a part of it would not be recognised.
            shown = MASK if redacted.startswith(MASK) else one_line(redacted[: min(8, len(value) // 3)])
            return f'a string of {len(value)} characters, "{shown}…"' if value else "an empty string"
        case list() | tuple():
            return f"an array of {len(cast('Sequence[object]', value))}"
        case dict():
            return f"an object of {len(cast('Mapping[object, object]', value))} members"
        case _:
            return type(value).__name__


def shown(value: object) -> str:
    """Return a wrong argument for an error message: its repr, cut, or the name of its type if it has no repr."""
    try:
        text = repr(value)
    except Exception:  # Python writes no int of more than 4,300 digits, and any class may have a repr that raises
        return f"<unprintable {type(value).__name__}>"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def one_line(text: str) -> str:
    """Return a text on one line: escapes replace line breaks and a terminal's control characters."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
