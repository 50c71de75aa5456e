"""What a process sets up once: one thread at a time, and no fork in the middle of it.

A forked child has the locks of other threads as they were, and none of these threads: OpenSSL's, Rust's
and those of Python's imports would be held for ever, and the child would hang at its first call. So a
fork waits those few milliseconds.
"""

import os
from threading import RLock
from typing import Final

_lock: Final = [RLock()]


def setting_up() -> RLock:
    """Return the lock to hold meanwhile."""
    return _lock[0]


def _renew() -> None:
    _lock[0] = RLock()  # the thread that forked holds the old one, which no other may have held


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _lock[0].acquire(), after_in_parent=lambda: _lock[0].release(), after_in_child=_renew
    )
