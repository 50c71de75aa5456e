"""How an outbox was asked to work: checked once, the same in every process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from pyttributionio._core.clock import Clock
from pyttributionio._core.settings import Settings, checked_seconds
from pyttributionio._http.callers import CallersClient
from pyttributionio.outbox._events import Hooks
from pyttributionio.outbox.storage.store import Store

Durability: TypeAlias = Literal["process", "power", "memory"]
"""What a stored entry outlives: the process; the operating system and the power too; nothing."""
WhenFull: TypeAlias = Literal["raise", "block", "drop_oldest"]
"""What happens to a call for which there is no room."""

_SMALLEST: Final = 64 * 1024
_MOST_IN_FLIGHT: Final = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an outbox was told. Times are in seconds. `folder` is None where there is no disk."""

    settings: Settings
    http_client: CallersClient | None
    folder: Path | None
    make_store: Callable[[], Store] | None
    durability: Durability
    max_bytes: int
    max_age: float | None
    when_full: WhenFull
    block_timeout: float
    in_flight: int
    drain_on_exit: float
    manual: bool
    hooks: Hooks
    clock: Clock


def checked_choice(name: str, value: object, choices: object) -> None:
    """Refuse what is not one of a literal type's values."""
    known = get_args(choices)
    if value not in known:
        raise ValueError(f"{name} is {value!r}: it is one of {', '.join(map(repr, known))}")


def checked_count(name: str, value: object, lowest: int, highest: int | None = None) -> int:
    """Return a whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, not {type(value).__name__}")
    if value < lowest or (highest is not None and value > highest):
        raise ValueError(f"{name} is {value}: it takes {lowest} or more" + (f", up to {highest}" if highest else ""))
    return value


def checked_bytes(value: object) -> int:
    """Return how large a shard may become."""
    return checked_count("max_bytes", value, _SMALLEST)


def checked_in_flight(value: object) -> int:
    """Return how many requests may be under way; each is a thread."""
    return checked_count("in_flight", value, 1, _MOST_IN_FLIGHT)


def checked_patience(name: str, value: object) -> float:
    """Return a number of seconds that may be none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value == 0:
            return 0.0
        if not 0 < value <= sys.float_info.max:
            raise ValueError(f"{name} is {value!r}: it takes a finite number of seconds, zero or more")
    return checked_seconds(name, value)


def checked_age(value: object) -> float | None:
    """Return a number of days as seconds."""
    return None if value is None else checked_seconds("max_age_days", value) * 86400


def checked_hook(name: str, value: object) -> None:
    """Refuse what can't be called."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} is a function of one argument, not {type(value).__name__}")
