"""Durable delivery: accept events and identities in microseconds, deliver them whatever happens.

`Outbox` has the calls of `client.tracking`; each returns an `Accepted` once its entry is stored. `Store` is what
a store of your own has to do.
"""

from pyttributionio._core.clock import Clock
from pyttributionio.outbox._config import Durability, WhenFull
from pyttributionio.outbox._events import Accepted, Delivery, DestinationState, StateChange, StoredEntry
from pyttributionio.outbox._outbox import Outbox
from pyttributionio.outbox._stats import Health, OutboxStats
from pyttributionio.outbox.storage.entries import Burial, DeadLetter, DeadReason, Entry, Kind, NewEntry
from pyttributionio.outbox.storage.memory import MemoryStore
from pyttributionio.outbox.storage.store import Dropped, Salvage, Store, StoreCount

__all__ = [
    "Accepted",
    "Burial",
    "Clock",
    "DeadLetter",
    "DeadReason",
    "Delivery",
    "DestinationState",
    "Dropped",
    "Durability",
    "Entry",
    "Health",
    "Kind",
    "MemoryStore",
    "NewEntry",
    "Outbox",
    "OutboxStats",
    "Salvage",
    "StateChange",
    "Store",
    "StoreCount",
    "StoredEntry",
    "WhenFull",
]
