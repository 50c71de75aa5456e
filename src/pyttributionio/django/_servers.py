"""The server around the process, as far as an outbox depends on it."""

import sys


def missing_threads() -> str | None:
    """Return why the threads of an outbox cannot run in this process; None if they can.

    Older versions of uWSGI run Python without threads unless `enable-threads` is set: a thread is started, and makes no
    progress between requests. `uwsgi.has_threads` says so (tried with 2.0.21, and with 2.0.31, which always has them).
    """
    if getattr(sys.modules.get("uwsgi"), "has_threads", 1):
        return None
    return (
        "uWSGI runs this process without `enable-threads`, so the threads of the outbox make no progress: events are "
        "stored, and not delivered."
    )
