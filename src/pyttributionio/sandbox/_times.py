"""Times as the sandbox answers them."""

from datetime import UTC, datetime


def iso_time(seconds: int) -> str:
    """Write Unix seconds as ISO 8601 text in UTC, such as `2018-03-02T14:13:20Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
