"""The result of one check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "note", "warning", "error"]
"""A note is not a problem, a warning may become one, and with an error something does not work."""
Cause: TypeAlias = Literal["settings", "credentials", "unavailable"]
"""The kind of an error: settings are wrong, credentials are missing or refused, or the server can't be reached."""


@dataclass(frozen=True)
class Finding:
    """The result of one check, without secrets and passwords.

    Attributes:
        check: The name of the check, such as "tls".
        level: Whether it is a problem.
        message: What was found, in one line.
        advice: What to do, in one line; empty without a problem.
        cause: The kind of an error; None for the other levels.
        target: The setting that it is about, such as "base_url"; None for a check of the whole machine.
        seconds: How long the step took, or None.
        details: Single values for programs.
    """

    check: str
    level: Level
    message: str
    advice: str = ""
    cause: Cause | None = None
    target: str | None = None
    seconds: float | None = None
    details: Mapping[str, str | int | None] = field(default_factory=dict[str, str | int | None])

    def as_json(self) -> dict[str, object]:
        """Return what the line of JSON of this finding has. The keys stay the same from version to version."""
        return {
            "check": self.check,
            "level": self.level,
            "target": self.target,
            "message": self.message,
            "advice": self.advice or None,
            "milliseconds": None if self.seconds is None else round(self.seconds * 1000, 1),
            "details": {**self.details},
        }

    def as_text(self) -> str:
        """Return the line of this finding for people, without its level."""
        time = "" if self.seconds is None else f" ({self.seconds * 1000:,.0f} ms)"
        return f"{self.check}: {self.message}{time}" + (f"; {self.advice}" if self.advice else "")
