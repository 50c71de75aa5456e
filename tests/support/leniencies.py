"""Where reading an answer differs from validating it with jsonschema: listed one by one, with the reason."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal, TypeAlias

from support.documents import EPOCH
from support.schemas import FILES

TIME: Final = re.compile(FILES["time.json"]["anyOf"][1]["pattern"])
PARTS: Final = re.compile(r"(.{4})-(..)-(..).(..):(..):?([0-9]{2})?(?:[.,]([0-9]+))? ?(?:[Zz]|UTC|([+-]..):?(..)?)?")
LONG_FRACTION: Final = re.compile(r"(.{19}[.,][0-9]{9})[0-9]+(.*)")

Row: TypeAlias = Literal[
    "field of another type",
    "collection that was not asked for",
    "whole number with a fraction as an id",
    "text like a time that is no moment",
    "line feed behind a time",
    "bottomless nesting",
    "empty object for a collection",
    "item of a collection that is no object",
    "long fraction of a second",
    "half a surrogate pair",
    "number as an id",
    "time",
    "digits beyond the microsecond",
    "null for a collection",
]
Effect: TypeAlias = Literal["forgiven", "unreadable", "refused", "dumped otherwise"]


@dataclass(frozen=True)
class Leniency:
    """One way in which reading an answer differs from validating it, and answers that differ in no other way.

    Attributes:
        effect: "forgiven": the schema says no, reading goes on. "unreadable": the schema says yes, the field
            can't be read. "refused": the schema says yes, the whole answer can't be read. "dumped
            otherwise": both say yes, and the dump is not what was sent.
        why: Where it was decided, or who is to blame.
        answers: Customers, read with `include`.
    """

    effect: Effect
    why: str
    answers: tuple[dict[str, Any], ...]
    include: tuple[str, ...] = ()


TABLE: Final[dict[Row, Leniency]] = {
    "field of another type": Leniency(
        "forgiven",
        "Reading rule 5: no field was ever observed. The field reads None, the raw value is kept.",
        (
            {"id": True},
            {"events": [{"revenue": "5"}, {"url": 5}, {"created_at": "2018-03-02T10:00+10:60", "meta": []}]},
            {"pageviews": [{"meta": {"agent": 5}, "aliases": [None]}, {"aliases": {}}]},
        ),
        ("events", "pageviews"),
    ),
    "empty object for a collection": Leniency(
        "forgiven",
        "PHP writes an empty array in this way. It reads as an empty collection, and is dumped as it came.",
        ({"events": {}}, {"events": [{"url": 5}], "pageviews": {}}),
        ("events", "pageviews"),
    ),
    "item of a collection that is no object": Leniency(
        "forgiven",
        "Reading rule 5: the collection is a list, so the answer stands. The item is left out, and the list is kept.",
        ({"events": [None]}, {"events": [{"url": 5}, [], {"id": 7}, "x"], "pageviews": [{}, 5]}),
        ("events", "pageviews"),
    ),
    "long fraction of a second": Leniency(
        "forgiven",
        "ISO 8601 sets no limit, and no server is known that prints more than nine digits. It reads cut, and is kept.",
        (
            {"created_at": f"2018-03-02T10:00:00.{'1' * 15}Z"},
            {"events": [{"created_at": f"2018-03-02 10:00:59,{'9' * 10}"}]},
        ),
        ("events",),
    ),
    "collection that was not asked for": Leniency(
        "forgiven",
        "It is no field of the class that was asked for: kept among the extras, not looked into.",
        ({"events": 5}, {"identities": [{"client_id": 5.5}]}, {"touchpoints": "none"}),
        ("pageviews",),
    ),
    "whole number with a fraction as an id": Leniency(
        "unreadable",
        "JSON Schema can't tell 5.0 from 5; as text they are two ids, and a float has lost digits. Ids are no floats.",
        ({"id": 5.0}, {"events": [{"client_id": 1e20}]}, {"events": [{"aliases": ["a", 2.0]}]}),
        ("events",),
    ),
    "text like a time that is no moment": Leniency(
        "unreadable",
        "A pattern knows no calendar: month 13, 30 February, the year 0, or one that UTC moves out of years 1-9999.",
        (
            *({"created_at": f"2018-{day}"} for day in ("13-02T10:00:00Z", "02-30 10:00", "03-02T24:00")),
            *({"created_at": f"2018-03-02T{clock}"} for clock in ("10:60", "10:00:60Z", "10:00+24:00")),
            {"created_at": "0000-01-01T00:00Z"},
            {"created_at": "0001-01-01T00:00+01:00"},
            {"events": [{"created_at": "9999-12-31T23:59-01"}]},
        ),
        ("events",),
    ),
    "line feed behind a time": Leniency(
        "unreadable",
        "No leniency of ours: jsonschema matches with Python's $, which looks past a last line feed; ECMA's does not.",
        ({"created_at": "2018-03-02T10:00\n"}, {"events": [{"created_at": "2018-03-02T10:00:00Z\n"}]}),
        ("events",),
    ),
    "half a surrogate pair": Leniency(
        "dumped otherwise",
        "Reading rule 5: JSON can write one, UTF-8 can't, so no program could store or print it. It reads U+FFFD.",
        ({"id": "\ud800"}, {"note": {"\udfff": 1}}, {"events": [{"url": "a\udfffb"}]}),
        ("events",),
    ),
    "bottomless nesting": Leniency(
        "refused",
        "The parser's guard against a body that would end the process; no analytics data is near it.",
        ({"note": json.loads("[" * 600 + "]" * 600)},),
    ),
    "number as an id": Leniency(
        "dumped otherwise",
        "Reading rule 3: one type for the user, no digit lost.",
        ({"id": 2**53 + 1}, {"events": [{"aliases": ["a", -(10**40)]}]}),
        ("events",),
    ),
    "time": Leniency(
        "dumped otherwise",
        "Reading rule 4: an aware UTC datetime for the user, ISO 8601 with Z in the dump.",
        (
            *({"created_at": seconds} for seconds in (0, 1520000000, 0.25, 253402300799, 1.5e9)),
            *({"created_at": f"2018-03-02{clock}"} for clock in ("T10:00", " 10:00:59.5 +05", "t23:59:00,25-2359")),
            {"events": [{"created_at": "0001-01-01T00:00z"}]},
        ),
        ("events",),
    ),
    "digits beyond the microsecond": Leniency(
        "dumped otherwise",
        "A datetime holds no more; text is cut as Python cuts it.",
        ({"created_at": "2018-03-02T10:00:00.123456789Z"}, {"created_at": "9999-12-31T23:59:59.9999999Z"}),
    ),
    "null for a collection": Leniency(
        "dumped otherwise",
        "What the server means by an empty collection is not known: null reads as [], if it was asked for.",
        ({"events": None}, {"pageviews": None, "events": None}),
        ("pageviews", "events"),
    ),
}
ROWS: Final = frozenset(TABLE)


def moment(value: float | str, *, cut: bool = True) -> str | None:
    """Return a time that fits the schema as a dump writes it, reckoned by hand; None for what is no moment.

    With `cut=False` nothing is lost of a fraction of nine digits.
    """
    try:
        return _of_text(value, cut=cut) if isinstance(value, str) else _of_seconds(value)
    except (ValueError, OverflowError):
        return None


def _of_text(text: str, *, cut: bool) -> str | None:
    found = PARTS.fullmatch(text)
    if not found:
        return None
    *minute, second, fraction, hours, minutes = found.groups()
    year, month, day, hour, minute_of_hour = map(int, minute)
    sign = "-" if (hours or "").startswith("-") else ""
    zone = timezone(timedelta(hours=int(hours or 0), minutes=int(f"{sign}{minutes or 0}")))
    digits = f"{fraction or '':0<9}"
    local = datetime(year, month, day, hour, minute_of_hour, int(second or 0), int(digits[:6]), zone)
    instant = local.astimezone(UTC).isoformat().removesuffix("+00:00")
    return f"{instant}Z" if cut or not int(digits[6:]) else f"{instant[:19]}.{digits}Z"


def _of_seconds(value: float) -> str:
    # The fraction of a float is exact, so that this rounds once.
    instant = EPOCH + timedelta(seconds=int(value), microseconds=round((value - int(value)) * 1_000_000))
    return instant.isoformat().replace("+00:00", "Z")


UNREADABLE: Final[dict[Row, Callable[[str | None, object], bool]]] = {
    "whole number with a fraction as an id": lambda file, value: (
        file == "id.json" and isinstance(value, float) and value.is_integer()
    ),
    "text like a time that is no moment": lambda file, value: (
        file == "time.json" and isinstance(value, str) and bool(TIME.fullmatch(value)) and moment(value) is None
    ),
    "line feed behind a time": lambda file, value: (
        file == "time.json" and isinstance(value, str) and value.endswith("\n")
    ),
}
"""The rows that tell values apart, by the file that describes a value."""
