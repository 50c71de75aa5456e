"""Secrets are hidden in received requests before they are logged or shown.

The parts of a request are searched one by one: the segments of a path, the values of a query, the words of a
header, the strings in a JSON body. Text that is made of them, such as a command, is not searched: replacing
in it could remove quotation marks, and then text that visitors wrote would be run.

A secret belongs only in the query of a read. But people make mistakes in requests that they write by hand, such as
a second `?` or exchanged credentials, and browsers repeat addresses in headers.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import Final
from urllib.parse import unquote_plus

REDACTED: Final = "REDACTED"
LONG: Final = 8
"""A secret of at least so many characters is also hidden inside longer texts."""

_API: Final = "/api/v1/"
_NAME: Final = r"((?:^|[?&;#])(?:s|%73)(?:e|%65)(?:c|%63)(?:r|%72)(?:e|%65)(?:t|%74)=)"
_BY_NAME: Final = re.compile(_NAME + r"[^&;#\s]*", re.IGNORECASE)
_BY_NAME_IN_TEXT: Final = re.compile(_NAME + r"[^&;#\s\"'<>\\]*", re.IGNORECASE)
# The words of the API's own paths and queries.
_WORDS: Final = frozenset(
    {"api", "v1", "customers", "identities", "events", "_sandbox", "pageviews", "collect", "true"}
)
_METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_WORD_OF_HEADER: Final = re.compile(r"([^\s,;=\"]+)(\s*=)?")
_WITH_CREDENTIALS: Final = frozenset({"authorization", "proxy-authorization"})
# JSON text with these escapes can contain a secret that a search in the text does not find.
_ESCAPED_ASCII: Final = re.compile(r"\\(?:u00[2-7]|/)")
# In JSON text: a string, with the colon after it if it is a member's name, or a number.
_JSON_TOKEN: Final = re.compile(r'("(?:[^"\\]++|\\.)*+")(\s*:)?|-?\d[\d.eE+-]*')


class Redaction:
    """Hide secrets in all their spellings: plain, percent-encoded, or escaped as in JSON.

    A long secret is hidden everywhere. A short one could be a part of any word, so it is hidden only if it is a
    whole value. Public texts are not hidden, even if they contain a secret.

    Args:
        secrets: The texts to hide.
        public: Texts that are shown in any case: the accounts' public keys.
    """

    def __init__(self, secrets: Iterable[str], public: Iterable[str]) -> None:
        public = _WORDS.union(public)
        # The longest first, because one secret can contain another.
        hidden = sorted(set(secrets) - public, key=lambda secret: (-len(secret), secret))
        self._long = [_pattern(secret, public) for secret in hidden if len(secret) >= LONG]
        self._short = [_pattern(secret, ()) for secret in hidden if len(secret) < LONG]
        # A fault's method is in upper case, whatever the case of its argument was.
        self._methods = re.compile("|".join(map(_of_method, hidden)) or "(?!)", re.IGNORECASE)

    def text(self, text: str) -> str:
        """Hide long secrets in a text, and the values of `secret` in addresses of reads."""
        if _API in text:
            # Word by word, so that the time is linear in the length of the text.
            text = re.sub(r"\S+", _hide_secret_of_read, text)
        for pattern in self._long:
            text = pattern.sub(_redacted, text)
        return text

    def value(self, text: str) -> str:
        """Hide a value that is a secret, and everything that `text` hides."""
        return self.text(self._unless_short(text))

    def path(self, path: str) -> str:
        """Hide secrets in a path on the wire."""
        segments = self.text(path).split("/")
        return _hide_by_name("/".join(map(self._unless_short, segments)))

    def pattern(self, pattern: str) -> str:
        """Hide secrets in a shell pattern for a path; a segment may be a secret between wildcards."""
        segments = self.path(pattern).split("/")
        return "/".join(REDACTED if self._is_short(each.strip("*?")) else each for each in segments)

    def method(self, method: str) -> str:
        """Hide a method that is a secret, or has a long one in it."""
        return REDACTED if method not in _METHODS and self._methods.fullmatch(method) else method

    def query(self, query: str) -> str:
        """Hide the value of `secret`, however the name is encoded, and secrets in other values."""
        # The name alone is enough, because a wrong secret may be the right one of another service.
        return _hide_by_name("&".join(map(self._pair, self.text(query).split("&"))))

    def header(self, name: str, value: str) -> str:
        """Hide secrets in the value of a header or in one of its words."""
        if name in _WITH_CREDENTIALS:
            value = re.sub(r"\S+", self._credentials, value)
        value = _hide_by_name(self.value(value))
        return _WORD_OF_HEADER.sub(self._word_of_header, value) if self._short else value

    def body(self, content: bytes) -> bytes:
        """Hide secrets in a body; JSON stays JSON, and nothing else in it changes."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return self.text(content.decode("latin-1")).encode("latin-1")
        if not self._may_have_secrets(text):
            return content
        hidden = _JSON_TOKEN.sub(self._json_token, text) if _is_json(text) else self.value(text)
        return hidden.encode()

    def _unless_short(self, text: str) -> str:
        return REDACTED if self._is_short(text) else text

    def _is_short(self, text: str) -> bool:
        return any(pattern.fullmatch(text) for pattern in self._short)

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals:  # possibly a value without its name
            return self._unless_short(pair)
        secret = unquote_plus(name).lower() == "secret"
        return f"{name}={REDACTED if secret else self._unless_short(value)}"

    def _word_of_header(self, word: re.Match[str]) -> str:
        return word[0] if word[2] else self._unless_short(word[1])

    def _credentials(self, word: re.Match[str]) -> str:
        """Hide credentials in base64 (RFC 7617, section 2), in both alphabets, with or without padding."""
        encoded = word[0].rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
        try:
            text = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode("latin-1")
        except ValueError:
            return word[0]
        parts = (text, *text.split(":", 1))
        return word[0] if all(self.value(part) == part for part in parts) else REDACTED

    def _may_have_secrets(self, text: str) -> bool:
        """Return, fast, whether the strings of a JSON text have to be searched one by one."""
        if _API in text or _ESCAPED_ASCII.search(text):
            return True
        return any(pattern.search(text) for pattern in (*self._long, *self._short))

    def _json_token(self, token: re.Match[str]) -> str:
        literal, colon = token[1], token[2] or ""
        if literal is None:
            return token[0] if self.text(token[0]) == token[0] else f'"{REDACTED}"'
        text: str = json.loads(literal) if "\\" in literal else literal[1:-1]
        hidden = self.text(text) if colon else self.value(text)
        if hidden == text:
            return token[0]
        # A lone surrogate stays escaped as it was, because it cannot be encoded as UTF-8.
        return json.dumps(hidden, ensure_ascii=r"\u" in literal) + colon


