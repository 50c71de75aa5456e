"""The answer's JSON objects as texts, in which they are stored and joined."""

import json
from collections.abc import Iterable
from typing import Final, TypeAlias

from pyttributionio.sandbox.values.bodies import JSONObject
from pyttributionio.sandbox.values.times import iso_time

# No document has a line end in it, since JSON escapes those of texts: so joined ones can be told apart again.
SEPARATOR: Final = ",\n"
Place: TypeAlias = tuple[str, int]
"""Where a document stands among others: by its time in ISO 8601, whose texts sort like the times, and then its id."""

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make one for each text
_TIME: Final = slice(len('{"created_at":"'), len('{"created_at":"2018-03-02T14:13:20Z'))
_ID: Final = len('{"created_at":"2018-03-02T14:13:20Z","id":')


def document_text(number: int, members: JSONObject, created_at: int) -> str:
    """Write an answer's object, with the id and the time (in Unix seconds) in the way that the API has them.

    Args:
        number: The id.
        members: The others, at least one; an id and a time among them do not count.
        created_at: In Unix seconds.
    """
    own: JSONObject = {"created_at": iso_time(created_at), "id": number}
    # They stand first, which is where `place` looks for them.
    return _encode({**own, **members, **own})


def place(document: str) -> Place:
    """Read where a document stands, or the first of several that are joined; without parsing it, which takes long."""
    return document[_TIME], int(document[_ID : document.index(",", _ID)])


def in_order(texts: Iterable[str]) -> str:
    """Join texts, each of them of one or more joined documents in order, and put the documents in order."""
    ordered: list[str] = []
    overlapping: list[str] = []
    reach: Place = ("", 0)
    for text in sorted(texts, key=place):
        # Most texts follow each other and stay whole: to take ten thousand documents apart takes ten times as long.
        if place(text) > reach:
            ordered += _merged(overlapping)
            overlapping = []
        overlapping.append(text)
        reach = max(reach, place(text.rpartition(SEPARATOR)[2]))
    return SEPARATOR.join(ordered + _merged(overlapping))


def _merged(texts: list[str]) -> list[str]:
    if len(texts) == 1:
        return texts
    return sorted((document for text in texts for document in text.split(SEPARATOR)), key=place)
