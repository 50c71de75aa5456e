"""The store without a disk."""

from outbox.store_contract import ROOM, StoreContract
from pyttributionio.outbox import MemoryStore, Store


class TestMemoryStore(StoreContract):
    """It keeps the contract."""

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store in memory."""
        return MemoryStore(max_bytes)
