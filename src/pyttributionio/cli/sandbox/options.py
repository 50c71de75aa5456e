"""What `pyttributionio sandbox` was told."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    host: str
    port: int
    database: Path | None
    api_key: str | None
    api_secret: str | None = field(repr=False)
    accounts: tuple[str, ...] = field(repr=False)
    """Each a key, a colon and a secret."""
    customers: int
    random_seed: int
    faults: tuple[str, ...]
    as_json: bool
