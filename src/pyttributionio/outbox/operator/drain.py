"""Deliver the waiting entries of a directory: for an operator, or in a separate process next to busy ones."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pyttributionio._client import AsyncClient, Client
from pyttributionio.outbox._outbox import Outbox

_POLL_SECONDS: Final = 0.1


def drain(
    client: Client | AsyncClient,
    directory: Path,
    *,
    timeout: float,
    on_progress: Callable[[int], object] = lambda _: None,
    in_flight: int = 32,
) -> int:
    """Deliver the entries of the client's account in all shards that no process holds.

    Args:
        client: The client with the account and the tracking URL.
        directory: The directory.
        timeout: Seconds after which to stop.
        on_progress: Called with the number of waiting entries, several times a second.
        in_flight: How many requests may be under way at the same time.

    Returns:
        How many entries still wait.

    Raises:
        OutboxError: A shard can't be opened, and the reason is not damage.
    """
    with Outbox(client, directory, in_flight=in_flight, drain_on_exit=0) as outbox:
        engine = outbox._engine()  # pyright: ignore[reportPrivateUsage] - only this function counts shards of no process
        deadline = engine.clock.monotonic() + timeout
        outbox.start()
        while True:
            waiting = engine.waiting()
            on_progress(waiting)
            remaining = min(_POLL_SECONDS, deadline - engine.clock.monotonic())
            if not waiting or remaining <= 0:
                return waiting
            if not outbox.flush(remaining):
                time.sleep(remaining)  # until another shard is taken over
