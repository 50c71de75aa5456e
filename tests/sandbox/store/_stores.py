"""Stores to test, and a count of the work that SQLite does for them."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pyttributionio.sandbox.store.database import open_database
from pyttributionio.sandbox.store.store import Store

_T = TypeVar("_T")


def new_store(path: Path | None = None) -> Store:
    """Return a store on a file, or in memory."""
    return Store(open_database(path))


def objects(joined: bytes) -> list[dict[str, Any]]:
    """Read the objects of an answer's array."""
    found: list[dict[str, Any]] = json.loads(b"[" + joined + b"]")
    return found


def counted(connection: sqlite3.Connection, work: Callable[[], _T]) -> tuple[_T, int]:
    """Do some work, and count the instructions that SQLite's virtual machine runs for it.

    The count does not depend on how fast the machine is.
    """
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    connection.set_progress_handler(count, 1)
    try:
        result = work()
    finally:
        connection.set_progress_handler(None, 1)
    return result, done
