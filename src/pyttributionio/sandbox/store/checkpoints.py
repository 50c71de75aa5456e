"""Checkpoints: what is in the write-ahead log is copied into the database's file, so that a copy of the file has it.

SQLite writes to `sandbox.db-wal` first. Users copy or move `sandbox.db` alone, also while the sandbox runs. A
checkpoint waits for the disk and takes some milliseconds, so it is not made after each write: the first writes after
a pause are checkpointed before they are answered, and many writes in a row once, when they are over.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final

_BURST: Final = 6
"""How many writes after a pause are checkpointed at once: a sign-up with its pageviews, event and identity."""
_PER_SECOND: Final = 5.0
"""How many more of them are allowed each second, so that checkpoints take a small part of the time."""
_QUIET: Final = 0.1
"""Seconds without a write after which a checkpoint is made."""


class Checkpointer:
    """Make checkpoints of a database in a file.

    Each method can be called from any thread.

    Args:
        path: The database's file, with a write-ahead log. A connection to it is opened here, so that checkpoints
            also reach a file that is moved later.
        clock: Returns seconds.
    """

    def __init__(self, path: str | os.PathLike[str], clock: Callable[[], float] = time.monotonic) -> None:
        # SQLite lets other connections read and write during a passive checkpoint, and waits for none of them.
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self._clock = clock
        self._allowed, self._counted_at = float(_BURST), clock()
        self._written = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run_when_quiet, name="Sandbox checkpoints", daemon=True)
        try:
            self.run()
            self._thread.start()
        except BaseException:
            self._connection.close()
            raise

    def note_write(self) -> None:
        """Make a checkpoint once no more writes come."""
        self._written.set()

    def may_run(self) -> bool:
        """Return whether a checkpoint can be made for the write that was just done; a True counts as one."""
        with self._lock:
            now = self._clock()
            self._allowed = min(self._allowed + (now - self._counted_at) * _PER_SECOND, float(_BURST))
            self._counted_at = now
            if self._allowed < 1:
                return False
            self._allowed -= 1
            return True

    def run(self) -> None:
        """Make a checkpoint; a failure is ignored, because all data is in the write-ahead log too."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """End the thread and close the connection. Closing twice is fine."""
        self._closing.set()
        self._written.set()
        self._thread.join()
        with self._lock:
            self._connection.close()

    def _run_when_quiet(self) -> None:
        while self._written.wait() and not self._closing.is_set():
            self._written.clear()
            if not self._written.wait(_QUIET):
                self.run()
