"""Read the rows of a damaged file from its pages, without SQLite.

Why this is needed: SQLite stores a table as a tree. Its leaf pages contain the rows, its inner pages contain the
numbers of the pages below them. If an inner page is destroyed or cut off, the hundreds of rows below it are still in
their leaf pages, but no query finds them: SQLite reaches a leaf page only through the inner pages, and has no option
to read all leaf pages of a file. So this module reads every page of the file, and takes the rows of each leaf page.

A query also ends at the first damaged leaf page, and does not return the rows of the pages after it.

The structure of a leaf page is part of SQLite's file format, section 1.6 (https://www.sqlite.org/fileformat2.html).
A row found here may be damaged, or may have been deleted before; its checksum and the table's index decide.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from pyttributionio.outbox.storage.disk import PAGE
from pyttributionio.outbox.storage.rows import Row, text_of
from pyttributionio.outbox.storage.statements import DEAD_COLUMNS, ENTRY_COLUMNS

_LEAF: Final = 0x0D
_FILE_HEADER: Final = 100
"""Bytes at the start of the first page that belong to the file, not to the page."""
_MAX_LOCAL: Final = PAGE - 35
_MIN_LOCAL: Final = (PAGE - 12) * 32 // 255 - 23
_WIDTHS: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value by its serial type, for types below 10."""
_FIRST_BYTES: Final = frozenset({0x00, 0x02, 0x05, 0x0A, _LEAF})
"""How a page may begin: as a page of a tree, or as an overflow page with the number of the next one."""
_COLUMNS: Final = frozenset({ENTRY_COLUMNS, DEAD_COLUMNS, 2, 5})
"""How many columns the tables of a shard have, SQLite's own ones included."""
_ROW_START: Final = re.compile(rb"[\x0c-\x7f](?=\x00)")
"""The size of a row's header, and the type of its first column: the number stands elsewhere, so it is empty here."""


