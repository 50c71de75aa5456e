"""The forms of a time in an answer: Unix seconds, or ISO 8601 text."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

LAST_SECOND: Final = 253402300799
"""9999-12-31T23:59:59Z. The range is checked before a conversion: for larger numbers, datetime raises
OverflowError, which pydantic does not convert to a validation error."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?: ?([Zz]|UTC|[+-][0-9]{2}(?::?[0-5][0-9])?))?"
)
_LONG_FRACTION = re.compile(r"(.{19}[.,][0-9]{9})[0-9]+(.{0,7})")


def since_epoch(value: datetime) -> timedelta:
    """Return the difference of an aware time to the Unix epoch."""
    # By the method of datetime itself: a subclass such as pendulum's may return another type of difference.
    return datetime.__sub__(value, _EPOCH)


def read_time(value: object) -> datetime:
    """Return Unix seconds or ISO 8601 text (no offset means UTC) as an aware UTC datetime."""
    match value:
        case bool():
            pass
        case int() | float() if 0 <= value <= LAST_SECOND:
            return datetime.fromtimestamp(value, UTC)
        case str() if found := _ISO_8601.fullmatch(value):
            date, minutes, seconds, fraction, zone = found.groups()
            offset = zone if zone and zone[0] in "+-" else "Z"
            text = f"{date}T{minutes}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}{offset}"
            try:
                return datetime.fromisoformat(text).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        case datetime() if value.utcoffset() is not None:
            try:
                return _EPOCH + since_epoch(value)
            except OverflowError:
                pass
        case _:
            pass
    raise ValueError("neither Unix seconds nor ISO 8601 text")


def with_short_fraction(text: str) -> str | None:
    """Return a time without the digits after the ninth of its fraction; None if that is not what is odd in a text."""
    found = _LONG_FRACTION.fullmatch(text)
    shorter = found and "".join(found.groups())
    return shorter if shorter and _ISO_8601.fullmatch(shorter) else None
