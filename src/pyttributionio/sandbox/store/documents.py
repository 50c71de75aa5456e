"""Documents: the answer's JSON objects as texts, which are stored and joined without parsing them."""

import json
from collections.abc import Iterable
from typing import Final, TypeAlias

from pyttributionio.sandbox.values.bodies import JSONObject
from pyttributionio.sandbox.values.times import iso_time

# JSON escapes line breaks, so no document has one: joined documents can be separated again.
SEPARATOR: Final = ",\n"
Position: TypeAlias = tuple[str, int]
"""The sort key of a document: its time in ISO 8601, whose texts sort like the times, and its id."""

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make an encoder for each text
_TIME: Final = slice(len('{"created_at":"'), len('{"created_at":"2018-03-02T14:13:20Z'))
_ID: Final = len('{"created_at":"2018-03-02T14:13:20Z","id":')


def document_text(number: int, members: JSONObject, created_at: int) -> str:
    """Return an answer's object as text.

    Args:
        number: The object's id.
        members: Its other members, at least one; an `id` and a `created_at` among them are replaced.
        created_at: In Unix seconds.
    """
    own: JSONObject = {"created_at": iso_time(created_at), "id": number}
    # These two come first, because `position` reads them there.
    return _encode({**own, **members, **own})


def position(document: str) -> Position:
    """Return the position of a document, or of the first of several joined ones, without parsing the JSON."""
    return document[_TIME], int(document[_ID : document.index(",", _ID)])


def merge(texts: Iterable[str]) -> str:
    """Join texts of one or more documents each, which are in order within a text, into one text in order."""
    merged: list[str] = []
    overlapping: list[str] = []
    end: Position = ("", 0)
    for text in sorted(texts, key=position):
        # Most texts do not overlap and stay whole: separating ten thousand documents takes ten times as long.
        if position(text) > end:
            merged += _sorted_documents(overlapping)
            overlapping = []
        overlapping.append(text)
        end = max(end, position(text.rpartition(SEPARATOR)[2]))
    return SEPARATOR.join(merged + _sorted_documents(overlapping))


def _sorted_documents(texts: list[str]) -> list[str]:
    if len(texts) == 1:
        return texts
    return sorted((document for text in texts for document in text.split(SEPARATOR)), key=position)
