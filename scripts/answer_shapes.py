"""The shapes of answers: names and types, how often each was seen, and no values.

All that learn_schema.py shows, writes or saves is made of these, so that no one's data can stand in it.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

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
"""Every type of a shape, and a value that stands for all values of it."""
ROOTS: Final = {"customer": "customer.json", "event": "event.json", "identity": "identity.json"}
"""The keys under which answers hold what they are about, and the schema of each."""
BESIDE: Final = "answer"
"""Where the shapes of what else an answer holds stand."""

_FIRST_TIME: Final = 946_684_800  # 2000-01-01; a smaller number counts something
_LAST_TIME: Final = 4_102_444_800  # 2100-01-01
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999, where time.json ends
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}"
    r"(:[0-9]{2}([.,][0-9]{1,9})?)?( ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?))?"
)
"""As time.json has it."""
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_TOKEN: Final = re.compile(r"[A-Za-z]{25,}|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}|[0-9]{4,}|(?:[0-9].*){5,}")
_MASKED: Final = re.compile(r"<a name of [0-9]+ characters>")


class NoAnswerError(Exception):
    """What was given is not an answer; the message says why, without showing any of it."""


def shown(name: str) -> str:
    """Return a member's name, or how long it is if it looks like data: an address, a number, a token."""
    if _MASKED.fullmatch(name) or (_PLAIN_NAME.fullmatch(name) and not _TOKEN.search(name)):
        return name
    return f"<a name of {len(name)} characters>"


def is_masked(name: str) -> bool:
    """Tell a name that is not shown."""
    return _MASKED.fullmatch(name) is not None


@dataclass
class Shape:
    """What values in one place of all answers looked like."""

    types: Counter[str] = field(default_factory=Counter[str])
    members: dict[str, "Shape"] = field(default_factory=dict[str, "Shape"])
    items: "Shape | None" = None

    def see(self, value: object) -> None:
        """Take in one more value."""
        self.types[type_of(value)] += 1
        if isinstance(value, dict):
            for name, member in value.items():
                self.members.setdefault(shown(name), Shape()).see(member)
        elif isinstance(value, list):
            self.items = self.items or Shape()
            for item in value:
                self.items.see(item)

    def add(self, other: "Shape") -> None:
        """Take in what another shape has seen."""
        self.types.update(other.types)
        for name, member in other.members.items():
            self.members.setdefault(name, Shape()).add(member)
        if other.items is not None:
            self.items = self.items or Shape()
            self.items.add(other.items)

    def described(self) -> str:
        """Return the types that were seen, the most frequent first."""
        names = sorted((name for name in SAMPLES if name in self.types), key=lambda name: -self.types[name])
        return ", ".join(f"{name} ({self.types[name]})" for name in names)

    def to_json(self) -> dict[str, object]:
        """Return it as what a file of shapes holds."""
        found: dict[str, object] = {"types": {name: self.types[name] for name in SAMPLES if name in self.types}}
        if self.members:
            found["members"] = {name: member.to_json() for name, member in self.members.items()}
        if self.items is not None:
            found["items"] = self.items.to_json()
        return found

    @classmethod
    def from_json(cls, found: object) -> "Shape":
        """Read what `to_json` wrote, and nothing else."""
        if isinstance(found, dict) and found.keys() <= {"types", "members", "items"}:
            types, members = found.get("types"), found.get("members", {})
            if isinstance(types, dict) and isinstance(members, dict) and types.keys() <= SAMPLES.keys():
                named = {shown(name): cls.from_json(member) for name, member in members.items()}
                counts = Counter({kind: count for kind, count in types.items() if type(count) is int})
                return cls(counts, named, cls.from_json(found["items"]) if "items" in found else None)
        raise NoAnswerError("it looks like saved shapes, but is not what --shapes writes")


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
            return "string, a time" if _TIME.fullmatch(value) else "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            raise TypeError(f"not a JSON value: {type(value).__name__}")


class Shapes(dict[str, Shape]):
    """The shapes of answers by what they are about: "customer", "event", "identity"."""

    def see(self, answer: object, known: frozenset[str], place: str = "") -> None:
        """Take in an answer, a bare customer with one of the `known` fields, or a file of shapes.

        `place` stands before the message of an error.

        Raises:
            NoAnswerError: It is none of them.
        """
        if not isinstance(answer, dict):
            raise NoAnswerError(f"{place}it is no answer, but {type_of(answer).partition(',')[0]}")
        if answer.keys() == {"shapes"} and isinstance(answer["shapes"], dict):
            for root, shape in answer["shapes"].items():
                self._at(root).add(Shape.from_json(shape))
            return
        if ROOTS.keys().isdisjoint(answer):
            if known.isdisjoint(answer):
                raise NoAnswerError(
                    f'{place}it is no answer: an object with none of the keys "customer", "event" and "identity", '
                    "and with no field of a customer"
                )
            answer = {"customer": answer}
        for root in ROOTS.keys() & answer.keys():
            if not isinstance(answer[root], dict):
                raise NoAnswerError(f'{place}its "{root}" is no object, but {type_of(answer[root]).partition(",")[0]}')
        for root in sorted(ROOTS.keys() & answer.keys()):
            self._at(root).see(answer[root])
        if rest := {name: member for name, member in answer.items() if name not in ROOTS}:
            self._at(BESIDE).see(rest)

    def _at(self, root: str) -> Shape:
        if root not in ROOTS and root != BESIDE:
            raise NoAnswerError("it looks like saved shapes, but is not what --shapes writes")
        return self.setdefault(root, Shape())

    def to_json(self) -> str:
        """Return the text of a file of shapes."""
        return json.dumps({"shapes": {root: shape.to_json() for root, shape in sorted(self.items())}}, indent=2) + "\n"


def read_file(path: Path) -> Iterator[tuple[str, object]]:
    """Yield the answers in a file, each with its place: one, a list of them, or one in each line.

    Raises:
        NoAnswerError: It is no JSON.
        OSError: It can't be read.
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
    """Return what a JSON text holds; `place` stands before the message of an error.

    Raises:
        NoAnswerError: It is no JSON.
    """
    problem = "no JSON"
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        problem = f"no JSON: {error}"  # names a position, and shows nothing of the text
    except UnicodeDecodeError:
        problem = "no JSON: it is not UTF-8"
    except (ValueError, RecursionError):
        problem = "no JSON that can be read: numbers too long, or brackets too deep"
    raise NoAnswerError(place + problem)


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number
