"""The output of the commands: results to stdout, everything else to stderr, colours only to terminals."""

import sys
from typing import NoReturn, TextIO

import typer
from rich.console import Console
from rich.text import Text


def console(stream: TextIO) -> Console:
    """Return a console that writes to a stream, in colours only if the stream is a terminal."""
    # Otherwise rich follows variables such as FORCE_COLOR, and writes colours to a file.
    return Console(file=stream, force_terminal=None if stream.isatty() else False, highlight=False)


def printable(text: str) -> str:
    """Return a text with its control characters escaped, so that it can't control a terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def fail(reason: str) -> NoReturn:
    """Print in one line why a command cannot continue, and end it.

    Raises:
        Exit: Always; the process's exit code is 1.
    """
    text = Text.assemble(("error: ", "bold red"), printable(reason))
    console(sys.stderr).print(text, soft_wrap=True)
    raise typer.Exit(1)