class Pages:
    """The pages of a damaged file.

    Args:
        path: The file.
        first_page: Its first page. In the file it may have been replaced.
    """

    def __init__(self, path: Path, first_page: bytes) -> None:
        self._path = path
        self._count = path.stat().st_size // PAGE
        with path.open("rb") as file:
            self._free, has_only_used = _free_pages(file, self._count, first_page)
        self.has_only_used = has_only_used
        """Whether the list of free pages could be read. If not, there may be rows that were deleted."""
        self._suspicious: set[int] = set()
        """Pages with something unreadable in their structure."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows of all tables, from all leaf pages in use.

        A row that can't be read is left out. The first value of a row is its row id.
        """
        with self._path.open("rb") as file:
            for number in range(1, self._count + 1):
                if number in self._free:  # it may still contain rows that were delivered and deleted
                    continue
                yield from self._rows_of(file, _page(file, number), number)

    def _rows_of(self, file: BinaryIO, page: bytes, number: int) -> Iterator[Row]:
        start = _FILE_HEADER if number == 1 else 0
        if page[start] not in _FIRST_BYTES:
            self._suspicious.add(number)
        if page[start] != _LEAF:
            return
        cells, used = struct.unpack_from(">HH", page, start + 3)
        for cell in range(min(cells, PAGE // 4)):
            try:
                (at,) = struct.unpack_from(">H", page, start + 8 + 2 * cell)
                used += _cell_size(page, at)
                row = _row(file, page, at, self._count)
            except (struct.error, IndexError, ValueError):
                self._suspicious.add(number)
                continue
            if len(row) not in _COLUMNS:
                self._suspicious.add(number)
            yield row
        if used + _unused(page, start) != PAGE:  # there is a row that the list of rows does not have
            self._suspicious.add(number)

    def scan(self, more: Iterable[bytes] = (), *, only_suspicious: bool = False) -> Iterator[Row]:
        """Yield all rows that are anywhere in a page, also deleted ones, and those that nothing in their page leads to.

        It is slower, and finds each row by the shape of its header. The number of a row is 0 if it can't be read.

        Args:
            more: Further pages, which may be old versions of pages of the file.
            only_suspicious: Whether to read only those pages that have something unreadable in their structure. It is
                known after all `rows` were read.
        """
        numbers = self._suspicious if only_suspicious else range(1, self._count + 1)
        with self._path.open("rb") as file:
            for page in chain((_page(file, number) for number in numbers), more):
                for found in _ROW_START.finditer(page):
                    try:
                        yield _row_at(file, page, found.start(), self._count)
                    except (struct.error, IndexError, ValueError):
                        continue


def _row_at(file: BinaryIO, page: bytes, at: int, pages: int) -> Row:
    """Return the row whose header begins at a position of a page."""
    types, end = _types(page[at:])
    if len(types) not in {ENTRY_COLUMNS, DEAD_COLUMNS}:
        raise ValueError("this is no row of the outbox")
    size = end + sum(_width(type_) for type_ in types)
    values = _values(_payload(file, page, at, size, pages))
    for length in range(1, 10):  # before the header are the size of the row and its number
        start = at - length
        if start > 0 and page[:start].endswith(_varint_bytes(size)):
            number, after = _varint(page, start)
            if after == at:
                return [number, *values[1:]]
    return [0, *values[1:]]


def _page(file: BinaryIO, number: int) -> bytes:
    file.seek((number - 1) * PAGE)
    return file.read(PAGE)


def _free_pages(file: BinaryIO, pages: int, first_page: bytes) -> tuple[set[int], bool]:
    """Return the pages in the list of free pages, and whether the list agrees with the header of the file."""
    found: list[int] = []
    size, trunk, expected = struct.unpack_from(">III", first_page, 28)
    trunks: set[int] = set()
    while 1 < trunk <= pages and trunk not in trunks:
        trunks.add(trunk)
        following, count, *leaves = struct.unpack(f">{PAGE // 4}I", _page(file, trunk))
        found += [trunk, *leaves[: min(count, len(leaves))]]
        trunk = following
    free = {each for each in found if 1 < each <= pages}
    return free, len(free) == len(found) == expected and trunk == 0 and size == pages


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an integer of variable length, and the position after it."""
    value = 0
    for length in range(8):
        byte = data[at + length]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + length + 1
    return value << 8 | data[at + 8], at + 9


def _varint_bytes(value: int) -> bytes:
    """Return a small integer in the form of variable length."""
    data = [value & 0x7F]
    while value := value >> 7:
        data.append(value & 0x7F | 0x80)
    return bytes(reversed(data))


def _row(file: BinaryIO, page: bytes, at: int, pages: int) -> Row:
    """Return the values of a cell, with the row id as its first value."""
    size, at = _varint(page, at)
    number, at = _varint(page, at)
    number -= (number >> 63) << 64  # it has a sign
    return [number, *_values(_payload(file, page, at, size, pages))[1:]]


def _types(data: bytes) -> tuple[list[int], int]:
    """Return the types of a row's values, and the position of the first value."""
    end, at = _varint(data, 0)
    types: list[int] = []
    while at < end:
        type_, at = _varint(data, at)
        types.append(type_)
    return types, end


def _width(type_: int) -> int:
    """Return how many bytes a value of a type has."""
    return _WIDTHS[type_] if type_ < len(_WIDTHS) else (type_ - 12) // 2


def _values(data: bytes) -> list[object]:
    types, at = _types(data)
    values: list[object] = []
    for type_ in types:
        width = _width(type_)
        values.append(_value(type_, data[at : at + width], width))
        at += width
    return values


def _local_size(size: int) -> int:
    """Return how many bytes of a row are on its page. The others are on overflow pages."""
    if size <= _MAX_LOCAL:
        return size
    local = _MIN_LOCAL + (size - _MIN_LOCAL) % (PAGE - 4)
    return local if local <= _MAX_LOCAL else _MIN_LOCAL


def _cell_size(page: bytes, at: int) -> int:
    """Return how many bytes of a page a row uses, with its size, its number and the number of its overflow page."""
    size, end = _varint(page, at)
    _, end = _varint(page, end)
    local = _local_size(size)
    return max(4, end - at + local + (0 if local == size else 4))


def _unused(page: bytes, start: int) -> int:
    """Return how many bytes between the rows of a page are free."""
    total, at = page[start + 7], struct.unpack_from(">H", page, start + 1)[0]
    while 0 < at <= PAGE - 4:
        following, size = struct.unpack_from(">HH", page, at)
        total += size
        at = following if following > at else 0
    return int(total)


def _payload(file: BinaryIO, page: bytes, at: int, size: int, pages: int) -> bytes:
    """Return the content of a cell, with the parts of it that are on overflow pages."""
    local = _local_size(size)
    if local == size:
        return page[at : at + size]
    if size > pages * PAGE:
        raise ValueError("the row would be larger than the file")
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
            return text_of(data) if type_ % 2 else data
