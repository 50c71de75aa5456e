r"""Masking a secret in a text, however the text spells it.

Servers repeat a request's URL in headers, JSON, HTML and log lines, and each writes the secret in its own way: PHP's
JSON escapes slashes, JavaScript's URLs keep an exclamation mark, a login page's Location encodes a URL a second time.
So the text is decoded, not the secret encoded. Each decoding keeps the place that every character came from, and is one
pass over the text: the time is linear, whatever the text and the secret are.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

MASK: Final = "[secret]"


class _Spelling(NamedTuple):
    """One way of writing characters: the pattern of a written one, and what it stands for."""

    mark: str
    pattern: re.Pattern[str]
    meaning: Callable[[re.Match[str]], str]


def _by_number(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _entity(found: re.Match[str]) -> str:
    from html import unescape  # its table of names is read at the first look, not at each start

    return unescape(found[0])


_PERCENT: Final = _Spelling("%", re.compile("%([0-9A-Fa-f]{2})"), _by_number)
_JSON: Final = _Spelling("\\", re.compile(r"\\(?:u00([0-9A-Fa-f]{2})|(.))", re.DOTALL), _escaped)
_HTML: Final = _Spelling("&", re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"), _entity)
_ORDERS: Final = (
    *((_PERCENT,), (_JSON,), (_HTML,), (_PERCENT, _PERCENT), (_PERCENT, _PERCENT, _PERCENT)),
    *((_JSON, _PERCENT), (_HTML, _PERCENT), (_JSON, _JSON), (_JSON, _HTML), (_HTML, _JSON)),
    *((_JSON, _JSON, _PERCENT), (_JSON, _HTML, _PERCENT), (_HTML, _JSON, _PERCENT), (_JSON, _PERCENT, _PERCENT)),
)
"""The spellings that are undone one after the other, the outermost first."""


class _Decoded(NamedTuple):
    """A text, and for each of its characters where its spelling starts in the original; the end comes last."""

    text: str
    starts: list[int] | range


def redactor(secret: str) -> Callable[[str], str]:
    """Return a function that masks a secret in a text, in every spelling."""

    def redact(text: str) -> str:
        original = _Decoded(text, range(len(text) + 1))
        found = _places(original, secret)
        for order in _ORDERS:
            decoded = original
            for spelling in order:
                decoded = _decoded(decoded, spelling)
            if decoded is not original:
                found += _places(decoded, secret)
        return _masked(text, found) if found else text

    return redact


def _decoded(given: _Decoded, spelling: _Spelling) -> _Decoded:
    """Undo one spelling; return the same object if the text has none of it."""
    text, starts = given
    if spelling.mark not in text:
        return given
    pieces: list[str] = []
    places: list[int] = []
    end = 0
    for found in spelling.pattern.finditer(text):
        pieces.append(text[end : found.start()])
        places += starts[end : found.start()]
        meaning = spelling.meaning(found)
        pieces.append(meaning)
        places += [starts[found.start()]] * len(meaning)
        end = found.end()
    pieces.append(text[end:])
    places += starts[end:]
    return _Decoded("".join(pieces), places)


def _places(decoded: _Decoded, secret: str) -> list[tuple[int, int]]:
    """Return where the secret stands in the original, as starts and ends."""
    found: list[tuple[int, int]] = []
    at = decoded.text.find(secret)
    while at >= 0:
        found.append((decoded.starts[at], decoded.starts[at + len(secret)]))
        at = decoded.text.find(secret, at + len(secret))
    return found


def _masked(text: str, places: list[tuple[int, int]]) -> str:
    """Replace places of a text, which may overlap."""
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(places):
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])
