"""The configuration of an outbox: checked once, and the same in every process."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pyttributionio._client import AsyncClient, Client
from pyttributionio._core.credentials import is_disabled, key_of
from pyttributionio._core.settings import Settings
from pyttributionio._core.validation import checked_seconds
from pyttributionio._http.callers import CallersClient
from pyttributionio._http.driver import Driver
from pyttributionio.outbox._events import Hooks
from pyttributionio.outbox.storage.directory import account_folder, default_directory, expanded
from pyttributionio.outbox.storage.memory import DiscardingStore
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
    """The settings of an outbox. Times are in seconds.

    Attributes:
        directory: The directory of the folders of all accounts; None if the entries are not on a disk.
        folder: The folder of the account; None too as long as the account has no key.
    """

    settings: Settings
    http_client: CallersClient | None
    directory: Path | None
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


def checked_age(value: object) -> float | None:
    """Return a number of days as seconds."""
    return None if value is None else checked_seconds("max_age_days", value) * 86400


def settings_of(client: object) -> tuple[Settings, CallersClient | None]:
    """Return a client's settings and `http_client`. The secret is left out, because an outbox only posts."""
    if not isinstance(client, Client | AsyncClient):
        raise TypeError(f"client is a Client or an AsyncClient, not {type(client).__name__}")
    # The core does not know the outbox, so it has no public access for it.
    settings = client._settings._replace(api_secret=None)  # pyright: ignore[reportPrivateUsage]
    driver = client._driver  # pyright: ignore[reportPrivateUsage]
    if isinstance(driver, Driver):
        return settings, driver.http_client
    if driver.http_client is not None:
        raise TypeError(
            "This AsyncClient has an http_client of your own, which only its event loop can use, and an outbox sends "
            "from threads. Make the outbox from a Client. Async code can use that outbox too."
        )
    return settings, None


def directory_of(
    settings: Settings,
    directory: str | os.PathLike[str] | None,
    durability: Durability,
    store: Callable[[], Store] | None,
) -> Path | None:
    """Return the directory of the entries; None if they are not on a disk, or in a store of the caller's."""
    if durability == "memory" or store is not None:
        if directory is not None:
            raise ValueError("directory has no use here: the entries are in memory, or in a store of your own")
        return None
    if directory is not None:
        return expanded("directory", directory)
    return None if settings.disabled else default_directory().absolute()


def with_folder(config: OutboxConfig) -> OutboxConfig:
    """Return the configuration with the folder of the account. This needs the account's key.

    Raises:
        ValueError: There is no key.
    """
    if config.directory is None or config.folder is not None:
        return config
    settings = config.settings._replace(api_key=key_of(config.settings))
    return replace(config, settings=settings, folder=account_folder(config.directory, settings))


def config_now(config: OutboxConfig, *, is_recorded: bool) -> OutboxConfig:
    """Return the configuration of an engine that is made now.

    A recorder of a test answers in the place of the servers, and it must not get the entries of real folders. So an
    outbox keeps its entries in memory while a recorder is active. A disabled outbox keeps none at all.
    """
    if is_disabled(config.settings):
        return replace(config, folder=None, manual=True, make_store=DiscardingStore)
    return replace(config, folder=None) if is_recorded else with_folder(config)
