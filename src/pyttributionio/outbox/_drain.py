"""Deliver what waits in a directory, for an operator, or in a process of its own beside busy ones."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pyttributionio._client import AsyncClient, Client
from pyttributionio.outbox import _peek
from pyttributionio.outbox._operator import is_held
from pyttributionio.outbox._outbox import Outbox
from pyttributionio.outbox._shards import shards

_LOOK_EVERY: Final = 0.1


def drain(
    client: Client | AsyncClient,
    directory: Path,
    *,
    timeout: float,
    on_progress: Callable[[int], object] = lambda _: None,
    in_flight: int = 32,
) -> int:
    """Deliver what waits in shards that nobody holds, for the client's account.

    Args:
        client: Whose account and tracking URL.
        directory: Where.
        timeout: Seconds to go on at most.
        on_progress: Told how many entries are left, several times a second.
        in_flight: How many requests are under way at one time.

    Returns:
        How many entries are left.

    Raises:
        OutboxError: A shard can't be opened.
    """
    ends = time.monotonic() + timeout
    with Outbox(client, directory, in_flight=in_flight, drain_on_exit=0) as outbox:
        outbox.start()
        account = outbox.folder
        while True:
            left = outbox.stats().pending + _unheld(account)
            on_progress(left)
            if not left or time.monotonic() >= ends:
                return left
            outbox.flush(min(_LOOK_EVERY, max(0.0, ends - time.monotonic())))


def _unheld(folder: Path) -> int:
    """Return how many entries wait in shards that nobody has taken over yet."""
    return sum(_peek.count(path).pending for path in shards(folder) if not is_held(path))
