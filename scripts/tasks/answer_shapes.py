"""The shapes of answers: names and types, how often each was seen, and no values.

Everything that scripts/learn-schema prints or writes is made of shapes, so that it contains no customer's data.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from pyttributionio.models._times import read_time

SAMPLES: Final[dict[str, object]] = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "integer, perhaps a time": 1_520_000_000,
    "integer, no time": -7,
    "number": 7.5,
    "number, perhaps a time": 1_520_000_000.5,
    "number, no time": -7.5,
    "string": "text",
    "string, a time": "2018-03-02T14:13:20Z",
    "array": [],
    "object": {},
}
"""Every type of a shape, with a sample value of that type."""
ROOTS: Final = {"customer": "customer.json", "event": "event.json", "identity": "identity.json"}
"""The keys of the objects in answers, with the schema of each."""
REST: Final = "answer"
"""The name for the shapes of an answer's other members."""

_FIRST_TIME: Final = 946_684_800  # 2000-01-01; a smaller number is a count
_LAST_TIME: Final = 4_102_444_800  # 2100-01-01
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999, where time.json ends
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*(?:[ -]\w+)*")
_TWO_CAPITALS: Final = re.compile(r"[A-Z]\S* (?:.* )?[A-Z]")
"""Words with capitals, as in the name of a person."""
_WORDS_OF_FIELDS: Final = frozenset(
    {"address", "campaign", "channel", "code", "count", "created", "currency", "customer", "date", "device", "email"}
    | {"event", "first", "id", "key", "landing", "last", "medium", "name", "number", "order", "page", "plan", "price"}
    | {"product", "referrer", "revenue", "seen", "source", "time", "total", "touch", "type", "updated", "url", "visit"}
)
"""A name with one of these words is the name of a field, also with capitals and spaces."""
_MOST_LETTERS: Final = 40
_TOKEN: Final = re.compile(r"[A-Za-z]{25,}|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}|[0-9]{4,}|(?:[0-9].*){5,}")
_MASKED: Final = re.compile(r"<a name of [0-9]+ characters>")


class NoAnswerError(Exception):
    """The input is not an answer; the message gives the reason and shows no data."""


def shown(name: str) -> str:
    """Return a member's name, or only its length if it looks like data: an address, a number, a token."""
    if _MASKED.fullmatch(name) or (_PLAIN_NAME.fullmatch(name) and not _looks_like_data(name)):
        return name
    return f"<a name of {len(name)} characters>"


def _looks_like_data(name: str) -> bool:
    if len(name) > _MOST_LETTERS or _TOKEN.search(name) or (len(name) == 1 and not name.isascii()):
        return True
    return _TWO_CAPITALS.match(name) is not None and _WORDS_OF_FIELDS.isdisjoint(re.split("[ -]", name.lower()))


def _is_time(text: str) -> bool:
    """Return whether a text is a time that the models read. Month 13 and 30 February are none."""
    try:
        read_time(text)
    except ValueError:
        return False
    return True


def is_masked(name: str) -> bool:
    """Return whether a name is masked because it looks like data."""
    return _MASKED.fullmatch(name) is not None


@dataclass
class Shape:
    """The types of the values at one place in all answers."""

    types: Counter[str] = field(default_factory=Counter[str])
    members: dict[str, "Shape"] = field(default_factory=dict[str, "Shape"])
    items: "Shape | None" = None

    def see(self, value: object) -> None:
        """Add one more value."""
        self.types[type_of(value)] += 1
        if isinstance(value, dict):
            for name, member in value.items():
                self.members.setdefault(shown(name), Shape()).see(member)
        elif isinstance(value, list):
            self.items = self.items or Shape()
            for item in value:
                self.items.see(item)

    def add(self, other: "Shape") -> None:
        """Add what another shape has seen."""
        self.types.update(other.types)
        for name, member in other.members.items():
            self.members.setdefault(name, Shape()).add(member)
        if other.items is not None:
            self.items = self.items or Shape()
            self.items.add(other.items)

    def names(self) -> Iterator[str]:
        """Yield the names of all members, also of those in other ones."""
        for name, member in self.members.items():
            yield name
            yield from member.names()
        if self.items is not None:
            yield from self.items.names()

    def described(self) -> str:
        """Return the types that were seen, the most frequent first."""
        names = sorted((name for name in SAMPLES if name in self.types), key=lambda name: -self.types[name])
        return ", ".join(f"{name} ({self.types[name]})" for name in names)

    def to_json(self) -> dict[str, object]:
        """Return the shape in the format of a file of shapes."""
        found: dict[str, object] = {"types": {name: self.types[name] for name in SAMPLES if name in self.types}}
        if self.members:
            found["members"] = {name: member.to_json() for name, member in self.members.items()}
        if self.items is not None:
            found["items"] = self.items.to_json()
        return found

    @classmethod
    def from_json(cls, found: object) -> "Shape":
        """Read the output of `to_json`; reject anything else."""
        if isinstance(found, dict) and found.keys() <= {"types", "members", "items"}:
            types, members = found.get("types"), found.get("members", {})
            if isinstance(types, dict) and isinstance(members, dict) and types.keys() <= SAMPLES.keys():
                named = {shown(name): cls.from_json(member) for name, member in members.items()}
                counts = Counter({kind: count for kind, count in types.items() if type(count) is int})
                return cls(counts, named, cls.from_json(found["items"]) if "items" in found else None)
        raise NoAnswerError("it looks like saved shapes, but --shapes did not write it")


