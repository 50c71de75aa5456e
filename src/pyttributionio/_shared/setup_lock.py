"""What a process sets up once: one thread at a time, and no fork in the middle of it.

A forked child has the locks of other threads as they were, but not the threads: those of OpenSSL, of Rust
and of Python's imports would stay held for ever, and the child would hang at its first call. So a fork
waits those few milliseconds.
"""

import os
from threading import RLock
from typing import Final

_lock: Final = [RLock()]


def setup_lock() -> RLock:
    """Return the lock to hold meanwhile."""
    return _lock[0]


def _renew() -> None:
    _lock[0] = RLock()  # the old one is held, by the thread that forked


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _lock[0].acquire(), after_in_parent=lambda: _lock[0].release(), after_in_child=_renew
    )
