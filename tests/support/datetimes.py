"""A subclass of datetime whose arithmetic has types of its own, as pendulum's and pandas' have."""

from datetime import UTC, datetime
from typing import Any


class Moment(datetime):
    """A time. The difference of two has no whole seconds, and no method returns a plain datetime."""

    def __sub__(self, other: Any) -> Any:
        return f"the interval from {other} to {self}"

    __rsub__ = __add__ = __radd__ = __sub__

    def astimezone(self, tz: Any = None) -> Any:
        """Return it in another zone, as this class."""
        return super().astimezone(tz)

    def timestamp(self) -> Any:
        """Return the seconds as text."""
        return str(datetime.timestamp(self))

    def isoformat(self, *arguments: Any, **options: Any) -> str:
        """Return a text of another format."""
        return f"a moment of {self.year}"


AT: Any = Moment(2018, 3, 2, 14, 13, 20, 999_999, tzinfo=UTC)
"""A time whose Unix seconds are 1520000000."""
