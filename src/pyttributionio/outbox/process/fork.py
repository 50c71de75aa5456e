"""What happens to all outboxes of a process at once: forks, and the end of the interpreter."""

import atexit
import os
import weakref
from logging import getLogger
from typing import Protocol

_log = getLogger("pyttributionio.outbox")


class Living(Protocol):
    """What lives through forks and ends with the process."""

    def _before_fork(self) -> None: ...
    def _after_fork_in_parent(self) -> None: ...
    def _after_fork_in_child(self) -> None: ...
    def _at_exit(self) -> None: ...


_living: "weakref.WeakSet[Living]" = weakref.WeakSet()
_is_registered = False


def watch(outbox: Living) -> None:
    """Tell an outbox of forks and of the end, for as long as someone holds it."""
    global _is_registered
    _living.add(outbox)
    if _is_registered:
        return
    _is_registered = True
    atexit.register(_each, "_at_exit")
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lambda: _each("_before_fork"),
            after_in_parent=lambda: _each("_after_fork_in_parent"),
            after_in_child=lambda: _each("_after_fork_in_child"),
        )


def _each(name: str) -> None:
    for outbox in [*_living]:
        try:
            getattr(outbox, name)()
        except Exception:
            _log.exception("The outbox could not prepare for a fork, or for the end.")
