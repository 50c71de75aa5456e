"""What the shapes of real answers would change in schemas/. It only ever adds: no document stops being valid.

New properties with the types that were seen, "observed" in place of "assumed" where a value came,
further types where another one came. What can't be said in a schema without a person's judgement is
found and told, and not proposed.
"""

import copy
import keyword
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from answer_shapes import BESIDE, ROOTS, SAMPLES, Shape, Shapes, is_masked

Schema: TypeAlias = dict[str, Any]
Schemas: TypeAlias = dict[str, Schema]

NOT_EXPLAINED: Final = "Seen in answers; what it means is not known yet."
_ANNOTATIONS: Final = {"$schema", "$id", "title", "description", "x-evidence", "x-include-flag"}
_LOOKED_INTO: Final = {"$ref", "anyOf", "type", "minimum", "maximum", "pattern", "items", "properties"}
_NAMED_BY_CALLERS: Final = {"meta.json"}
"""Objects whose further members callers of an SDK made up themselves: no drift, and no one's fields but theirs."""
_ID_NAME: Final = re.compile(r"id|ids|alias|aliases|\w+_(id|ids|key|keys)|\w+[a-z](Id|Ids)")
_TIME_NAME: Final = re.compile(r"at|time|timestamp|date|\w+_(at|on|time|timestamp|date)|\w+[a-z](At|On|Time|Date)")
_TYPES: Final = {"boolean": bool, "string": str, "array": list, "object": dict, "null": type(None)}
_SHADOWING: Final = {"bool", "dict", "float", "int", "list", "str"}
"""Names of fields that would hide a type from the fields after them."""


class SchemaError(Exception):
    """A file in schemas/ holds what is not looked into here."""


@dataclass(frozen=True)
class Finding:
    """One way in which answers differ from the schemas, or confirm what was assumed."""

    path: str
    drift: str
    seen: str
    proposed: str


@dataclass
class Proposal:
    """The schemas as they should be, and why."""

    schemas: Schemas
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, schemas: Schemas, shapes: Shapes) -> "Proposal":
        """Hold shapes against schemas by file name, which are left as they are."""
        proposal = cls(copy.deepcopy(schemas))
        for root, shape in sorted(shapes.items()):
            if root == BESIDE:
                for name, seen in shape.members.items():
                    proposal._note(f"{root}.{name}", "unknown field", seen, "nothing: change openapi.json by hand")
            else:
                proposal._learn_object(ROOTS[root], shape, root)
        return proposal

    def accepts(self, rule: Schema, value: object) -> bool:
        """Tell whether a schema takes a value; of an array or an object only that it is one."""
        if unknown := rule.keys() - _ANNOTATIONS - _LOOKED_INTO:
            raise SchemaError(f"schemas/ uses {', '.join(sorted(unknown))}, which learn-schema does not know yet")
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
        """Hold an object's members against the properties in a file."""
        properties: dict[str, Schema] = self.schemas[file].setdefault("properties", {})
        for name, seen in shape.members.items():
            if name in properties:
                self._learn_property(properties[name], seen, f"{path}.{name}", file)
            elif file not in _NAMED_BY_CALLERS:
                self._learn_new(properties, name, seen, f"{path}.{name}", file)

    def _learn_new(self, properties: dict[str, Schema], name: str, seen: Shape, path: str, file: str) -> None:
        """Propose a property for a member that no schema names, if it can be one."""
        titles = {schema["title"] for schema in self.schemas.values()}
        if is_masked(name):
            self._note(path, "unknown field", seen, "nothing: its name looks like data")
        elif name.startswith("_") or keyword.iskeyword(name) or hasattr(BaseModel, name) or name in titles | _SHADOWING:
            self._note(path, "unknown field", seen, "nothing: no field can have this name; it stays in model_extra")
        elif not _tells_a_type(seen):
            self._note(path, "unknown field", seen, "nothing: this tells no type yet")
        else:
            place = len(self.findings)
            rule = self._inferred(seen, name, path, file, nullable=True)
            properties[name] = {"description": NOT_EXPLAINED, "x-evidence": "observed", **rule}
            self.findings.insert(place, Finding(path, "unknown field", seen.described(), f"new: {_said(rule)}"))

    def _learn_property(self, rule: Schema, seen: Shape, path: str, file: str) -> None:
        """Widen a property to what was seen, promote it, and look into what it holds."""
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
            proposed = [f"also {_said(added)}"] if added else []
            drift = "another type" if added else "as assumed"
            text = ", ".join([*proposed, *(["observed"] if promoted else [])])
            self.findings.insert(place, Finding(path, drift, seen.described(), text))

    def _fits_collection(self, seen: Shape, path: str) -> bool:
        """Tell whether a collection is a list of objects: generate-models knows no other."""
        for shape, allowed, where in ((seen, {"array", "null"}, path), (seen.items, {"object"}, f"{path}[]")):
            if shape is not None and not shape.types.keys() <= allowed:
                self._note(where, "another type", shape, "nothing: what a collection is is changed by hand")
                return False
        return True

    def _widen(self, rule: Schema, seen: Shape, path: str, file: str) -> Schema | None:
        """Have a schema take all that was seen; return what was added to it."""
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
                    self._note(f"{path}[]", "another type", seen.items, f"also {_said(added)}")
                break
        if not refused:
            return None
        name = path.rpartition(".")[2].removesuffix("[]")
        rest = Shape(Counter({kind: seen.types[kind] for kind in refused}), seen.members, seen.items)
        branch = self._inferred(rest, name, path, file, nullable=False)
        _add_option(rule, branch)
        return branch

    def _inferred(self, seen: Shape, name: str, path: str, file: str, *, nullable: bool) -> Schema:
        """Return a schema for what was seen in a place that had none."""
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
        """Return a reference to the schema of an object: one of that name if it fits, or a new one."""
        if all(is_masked(member) for member in seen.members):
            for member, shape in seen.members.items():
                self._note(f"{path}.{member}", "unknown field", shape, "nothing: its name looks like data")
            return {"type": "object"}
        own = _snake(_singular(name) if path.endswith("[]") else name)
        parent = file.removesuffix(".json")
        names = [own, f"{parent}_{own}", *(f"{parent}_{own}_{number}" for number in range(2, 1000))]
        target = next(f"{candidate}.json" for candidate in names if self._is_free(candidate, seen))
        if target not in self.schemas:
            self.schemas[target] = {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$id": target,
                "title": _title(target.removesuffix(".json")),
                "description": NOT_EXPLAINED,
                "type": "object",
                "properties": {},
            }
        self._learn_object(target, seen, path)
        return {"$ref": target}

    def _is_free(self, name: str, seen: Shape) -> bool:
        """Tell whether no other class has the name, or its schema knows half of the members that were seen."""
        schema = self.schemas.get(f"{name}.json")
        if schema is None:
            titles = {schema["title"] for schema in self.schemas.values()} | {"Model", "IncludeName", "Field"}
            return _title(name) not in titles and not _title(name).startswith("CustomerWith")
        known = schema.get("properties", {}).keys() & seen.members.keys()
        return name != "customer" and "request" not in name and 2 * len(known) >= len(seen.members)


