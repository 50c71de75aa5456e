"""The documents of pageviews, many to a row: a stretch is some of one visitor's that follow each other, joined.

So ten thousand pageviews are some hundreds of rows, and reading them is little more than copying their
bytes. Writing one means reading and writing the stretch it falls into, which is short.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Final

from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.documents import SEPARATOR, Place, place
from pyttributionio.sandbox.store.visitor import Visitor

LONGEST: Final = 8 * 1024
"""Characters of a stretch, unless it is a single document."""


def append_documents(visitor: Visitor, documents: list[str]) -> None:
    """Put documents behind all of the visitor's; that is where they belong unless they are late."""
    new = sorted(documents, key=place)
    more = SEPARATOR + SEPARATOR.join(new)
    if not visitor.update(statements.LENGTHEN_LAST_STRETCH, more=more, longest=LONGEST):
        _write(visitor, new, LONGEST)


def insert_documents(visitor: Visitor, documents: list[str]) -> None:
    """Put documents among the visitor's, of which there are some, wherever they belong."""
    new = sorted(documents, key=place)
    done = 0
    while done < len(new):
        done = _insert_into_one(visitor, new, done)


def find_document(visitor: Visitor, wanted: Place) -> str:
    """Give the document that stands there, where there is one."""
    around = _run(visitor, statements.STRETCH_AROUND, wanted)
    assert around is not None
    text: str = around[2]
    return next(document for document in text.split(SEPARATOR) if place(document) == wanted)


def _insert_into_one(visitor: Visitor, new: list[str], start: int) -> int:
    """Put those from the start on that fall into one stretch there, and return where the others begin."""
    at = place(new[start])
    # What comes before all others belongs to the first.
    found = _run(visitor, statements.STRETCH_AROUND, at) or visitor.run(statements.FIRST_STRETCH)
    assert found is not None
    first: Place = found[:2]
    text: str = found[2]
    following = _run(visitor, statements.STRETCH_AFTER, first)
    end = len(new) if following is None else bisect_left(new, following, start, key=place)
    kept = text.split(SEPARATOR)
    after = bisect_left(kept, at, key=place)
    documents = kept[:after] + sorted(kept[after:] + new[start:end], key=place)
    _run(visitor, statements.REMOVE_STRETCH, first)
    _write(visitor, documents, LONGEST if sum(map(_size, documents)) <= LONGEST else LONGEST // 2)
    return end


def _run(visitor: Visitor, statement: str, at: Place) -> tuple[Any, ...] | None:
    return visitor.run(statement, created_at=at[0], id=at[1])


def _write(visitor: Visitor, documents: list[str], enough: int) -> None:
    visitor.insert(statements.ADD_STRETCH, ((*place(stretch), stretch) for stretch in _joined(documents, enough)))


def _joined(documents: list[str], enough: int) -> Iterator[str]:
    """Join documents into stretches that are as long as is enough; half of the longest leaves room for later ones."""
    stretch: list[str] = []
    length = 0
    for document in documents:
        if stretch and (length >= enough or length + _size(document) > LONGEST):
            yield SEPARATOR.join(stretch)
            stretch, length = [], 0
        stretch.append(document)
        length += _size(document)
    yield SEPARATOR.join(stretch)


def _size(document: str) -> int:
    return len(document) + len(SEPARATOR)
