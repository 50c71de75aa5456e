"""The common part of the outbox's commands: their directory, their errors, and the format of their output."""

import json
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.table import Column, Table
from rich.text import Text

from pyttributionio import OutboxError
from pyttributionio.cli.output import console, fail, printable
from pyttributionio.cli.streams import is_of_output
from pyttributionio.outbox.operator import commands

_WIDEST = 100_000


def found(directory: str | None) -> Path:
    """Return the directory of the outbox.

    Raises:
        Exit: There is none; the reason is on stderr.
    """
    if directory == "":  # from an unset variable of a script: do not use the current folder
        fail("--directory is empty: give the outbox's directory")
    with one_line_errors():
        try:
            return commands.find_directory(directory)
        except ValueError:
            fail(
                "no directory: use --directory, set PYTTRIBUTIONIO_OUTBOX_DIRECTORY, or install "
                "pyttributionio[outbox], which knows the usual directory"
            )


@contextmanager
def one_line_errors() -> Generator[None, None, None]:
    """Print errors of an outbox or its disk in one line, and end the command.

    Raises:
        Exit: There was such an error.
    """
    try:
        yield
    except (OutboxError, OSError) as error:
        if isinstance(error, OSError) and is_of_output(error):
            raise
        fail(str(error))


def counted(count: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def iso(at: datetime | None) -> str | None:
    """Return a time for programs: ISO 8601, UTC, to the millisecond."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def moment(at: datetime) -> str:
    """Return a time for people."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def age(since: datetime | None, now: datetime) -> str:
    """Return how long the oldest entry has waited, in the largest unit with at least two; empty without an entry."""
    if since is None:
        return ""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def print_json(*lines: Mapping[str, object]) -> None:
    """Write lines for programs."""
    for line in lines:
        print(json.dumps(line))


def print_text(*lines: str) -> None:
    """Write lines for people, without wrapping, because ids and paths are copied."""
    for line in lines:
        console(sys.stdout).print(Text(printable(line)), soft_wrap=True)


def print_table(columns: Iterable[Column], rows: Iterable[Sequence[str]], total: Sequence[str] = ()) -> None:
    """Write a table for people; without a terminal its width is unlimited."""
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if total:
        table.add_section()
        table.add_row(*(Text(cell, style="bold") for cell in total))
    screen = console(sys.stdout)
    if not screen.is_terminal:
        screen.width = _WIDEST
    screen.print(table)
