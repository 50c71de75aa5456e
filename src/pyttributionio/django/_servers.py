"""The server around the process, as far as an outbox depends on it."""

import sys
from collections.abc import Mapping
from typing import Final, cast

_THREADS: Final = ("enable-threads", "threads", "gevent", "async")
"""Options of uWSGI with which Python's threads run in a worker."""


def missing_threads() -> str | None:
    """Return why the threads of an outbox cannot run in this process; None if they can.

    uWSGI runs a worker without the interpreter's lock for threads, unless it is configured: then a thread is started,
    and makes no progress outside requests.
    """
    options: object = getattr(sys.modules.get("uwsgi"), "opt", None)
    if not isinstance(options, Mapping):
        return None
    given = {_text(name): _text(value) for name, value in cast("Mapping[object, object]", options).items()}
    if any(given.get(name, "false").lower() not in {"false", "0", "no", "off"} for name in _THREADS):
        return None
    return (
        "uWSGI runs this process without `enable-threads`, so the threads of the outbox make no progress: events are "
        "stored, and not delivered."
    )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
