"""The options of `pyttributionio sandbox`."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The options on the command line."""

    host: str
    port: int
    database: Path | None
    api_key: str | None
    api_secret: str | None = field(repr=False)
    accounts: tuple[str, ...] = field(repr=False)
    """Each has a key, a colon and a secret."""
    customers: int
    random_seed: int
    faults: tuple[str, ...]
    event_keys: tuple[str, ...]
    """Without any, no event is marked."""
    as_json: bool
