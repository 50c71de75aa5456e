"""The options of `pyttributionio track` that are more than text: times, and members of `meta`."""

import json
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, NoReturn

from pyttributionio import JSONValue
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail

_EXAMPLE: Final = "use 2026-03-02T12:00:00Z, with Z or an offset such as +01:00, or Unix seconds"
_LONGEST_SECONDS: Final = 12
_LONGEST_SHOWN: Final = 200
_OPTIONS: Final = {
    "event_key": "EVENT_KEY",
    "visitor_id": "--visitor",
    "client_id": "the client id",
    "url": "--url",
    "user_agent": "--user-agent",
    "transaction_id": "--transaction-id",
    "created_at": "--created-at",
    "meta": "--meta",
}
"""The names of the arguments in the SDK's errors, and here."""
_ARGUMENT: Final = re.compile(rf"^({'|'.join(_OPTIONS)})\b")


def parse_time(text: str | None) -> datetime | None:
    """Return a time in ISO 8601 with a zone, or in Unix seconds; None for None.

    Raises:
        Exit: It is not such a time; the reason is on stderr.
    """
    if text is None:
        return None
    try:
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_SECONDS:
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        _refuse(f"--created-at {_shown(text)} is not a time: {_EXAMPLE}")
    if found.tzinfo is None:
        _refuse(f"--created-at {_shown(text)} has no time zone, so it could be any of 24 hours: {_EXAMPLE}")
    return found


def parse_meta(texts: Sequence[str]) -> Mapping[str, JSONValue] | None:
    """Return the members that several --meta have together; None without any.

    Raises:
        Exit: One is not KEY=VALUE or a JSON object, or a member is given twice. The reason is on stderr.
    """
    members: dict[str, JSONValue] = {}
    for text in texts:
        for key, value in _members(text):
            if key in members:
                _refuse(f"--meta has the member {_shown(key)} twice: leave one out")
            members[key] = value
    return members or None


def _members(text: str) -> Sequence[tuple[str, JSONValue]]:
    if text.lstrip().startswith("{"):
        return _members_of_object(text)
    key, sign, value = text.partition("=")
    if not sign or not key:
        _refuse(
            f"--meta {_shown(text)} has no KEY=VALUE: use --meta plan=pro, or a JSON object --meta '{{\"seats\": 3}}'"
        )
    return [(key, value)]


def _members_of_object(text: str) -> Sequence[tuple[str, JSONValue]]:
    found: list[list[tuple[str, JSONValue]]] = []

    def collect(pairs: list[tuple[str, JSONValue]]) -> dict[str, JSONValue]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a member is in the same object twice")
        found.append(pairs)
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=collect, parse_constant=_refuse_constant)
    except RecursionError:
        _refuse("--meta is nested too deeply")
    except ValueError as error:
        _refuse(f"--meta {_shown(text)} is not a JSON object: {error}")
    return found[-1]  # the outermost object ends last


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def _refuse(reason: str) -> NoReturn:
    fail(reason, ExitCode.USAGE)


@contextmanager
def option_names() -> Generator[None, None, None]:
    """End the command at an argument that the SDK has refused, with the name that it has here.

    Raises:
        Exit: There was one; the reason is on stderr.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        _refuse(_ARGUMENT.sub(lambda found: _OPTIONS[found[1]], str(error)))
