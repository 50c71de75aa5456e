"""Deliver what waits in a directory, for an operator, or in a process of its own beside busy ones."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pyttributionio._client import AsyncClient, Client
from pyttributionio.outbox._outbox import Outbox

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
        OutboxError: A shard can't be opened, for another reason than that it is damaged.
    """
    ends = time.monotonic() + timeout
    with Outbox(client, directory, in_flight=in_flight, drain_on_exit=0) as outbox:
        outbox.start()
        engine = outbox._engine()  # pyright: ignore[reportPrivateUsage] - no caller but this one is to wait for orphans
        while True:
            left = engine.left()
            on_progress(left)
            patience = min(_LOOK_EVERY, ends - time.monotonic())
            if not left or patience <= 0:
                return left
            if not outbox.flush(patience):
                time.sleep(patience)  # until more is taken over
