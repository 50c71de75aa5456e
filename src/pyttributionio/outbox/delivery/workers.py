"""The threads of an outbox: one runs the dispatcher, and each worker makes one request at a time.

Workers hand outcomes to the dispatcher thread, which alone uses the dispatcher, so nothing here needs a lock. All
threads are daemons: the end of the interpreter does not wait for them. Their entries are still in the store.
"""

import threading
import time
from collections.abc import Callable
from logging import getLogger
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, TypeAlias

from pyttributionio._core.types import Failure, Reply
from pyttributionio._errors import OutboxError
from pyttributionio.outbox.delivery.dispatcher import Dispatcher, Job
from pyttributionio.outbox.delivery.lines import Line

_log = getLogger("pyttributionio.outbox")
TICK: Final = 0.5
"""Seconds between two rounds of housekeeping."""
_QUIET: Final = 300.0
"""Seconds without an error after which the next error is logged again."""
_LAST_ANSWERS: Final = 0.2
"""Seconds that requests under way have when the outbox is closed."""


class Finished(NamedTuple):
    """A request and its outcome."""

    job: Job
    outcome: Reply | Failure


Message: TypeAlias = Finished | Callable[[], object] | None
"""A message to the dispatcher thread: an outcome, a function to call in that thread, or None to wake it."""


class DeliveryThreads:
    """Run a dispatcher in threads.

    Args:
        dispatcher: The dispatcher. Only the dispatcher thread uses it after `start`.
        open_line: Opens a worker's connection to the server.
        housekeep: Called by the dispatcher thread about every half second.
        at_end: Called by the dispatcher thread at its end.
        limit: How many workers there may be.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        open_line: Callable[[], Line],
        housekeep: Callable[[], object],
        at_end: Callable[[], object],
        limit: int,
    ) -> None:
        self._dispatcher = dispatcher
        self._open_line = open_line
        self._housekeep = housekeep
        self._at_end = at_end
        self._limit = limit
        self._inbox: SimpleQueue[Message] = SimpleQueue()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._lines: list[Line] = []
        self._workers: list[threading.Thread] = []
        self._dispatcher_thread: threading.Thread | None = None
        self._asleep = False
        self._stopping = self._ended = False
        self._next_tick = 0.0
        self._last_error = -_QUIET
        self.moved = threading.Condition()
        """Notified when entries were removed from their store."""

    @property
    def is_running(self) -> bool:
        """Whether the dispatcher thread is alive."""
        return self._dispatcher_thread is not None and self._dispatcher_thread.is_alive()

    def start(self) -> None:
        """Start the dispatcher thread and a first worker.

        Raises:
            RuntimeError: No thread can be started, for example at the end of the interpreter.
        """
        thread = threading.Thread(target=self._run, name="pyttributionio-outbox", daemon=True)
        self._add_worker()
        thread.start()
        self._dispatcher_thread = thread

    def wake(self) -> None:
        """Make the dispatcher thread look for new entries, if it sleeps."""
        if self._asleep:
            self._asleep = False
            self._inbox.put(None)

    def call(self, work: Callable[[], object]) -> None:
        """Make the dispatcher thread call a function soon."""
        self._asleep = False
        self._inbox.put(work)

    def stop(self, timeout: float) -> None:
        """End all threads, and wait up to `timeout` seconds for them."""
        self._stopping = True
        self._inbox.put(None)
        thread = self._dispatcher_thread
        if thread is None or thread is threading.current_thread():
            return
        deadline = time.monotonic() + timeout
        for each in (thread, *self._workers):
            each.join(max(0.0, deadline - time.monotonic()))

    def abandon(self) -> None:
        """Close the connections, in a forked child, which has none of the threads."""
        for line in self._lines:
            line.close()

    def _add_worker(self) -> None:
        line = self._open_line()
        number = len(self._workers) + 1
        worker = threading.Thread(target=self._work, args=(line,), name=f"pyttributionio-outbox-{number}", daemon=True)
        worker.start()
        self._lines.append(line)
        self._workers.append(worker)

    def _work(self, line: Line) -> None:
        while (job := self._jobs.get()) is not None:
            if self._ended:  # no thread would end a request that starts now
                break
            try:
                outcome = line.post(job.endpoint, job.body)
            except Exception as error:
                _log.exception("A worker of the outbox met an unexpected error; the entry is kept.")
                outcome = Failure(f"{type(error).__name__}: {error}")
            self._asleep = False
            self._inbox.put(Finished(job, outcome))
        line.close()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._run_once(time.monotonic())
            except Exception as error:
                # A full or missing disk: the changes in memory stay there, and are written later.
                self._log_error(error)
                self._receive(TICK)
        self._end()

    def _log_error(self, error: Exception) -> None:
        """Log an error, but only the first of a series."""
        now = time.monotonic()
        if now - self._last_error > _QUIET:
            expected = isinstance(error, OutboxError)
            _log.error("The outbox can't use its store: %s", error, exc_info=not expected)
        self._last_error = now

    def _run_once(self, now: float) -> None:
        if now >= self._next_tick:
            self._next_tick = now + TICK
            self._abort_late(now)
            self._housekeep()
        for job in self._dispatcher.jobs(now):
            self._hand_out(job)
        before = self._dispatcher.delivered_unwritten
        self._dispatcher.write(now)
        if before and not self._dispatcher.delivered_unwritten:
            self._notify_moved()
        self._asleep = self._dispatcher.wants_more(now)
        # After the flag is set: a thread that stores an entry from now on wakes this one, and `wait` sees earlier ones.
        wait = self._dispatcher.wait(now)
        self._receive(min(TICK, TICK if wait is None else wait))

    def _receive(self, wait: float) -> None:
        """Handle all messages; wait up to some seconds for the first one."""
        try:
            message = self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait()
            self._asleep = False
            now = time.monotonic()
            while True:
                if isinstance(message, Finished):
                    self._dispatcher.finished(message.job, message.outcome, now)
                elif message is not None:
                    message()
                message = self._inbox.get_nowait()
        except Empty:
            self._asleep = False

    def _hand_out(self, job: Job) -> None:
        if self._dispatcher.in_flight > len(self._workers) < self._limit:
            try:
                self._add_worker()
            except RuntimeError:  # the interpreter ends; the existing workers have to be enough
                self._limit = len(self._workers)
        self._jobs.put(job)

    def _abort_late(self, now: float) -> None:
        for line in self._lines:
            if now >= line.deadline:
                line.abort()

    def _notify_moved(self) -> None:
        with self.moved:
            self.moved.notify_all()

    def _end(self) -> None:
        """Write the last outcomes, and end the workers."""
        for _ in self._workers:
            self._jobs.put(None)
        deadline = time.monotonic() + _LAST_ANSWERS
        try:
            while self._dispatcher.in_flight and (remaining := deadline - time.monotonic()) > 0:
                self._receive(remaining)
            self._dispatcher.write(time.monotonic(), at_once=True)
        except Exception as error:
            _log.error("The outbox could not write its last deliveries, and will send them again: %s", error)
        self._ended = True
        for line in self._lines:
            line.abort()
        self._notify_moved()
        self._at_end()
