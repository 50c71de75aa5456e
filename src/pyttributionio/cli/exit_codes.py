"""The exit codes of the commands, and the code of each error."""

from collections.abc import Iterable
from enum import IntEnum

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

_REQUEST_TIMEOUT = 408


class ExitCode(IntEnum):
    """The exit code of a command. `pyttributionio export` has its own meaning of 3: some customers failed."""

    DONE = 0
    NOT_DONE = 1
    """The command failed, or did a part only."""
    USAGE = 2
    """The arguments are wrong."""
    CREDENTIALS = 3
    """The public key or the secret is missing, or the server refused them."""
    NOT_FOUND = 4
    UNAVAILABLE = 5
    """The server can't be reached, or it answered that the call should be made later."""
    INTERRUPTED = 130
    """Ctrl-C; shells use this number too."""


_SEVERITY = (
    ExitCode.DONE,
    ExitCode.NOT_FOUND,
    ExitCode.NOT_DONE,
    ExitCode.UNAVAILABLE,
    ExitCode.CREDENTIALS,
    ExitCode.USAGE,
    ExitCode.INTERRUPTED,
)


def code_of(error: BaseException) -> ExitCode:
    """Return the exit code of a command that an error has ended."""
    match error:
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED
        case AuthenticationError() | PermissionDeniedError():
            return ExitCode.CREDENTIALS
        case NotFoundError():
            return ExitCode.NOT_FOUND
        case APIConnectionError() | RateLimitError() | InternalServerError():
            return ExitCode.UNAVAILABLE
        case APIStatusError(status_code=status) if status == _REQUEST_TIMEOUT:
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.NOT_DONE


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code of a command with several results: that of the worst one."""
    return max(codes, key=_SEVERITY.index, default=ExitCode.DONE)