@lru_cache(maxsize=64)  # making the patterns takes half as long as a small request
def redaction(secrets: frozenset[str], public: frozenset[str]) -> Redaction:
    """Return a redaction for these secrets and public texts."""
    return Redaction(secrets, public)


def _hide_by_name(text: str) -> str:
    # The search is skipped if it cannot find anything, because each request has many parts.
    return _BY_NAME.sub(rf"\1{REDACTED}", text) if "=" in text else text


def _hide_secret_of_read(word: re.Match[str]) -> str:
    before, root, rest = word[0].partition(_API)
    return before + root + _BY_NAME_IN_TEXT.sub(rf"\1{REDACTED}", rest)


def _redacted(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup else REDACTED


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)  # int() refuses very many digits
    except (ValueError, RecursionError):
        return False
    return True


def _of_method(secret: str) -> str:
    part = ".*" if len(secret) >= LONG else ""
    return f"{part}{re.escape(secret)}{part}"


def _pattern(secret: str, public: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of a secret; its group `kept` matches public texts that contain the secret."""
    kept = "|".join(_spellings(text) for text in sorted(public, key=len, reverse=True) if secret in text)
    return re.compile(f"(?P<kept>{kept})|{_spellings(secret)}" if kept else _spellings(secret))


def _spellings(text: str) -> str:
    return "".join(_spelling(character, len([*run])) for character, run in groupby(text))


def _spelling(character: str, times: int) -> str:
    """Return a pattern of a character, repeated; every part has limits, so that hostile text cannot take long."""
    if character == "\\":
        # The run as a whole: one by one, a long run of backslashes could match in very many ways.
        return rf"(?:\\{{{times},{4 * times}}}|(?:{_percent(character)}|\\\\{{0,2}}u(?i:005c)){{{times}}})"
    plain = r"[ +]" if character == " " else re.escape(character)
    spellings = [plain, _percent(character), _escaped(character)]
    if character in '"/':
        spellings.append(rf"\\\\{{0,2}}{character}")
    return f"(?:{'|'.join(spellings)})" + (f"{{{times}}}" if times > 1 else "")


def _percent(character: str) -> str:
    """Return a pattern of a character's bytes, percent-encoded once or several times, or decoded as Latin-1."""
    octets = character.encode()
    if len(octets) == 1:
        return f"%(?:25){{0,8}}(?i:{octets[0]:02x})"
    return "".join(f"(?:%(?:25){{0,8}}(?i:{octet:02x})|{chr(octet)})" for octet in octets)


def _escaped(character: str) -> str:
    """Return a pattern of a character's escapes in JSON (RFC 8259, section 7), or in JSON inside a JSON string."""
    units = character.encode("utf-16-be")
    return "".join(rf"\\\\{{0,2}}u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
