"""Durable delivery: accept events and identities in microseconds, deliver them whatever happens.

`Outbox` has the calls of `client.tracking`; each returns an `Accepted` once its entry is stored. `Store` is what
a store of your own has to do.
"""

from pyttributionio._retry import Clock
from pyttributionio.outbox._accepted import Accepted
from pyttributionio.outbox._destination import DestinationState
from pyttributionio.outbox._entry import Burial, DeadLetter, DeadReason, Entry, Kind, NewEntry
from pyttributionio.outbox._health import Health
from pyttributionio.outbox._hooks import Delivery, StateChange
from pyttributionio.outbox._memory_store import MemoryStore
from pyttributionio.outbox._outbox import Outbox
from pyttributionio.outbox._plan import Durability, WhenFull
from pyttributionio.outbox._store import Dropped, Salvage, Store, StoreCount
from pyttributionio.outbox._tally import OutboxStats
from pyttributionio.outbox._view import StoredEntry

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
