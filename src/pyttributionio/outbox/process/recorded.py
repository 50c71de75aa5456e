"""The engines that were made while a recorder of a test was active. The recorder waits for them, and ends them."""

import weakref

from pyttributionio._http.door import Door
from pyttributionio.outbox.process.engine import Engine

_engines: "weakref.WeakKeyDictionary[Door, weakref.WeakSet[Engine]]" = weakref.WeakKeyDictionary()


def recorded(active: Door) -> "weakref.WeakSet[Engine]":
    """Return the engines of a recorder. Threads may add to the set."""
    return _engines.setdefault(active, weakref.WeakSet())
