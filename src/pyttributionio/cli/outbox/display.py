"""The common part of the outbox's commands: their directory and their errors."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pyttributionio import OutboxError
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail
from pyttributionio.cli.streams import is_of_output
from pyttributionio.outbox.operator import commands

NO_DIRECTORY = (
    "no directory: use --directory, set PYTTRIBUTIONIO_OUTBOX_DIRECTORY, or install pyttributionio[outbox], which "
    "knows the usual directory"
)


def found(directory: str | None) -> Path:
    """Return the directory of the outbox.

    Raises:
        Exit: There is none; the reason is on stderr.
    """
    refuse_empty(directory)
    with one_line_errors(ExitCode.NOT_FOUND):
        try:
            return commands.find_directory(directory)
        except ValueError:
            fail(NO_DIRECTORY, ExitCode.USAGE)


def refuse_empty(directory: str | None) -> None:
    """End the command if the option is empty, as from an unset variable of a script: it would be the current folder.

    Raises:
        Exit: It is empty; the reason is on stderr.
    """
    if directory == "":
        fail("--directory is empty: give the outbox's directory", ExitCode.USAGE)


@contextmanager
def one_line_errors(code: ExitCode = ExitCode.NOT_DONE) -> Generator[None, None, None]:
    """Print errors of an outbox or its disk in one line, and end the command.

    Raises:
        Exit: There was such an error.
    """
    try:
        yield
    except (OutboxError, OSError) as error:
        if isinstance(error, OSError) and is_of_output(error):
            raise
        fail(str(error), code)
