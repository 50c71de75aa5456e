"""Calls to all outboxes of a process: before and after a fork, and at the end of the interpreter."""

import atexit
import os
import weakref
from logging import ERROR
from typing import Protocol

from pyttributionio.outbox._log import log


class ForkAware(Protocol):
    """An object that is called at forks and at the end of the interpreter."""

    def _before_fork(self) -> None: ...
    def _after_fork_in_parent(self) -> None: ...
    def _after_fork_in_child(self) -> None: ...
    def _at_exit(self) -> None: ...


_registered: "weakref.WeakSet[ForkAware]" = weakref.WeakSet()
_has_hooks = False


def register(outbox: ForkAware) -> None:
    """Call an outbox at forks and at the end of the interpreter, as long as the program has a reference to it."""
    global _has_hooks
    _registered.add(outbox)
    if _has_hooks:
        return
    _has_hooks = True
    atexit.register(_call_all, "_at_exit")
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lambda: _call_all("_before_fork"),
            after_in_parent=lambda: _call_all("_after_fork_in_parent"),
            after_in_child=lambda: _call_all("_after_fork_in_child"),
        )


def _call_all(method: str) -> None:
    for outbox in [*_registered]:
        try:
            getattr(outbox, method)()
        except Exception as error:
            log(ERROR, "The outbox could not prepare for a fork, or for the end of the interpreter.", error=error)
