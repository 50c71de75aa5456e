"""A producer's notes: lines appended without a buffer, so that a kill loses none of them."""

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.outbox.comparison import Accepted


class Ledger:
    """The file of a producer and its forked children; each line is one write at the end of the file."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def accepted(self, transaction_id: str, client_id: str, *, identified: bool) -> None:
        """Note an accepted event."""
        self.note("accepted", transaction_id, client_id, int(identified))

    def note(self, word: str, *values: object) -> None:
        """Note anything else."""
        line = "\t".join([word, *(str(value).replace("\t", " ").replace("\n", " ") for value in values)])
        os.write(self._file, line.encode() + b"\n")


def lines(path: Path) -> Iterator[list[str]]:
    """Yield the lines of a ledger."""
    for line in path.read_text().splitlines() if path.exists() else ():
        yield line.split("\t")


def accepted(path: Path) -> list[Accepted]:
    """Return the accepted events in a ledger."""
    return [Accepted(line[1], line[2], line[3] == "1") for line in lines(path) if line[0] == "accepted"]


def notes(path: Path, word: str) -> list[list[str]]:
    """Return the values of all lines with one word."""
    return [line[1:] for line in lines(path) if line[0] == word]
