"""What schemas/ and the table of leniencies say of an answer, and what reading it says."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from jsonschema import ValidationError

from pyttributionio import ResponseValidationError
from pyttributionio.models._base import Model
from pyttributionio.models._lenient import show_location
from support.contract import COLLECTIONS
from support.from_schemas import Location, target
from support.leniencies import LONG_FRACTION, ROWS, UNREADABLE, Row, moment
from support.reading import loads_once, read
from support.schemas import FILES, validator

ROOT: Final = FILES["customer.json"]
VALIDATOR: Final = validator("customer.json")
DEEPEST: Final = 600
"""Levels of nesting that are read, the answer's own among them."""


@dataclass(frozen=True)
class Verdict:
    """What reading an answer does, or has to do.

    Attributes:
        refused: Where it fails; if it has to, one of these places.
        unread: What reads None though something was sent.
        dump: The JSON that it gives back, keys sorted; empty if it fails.
    """

    refused: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    dump: str = ""


# What it has to do


def judge(document: dict[str, Any], include: Collection[str], rows: Collection[Row] = ROWS) -> Verdict:
    """Say what reading a customer has to do, by jsonschema and by these rows of the table."""
    if "bottomless nesting" in rows and _depth({"customer": document}) > DEEPEST:
        return Verdict(refused=frozenset({""}))
    if "half a surrogate pair" in rows:
        document = json.loads(
            json.dumps(document, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    wrong = schema_verdict(document)
    for at, file, value in _described(ROOT, document, ()):
        if any(row in rows and applies(file, value) for row, applies in UNREADABLE.items()):
            wrong.add(at)
    if "collection that was not asked for" in rows:
        wrong = {at for at in wrong if not at or at[0] not in COLLECTIONS or at[0] in include}
    found = {at: _read_otherwise(at, document, rows) for at in wrong}
    refused = frozenset(_shown(at) for at, place in found.items() if place is None)
    if refused:
        return Verdict(refused)
    places = {place for place in found.values() if place}
    unread = {place for place in places if not _in_part(place, document, rows)}
    dump = _Dump(include, rows, places).at(ROOT, document, ())
    return Verdict(unread=frozenset(map(_shown, unread)), dump=_canonical(dump))


def _read_otherwise(at: Location, document: dict[str, Any], rows: Collection[Row]) -> Location | None:
    """Return the place whose raw value is kept for a wrong value; None if the answer is refused."""
    if at and at[0] in COLLECTIONS and len(at) < 3:
        row: Row = "item of a collection that is no object" if len(at) == 2 else "empty object for a collection"
        return at[:1] if row in rows and (len(at) == 2 or _value(document, at) == {}) else None
    field = _field(at)
    if field and _in_part(field, document, rows):
        return field
    return field if "field of another type" in rows else None


def _in_part(place: Location, document: dict[str, Any], rows: Collection[Row]) -> bool:
    """Return whether a part of a wrong value is read: a collection, or a time with a long fraction."""
    if place[0] in COLLECTIONS and len(place) == 1:
        return True
    found = LONG_FRACTION.fullmatch(str(_value(document, place)))
    is_time = found and str(place[-1]).endswith("_at")
    return bool(is_time and found and "long fraction of a second" in rows and moment("".join(found.groups())))


def _value(document: Any, at: Location) -> Any:
    for step in at:
        document = document[step]
    return document


def schema_verdict(document: object) -> set[Location]:
    """Return the places in a customer that jsonschema finds wrong, as deep inside as it knows them."""
    return {place for error in VALIDATOR.iter_errors(document) for place in _leaves(error)}


def _leaves(error: ValidationError) -> Iterator[Location]:
    deeper = [child for child in error.context or () if child.relative_path]
    for child in deeper:
        yield from _leaves(child)
    if not deeper:
        yield tuple(error.absolute_path)


def _depth(node: object) -> int:
    depth, level = 0, [node]
    while containers := [each for each in level if isinstance(each, (dict, list))]:
        depth += 1
        level = [inner for each in containers for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _described(rule: dict[str, Any], value: Any, at: Location) -> Iterator[tuple[Location, str | None, object]]:
    """Yield every place that the schemas describe, with the file that does, and what stands there."""
    file = target(rule)
    rule = FILES[file] if file else rule
    yield at, file, value
    if isinstance(value, dict):
        for name in rule.get("properties", {}).keys() & value.keys():
            yield from _described(rule["properties"][name], value[name], (*at, name))
    elif isinstance(value, list) and "items" in rule:
        for index, item in enumerate(value):
            yield from _described(rule["items"], item, (*at, index))


def _field(at: Location) -> Location | None:
    """Return the innermost field that a place lies in."""
    ends = [end for end, step in enumerate(at, 1) if isinstance(step, str)]
    return at[: ends[-1]] if ends else None


@dataclass(frozen=True)
class _Dump:
    """What a dump has to hold, place by place."""

    include: Collection[str]
    rows: Collection[Row]
    raw: set[Location] = field(default_factory=set)

    def at(self, rule: dict[str, Any], value: Any, at: Location) -> Any:
        """Return what has to stand at a place, for a value that the schemas allow there or that is kept."""
        file = target(rule)
        rule = FILES[file] if file else rule
        flag = rule.get("x-include-flag")
        if at in self.raw or (flag and at[0] not in self.include):
            return value
        if value is None:
            return [] if flag and "null for a collection" in self.rows else None
        if file == "id.json" and "number as an id" in self.rows:
            return str(value)
        if file == "time.json" and "time" in self.rows:
            return moment(value, cut="digits beyond the microsecond" in self.rows) or value
        if isinstance(value, list) and "items" in rule:
            return [self.at(rule["items"], item, (*at, index)) for index, item in enumerate(value)]
        if isinstance(value, dict) and "properties" in rule:
            rules = rule["properties"]
            known = {name: self.at(rules[name], value[name], (*at, name)) for name in rules.keys() & value.keys()}
            return value | known
        return value


def _shown(at: Location) -> str:
    return f"customer{show_location(at)}"


def _canonical(value: object) -> str:
    """Return a text that tells 5, 5.0 and true apart, as == does not."""
    return json.dumps(value, sort_keys=True)


# What it does


def outcome(document: dict[str, Any], include: Collection[str]) -> Verdict:
    """Read a customer as a client does, and dump what was read in both ways."""
    try:
        customer: Model = read(document, include)
    except ResponseValidationError as error:
        return Verdict(refused=frozenset({error.path}))
    text = loads_once(customer.model_dump_json(exclude_unset=True))
    plain = json.loads(json.dumps(customer.model_dump(exclude_unset=True), default=_written))
    assert _canonical(plain) == _canonical(text)
    return Verdict(unread=frozenset(_unread(customer, "customer")), dump=_canonical(text))


def _written(instant: Any) -> str:
    written: str = instant.isoformat()
    assert written.endswith("+00:00")
    return written.replace("+00:00", "Z")


def _unread(model: Model, path: str) -> Iterator[str]:
    for name in type(model).model_fields:
        value, raw = getattr(model, name), (model.model_extra or {}).get(name)
        if value is None and name in (model.model_extra or {}):
            yield f"{path}.{name}"
        read = [number for number, item in enumerate(raw) if isinstance(item, dict)] if isinstance(raw, list) else None
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, Model):
                yield from _unread(item, f"{path}.{name}[{index if read is None else read[index]}]")
        if isinstance(value, Model):
            yield from _unread(value, f"{path}.{name}")


def agree(told: Verdict, found: Verdict) -> bool:
    """Return whether what was found is what was told; an answer that is wrong in many places fails in one of them."""
    if told.refused or found.refused:
        return bool(found.refused) and found.refused <= told.refused
    return told == found
