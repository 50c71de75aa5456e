r"""Masking of a secret in a text, in every encoding of the secret.

Servers repeat a request's URL in headers, JSON, HTML and log lines, and each encodes the secret in another way: PHP's
JSON escapes slashes, JavaScript does not encode an exclamation mark in a URL, and the Location of a login page has the
URL encoded twice. So the text is decoded, instead of encoding the secret. Each decoding keeps the original position of
every character, and is one pass over the text. So the time is linear for any text and any secret.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

MASK: Final = "[secret]"


class _Encoding(NamedTuple):
    """One encoding of characters: the pattern of an encoded character, and a function that decodes it."""

    mark: str
    pattern: re.Pattern[str]
    meaning: Callable[[re.Match[str]], str]


def _by_number(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _entity(found: re.Match[str]) -> str:
    from html import unescape  # its table of names is slow to import, and rarely needed

    return unescape(found[0])


_PERCENT: Final = _Encoding("%", re.compile("%([0-9A-Fa-f]{2})"), _by_number)
_JSON: Final = _Encoding("\\", re.compile(r"\\(?:u00([0-9A-Fa-f]{2})|(.))", re.DOTALL), _escaped)
_HTML: Final = _Encoding("&", re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"), _entity)
_ORDERS: Final = (
    *((_PERCENT,), (_JSON,), (_HTML,), (_PERCENT, _PERCENT), (_PERCENT, _PERCENT, _PERCENT)),
    *((_JSON, _PERCENT), (_HTML, _PERCENT), (_JSON, _JSON), (_JSON, _HTML), (_HTML, _JSON)),
    *((_JSON, _JSON, _PERCENT), (_JSON, _HTML, _PERCENT), (_HTML, _JSON, _PERCENT), (_JSON, _PERCENT, _PERCENT)),
)
"""The encodings that are decoded one after the other, the outermost first."""


class _Decoded(NamedTuple):
    """A decoded text, and the position in the original of each of its characters and of its end."""

    text: str
    starts: list[int] | range


def redactor(secret: str) -> Callable[[str], str]:
    """Return a function that masks a secret in a text, in every encoding."""

    def redact(text: str) -> str:
        original = _Decoded(text, range(len(text) + 1))
        found = _places(original, secret)
        for order in _ORDERS:
            decoded = original
            for encoding in order:
                decoded = _decoded(decoded, encoding)
            if decoded is not original:
                found += _places(decoded, secret)
        return _masked(text, found) if found else text

    return redact


def _decoded(given: _Decoded, encoding: _Encoding) -> _Decoded:
    """Decode one encoding; return the same object if the text does not use it."""
    text, starts = given
    if encoding.mark not in text:
        return given
    pieces: list[str] = []
    places: list[int] = []
    end = 0
    for found in encoding.pattern.finditer(text):
        pieces.append(text[end : found.start()])
        places += starts[end : found.start()]
        meaning = encoding.meaning(found)
        pieces.append(meaning)
        places += [starts[found.start()]] * len(meaning)
        end = found.end()
    pieces.append(text[end:])
    places += starts[end:]
    return _Decoded("".join(pieces), places)


def _places(decoded: _Decoded, secret: str) -> list[tuple[int, int]]:
    """Return the start and end of each place of the original that has the secret."""
    found: list[tuple[int, int]] = []
    at = decoded.text.find(secret)
    while at >= 0:
        found.append((decoded.starts[at], decoded.starts[at + len(secret)]))
        at = decoded.text.find(secret, at + len(secret))
    return found


def _masked(text: str, places: list[tuple[int, int]]) -> str:
    """Replace places of a text with the mask. The places may overlap."""
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(places):
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])
