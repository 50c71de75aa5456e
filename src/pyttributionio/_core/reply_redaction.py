"""Masking of the secret in an answer that repeats the request's URL, before anything is read from it.

The answer to a read is searched before it is read, so that headers, bytes, models, their dumps and their pickles are
masked alike. An answer without the secret is only searched for two texts, and is not copied.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final, TypeAlias, cast

from pyttributionio._core.redaction import LONG, redactor
from pyttributionio._core.types import RawHeaders, Reply, decoded_header

_NAME: Final = b"secret"
_UNENCODED: Final = re.compile("[A-Za-z0-9._-]+")
"""The characters that no encoding changes."""
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"(\s*:)?', re.DOTALL)
"""A string in a JSON text, with the colon after it if it is a member's name."""
_NAME_OF_API: Final = re.compile('"[a-z_]*"')
_WORDS: Final = re.compile("[A-Za-z]+(?:[_-](?:[A-Za-z]+|[0-9]{1,4}))*")


ReplyRedactor: TypeAlias = Callable[[Reply, str], Reply]
"""Masks a secret in a reply to a request whose URL has a public key; returns the same reply if it has no secret."""


def reply_redactor(secret: str) -> ReplyRedactor:
    """Return a function that masks a secret in an answer, and changes nothing else in it."""
    redact = redactor(secret)
    # A secret of words, such as one of a test, may be a part of other words in the data.
    is_of_words = _WORDS.fullmatch(secret) is not None
    redact_url = redactor(secret, only_whole=is_of_words)
    redact_own = redactor(secret, only_own=True, only_whole=is_of_words)
    # The longest part that every encoding leaves as it is. A short secret is found by its name only.
    part = max(_UNENCODED.findall(secret), key=len, default="").encode() if len(secret) >= LONG else None
    lower_part = None if part is None else part.lower()

    def hide(reply: Reply, key: str) -> Reply:
        headers, content = reply.raw_headers, reply.content
        if _may_show(headers, lower_part):
            pairs = ((decoded_header(name), decoded_header(value)) for name, value in headers)
            headers = [(redact(name), redact(value)) for name, value in pairs]
        if isinstance(content, bytes):
            # Searched from the end, which takes bytes a third of the time of a search from the start.
            may_show_value = part is not None and content.rfind(part) >= 0
            if may_show_value or content.find(b"\0") >= 0 or (content.rfind(key.encode()) >= 0 and _NAME in content):
                content = _hidden(content, key.lower(), redact_url, redact_own)
        if headers is reply.raw_headers and content is reply.content:
            return reply
        return replace(reply, raw_headers=headers, content=content)

    return hide


def _may_show(headers: RawHeaders, lower_part: bytes | None) -> bool:
    try:
        shown = b"".join(chain.from_iterable(cast("Sequence[tuple[bytes, bytes]]", headers))).lower()
    except TypeError:  # texts, from a caller's client
        texts = chain.from_iterable(cast("Sequence[tuple[str, str]]", headers))
        shown = "".join(texts).encode(errors="replace").lower()
    return shown.rfind(_NAME) >= 0 or (lower_part is not None and shown.rfind(lower_part) >= 0)


def _hidden(content: bytes, key: str, redact: Callable[[str], str], redact_own: Callable[[str], str]) -> bytes:
    encoding, errors = json.detect_encoding(content), "surrogateescape"
    if not encoding.startswith("utf-8"):
        errors = "surrogatepass"
    try:
        text = content.decode(encoding, errors)
    except UnicodeDecodeError:
        encoding, errors = "utf-8", "surrogateescape"
        text = content.decode(encoding, errors)

    def hide_in_string(found: re.Match[str]) -> str:
        literal, colon = found[0], found[1] or ""
        literal = literal.removesuffix(colon)
        if colon and _NAME_OF_API.fullmatch(literal):  # a secret may be the same word
            return found[0]
        value: str = json.loads(literal) if "\\" in literal else literal[1:-1]
        # In a URL with the public key, the parameter is ours, whatever its value is.
        hidden = (redact if key in value.lower() else redact_own)(value)
        return found[0] if hidden == value else json.dumps(hidden, ensure_ascii=r"\u" in literal) + colon

    # String by string in JSON, so that it stays JSON.
    shown = _STRING.sub(hide_in_string, text) if _is_json(text) else redact(text)
    return content if shown == text else shown.encode(encoding, errors)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)  # int() refuses very many digits
    except (ValueError, RecursionError):
        return False
    return True
