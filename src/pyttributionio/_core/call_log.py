"""The log line of each call, and PYTTRIBUTIONIO_LOG, which prints such lines on stderr."""

import sys
from collections.abc import Callable
from contextlib import suppress
from logging import DEBUG, INFO, Formatter, Handler, LogRecord, getLogger
from typing import Final

from pyttributionio._core.settings import environment
from pyttributionio._core.types import APIRequest, Failure, Reply
from pyttributionio._shared.text import one_line, shown

LOGGER: Final = getLogger("pyttributionio")
_LEVELS: Final = {"debug": DEBUG, "info": INFO}
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LEVEL: Final = [DEBUG]
"""The level of the lines of calls: DEBUG, but INFO with PYTTRIBUTIONIO_LOG=info."""


class _StderrHandler(Handler):
    """Print records on stderr: on the stream that is `sys.stderr` then, because tools replace it."""

    def emit(self, record: LogRecord) -> None:
        """Print one record. A stream that fails changes nothing for the call."""
        stream = sys.stderr
        if stream is not None:  # a windowed program has none
            with suppress(Exception):
                print(self.format(record), file=stream, flush=True)


_HANDLER: Final = _StderrHandler()
_HANDLER.setFormatter(Formatter(_FORMAT))


def start_log() -> None:
    """Print the log lines of the SDK on stderr if PYTTRIBUTIONIO_LOG says so. Without it nothing changes.

    Raises:
        ValueError: The variable has another value than "debug" or "info".
    """
    value = environment("LOG")
    if value is None:
        return
    level = _LEVELS.get(value.strip().lower())
    if level is None:
        raise ValueError(f"PYTTRIBUTIONIO_LOG is {shown(value)}: it takes one of 'debug', 'info'")
    LEVEL[0] = level
    LOGGER.setLevel(level)
    LOGGER.addHandler(_HANDLER)  # adding it twice has no effect


def log_call(
    request: APIRequest, outcome: Reply | Failure, attempts: int, seconds: float, redact: Callable[[str], str] = str
) -> None:
    """Write the line of a call: method, URL without the secret, status, attempts and milliseconds.

    A handler of the program that raises changes nothing: the call has its outcome already.

    Args:
        request: The request.
        outcome: The last outcome.
        attempts: The number of attempts, the first included.
        seconds: The time of the whole call.
        redact: Masks the secret, which a program may have passed as an id.
    """
    if not LOGGER.isEnabledFor(LEVEL[0]):
        return
    result = str(outcome.status) if isinstance(outcome, Reply) else f"no answer, {outcome.text}"
    tries = f"{attempts} attempt{'s' if attempts > 1 else ''}"
    text = one_line(redact(f"{request.method} {request.url}: {result} ({tries}, {seconds * 1000:.0f} ms)"))
    with suppress(Exception):
        LOGGER.log(LEVEL[0], "%s", text)


def log_dropped(request: APIRequest) -> None:
    """Write the line of a post that a disabled client drops."""
    with suppress(Exception):
        LOGGER.log(LEVEL[0], "%s", one_line(f"{request.method} {request.url}: not sent, the client is disabled"))
