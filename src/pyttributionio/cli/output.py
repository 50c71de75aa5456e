"""The output of the commands: results to stdout, everything else to stderr, colours only to terminals."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from traceback import print_exc
from typing import Final, NoReturn, TextIO

import typer
from rich.console import Console
from rich.text import Text

from pyttributionio import PyttributionioError
from pyttributionio.cli import streams
from pyttributionio.cli.exit_codes import ExitCode, code_of

_ISSUES: Final = "https://github.com/loehnertz/Pyttribution.io/issues"


def console(stream: TextIO) -> Console:
    """Return a console that writes to a stream, in colours only if the stream is a terminal that shows them."""
    if not stream.isatty():
        # Otherwise rich follows variables such as FORCE_COLOR, and writes colours to a file.
        return Console(file=stream, force_terminal=False, highlight=False)
    # Without a system of colours, rich writes no escape sequence at all; for NO_COLOR alone it would still write bold.
    return Console(file=stream, color_system=None if os.environ.get("NO_COLOR") else "auto", highlight=False)


def printable(text: str) -> str:
    """Return a text with its control characters escaped, so that it can't control a terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def print_error(reason: str) -> None:
    """Print in one line on stderr why something was not done."""
    text = Text.assemble(("error: ", "bold red"), printable(reason))
    console(sys.stderr).print(text, soft_wrap=True)


def fail(reason: str, code: ExitCode = ExitCode.NOT_DONE) -> NoReturn:
    """Print in one line why a command cannot continue, and end it.

    Raises:
        Exit: Always, with the exit code.
    """
    print_error(reason)
    raise typer.Exit(code)


@contextmanager
def call_errors() -> Generator[None, None, None]:
    """Print the error of a call in one line, and end the command with the error's exit code.

    A ValueError or TypeError is an argument that the SDK has refused, so put only calls of the SDK in this block.

    Raises:
        Exit: There was such an error.
    """
    try:
        yield
    except PyttributionioError as error:
        fail(str(error), code_of(error))
    except (TypeError, ValueError) as error:
        fail(str(error), ExitCode.USAGE)


def run(command: Callable[[], object]) -> int:
    """Run a command up to the last byte of its output, and return the exit code. No error leaves this function.

    Raises:
        SystemExit: The command has ended, and its output is written.
    """
    try:
        return streams.run(command)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except PyttributionioError as error:
        reason, code = str(error), code_of(error)
    except Exception as error:  # a mistake in this package, or an environment that it does not know
        reason, code = _unexpected(error), ExitCode.NOT_DONE
    with suppress(OSError):  # stderr may be closed
        print_error(reason)
    return code


def _unexpected(error: Exception) -> str:
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        return said
    if os.environ.get("PYTTRIBUTIONIO_LOG") == "debug":
        with suppress(OSError):
            print_exc()  # it does not show the variables, and so not the secret
    return f"unexpected {said}. PYTTRIBUTIONIO_LOG=debug prints the traceback; please report it with that at {_ISSUES}"
