"""Times as the sandbox tells and answers them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def read_clock(given: Clock | datetime | None) -> Clock:
    """Make a clock of what a caller gave: one that stands still of a time, the system's of None.

    Raises:
        ValueError: The time is naive.
    """
    if given is None:
        return system_clock
    if not isinstance(given, datetime):
        return given
    unix_seconds(given, "clock")
    return lambda: given


def unix_seconds(moment: object, name: str) -> int:
    """Make whole Unix seconds of an aware time.

    Raises:
        ValueError: It is no datetime, or naive; the message names it.
    """
    if not isinstance(moment, datetime):
        raise ValueError(f"{name}: expected a datetime, not {type(moment).__name__}")
    if moment.utcoffset() is None:
        raise ValueError(f"{name} is naive: give it a time zone, such as datetime.UTC")
    return int(moment.timestamp())


def iso_time(seconds: int) -> str:
    """Write Unix seconds as ISO 8601 text in UTC, such as `2018-03-02T14:13:20Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"
