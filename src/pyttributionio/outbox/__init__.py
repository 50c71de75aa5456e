"""Durable delivery: accept events and identities in microseconds, and deliver them in the background.

`Outbox` has the methods of `client.tracking`. Each returns an `Accepted` when its entry is stored. `Store` is the
interface for a store of your own.
"""

from pyttributionio._core.clock import Clock
from pyttributionio.outbox._config import Durability, WhenFull
from pyttributionio.outbox._events import Accepted, Delivery, DestinationState, StateChange, StoredEntry
from pyttributionio.outbox._outbox import Outbox
from pyttributionio.outbox._stats import Health, OutboxStats
from pyttributionio.outbox.storage.entries import (
    DeadLetter,
    DeadLetterCause,
    DeadLetterReason,
    Entry,
    Kind,
    NewEntry,
)
from pyttributionio.outbox.storage.memory import MemoryStore
from pyttributionio.outbox.storage.store import Dropped, Salvage, Store, StoreCount

__all__ = [
    "Accepted",
    "Clock",
    "DeadLetter",
    "DeadLetterCause",
    "DeadLetterReason",
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
