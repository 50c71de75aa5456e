"""The standard streams of a command, whatever the shell, the terminal or a service manager connects them to."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Final, TextIO

_NOT_WRITTEN: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


def prepare() -> None:
    """Open closed streams on the null device, and escape characters that a stream's encoding does not have.

    Otherwise the next file that the command opens would get the number of the closed stream, and messages of a library
    would be written into it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream: TextIO | None = getattr(sys, name)
        if stream is None:
            null = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(null, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 (to the end)
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        # typer writes help and wrong usage through a console of its own. It uses colours off a terminal too, such as in
        # GitHub Actions, and this is its switch against that.
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"


def run(command: Callable[[], object]) -> int:
    """Run a command up to the last byte of its output, and return the exit code.

    Raises:
        SystemExit: The command has ended, and its output is written.
    """
    try:
        try:
            command()
        finally:
            sys.stdout.flush()
    except OSError as error:
        if not is_of_output(error):
            raise
        # A reader that has closed the pipe, such as `head`, has what it wants.
        problem = "" if error.errno == errno.EPIPE else f"error: the output can't be written: {error.strerror}\n"
    else:
        return 0
    _discard(sys.stdout)
    with contextlib.suppress(OSError):
        sys.stderr.write(problem)
        sys.stderr.flush()
        return 1
    _discard(sys.stderr)
    return 1


def is_of_output(error: OSError) -> bool:
    """Return whether an error is one of writing to a stream, which has no name."""
    return error.errno in _NOT_WRITTEN and error.filename is None


def _discard(stream: TextIO) -> None:
    """Send what is left in a stream's buffer to the null device, so that the end of the process can't fail."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no number
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
