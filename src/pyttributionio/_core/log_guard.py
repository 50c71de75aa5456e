"""Masking of secrets in the log lines of HTTP libraries.

httpx logs whole URLs at INFO. httpcore and hpack log headers at DEBUG: the path of the request, or a redirect's
Location, which may repeat the query.
"""

import logging
from collections.abc import Iterator
from traceback import format_exception
from typing import Final
from weakref import ref

from pyttributionio._core.secret import Secret
from pyttributionio._shared.setup_lock import setup_lock

_OF_HTTPCORE: Final = ("connection", "http11", "http2", "proxy", "socks")
LIBRARIES: Final[dict[str, tuple[str, ...]]] = {
    "httpx": (),
    "httpcore": _OF_HTTPCORE,
    "httpx2": (),
    "httpcore2": _OF_HTTPCORE,
    "h11": (),
    "h2": ("connection", "stream"),
    "hpack": ("hpack", "table"),
    "hyperframe": (),
    "httpx_aiohttp": (),
    # Not `aiohttp`: its other loggers are of servers.
    "aiohttp.client": (),
    "aiohttp.internal": (),
    "urllib3": ("connection", "connectionpool", "http2.connection", "poolmanager", "response", "util.retry"),
    "requests": (),
    "niquests": (),
    "hishel": (),
    "httpx_retries": (),
    "vcr": ("cassette", "matchers", "patch", "request", "stubs", "stubs.httpx_stubs", "stubs.aiohttp_stubs"),
}
"""The root loggers of HTTP libraries and of tools for them, and their children that are known to log."""
_COMPRESSED: Final = ("h2", "hpack", "hyperframe")


class SecretFilter(logging.Filter):
    """Mask the secrets of all existing clients in records."""

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

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the secrets in a record, and let it pass."""
        if record.name.partition(".")[0] in _COMPRESSED and isinstance(record.args, tuple):
            # A block of headers is compressed, so a text search can't find the secret in it.
            record.args = tuple(
                f"{len(each)} bytes" if isinstance(each, bytes | bytearray) else each for each in record.args
            )
        try:
            message = record.getMessage()
        except Exception:  # the log call itself is wrong; `logging` reports that and goes on
            return True
        shown = self._redact(message)
        if shown != message:
            record.msg, record.args = shown, None
        if record.exc_info and record.exc_info[1] is not None:
            self._mask_exception(record, record.exc_info[1])
        return True

    def _mask_exception(self, record: logging.LogRecord, error: BaseException) -> None:
        text = "".join(format_exception(error)).rstrip("\n")
        shown = self._redact(text)
        if shown != text:
            record.exc_info, record.exc_text = None, shown

    def _redact(self, text: str) -> str:
        secrets = [secret for living in self._secrets if (secret := living()) is not None]
        # All by their values first: a decoded secret may have characters that end the value of a parameter.
        for redact in (*(secret.redact_own for secret in secrets), *(secret.redact for secret in secrets[:1])):
            text = redact(text)
        return text


class _RootHandler(logging.NullHandler):
    """Mask the records of all children of a library's root logger before the handlers of the program get them.

    The filter of a logger does not get the records of its children, and a library may log to further children.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        FILTER.filter(record)
        last = logging.lastResort
        # Without a handler, Python writes warnings to stderr. This handler must not change that.
        if last is not None and record.levelno >= last.level and not any(_other_handlers(record.name)):
            last.handle(record)
        return True


def _other_handlers(name: str) -> Iterator[logging.Handler]:
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None:
        yield from (each for each in logger.handlers if not isinstance(each, _RootHandler))
        logger = logger.parent if logger.propagate else None


FILTER: Final = SecretFilter()
_HANDLER: Final = _RootHandler()


def guard_logs(secret: Secret) -> None:
    """Mask a secret in the HTTP libraries' log lines, as long as the object exists.

    The known loggers get a filter, which stays if a program configures its logging later. The root logger of each
    library also gets a handler, for its other children.
    """
    FILTER.add(secret)
    for root, children in LIBRARIES.items():
        logger = logging.getLogger(root)
        with setup_lock():
            if _HANDLER not in logger.handlers:
                logger.handlers.insert(0, _HANDLER)  # before the handlers of the program
        for name in (root, *(f"{root}.{child}" for child in children)):
            logging.getLogger(name).addFilter(FILTER)  # adding it twice has no effect
