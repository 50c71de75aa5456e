"""Read rows from a damaged file page by page, without the tree that leads to them.

Where an inner page of a table is destroyed or cut off, SQLite finds none of the hundreds of rows below it, though
they stand whole in their leaves. What a leaf looks like is part of SQLite's file format, section 1.6
(https://www.sqlite.org/fileformat2.html); whether a row is what it seems its checksum tells.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pyttributionio.outbox.storage.disk import PAGE
from pyttributionio.outbox.storage.rows import Row

_LEAF: Final = 0x0D
_HEADER: Final = 100
"""Bytes at the start of the first page that belong to the file, not to the page."""
_LARGEST_LOCAL: Final = PAGE - 35
_SMALLEST_LOCAL: Final = (PAGE - 12) * 32 // 255 - 23
_WIDTHS: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value by its serial type, below 10."""


def carve(path: Path, columns: int) -> Iterator[Row]:
    """Yield what seems to be a row of so many columns in any leaf that is in use; most damaged ones are left out."""
    with path.open("rb") as file:
        pages = path.stat().st_size // PAGE
        free = _free_pages(file, pages)
        for number in range(1, pages + 1):
            if number in free:  # it still holds rows that were delivered and deleted
                continue
            page = _page(file, number)
            start = _HEADER if number == 1 else 0
            if page[start] != _LEAF:
                continue
            (cells,) = struct.unpack_from(">H", page, start + 3)
            for cell in range(cells):
                try:
                    (at,) = struct.unpack_from(">H", page, start + 8 + 2 * cell)
                    row = _row(file, page, at, pages)
                except (struct.error, IndexError, ValueError, UnicodeDecodeError):
                    continue
                if len(row) == columns:
                    yield row


def _page(file: BinaryIO, number: int) -> bytes:
    file.seek((number - 1) * PAGE)
    return file.read(PAGE)


def _free_pages(file: BinaryIO, pages: int) -> set[int]:
    """Return the pages that are on the free list, as far as it can be followed."""
    free: set[int] = set()
    (trunk,) = struct.unpack_from(">I", _page(file, 1).ljust(PAGE, b"\0"), 32)
    while 1 < trunk <= pages and trunk not in free:
        free.add(trunk)
        following, count, *leaves = struct.unpack(f">{PAGE // 4}I", _page(file, trunk))
        free.update(leaves[: min(count, len(leaves))])
        trunk = following
    return free


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer, and where it ends."""
    value = 0
    for length in range(8):
        byte = data[at + length]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + length + 1
    return value << 8 | data[at + 8], at + 9


def _row(file: BinaryIO, page: bytes, at: int, pages: int) -> Row:
    """Return a cell's values, the row's number in the place of its first column."""
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
    """Return a cell's content, gathered from the pages it overflows to."""
    if size <= _LARGEST_LOCAL:
        return page[at : at + size]
    local = _SMALLEST_LOCAL + (size - _SMALLEST_LOCAL) % (PAGE - 4)
    if local > _LARGEST_LOCAL:
        local = _SMALLEST_LOCAL
    data = bytearray(page[at : at + local])
    (following,) = struct.unpack_from(">I", page, at + local)
    while len(data) < size:
        if not 1 < following <= pages:
            raise ValueError("the chain of pages ends too soon")
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
            raise ValueError("no such type of value")
        case _:
            return data.decode() if type_ % 2 else data
