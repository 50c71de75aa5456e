"""The files of the shop: tables, templates, pictures and the style sheet."""

import csv
from collections.abc import Iterator
from pkgutil import get_data


def read(path: str) -> str:
    """Return the text of a file; the path begins in the shop's folder."""
    content = get_data("pyttributionio.shop", path)
    assert content is not None, "Python's own loader can read files"
    return content.decode()


def read_table(path: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file by column."""
    yield from csv.DictReader(read(path).splitlines())
