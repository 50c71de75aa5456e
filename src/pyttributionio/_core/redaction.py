r"""Masking of a secret in a text, in every encoding of the secret.

Servers repeat a request's URL in headers, JSON, HTML and log lines, and each encodes the secret in another way: PHP's
JSON escapes slashes, JavaScript does not encode an exclamation mark in a URL, and the Location of a login page has the
URL encoded twice. So the text is decoded, instead of encoding the secret. Each decoding keeps the original position of
every character, and is one pass over the text. So the time is linear for any text and any secret.

A secret is found by its value, in upper or lower case, and by its name: the value of a parameter `secret` is masked
whatever it is, because a server may repeat only a part of the URL. A short secret may be a part of any word, so it is
found by its name only.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from itertools import takewhile
from typing import Final, NamedTuple
from urllib.parse import quote

from pyttributionio._shared.text import MASK

LONG: Final = 8
"""A secret of at least so many characters is also masked outside of its parameter."""

_LEAST_CUT: Final = 3
"""The characters that the beginning of a secret needs, so that it is recognised among other data."""
_NAME: Final = re.compile(r"(?<![a-z0-9_-])secret=")
_IN_WORD: Final = re.compile("[a-z0-9_-]")
_VALUE: Final = re.compile(r"[a-z0-9._~%!*+/:@$=-]*")


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


def _nothing(_: re.Match[str]) -> str:
    return ""


_PERCENT: Final = _Encoding("%", re.compile("%([0-9A-Fa-f]{2})"), _by_number)
_JSON: Final = _Encoding("\\", re.compile(r"\\(?:u00([0-9A-Fa-f]{2})|(.))", re.DOTALL), _escaped)
_HTML: Final = _Encoding("&", re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"), _entity)
_UTF_16: Final = _Encoding("\0", re.compile("\0+"), _nothing)
"""The zero bytes of ASCII characters in UTF-16 or UTF-32, if the text was decoded as UTF-8."""
_TAGS: Final = _Encoding("<", re.compile("<[^<>]{0,200}>"), _nothing)
"""Tags of HTML, because an error page may highlight or break a URL."""
_ORDERS: Final = (
    *((_UTF_16,), (_UTF_16, _PERCENT), (_TAGS,), (_TAGS, _PERCENT), (_TAGS, _HTML)),
    *((_PERCENT,), (_JSON,), (_HTML,), (_PERCENT, _PERCENT), (_PERCENT, _PERCENT, _PERCENT)),
    *((_JSON, _PERCENT), (_HTML, _PERCENT), (_JSON, _JSON), (_JSON, _HTML), (_HTML, _JSON)),
    *((_JSON, _JSON, _PERCENT), (_JSON, _HTML, _PERCENT), (_HTML, _JSON, _PERCENT), (_JSON, _PERCENT, _PERCENT)),
)
"""The encodings that are decoded one after the other, the outermost first."""


class _Decoded(NamedTuple):
    """A decoded text, and where each of its characters starts and ends in the original."""

    text: str
    starts: list[int] | range
    ends: list[int] | range


def redactor(secret: str, *, only_own: bool = False, only_whole: bool = False) -> Callable[[str], str]:
    """Return a function that masks a secret in a text, in every encoding.

    Args:
        secret: The secret.
        only_own: Leave a parameter `secret` with another value as it is, because customers' data may have URLs with
            such a parameter. A value that is the beginning of the secret is masked.
        only_whole: Leave the secret as it is where it is a part of a longer word, because it may be a frequent word.
    """
    lower = _lower(secret)
    in_base64 = _base64_of(secret) if len(secret) >= LONG else frozenset[str]()

    def redact(text: str) -> str:
        original = _Decoded(text, range(len(text)), range(1, len(text) + 1))
        found = _places(original, lower, only_own=only_own, only_whole=only_whole)
        for encoded in in_base64:
            found += _occurrences(text, encoded)
        for order in _ORDERS:
            decoded = original
            for encoding in order:
                decoded = _decoded(decoded, encoding)
            if decoded is not original:
                found += _places(decoded, lower, only_own=only_own, only_whole=only_whole)
        return _masked(text, found) if found else text

    return redact


def _decoded(given: _Decoded, encoding: _Encoding) -> _Decoded:
    """Decode one encoding; return the same object if the text does not use it."""
    text, starts, ends = given
    if encoding.mark not in text:
        return given
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    end = 0
    for found in encoding.pattern.finditer(text):
        plain = slice(end, found.start())
        end = found.end()
        meaning = encoding.meaning(found)
        pieces += [text[plain], meaning]
        new_starts += [*starts[plain], *[starts[found.start()]] * len(meaning)]
        new_ends += [*ends[plain], *[ends[end - 1]] * len(meaning)]
    return _Decoded("".join([*pieces, text[end:]]), [*new_starts, *starts[end:]], [*new_ends, *ends[end:]])


def _places(decoded: _Decoded, secret: str, *, only_own: bool, only_whole: bool) -> list[tuple[int, int]]:
    """Return the start and end of each place of the original that has the secret, which is in lower case."""
    text = _lower(decoded.text)
    found = _occurrences(text, secret) if len(secret) >= LONG else []
    if only_whole:
        found = [place for place in found if _is_whole(text, *place)]
    name = _NAME.search(text) if "secret=" in text else None
    while name is not None:
        value = _VALUE.match(text, name.end())
        assert value is not None  # it also matches an empty text
        end = _end_of_value(value, secret, only_own=only_own)
        if end > value.start() and not text.startswith(MASK, value.start()):
            found.append((value.start(), end))
        # After the value, so that a text of many names is not searched again for each of them.
        name = _NAME.search(text, max(end, value.end()))
    return [(decoded.starts[start], decoded.ends[end - 1]) for start, end in found]


def _occurrences(text: str, part: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = text.find(part)
    while at >= 0:
        found.append((at, at + len(part)))
        at = text.find(part, at + len(part))
    return found


def _is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a part of a text is not a part of a longer word."""
    return not any(
        0 <= outside < len(text) and _IN_WORD.match(text[outside]) and _IN_WORD.match(text[inside])
        for inside, outside in ((start, start - 1), (end - 1, end))
    )


def _base64_of(secret: str) -> frozenset[str]:
    """Return what a secret looks like inside of a text in base64: without the characters that its neighbours change."""
    found: set[str] = set()
    for text in (secret, quote(secret, safe="")):
        for before in range(3):  # the number of bytes before it, modulo 3
            padded = b"\0" * before + text.encode()
            for encode in (b64encode, urlsafe_b64encode):
                found.add(encode(padded)[(before * 8 + 5) // 6 : len(padded) * 8 // 6].decode())
    return frozenset(found)


def _end_of_value(value: re.Match[str], secret: str, *, only_own: bool) -> int:
    """Return where the value of a parameter `secret` ends; its start if it is not to be masked."""
    start, text = value.start(), value.string
    # A decoded secret may have characters that end a value in a URL.
    pairs = zip(secret, text[start : start + len(secret)], strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    end = start + same
    if same == len(secret) >= LONG:
        return end
    if not only_own:
        return max(end, value.end())
    is_own = same == len(secret) or same >= _LEAST_CUT
    return end if is_own and not text[end : value.end()].strip(".") else start


def _lower(text: str) -> str:
    """Return a text in lower case, of the same length."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(each.lower() if each.isascii() else each for each in text)


def _masked(text: str, places: list[tuple[int, int]]) -> str:
    """Replace places of a text with the mask. The places may overlap."""
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(places):
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])
