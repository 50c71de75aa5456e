"""The account's secret, in a type that shows nothing."""

import re
from collections.abc import Callable
from functools import cache
from logging import Filter, LogRecord, getLogger
from typing import Final, TypeVar
from urllib.parse import quote
from weakref import ref

from pyttributionio._shared.setup_lock import setup_lock

T = TypeVar("T")

MASK: Final = "[secret]"
_HTTP_LOGGERS: Final = (
    *("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks"),
    *("httpx2", "httpcore2.connection", "httpcore2.http11", "httpcore2.http2", "httpcore2.proxy", "httpcore2.socks"),
)


def _spellings(character: str) -> str:
    """Return a pattern of the ways one character is spelled in URLs, JSON, HTML and reprs.

    One by one, because encoders differ in what they leave alone: PHP's JSON escapes slashes, JavaScript's
    URLs keep an exclamation mark, and a login page's Location encodes the whole of a URL a second time.
    """
    import html  # its table of names is read for the first answer that is looked through, not at each start

    code, literal = ord(character), re.escape(character)
    digits = "".join(digit if digit.isdigit() else f"[{digit}{digit.upper()}]" for digit in f"{code:02x}")
    forms = [
        literal,
        rf"%(?:25)*{digits}",
        rf"\\{{1,2}}(?:u00{digits}|{literal})",
        rf"&#(?:0*{code}|[xX]0*{digits});",
    ]
    named = html.escape(character)
    return f"(?:{'|'.join([*forms, re.escape(named)] if named != character else forms)})"


def hidden_from_tracebacks(value: T) -> Callable[[], T]:
    """Return a function that returns the value: a traceback with locals shows no more than a function."""
    return lambda: value


class Secret:
    """Hold a secret so that reprs, `vars`, tracebacks with locals and pickles don't show it.

    The text is bound into functions: a tool that prints this object's attributes prints functions. A pickle
    leaves the text behind; the object that comes out of it is `lost`.

    Attributes:
        lost: Whether this is the rest of a secret that was pickled.
        reveal: Returns the secret itself. Use the result inline, never in a variable.
        quoted: Returns the secret as a URL's query carries it. Use the result inline, too.
    """

    __slots__ = ("__weakref__", "_redact", "lost", "quoted", "reveal")

    def __init__(self, text: str | None) -> None:
        self.lost = text is None
        known = "" if text is None else text
        # Methods of the text, whose repr does not show it. A function of ours would be one more frame.
        self.reveal: Callable[[], str] = known.__str__
        self.quoted: Callable[[], str] = quote(known, safe="").__str__
        self._redact: Callable[[str], str] = _redactor(known) if known else str

    def redact(self, shown: str) -> str:
        """Return a text with every spelling of the secret masked."""
        return self._redact(shown)

    def __repr__(self) -> str:
        return f"Secret({'lost' if self.lost else '***'})"

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> tuple[type["Secret"], tuple[None]]:
        return Secret, (None,)


def _redactor(text: str) -> Callable[[str], str]:
    @cache
    def pattern() -> re.Pattern[str]:
        return re.compile("".join(map(_spellings, text)))

    return lambda shown: pattern().sub(MASK, shown)


class _SecretFilter(Filter):
    """Mask every living secret in the records of the HTTP libraries' loggers."""

    def __init__(self) -> None:
        super().__init__()
        # A tuple that is replaced as a whole. The garbage collector may run while a list is copied, and what it
        # takes out of the list just then crashes CPython 3.11.
        self._secrets: tuple[ref[Secret], ...] = ()

    def add(self, secret: Secret) -> None:
        """Mask a secret from now on, for as long as it lives."""
        with setup_lock():  # one thread at a time: none may be lost
            # Without those that have died, and the same one, which copies of a client share.
            others = [each for each in self._secrets if each() not in {None, secret}]
            self._secrets = (*others, ref(secret))

    def filter(self, record: LogRecord) -> bool:
        try:
            shown = message = record.getMessage()
        except Exception:  # the line's own mistake, of which `logging` tells without ending the program
            return True
        for living in self._secrets:
            secret = living()
            shown = shown if secret is None else secret.redact(shown)
        if shown != message:
            record.msg, record.args = shown, None
        return True


_FILTER: Final = _SecretFilter()


def guard_logs(secret: Secret) -> None:
    """Keep a secret out of the HTTP libraries' log lines, for as long as it lives.

    httpx logs whole URLs at INFO, and httpcore whole answers' headers at DEBUG: a redirect's Location
    may repeat the query. A filter on a logger sees only what is logged to that very one, so each has it.
    """
    _FILTER.add(secret)
    for name in _HTTP_LOGGERS:
        getLogger(name).addFilter(_FILTER)  # adding it twice does nothing
