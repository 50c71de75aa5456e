"""The sandbox's own data files."""

import csv
import pkgutil
from collections.abc import Iterator
from typing import Final

_PACKAGE: Final = __name__.removesuffix(".values.files")


def read_file(path: str) -> bytes:
    """Return the content of a file; the path begins in the sandbox's folder."""
    # With the package's loader, so that it works for a package in a zip file too.
    content = pkgutil.get_data(_PACKAGE, path)
    assert content is not None, "a loader that has loaded this module can read files"
    return content


def read_table(path: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file by column; a line that begins with `#` is a comment."""
    yield from csv.DictReader(line for line in read_file(path).decode().splitlines() if not line.startswith("#"))
