"""Propose changes of schemas/ from the shapes of real answers. A proposal only adds: every document stays valid.

It adds properties with the types that were seen, "observed" instead of "assumed" where a value was seen, and further
types where another type was seen. A difference that needs a person's decision is reported, and nothing is proposed.
"""

import copy
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from tasks.answer_shapes import REST, ROOTS, SAMPLES, Shape, Shapes, is_masked
from tasks.field_names import is_free_for_class, reason_against_field, singular, snake_case, title_case

Schema: TypeAlias = dict[str, Any]
Schemas: TypeAlias = dict[str, Schema]

NOT_EXPLAINED: Final = "Seen in answers; its meaning is not known yet."
_ANNOTATIONS: Final = {"$schema", "$id", "title", "description", "x-evidence", "x-include-flag"}
_KNOWN_KEYWORDS: Final = {"$ref", "anyOf", "type", "minimum", "maximum", "pattern", "items", "properties"}
_NAMED_BY_CALLERS: Final = {"meta.json"}
"""Objects whose further members come from callers of an SDK: they are no drift and no fields of the vendor."""
_ID_NAME: Final = re.compile(r"id|ids|alias|aliases|\w+_(id|ids|key|keys)|\w+[a-z](Id|Ids)")
_TIME_NAME: Final = re.compile(r"at|time|timestamp|date|\w+_(at|on|time|timestamp|date)|\w+[a-z](At|On|Time|Date)")
_TYPES: Final = {"boolean": bool, "string": str, "array": list, "object": dict, "null": type(None)}


class SchemaError(Exception):
    """A file in schemas/ uses a keyword that this module does not know."""


@dataclass(frozen=True)
class Finding:
    """One difference between answers and schemas, or one confirmed assumption."""

    path: str
    drift: str
    seen: str
    proposed: str