def _is(value: object, kind: str) -> bool:
    if kind in {"integer", "number"}:
        return isinstance(value, int if kind == "integer" else int | float) and not isinstance(value, bool)
    return isinstance(value, _TYPES[kind])


def _is_time(kinds: set[str], numbers: set[str], name: str) -> bool:
    """Tell whether all that was seen can be moments; numbers only where the name says so, too."""
    plausible = {"integer, perhaps a time", "number, perhaps a time"}
    return (
        bool(kinds)
        and kinds <= {"string, a time", *plausible}
        and (not numbers or _TIME_NAME.fullmatch(name) is not None)
    )


def _tells_a_type(seen: Shape) -> bool:
    """Tell whether anything but null, empty arrays and objects without names of their own was seen."""
    if seen.types.keys() - {"null", "array", "object"}:
        return True
    if "object" in seen.types and any(not is_masked(name) for name in seen.members):
        return True
    return seen.items is not None and _tells_a_type(seen.items)


def _joined(options: list[Schema]) -> Schema:
    """Return one schema for several: a list of types where that says it all, as it does elsewhere in schemas/."""
    flat: list[Schema] = [part for option in options for part in option.get("anyOf", [option])]
    if len(flat) == 1:
        return flat[0]
    types = [option.get("type") for option in flat]
    if any(option.keys() - {"type", "items"} or types.count(option["type"]) > 1 for option in flat):
        return {"anyOf": flat}
    items = next(({"items": option["items"]} for option in flat if "items" in option), {})
    return {"type": types, **items}


def _add_option(rule: Schema, branch: Schema) -> None:
    """Have a schema take what a branch takes, besides what it took; the null it may end in stays the last."""
    constraints = {key: rule.pop(key) for key in list(rule) if key not in _ANNOTATIONS}
    old = _listed(constraints["anyOf"] if constraints.keys() == {"anyOf"} else [constraints])
    new = [option for option in _listed([branch]) if option not in old]
    null: Schema = {"type": "null"}
    rule |= _joined([option for option in [*old, *new] if option != null] + ([null] if null in [*old, *new] else []))


def _listed(options: list[Schema]) -> list[Schema]:
    """Return options so that each has one type at most; `items` goes with the array, whose matter it is alone."""
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


def _said(rule: Schema) -> str:
    """Return a schema in a few words."""
    if "$ref" in rule:
        return str(rule["$ref"])
    if "anyOf" in rule:
        return " | ".join(map(_said, rule["anyOf"]))
    types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    return " | ".join(f"array of ({_said(rule['items'])})" if t == "array" and "items" in rule else t for t in types)


def _snake(name: str) -> str:
    # "Request" in a title says elsewhere that a schema is of what is sent.
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("request", "req")


def _title(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
