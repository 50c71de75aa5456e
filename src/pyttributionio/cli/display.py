"""The format of the commands' output: lines of JSON for programs; texts and tables for people."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from rich import box
from rich.table import Column, Table
from rich.text import Text

from pyttributionio.cli.output import console, printable

_WIDEST: Final = 100_000
_LEAST_CELL: Final = 8
"""The columns of a terminal that each column of a table needs; in a narrower one, each row is a list of lines."""


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
    """Write lines for programs, at once: a reader may wait for each."""
    for line in lines:
        print(json_text(line), flush=True)


def json_text(value: object) -> str:
    """Return a value as JSON on one line, in visible ASCII characters."""
    return json.dumps(value)


def print_text(*lines: str) -> None:
    """Write lines for people, without wrapping, because ids and paths are copied."""
    for line in lines:
        console(sys.stdout).print(Text(printable(line)), soft_wrap=True)


def print_note(text: str) -> None:
    """Write a line on stderr that says what the command does, or what can be done next."""
    console(sys.stderr).print(Text(printable(text)), soft_wrap=True)


def print_facts(facts: Mapping[str, str]) -> None:
    """Write a line for each name with its value."""
    width = max(map(len, facts), default=0) + 2
    print_text(*(f"{name + ':':<{width}}{value}" for name, value in facts.items()))


def print_table(columns: Iterable[Column], rows: Iterable[Sequence[str]], total: Sequence[str] = ()) -> None:
    """Write a table for people. Without a terminal its width is unlimited; a narrow terminal gets lists of lines."""
    columns = [*columns]
    screen = console(sys.stdout)
    if not screen.is_terminal:
        screen.width = _WIDEST
    if screen.width < _LEAST_CELL * len(columns):
        _print_lists(columns, rows, total)
        return
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if total:
        table.add_section()
        table.add_row(*(Text(cell, style="bold") for cell in total))
    screen.print(table)


def _print_lists(columns: Sequence[Column], rows: Iterable[Sequence[str]], total: Sequence[str]) -> None:
    for row in (*rows, *([total] if total else [])):
        print_text("", *(f"{column.header}: {cell}" for column, cell in zip(columns, row, strict=True) if cell))
