"""Clocks, and times as numbers and as texts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def read_clock(given: Clock | datetime | None) -> Clock:
    """Return a clock: a fixed one for a time, the system's for None.

    Raises:
        ValueError: The time is naive.
    """
    if given is None:
        return lambda: datetime.now(UTC)
    if not isinstance(given, datetime):
        return given
    unix_seconds(given, "clock")
    return lambda: given


def unix_seconds(moment: object, name: str) -> int:
    """Return an aware time as whole Unix seconds.

    Raises:
        ValueError: It is not a datetime, or is naive; the message has the argument's name.
    """
    if not isinstance(moment, datetime):
        raise ValueError(f"{name}: expected a datetime, not {type(moment).__name__}")
    if moment.utcoffset() is None:
        raise ValueError(f"{name} is naive: give it a time zone, such as datetime.UTC")
    return int(moment.timestamp())


def iso_time(seconds: int) -> str:
    """Return Unix seconds as ISO 8601 text in UTC, such as `2018-03-02T14:13:20Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"
