"""The secrets taken out of what was received, before anybody sees it.

Each part by itself, before anything is made of it: a path's segments, a query's values, a header's
words, the strings in a body's JSON. Code or JSON that is finished must not be searched, since its
quotes would not survive it, and what visitors wrote would be run.

A secret belongs into the query of a read and nowhere else; but requests are made by hand, too, with
a `?` too many or the two credentials in each other's place, and browsers repeat addresses.
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
"""Characters from which on a secret is hidden inside of longer texts, too."""

_API: Final = "/api/v1/"
_NAME: Final = r"((?:^|[?&;#])(?:s|%73)(?:e|%65)(?:c|%63)(?:r|%72)(?:e|%65)(?:t|%74)=)"
_BY_NAME: Final = re.compile(_NAME + r"[^&;#\s]*", re.IGNORECASE)
_BY_NAME_IN_TEXT: Final = re.compile(_NAME + r"[^&;#\s\"'<>\\]*", re.IGNORECASE)
# What the contract itself says in paths and queries.
_WORDS: Final = frozenset(
    {"api", "v1", "customers", "identities", "events", "_sandbox", "pageviews", "collect", "true"}
)
_WORD_OF_HEADER: Final = re.compile(r"([^\s,;=\"]+)(\s*=)?")
_WITH_CREDENTIALS: Final = frozenset({"authorization", "proxy-authorization"})
# Where these are, a look at the JSON as it is written need not find what it says.
_ESCAPED_ASCII: Final = re.compile(r"\\(?:u00[2-7]|/)")
# A string, with the colon that makes it a member's name, or a number; in text that is JSON.
_JSON_TOKEN: Final = re.compile(r'("(?:[^"\\]++|\\.)*+")(\s*:)?|-?\d[\d.eE+-]*')


class Redaction:
    """Hide secrets, however they are spelt: plain, percent-encoded, escaped as in JSON.

    One that is long is hidden wherever it stands. A shorter one may be a part of any word, and is
    hidden where it is the whole of a value. What is public is not hidden, even if a secret is in it.

    Args:
        secrets: What to hide.
        public: What is shown all the same: the accounts' public keys.
    """

    def __init__(self, secrets: Iterable[str], public: Iterable[str]) -> None:
        public = _WORDS.union(public)
        # The longest first, for one may have another in it.
        hidden = sorted(set(secrets) - public, key=lambda secret: (-len(secret), secret))
        self._long = [_pattern(secret, public) for secret in hidden if len(secret) >= LONG]
        self._short = [_pattern(secret, ()) for secret in hidden if len(secret) < LONG]

    def text(self, text: str) -> str:
        """Hide the long ones anywhere in a text, and what an address of a read in it calls `secret`."""
        if _API in text:
            # Word by word, so that the time is that of one look.
            text = re.sub(r"\S+", _without_read_secret, text)
        for pattern in self._long:
            text = pattern.sub(_hidden, text)
        return text

    def value(self, text: str) -> str:
        """Hide a secret that is the whole of a value, and what `text` hides in any."""
        return self.text(self._unless_short(text))

    def path(self, path: str) -> str:
        """Hide secrets in a path, as on the wire."""
        segments = self.text(path).split("/")
        return _by_name("/".join(map(self._unless_short, segments)))

    def query(self, query: str) -> str:
        """Hide the value of `secret`, right or wrong, however its name is encoded, and secrets elsewhere."""
        # A wrong secret may be right elsewhere, so the name alone is enough.
        return _by_name("&".join(map(self._pair, self.text(query).split("&"))))

    def header(self, name: str, value: str) -> str:
        """Hide secrets in a header's value, or in one of its words."""
        if name in _WITH_CREDENTIALS:
            value = re.sub(r"\S+", self._credentials, value)
        value = _by_name(self.value(value))
        return _WORD_OF_HEADER.sub(self._word_of_header, value) if self._short else value

    def body(self, content: bytes) -> bytes:
        """Hide secrets in a body; what is JSON stays JSON, and the same but for them."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return self.text(content.decode("latin-1")).encode("latin-1")
        if not self._may_have_some(text):
            return content
        hidden = _JSON_TOKEN.sub(self._json_token, text) if _is_json(text) else self.value(text)
        return hidden.encode()

    def _unless_short(self, text: str) -> str:
        return REDACTED if any(pattern.fullmatch(text) for pattern in self._short) else text

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals:  # perhaps a value whose name was forgotten
            return self._unless_short(pair)
        secret = unquote_plus(name).lower() == "secret"
        return f"{name}={REDACTED if secret else self._unless_short(value)}"

    def _word_of_header(self, word: re.Match[str]) -> str:
        return word[0] if word[2] else self._unless_short(word[1])

    def _credentials(self, word: re.Match[str]) -> str:
        """Hide key and secret in base64 (RFC 7617, section 2), of either alphabet, padded or not."""
        encoded = word[0].rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
        try:
            text = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode("latin-1")
        except ValueError:
            return word[0]
        parts = (text, *text.split(":", 1))
        return word[0] if all(self.value(part) == part for part in parts) else REDACTED

    def _may_have_some(self, text: str) -> bool:
        """Tell quickly whether JSON text has to be looked at string by string."""
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
        # A lone surrogate has to stay escaped, as it was: it is no UTF-8.
        return json.dumps(hidden, ensure_ascii=r"\u" in literal) + colon


@lru_cache(maxsize=64)  # writing the patterns takes as long as half of a small request
def redaction(secrets: frozenset[str], public: frozenset[str]) -> Redaction:
    """Return what hides these secrets."""
    return Redaction(secrets, public)


def _by_name(text: str) -> str:
    # Looked for only where it can be, since each request has many parts.
    return _BY_NAME.sub(rf"\1{REDACTED}", text) if "=" in text else text


def _without_read_secret(word: re.Match[str]) -> str:
    before, root, rest = word[0].partition(_API)
    return before + root + _BY_NAME_IN_TEXT.sub(rf"\1{REDACTED}", rest)


def _hidden(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup else REDACTED


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)  # Python's own int refuses very many digits
    except (ValueError, RecursionError):
        return False
    return True


def _pattern(secret: str, public: Iterable[str]) -> re.Pattern[str]:
    """Match a secret; in the group `kept`, what is public and has it as a part."""
    kept = "|".join(_spellings(text) for text in sorted(public, key=len, reverse=True) if secret in text)
    return re.compile(f"(?P<kept>{kept})|{_spellings(secret)}" if kept else _spellings(secret))


def _spellings(text: str) -> str:
    return "".join(_spelling(character, len([*run])) for character, run in groupby(text))


def _spelling(character: str, times: int) -> str:
    """Write the ways to write a character so many times on end, each with bounds: hostile text must not take long."""
    if character == "\\":
        # Together: taken one by one, long runs of them could be shared out in very many ways.
        return rf"(?:\\{{{times},{4 * times}}}|(?:{_percent(character)}|\\\\{{0,2}}u(?i:005c)){{{times}}})"
    plain = r"[ +]" if character == " " else re.escape(character)
    ways = [plain, _percent(character), _escaped(character)]
    if character in '"/':
        ways.append(rf"\\\\{{0,2}}{character}")
    return f"(?:{'|'.join(ways)})" + (f"{{{times}}}" if times > 1 else "")


def _percent(character: str) -> str:
    """Write a character's bytes, percent-encoded once or several times, or read as Latin-1."""
    octets = character.encode()
    if len(octets) == 1:
        return f"%(?:25){{0,8}}(?i:{octets[0]:02x})"
    return "".join(f"(?:%(?:25){{0,8}}(?i:{octet:02x})|{chr(octet)})" for octet in octets)


def _escaped(character: str) -> str:
    """Write a character as its number after a backslash (RFC 8259, section 7), in JSON or in JSON's strings."""
    units = character.encode("utf-16-be")
    return "".join(rf"\\\\{{0,2}}u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
