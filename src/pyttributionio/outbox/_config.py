"""The configuration of an outbox: checked once, and the same in every process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pyttributionio._core.clock import Clock
from pyttributionio._core.settings import Settings
from pyttributionio._core.validation import checked_seconds
from pyttributionio._http.callers import CallersClient
from pyttributionio.outbox._events import Hooks
from pyttributionio.outbox.storage.store import Store

Durability: TypeAlias = Literal["process", "power", "memory"]
"""What a stored entry survives: "process": the end of the process. "power": a power failure too. "memory": neither."""
WhenFull: TypeAlias = Literal["raise", "block", "drop_oldest"]
"""What a call does if there is no room: raise an error, block for some time, or drop the oldest entries."""

MIN_BYTES: Final = 64 * 1024
MAX_IN_FLIGHT: Final = 256
"""The limit of `in_flight`: each request under way uses a thread."""


@dataclass(frozen=True, slots=True)
class OutboxConfig:
    """The settings of an outbox. Times are in seconds. `folder` is None if its store is not on a disk."""

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


def checked_age(value: object) -> float | None:
    """Return a number of days as seconds."""
    return None if value is None else checked_seconds("max_age_days", value) * 86400
