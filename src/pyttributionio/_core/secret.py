"""The account's secret, in a type that does not show it."""

from collections.abc import Callable
from logging import Filter, LogRecord, getLogger
from typing import Final, TypeVar
from urllib.parse import quote
from weakref import ref

from pyttributionio._core.redaction import redactor
from pyttributionio._shared.setup_lock import setup_lock

T = TypeVar("T")

_PRINT_URLS: Final = (
    *("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks"),
    *("httpx2", "httpcore2.connection", "httpcore2.http11", "httpcore2.http2", "httpcore2.proxy", "httpcore2.socks"),
    *("hpack.hpack", "hpack.table", "h2.connection", "h2.stream"),
)
"""The loggers of HTTP libraries that print a request's URL, its path, or headers that may repeat it."""


def hidden_from_tracebacks(value: T) -> Callable[[], T]:
    """Return a function that returns the value. A traceback with locals shows only the function."""
    return lambda: value


class Secret:
    """Hold a secret so that reprs, `vars`, tracebacks with locals and pickles don't show it.

    Functions hold the text, so a tool that prints this object's attributes prints functions. A pickle does not have
    the text; an unpickled object is `lost`.

    Attributes:
        lost: Whether the text is missing, because this object was unpickled.
        reveal: Returns the secret itself. Use the result inline, never in a variable.
        quoted: Returns the secret encoded for a URL's query. Use the result inline, too.
        redact: Returns a text with every encoding of the secret masked.
    """

    __slots__ = ("__weakref__", "lost", "quoted", "redact", "reveal")

    def __init__(self, text: str | None) -> None:
        self.lost: bool = text is None
        known = "" if text is None else text
        # The repr of these methods does not show the text. Functions of our own would add a frame to each call.
        self.reveal: Callable[[], str] = known.__str__
        self.quoted: Callable[[], str] = quote(known, safe="").__str__
        self.redact: Callable[[str], str] = redactor(known) if known else str

    def __repr__(self) -> str:
        return f"Secret({'lost' if self.lost else '***'})"

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> tuple[type["Secret"], tuple[None]]:
        return Secret, (None,)


class _SecretFilter(Filter):
    """Mask the secrets of all existing clients in the records of the HTTP libraries' loggers."""

    def __init__(self) -> None:
        super().__init__()
        # A tuple that is replaced as a whole. The garbage collector may run while a list is copied, and CPython 3.11
        # crashes if it removes an item at that moment.
        self._secrets: tuple[ref[Secret], ...] = ()

    def add(self, secret: Secret) -> None:
        """Mask a secret from now on, as long as the object exists."""
        with setup_lock():  # one thread at a time, or an addition could be lost
            # Secrets that no longer exist are removed. Copies of a client share a secret, so it is added once.
            others = [each for each in self._secrets if each() not in {None, secret}]
            self._secrets = (*others, ref(secret))

    def filter(self, record: LogRecord) -> bool:
        if record.name.startswith("hpack") and isinstance(record.args, tuple):
            # A block of headers is compressed, so a text search can't find the secret in it.
            record.args = tuple(f"{len(each)} bytes" if isinstance(each, bytes) else each for each in record.args)
        try:
            shown = message = record.getMessage()
        except Exception:  # the log call itself is wrong; `logging` reports that and goes on
            return True
        for living in self._secrets:
            secret = living()
            shown = shown if secret is None else secret.redact(shown)
        if shown != message:
            record.msg, record.args = shown, None
        return True


_FILTER: Final = _SecretFilter()


def guard_logs(secret: Secret) -> None:
    """Mask a secret in the HTTP libraries' log lines, as long as the object exists.

    httpx logs whole URLs at INFO. httpcore and hpack log headers at DEBUG, and a redirect's Location may repeat the
    query. A filter applies only to the records of its own logger, so each logger gets it.
    """
    _FILTER.add(secret)
    for name in _PRINT_URLS:
        getLogger(name).addFilter(_FILTER)  # adding it twice has no effect