def type_of(value: object) -> str:
    """Return which of the types in SAMPLES a JSON value has."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            name = "integer" if isinstance(value, int) else "number"
            if _FIRST_TIME <= value <= _LAST_TIME:
                return f"{name}, perhaps a time"
            return name if 0 <= value <= _LAST_SECOND else f"{name}, no time"
        case str():
            return "string, a time" if _is_time(value) else "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            raise TypeError(f"not a JSON value: {type(value).__name__}")


class Shapes(dict[str, Shape]):
    """The shapes of answers by their objects: "customer", "event", "identity"."""

    def see(self, answer: object, known: frozenset[str], place: str = "") -> None:
        """Add an answer, a customer alone with one of the `known` fields, or a file of shapes.

        `place` begins the message of an error.

        Raises:
            NoAnswerError: The input is none of them.
        """
        if not isinstance(answer, dict):
            raise NoAnswerError(f"{place}it is not an answer, but {type_of(answer).partition(',')[0]}")
        if answer.keys() == {"shapes"} and isinstance(answer["shapes"], dict):
            for root, shape in answer["shapes"].items():
                self._at(root).add(Shape.from_json(shape))
            return
        if ROOTS.keys().isdisjoint(answer):
            if known.isdisjoint(answer):
                raise NoAnswerError(
                    f'{place}it is not an answer: an object with none of the keys "customer", "event" and "identity", '
                    "and with no field of a customer"
                )
            answer = {"customer": answer}
        for root in ROOTS.keys() & answer.keys():
            if not isinstance(answer[root], dict):
                raise NoAnswerError(
                    f'{place}its "{root}" is not an object, but {type_of(answer[root]).partition(",")[0]}'
                )
        for root in sorted(ROOTS.keys() & answer.keys()):
            self._at(root).see(answer[root])
        if rest := {name: member for name, member in answer.items() if name not in ROOTS}:
            self._at(REST).see(rest)

    def _at(self, root: str) -> Shape:
        if root not in ROOTS and root != REST:
            raise NoAnswerError("it looks like saved shapes, but --shapes did not write it")
        return self.setdefault(root, Shape())

    def to_json(self) -> str:
        """Return the text of a file of shapes."""
        return json.dumps({"shapes": {root: shape.to_json() for root, shape in sorted(self.items())}}, indent=2) + "\n"


def read_file(path: Path) -> Iterator[tuple[str, object]]:
    """Yield the answers in a file with their places: one answer, a list, or one answer in each line.

    Raises:
        NoAnswerError: The file is not JSON.
        OSError: The file can't be read.
    """
    content = path.read_bytes()
    try:
        whole = parsed(content)
    except NoAnswerError:
        lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or lines[0][1].strip() in {b"{", b"["}:
            raise
        for number, line in lines:
            yield f"line {number}: ", parsed(line, f"line {number}: ")
        return
    if isinstance(whole, list):
        yield from ((f"item {number}: ", item) for number, item in enumerate(whole, 1))
    else:
        yield "", whole


def parsed(content: bytes, place: str = "") -> object:
    """Return the value of a JSON text; `place` begins the message of an error.

    Raises:
        NoAnswerError: The text is not JSON.
    """
    problem = "not JSON"
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error}"  # it names a position, and shows no data
    except UnicodeDecodeError:
        problem = "not JSON: the text is not UTF-8"
    except (ValueError, RecursionError):
        problem = "not JSON that can be read: its numbers are too long, or its brackets too deep"
    raise NoAnswerError(place + problem)


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number