@dataclass
class Proposal:
    """The changed schemas, and the reasons for the changes."""

    schemas: Schemas
    findings: list[Finding] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    """The names of all members that were seen."""

    @classmethod
    def of(cls, schemas: Schemas, shapes: Shapes) -> "Proposal":
        """Compare shapes with schemas by file name; the schemas given are not changed."""
        proposal = cls(copy.deepcopy(schemas), _names={name for shape in shapes.values() for name in shape.names()})
        for root, shape in sorted(shapes.items()):
            if root == REST:
                for name, seen in shape.members.items():
                    proposal._note(f"{root}.{name}", "unknown field", seen, "nothing: change openapi.json by hand")
            else:
                proposal._learn_object(ROOTS[root], shape, root)
        return proposal

    def accepts(self, rule: Schema, value: object) -> bool:
        """Return whether a schema accepts a value; the content of an array or an object is not checked."""
        if unknown := rule.keys() - _ANNOTATIONS - _KNOWN_KEYWORDS:
            raise SchemaError(f"schemas/ uses {', '.join(sorted(unknown))}, which learn-schema does not support yet")
        types = rule.get("type")
        least, most = rule.get("minimum", value), rule.get("maximum", value)
        return (
            ("$ref" not in rule or self.accepts(self.schemas[rule["$ref"]], value))
            and ("anyOf" not in rule or any(self.accepts(option, value) for option in rule["anyOf"]))
            and (types is None or any(_is(value, name) for name in (types if isinstance(types, list) else [types])))
            and (not isinstance(value, int | float) or least <= value <= most)
            and (not isinstance(value, str) or re.search(rule.get("pattern", ""), value) is not None)
        )

    def _note(self, path: str, drift: str, seen: Shape, proposed: str) -> None:
        self.findings.append(Finding(path, drift, seen.described(), proposed))

    def _learn_object(self, file: str, shape: Shape, path: str) -> None:
        """Compare an object's members with the properties in a file."""
        properties: dict[str, Schema] = self.schemas[file].setdefault("properties", {})
        for name, seen in shape.members.items():
            if name in properties:
                self._learn_property(properties[name], seen, f"{path}.{name}", file)
            elif file not in _NAMED_BY_CALLERS:
                self._learn_new(properties, name, seen, f"{path}.{name}", file)

    def _learn_new(self, properties: dict[str, Schema], name: str, seen: Shape, path: str, file: str) -> None:
        """Propose a property for a member that no schema names, if that is possible."""
        if reason := self._reason_against(name):
            self._note(path, "unknown field", seen, f"nothing: {reason}")
        elif not self._has_a_type(seen):
            self._note(path, "unknown field", seen, "nothing: no type is known yet")
            self._note_members(seen, path)
        else:
            place = len(self.findings)
            rule = self._inferred(seen, name, path, file, nullable=True)
            properties[name] = {"description": NOT_EXPLAINED, "x-evidence": "observed", **rule}
            self.findings.insert(place, Finding(path, "unknown field", seen.described(), f"new: {_short(rule)}"))

    def _note_members(self, seen: Shape, path: str) -> None:
        """Report each member of an object that can have no field, except those whose names look like data."""
        for name, member in seen.members.items():
            if not is_masked(name):
                self._note(f"{path}.{name}", "unknown field", member, f"nothing: {self._reason_against(name)}")
        if seen.items is not None:
            self._note_members(seen.items, f"{path}[]")

    def _reason_against(self, name: str) -> str | None:
        return reason_against_field(name, {schema["title"] for schema in self.schemas.values()})

    def _has_a_type(self, seen: Shape) -> bool:
        """Return whether something other than null, empty arrays and objects without possible fields was seen."""
        if seen.types.keys() - {"null", "array", "object"}:
            return True
        if "object" in seen.types and not all(map(self._reason_against, seen.members)):
            return True
        return seen.items is not None and self._has_a_type(seen.items)

    def _learn_property(self, rule: Schema, seen: Shape, path: str, file: str) -> None:
        """Add the types that were seen to a property, promote it, and compare its content."""
        if set(seen.types) <= {"null"}:
            return
        if "x-include-flag" in rule and not self._fits_collection(seen, path):
            return
        place = len(self.findings)
        added = self._widen(rule, seen, path, file)
        promoted = rule.get("x-evidence") == "assumed"
        if promoted:
            rule["x-evidence"] = "observed"
        if added or promoted:
            proposed = [f"also {_short(added)}"] if added else []
            drift = "another type" if added else "as assumed"
            text = ", ".join([*proposed, *(["observed"] if promoted else [])])
            self.findings.insert(place, Finding(path, drift, seen.described(), text))

    def _fits_collection(self, seen: Shape, path: str) -> bool:
        """Return whether a collection is a list of objects; generate-models supports no other."""
        for shape, allowed, where in ((seen, {"array", "null"}, path), (seen.items, {"object"}, f"{path}[]")):
            if shape is not None and not shape.types.keys() <= allowed:
                self._note(where, "another type", shape, "nothing: change the type of a collection by hand")
                return False
        return True

    def _widen(self, rule: Schema, seen: Shape, path: str, file: str) -> Schema | None:
        """Let a schema accept everything that was seen; return the addition."""
        refused = [name for name in SAMPLES if name in seen.types and not self.accepts(rule, SAMPLES[name])]
        for option in [rule, *rule.get("anyOf", [])]:
            target = self.schemas.get(option.get("$ref", ""), {})
            if "object" in seen.types and "properties" in target:
                self._learn_object(option["$ref"], seen, path)
                break
        for option in [rule, *rule.get("anyOf", [])]:
            if seen.items is not None and seen.items.types and "items" in option:
                added = self._widen(option["items"], seen.items, f"{path}[]", file)
                if added:
                    self._note(f"{path}[]", "another type", seen.items, f"also {_short(added)}")
                break
        if not refused:
            return None
        name = path.rpartition(".")[2].removesuffix("[]")
        rest = Shape(Counter({kind: seen.types[kind] for kind in refused}), seen.members, seen.items)
        branch = self._inferred(rest, name, path, file, nullable=False)
        _add_option(rule, branch)
        return branch

    def _inferred(self, seen: Shape, name: str, path: str, file: str, *, nullable: bool) -> Schema:
        """Return a schema for values that no schema describes."""
        kinds = {kind for kind in seen.types if kind != "null"}
        numbers = {kind for kind in kinds if kind.startswith(("integer", "number"))}
        options: list[Schema] = []
        if kinds and _ID_NAME.fullmatch(name) and all(kind.startswith(("integer", "string")) for kind in kinds):
            options = [{"$ref": "id.json"}]
        elif _is_time(kinds, numbers, name):
            options = [{"$ref": "time.json"}]
        else:
            whole = any(kind.startswith("integer") for kind in numbers)
            fraction = any(kind.startswith("number") for kind in numbers)
            options += (
                [{"type": "integer"}] if whole or (fraction and nullable) else []
            )  # 12.5 today may be 12 tomorrow
            options += [{"type": "number"}] if fraction else []
            options += [{"type": "string"}] if kinds & {"string", "string, a time"} else []
            options += [{"type": "boolean"}] if "boolean" in kinds else []
            options += [self._inferred_object(seen, name, path, file)] if "object" in kinds else []
            options += [self._inferred_array(seen, name, path, file)] if "array" in kinds else []
        if nullable or "null" in seen.types:
            options.append({"type": "null"})
        return _joined(options)

    def _inferred_array(self, seen: Shape, name: str, path: str, file: str) -> Schema:
        if seen.items is None or not seen.items.types:
            return {"type": "array"}
        return {"type": "array", "items": self._inferred(seen.items, name, f"{path}[]", file, nullable=False)}

    def _inferred_object(self, seen: Shape, name: str, path: str, file: str) -> Schema:
        """Return a reference to the schema of an object: an existing one of that name if it fits, or a new one."""
        reasons = {member: self._reason_against(member) for member in seen.members}
        if all(reasons.values()):
            for member, shape in seen.members.items():
                self._note(f"{path}.{member}", "unknown field", shape, f"nothing: {reasons[member]}")
            return {"type": "object"}
        own = snake_case(singular(name) if path.endswith("[]") else name)
        parent = file.removesuffix(".json")
        names = [own, f"{parent}_{own}", *(f"{parent}_{own}_{number}" for number in range(2, 1000))]
        target = next(f"{candidate}.json" for candidate in names if self._is_free(candidate, seen))
        if target not in self.schemas:
            self.schemas[target] = {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$id": target,
                "title": title_case(target.removesuffix(".json")),
                "description": NOT_EXPLAINED,
                "type": "object",
                "properties": {},
            }
        self._learn_object(target, seen, path)
        return {"$ref": target}

    def _is_free(self, name: str, seen: Shape) -> bool:
        """Return whether the name is free, or its schema knows at least half of the members that were seen."""
        schema = self.schemas.get(f"{name}.json")
        if schema is None:
            properties = {name for schema in self.schemas.values() for name in schema.get("properties", {})}
            titles = {schema["title"] for schema in self.schemas.values()}
            return is_free_for_class(title_case(name), titles | properties | self._names)
        known = schema.get("properties", {}).keys() & seen.members.keys()
        return name != "customer" and "request" not in name and 2 * len(known) >= len(seen.members)


