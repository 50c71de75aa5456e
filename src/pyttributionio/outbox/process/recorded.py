"""The engines that were made while a recorder of a test was active. The recorder waits for them, and ends them."""

import threading
import weakref
from collections.abc import Callable
from functools import partial

from pyttributionio._http.door import Door
from pyttributionio.outbox.delivery.workers import THREAD_NAME
from pyttributionio.outbox.process.engine import Engine

_engines: "weakref.WeakKeyDictionary[Door, weakref.WeakSet[Engine]]" = weakref.WeakKeyDictionary()


def recorded(active: Door) -> "weakref.WeakSet[Engine]":
    """Return the engines of a recorder. Threads may add to the set."""
    return _engines.setdefault(active, weakref.WeakSet())


def wait_for_deliveries(active: Door, timeout: float, has_hope: Callable[[], bool]) -> None:
    """Wait until the threads of a recorder's outboxes have sent their entries, without the pauses after failures.

    It does not wait for an outbox with `manual=True`, and not in a thread of an outbox, which would wait for itself.

    Args:
        active: The recorder.
        timeout: Seconds to wait at most, for each outbox.
        has_hope: Returns whether another attempt may succeed. It is called after each failure.
    """
    if threading.current_thread().name.startswith(THREAD_NAME):
        return
    for engine in [*recorded(active)]:
        now = engine.clock.monotonic
        deadline = now() + timeout
        while engine.threads.is_running and (remaining := deadline - now()) > 0:
            engine.threads.call(partial(engine.dispatcher.destination.forget_pause, now()))
            if not engine.flush(remaining, give_up=True) or not has_hope():
                break


def end_all(active: Door) -> None:
    """End the outboxes of a recorder that is closed. Their entries are dropped."""
    for engine in [*recorded(active)]:
        engine.stop_without_waiting()
