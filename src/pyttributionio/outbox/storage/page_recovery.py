"""Read the rows of a damaged file from its pages, without SQLite.

Why this is needed: SQLite stores a table as a tree. Its leaf pages contain the rows, its inner pages contain the
numbers of the pages below them. If an inner page is destroyed or cut off, the hundreds of rows below it are still in
their leaf pages, but no query finds them: SQLite reaches a leaf page only through the inner pages, and has no option
to read all leaf pages of a file. So this module reads every page of the file, and takes the rows of each leaf page.

A query also ends at the first damaged leaf page, and does not return the rows of the pages after it.

The structure of a leaf page is part of SQLite's file format, section 1.6 (https://www.sqlite.org/fileformat2.html).
A row found here may be damaged, or may have been deleted before; its checksum and the table's index decide.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pyttributionio.outbox.storage.disk import PAGE
from pyttributionio.outbox.storage.rows import Row

_LEAF: Final = 0x0D
_FILE_HEADER: Final = 100
"""Bytes at the start of the first page that belong to the file, not to the page."""
_MAX_LOCAL: Final = PAGE - 35
_MIN_LOCAL: Final = (PAGE - 12) * 32 // 255 - 23
_WIDTHS: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value by its serial type, for types below 10."""


def recover_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of all tables of a file, from all leaf pages in use.

    A row that can't be read is left out. The first value of a row is its row id.
    """
    with path.open("rb") as file:
        pages = path.stat().st_size // PAGE
        free = _free_pages(file, pages)
        for number in range(1, pages + 1):
            if number in free:  # it may still contain rows that were delivered and deleted
                continue
            page = _page(file, number)
            start = _FILE_HEADER if number == 1 else 0
            if page[start] != _LEAF:
                continue
            (cells,) = struct.unpack_from(">H", page, start + 3)
            for cell in range(cells):
                try:
                    (at,) = struct.unpack_from(">H", page, start + 8 + 2 * cell)
                    row = _row(file, page, at, pages)
                except (struct.error, IndexError, ValueError):
                    continue
                yield row


def _page(file: BinaryIO, number: int) -> bytes:
    file.seek((number - 1) * PAGE)
    return file.read(PAGE)


def _free_pages(file: BinaryIO, pages: int) -> set[int]:
    """Return the pages in the list of free pages, as far as the list can be read."""
    free: set[int] = set()
    (trunk,) = struct.unpack_from(">I", _page(file, 1).ljust(PAGE, b"\0"), 32)
    while 1 < trunk <= pages and trunk not in free:
        free.add(trunk)
        following, count, *leaves = struct.unpack(f">{PAGE // 4}I", _page(file, trunk))
        free.update(leaves[: min(count, len(leaves))])
        trunk = following
    return free


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an integer of variable length, and the position after it."""
    value = 0
    for length in range(8):
        byte = data[at + length]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + length + 1
    return value << 8 | data[at + 8], at + 9


def _row(file: BinaryIO, page: bytes, at: int, pages: int) -> Row:
    """Return the values of a cell, with the row id as its first value."""
    size, at = _varint(page, at)
    number, at = _varint(page, at)
    data = _payload(file, page, at, size, pages)
    end, at = _varint(data, 0)
    types: list[int] = []
    while at < end:
        type_, at = _varint(data, at)
        types.append(type_)
    values: list[object] = []
    at = end
    for type_ in types:
        width = _WIDTHS[type_] if type_ < len(_WIDTHS) else (type_ - 12) // 2
        values.append(_value(type_, data[at : at + width], width))
        at += width
    return [number, *values[1:]]


def _payload(file: BinaryIO, page: bytes, at: int, size: int, pages: int) -> bytes:
    """Return the content of a cell, with the parts of it that are on overflow pages."""
    if size <= _MAX_LOCAL:
        return page[at : at + size]
    local = _MIN_LOCAL + (size - _MIN_LOCAL) % (PAGE - 4)
    if local > _MAX_LOCAL:
        local = _MIN_LOCAL
    data = bytearray(page[at : at + local])
    (following,) = struct.unpack_from(">I", page, at + local)
    while len(data) < size:
        if not 1 < following <= pages:
            raise ValueError("the chain of overflow pages ends too soon")
        part = _page(file, following)
        (following,) = struct.unpack_from(">I", part)
        data += part[4 : 4 + size - len(data)]
    return bytes(data)


def _value(type_: int, data: bytes, width: int) -> object:
    if len(data) != width:
        raise ValueError("the row ends too soon")
    match type_:
        case 0:
            return None
        case 8 | 9:
            return type_ - 8
        case 7:
            value: float = struct.unpack(">d", data)[0]
            return value
        case _ if type_ < 7:
            return int.from_bytes(data, signed=True)
        case _ if type_ < 12:
            raise ValueError("there is no such type")
        case _:
            return data.decode("utf-8", "replace") if type_ % 2 else data
