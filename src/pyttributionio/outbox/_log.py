"""The log of the outbox. A logging handler of the program that raises stops neither a call nor a thread."""

from contextlib import suppress
from logging import getLogger

_log = getLogger("pyttributionio.outbox")


def log(level: int, message: str, *args: object, error: BaseException | None = None) -> None:
    """Log a line, with the traceback of an error if there is one.

    An entry is stored when most lines are logged. So an exception of a handler must not reach the caller, who would
    take the entry for lost, and must not end the dispatcher thread.
    """
    with suppress(Exception):
        _log.log(level, message, *args, exc_info=error, stacklevel=2)
