"""The lines of stdin, read one at a time."""

import io
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST_LINE: Final = 10_000
"""The limit for the characters of a line: a file without line breaks must not fill the memory."""


class Line(NamedTuple):
    """A line of stdin.

    Attributes:
        number: Its number, from 1.
        text: Its characters without the line break.
        is_whole: Whether these are all; a longer line is cut.
    """

    number: int
    text: str
    is_whole: bool = True


def use_utf8() -> None:
    """Let stdin be UTF-8 on all systems; bytes that are not become halves of surrogate pairs, which no call accepts.

    It has no effect after the first read.
    """
    stdin = sys.stdin
    if isinstance(stdin, io.TextIOWrapper) and not stdin.isatty():
        stdin.reconfigure(encoding="utf-8", errors="surrogateescape")


def stdin_lines() -> Iterator[Line]:
    """Yield the lines of stdin that are not blank, as soon as they come."""
    number = 0
    while part := sys.stdin.readline(LONGEST_LINE + 1):
        number += 1
        is_whole = part.endswith("\n") or len(part) <= LONGEST_LINE
        rest = part
        while not is_whole and rest and not rest.endswith("\n"):
            rest = sys.stdin.readline(LONGEST_LINE)
        text = part.removesuffix("\n").removeprefix("\ufeff" if number == 1 else "")
        if text.strip():
            yield Line(number, text, is_whole)
