"""Documents made from the files in schemas/: valid ones, and valid ones in which something was changed."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from support.documents import JSON
from support.schemas import FILES, MODEL_FILES

Location: TypeAlias = tuple[str | int, ...]
Strategy: TypeAlias = st.SearchStrategy[Any]
Draw: TypeAlias = Callable[[Strategy], Any]

FIELDS: Final = sorted({name for schema in MODEL_FILES.values() for name in schema.get("properties", {})})
TRICKY_NAMES: Final = ("", "model_config", "model_extra", "copy", "__class__", "__dict__", "self", "id ", "ID")
"""Names that Python or pydantic might take for something of their own."""


def target(rule: dict[str, Any]) -> str | None:
    """Return the file that a rule refers to, at once or as one of its options."""
    return next((option["$ref"] for option in (rule, *rule.get("anyOf", ())) if "$ref" in option), None)


# Valid


def _number(rule: dict[str, Any]) -> Strategy:
    low, high = rule.get("minimum"), rule.get("maximum")
    return st.integers(low, high) | st.floats(low, high, allow_nan=False, allow_infinity=False)


def _moment_text(moment: datetime, fraction: str, separator: str, zone: str) -> str:
    minutes = f"{moment.year:04}-{moment:%m-%d}{separator}{moment:%H:%M}"
    return f"{minutes}{fraction and f'{moment:%S}'.join((':', fraction.removeprefix('-')))}{zone}"


MOMENTS: Final = st.builds(
    _moment_text,
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),
    st.from_regex(r"(-|[.,][0-9]{1,9})?", fullmatch=True),
    st.sampled_from("Tt "),
    st.sampled_from(["", "Z", "z", " Z", "+05", "-0530", "+05:30", " -23:59", "UTC", " UTC"]),
)


def _string(rule: dict[str, Any]) -> Strategy:
    # The only pattern is that of a time; of all texts that match it, hardly one is a date of the calendar.
    return MOMENTS.filter(re.compile(rule["pattern"]).search) if "pattern" in rule else st.text()


TYPES: Final[dict[str, Callable[[dict[str, Any]], Strategy]]] = {
    "null": lambda _: st.none(),
    "boolean": lambda _: st.booleans(),
    "integer": lambda _: st.integers(),
    "number": _number,
    "string": _string,
    "array": lambda rule: st.lists(values(rule["items"]), max_size=2),
    "object": lambda rule: objects(rule),
}


def values(rule: dict[str, Any]) -> Strategy:
    """Make what a rule allows."""
    if "$ref" in rule:
        return values(FILES[rule["$ref"]])
    if "anyOf" in rule:
        return st.one_of([values(option) for option in rule["anyOf"]])
    types = rule["type"]
    return st.one_of([TYPES[name](rule) for name in ([types] if isinstance(types, str) else types)])


def objects(rule: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make objects with any choice of the fields that a rule names, and some that it does not name."""
    fields = {name: st.deferred(lambda field=field: values(field)) for name, field in rule["properties"].items()}
    names = (st.text(max_size=8) | st.sampled_from(TRICKY_NAMES)).filter(lambda name: name not in fields)
    unknown = st.dictionaries(names, JSON, max_size=2)
    return st.builds(lambda known, extra: {**extra, **known}, st.fixed_dictionaries({}, optional=fields), unknown)


# Changed

EXTREMES: Final[tuple[bool | float | str, ...]] = (
    *(-1, 2**53 + 1, 10**40, 1520000000000, 253402300799, 253402300800, True),
    *(5.0, 1.5, 1e308, -0.0, 5e-324),
    *("", "0", "null", "\0", "\ud800", "x" * 1000, "👩‍👩‍👧"),
    *("2018-03-02", "2018-13-02T10:00:00Z", "2018-02-30T10:00", "2018-03-02T24:00", "2018-03-02T10:00:60Z"),
    *("2018-03-02T10:00+24:00", "0000-01-01T00:00Z", "0001-01-01T00:00+01:00", "9999-12-31T23:59-01"),
    *("2018-03-02T10:00:00Z\n", "2018-03-02T10:00:00.123456789Z", "2018-03-02 10:00:00.0123456789 UTC"),
    *("2016-12-31T23:59:60Z", "2018-03-02T10:00+10:60", "1e400", "Fri, 02 Mar 2018 10:00:00 GMT"),
)
ANY: Final = st.one_of(
    JSON,
    st.sampled_from(EXTREMES),
    values(FILES["id.json"]),
    values(FILES["time.json"]),
    st.from_regex(FILES["time.json"]["anyOf"][1]["pattern"]),
)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every member of every object and array, as its holder and its key."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(members):
        yield node, key
        yield from _places(value)


def _retype(draw: Draw, holder: Any, key: Any) -> None:
    holder[key] = draw(ANY)


def _drop(_: Draw, holder: Any, key: Any) -> None:
    del holder[key]


def _rename(draw: Draw, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        name = draw(st.sampled_from([*FIELDS, key.upper(), f"{key}s", f"_{key}"]))
        holder[name] = holder.pop(key)


def _nest(draw: Draw, holder: Any, key: Any) -> None:
    value = holder[key]
    holder[key] = draw(st.sampled_from([[value], [[value, value]], {"value": value}, {str(key): value}]))


def _add(draw: Draw, holder: Any, _: Any) -> None:
    if isinstance(holder, dict):
        holder[draw(st.sampled_from(FIELDS))] = draw(ANY)


CHANGES: Final = (_retype, _drop, _rename, _nest, _add)


@st.composite
def changed(draw: Draw, documents: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """Make valid documents, and change one to three places in each."""
    document = draw(documents)
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from([*_places(document), (document, None)]))
        draw(st.sampled_from([_add] if key is None else CHANGES))(draw, holder, key)
    return document
