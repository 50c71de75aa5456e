"""The store in memory."""

import pytest

from outbox._helpers import entry
from outbox.store_contract import ROOM, StoreContract
from pyttributionio import OutboxFullError
from pyttributionio.outbox import MemoryStore, Store


class TestMemoryStore(StoreContract):
    """It keeps the contract."""

    def make(self, max_bytes: int = ROOM) -> Store:
        """Return a store in memory."""
        return MemoryStore(max_bytes)


def test_an_error_says_how_much_is_used_and_needed() -> None:
    """Even an empty store has too little room for some entries."""
    with pytest.raises(OutboxFullError, match=r"^0 of 1,000 bytes .* this entry takes 2,512; nothing"):
        MemoryStore(1000).append(entry(body=b"x" * 2000))
