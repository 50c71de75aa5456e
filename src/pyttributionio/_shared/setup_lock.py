"""A lock for what a process sets up once. One thread at a time holds it, and a fork waits for it.

A forked child inherits the locks that other threads held, but not these threads. So the locks of OpenSSL, of Rust and
of Python's imports would never be released, and the child's first call would hang. The set-up takes a few
milliseconds.
"""

import os
from threading import RLock
from typing import Final

_lock: Final = [RLock()]


def setup_lock() -> RLock:
    """Return the lock to hold during a set-up."""
    return _lock[0]


def _renew() -> None:
    _lock[0] = RLock()  # the thread that forked holds the old one


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _lock[0].acquire(), after_in_parent=lambda: _lock[0].release(), after_in_child=_renew
    )
