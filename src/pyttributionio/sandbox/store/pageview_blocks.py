"""Pageview blocks: many pageviews of a visitor, consecutive in time, with their documents joined in one row.

Ten thousand pageviews are some hundred rows, and reading them is little more than copying their bytes.
To add a pageview, its block is read and written; blocks are short, so this is fast.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.documents import SEPARATOR, Position, position
from pyttributionio.sandbox.store.visitor import Visitor

MAX_BLOCK_LENGTH: Final = 8 * 1024
"""In characters; a block with a single document may be longer."""


def append_documents(visitor: Visitor, documents: list[str]) -> None:
    """Store documents that come after all the visitor's other documents."""
    new = sorted(documents, key=position)
    more = SEPARATOR + SEPARATOR.join(new)
    extended = visitor.run(statements.EXTEND_LAST_BLOCK, more=more, longest=MAX_BLOCK_LENGTH).rowcount
    if not extended:
        _write(visitor, new, MAX_BLOCK_LENGTH)


def insert_documents(visitor: Visitor, documents: list[str]) -> None:
    """Store documents at any position; the visitor already has at least one document."""
    new = sorted(documents, key=position)
    done = 0
    while done < len(new):
        done = _insert_into_block(visitor, new, done)


def find_document(visitor: Visitor, wanted: Position) -> str:
    """Return the document at a position, which exists."""
    text: str = visitor.run(statements.BLOCK_BEFORE, created_at=wanted[0], id=wanted[1]).fetchone()[2]
    return next(document for document in text.split(SEPARATOR) if position(document) == wanted)


def _insert_into_block(visitor: Visitor, new: list[str], start: int) -> int:
    """Insert the documents from `start` on that belong to one block, and return the index of the next one."""
    created_at, number = position(new[start])
    block = visitor.run(statements.BLOCK_BEFORE, created_at=created_at, id=number).fetchone()
    # A document before all the blocks belongs to the first block.
    first_at, first_id, text = block or visitor.run(statements.FIRST_BLOCK).fetchone()
    following = visitor.run(statements.NEXT_BLOCK, created_at=first_at, id=first_id).fetchone()
    end = len(new) if following is None else bisect_left(new, following, start, key=position)
    kept = text.split(SEPARATOR)
    after = bisect_left(kept, (created_at, number), key=position)
    documents = kept[:after] + sorted(kept[after:] + new[start:end], key=position)
    visitor.run(statements.DELETE_BLOCK, created_at=first_at, id=first_id)
    fits = sum(map(_length, documents)) <= MAX_BLOCK_LENGTH
    # Half of the maximum leaves room for later documents.
    _write(visitor, documents, MAX_BLOCK_LENGTH if fits else MAX_BLOCK_LENGTH // 2)
    return end


def _write(visitor: Visitor, documents: list[str], enough: int) -> None:
    visitor.insert(statements.ADD_BLOCK, ((*position(block), block) for block in _joined(documents, enough)))


def _joined(documents: list[str], enough: int) -> Iterator[str]:
    """Join documents into blocks; a block of `enough` characters gets no further document."""
    block: list[str] = []
    length = 0
    for document in documents:
        if block and (length >= enough or length + _length(document) > MAX_BLOCK_LENGTH):
            yield SEPARATOR.join(block)
            block, length = [], 0
        block.append(document)
        length += _length(document)
    yield SEPARATOR.join(block)


def _length(document: str) -> int:
    return len(document) + len(SEPARATOR)
