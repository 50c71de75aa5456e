"""What the commands write: results to stdout, all else to stderr, and colours to terminals only."""

import sys
from typing import NoReturn, TextIO

import typer
from rich.console import Console
from rich.text import Text


def console(stream: TextIO) -> Console:
    """Return a console that writes to a stream, in colours only where that is a terminal."""
    # By itself, rich would also believe variables such as FORCE_COLOR, and colour a file.
    return Console(file=stream, force_terminal=None if stream.isatty() else False, highlight=False)


def fail(reason: str) -> NoReturn:
    """Say in one line why a command cannot go on, and end it.

    Raises:
        Exit: Always; the process's exit code is 1.
    """
    text = Text.assemble(("error: ", "bold red"), reason)
    console(sys.stderr).print(text, soft_wrap=True)
    raise typer.Exit(1)