def _is(value: object, kind: str) -> bool:
    if kind in {"integer", "number"}:
        return isinstance(value, int if kind == "integer" else int | float) and not isinstance(value, bool)
    return isinstance(value, _TYPES[kind])


def _is_time(kinds: set[str], numbers: set[str], name: str) -> bool:
    """Return whether all values can be times; numbers only if the name indicates a time as well."""
    plausible = {"integer, perhaps a time", "number, perhaps a time"}
    return (
        bool(kinds)
        and kinds <= {"string, a time", *plausible}
        and (not numbers or _TIME_NAME.fullmatch(name) is not None)
    )


def _joined(options: list[Schema]) -> Schema:
    """Return one schema for several: a list of types where that is enough, as elsewhere in schemas/."""
    flat: list[Schema] = [part for option in options for part in option.get("anyOf", [option])]
    if len(flat) == 1:
        return flat[0]
    types = [option.get("type") for option in flat]
    if any(option.keys() - {"type", "items"} or types.count(option["type"]) > 1 for option in flat):
        return {"anyOf": flat}
    items = next(({"items": option["items"]} for option in flat if "items" in option), {})
    return {"type": types, **items}


def _add_option(rule: Schema, branch: Schema) -> None:
    """Let a schema accept what a branch accepts, too; a null at its end stays at the end."""
    constraints = {key: rule.pop(key) for key in list(rule) if key not in _ANNOTATIONS}
    old = _listed(constraints["anyOf"] if constraints.keys() == {"anyOf"} else [constraints])
    new = [option for option in _listed([branch]) if option not in old]
    null: Schema = {"type": "null"}
    rule |= _joined([option for option in [*old, *new] if option != null] + ([null] if null in [*old, *new] else []))


def _listed(options: list[Schema]) -> list[Schema]:
    """Return options so that each has at most one type; `items` stays with the array."""
    found: list[Schema] = []
    for option in options:
        types = option.get("type")
        if "anyOf" in option and option.keys() == {"anyOf"}:
            found += _listed(option["anyOf"])
        elif isinstance(types, list) and option.keys() <= {"type", "items"}:
            found += [
                {"type": name, "items": option["items"]} if name == "array" and "items" in option else {"type": name}
                for name in types
            ]
        else:
            found.append(option)
    return found


def _short(rule: Schema) -> str:
    """Return a short description of a schema."""
    if "$ref" in rule:
        return str(rule["$ref"])
    if "anyOf" in rule:
        return " | ".join(map(_short, rule["anyOf"]))
    types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    return " | ".join(f"array of ({_short(rule['items'])})" if t == "array" and "items" in rule else t for t in types)
