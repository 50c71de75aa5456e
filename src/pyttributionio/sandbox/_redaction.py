"""The secret taken out of what was received, before anybody sees it: however it is spelt, wherever it stands.

It belongs into the query of a read and nowhere else; but requests are made by hand, too, with a `?`
too many or the two credentials in each other's place, and browsers repeat addresses in `Referer`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

REDACTED: Final = "REDACTED"
_BY_NAME: Final = re.compile(
    r"((?:^|[?&;#])(?:s|%73)(?:e|%65)(?:c|%63)(?:r|%72)(?:e|%65)(?:t|%74)=)[^&;#\s]*", re.IGNORECASE
)


def redact_query(query: str, secrets: Iterable[str]) -> str:
    """Hide the value of `secret`, however its name is encoded, and each secret wherever else it stands."""
    return redact("&".join(map(_redact_pair, query.split("&"))), secrets)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Hide each secret in a path, a query, a header or a body, and what any address in it calls `secret`."""
    # A wrong secret may be right elsewhere, so the name alone is enough.
    text = _BY_NAME.sub(rf"\1{REDACTED}", text)
    for secret in sorted(secrets, key=len, reverse=True):
        text = _spellings(secret).sub(REDACTED, text)
    return text


def _redact_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={REDACTED}" if equals and unquote_plus(name).lower() == "secret" else pair


@lru_cache(maxsize=64)  # writing the pattern takes as long as half of a small request
def _spellings(secret: str) -> re.Pattern[str]:
    """Match a secret with any of its bytes percent-encoded, once or several times."""
    return re.compile("".join(map(_spelling, secret.encode())))


def _spelling(byte: int) -> str:
    plain = r"[ +]" if byte == 0x20 else re.escape(chr(byte))
    return rf"(?:{plain}|%(?:25)*(?i:{byte:02x}))"
