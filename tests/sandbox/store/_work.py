"""How much SQLite has to do, which does not depend on the machine as times do."""

from collections.abc import Callable
from typing import TypeVar

from pyttributionio.sandbox.store.store import Store

_T = TypeVar("_T")


def counted(store: Store, work: Callable[[], _T]) -> tuple[_T, int]:
    """Do some work, and count the instructions of SQLite's machine that it took."""
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    store._connection.set_progress_handler(count, 1)
    try:
        result = work()
    finally:
        store._connection.set_progress_handler(None, 1)
    return result, done
