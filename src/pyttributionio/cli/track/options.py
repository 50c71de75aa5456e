"""The options of `pyttributionio track` that say where a call goes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """Where a call goes: to the server, to the outbox, or, in a dry run, only to stdout."""

    dry_run: bool
    outbox: bool
    directory: str | None
    """The outbox's directory; None is the usual one."""
