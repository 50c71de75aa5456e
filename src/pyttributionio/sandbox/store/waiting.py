"""Waiting for another program that holds the lock of the database's file, such as a browser for databases."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from pyttributionio.sandbox.store.database import PATIENCE, DatabaseLockedError

_T = TypeVar("_T")

_PAUSE: Final = 0.02
"""Seconds between two attempts."""


async def when_unlocked(call: Callable[[], _T]) -> _T:
    """Return what a call of the store returns, once no other program holds the lock; other tasks go on meanwhile.

    Raises:
        DatabaseLockedError: The lock was held for the whole time.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except DatabaseLockedError:
            if time.monotonic() >= end:
                raise
        await asyncio.sleep(_PAUSE)


def wait_until_unlocked(call: Callable[[], _T]) -> _T:
    """Do the same in a thread that may block.

    Raises:
        DatabaseLockedError: The lock was held for the whole time.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except DatabaseLockedError:
            if time.monotonic() >= end:
                raise
        time.sleep(_PAUSE)
