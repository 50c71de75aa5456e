"""The threads: a keeper that runs the dispatcher, and workers that each make one request at a time.

Workers hand outcomes to the keeper, which alone decides; so nothing here needs a lock. All are daemons:
an interpreter that ends does not wait for them, and what they had under way is still in the store.
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
"""Seconds without trouble, after which the next is told again."""
_LAST_ANSWERS: Final = 0.2
"""Seconds that requests under way get when everything is closed."""


class Outcome(NamedTuple):
    """What came of a request."""

    job: Job
    outcome: Reply | Failure


Message: TypeAlias = Outcome | Callable[[], object] | None
"""To the keeper: an outcome, something to do in its thread, or nothing but a reason to look."""


class Sender:
    """Run a dispatcher in threads.

    Args:
        dispatcher: What decides; touched by the keeper's thread alone from `start` on.
        open_line: Opens a worker's way to the server.
        housekeep: Called by the keeper about every half second.
        at_end: Called by the keeper last of all.
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
        self._keeper: threading.Thread | None = None
        self._asleep = False
        self._stopping = self._ended = False
        self._next_tick = 0.0
        self._last_trouble = -_QUIET
        self.moved = threading.Condition()
        """Notified whenever entries left their store."""

    @property
    def is_running(self) -> bool:
        """Whether the keeper is at work."""
        return self._keeper is not None and self._keeper.is_alive()

    def start(self) -> None:
        """Start the keeper and a first worker, which at the interpreter's end could not be started any more.

        Raises:
            RuntimeError: The interpreter is ending.
        """
        keeper = threading.Thread(target=self._keep, name="pyttributionio-outbox", daemon=True)
        self._add_worker()
        keeper.start()
        self._keeper = keeper

    def wake(self) -> None:
        """Let the keeper look for new entries, if it sleeps."""
        if self._asleep:
            self._asleep = False
            self._inbox.put(None)

    def call(self, work: Callable[[], object]) -> None:
        """Have the keeper do something in its thread, soon."""
        self._asleep = False
        self._inbox.put(work)

    def stop(self, patience: float) -> None:
        """End all threads, and wait so many seconds at most for them to end."""
        self._stopping = True
        self._inbox.put(None)
        keeper = self._keeper
        if keeper is None or keeper is threading.current_thread():
            return
        ends = time.monotonic() + patience
        for thread in (keeper, *self._workers):
            thread.join(max(0.0, ends - time.monotonic()))

    def abandon(self) -> None:
        """In a forked child, where none of the threads is: let go of their connections."""
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
            if self._ended:  # nobody would end what began now
                break
            try:
                outcome = line.post(job.endpoint, job.body)
            except Exception as error:
                _log.exception("A sender of the outbox met what it did not expect; the entry is kept.")
                outcome = Failure(f"{type(error).__name__}: {error}")
            self._asleep = False
            self._inbox.put(Outcome(job, outcome))
        line.close()

    def _keep(self) -> None:
        while not self._stopping:
            try:
                self._look_after(time.monotonic())
            except Exception as error:
                # A disk that is full or gone: what is in memory stays there, and is tried again.
                self._tell_trouble(error)
                self._receive(TICK)
        self._end()

    def _tell_trouble(self, error: Exception) -> None:
        """Log an error, but not each of a row: many a round between two writes that fail has none."""
        now = time.monotonic()
        if now - self._last_trouble > _QUIET:
            expected = isinstance(error, OutboxError)
            _log.error("The outbox can't work on its store: %s", error, exc_info=not expected)
        self._last_trouble = now

    def _look_after(self, now: float) -> None:
        if now >= self._next_tick:
            self._next_tick = now + TICK
            self._abort_late(now)
            self._housekeep()
        for job in self._dispatcher.jobs(now):
            self._give(job)
        before = self._dispatcher.delivered_unwritten
        self._dispatcher.write(now)
        if before and not self._dispatcher.delivered_unwritten:
            self._tell_moved()
        self._asleep = self._dispatcher.wants_more(now)
        # After the flag was set: whoever stores from here on wakes us, and what was stored before is seen here.
        wait = self._dispatcher.wait(now)
        self._receive(min(TICK, TICK if wait is None else wait))

    def _receive(self, wait: float) -> None:
        """Take in what has come, waiting for the first message."""
        try:
            message = self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait()
            self._asleep = False
            now = time.monotonic()
            while True:
                if isinstance(message, Outcome):
                    self._dispatcher.finished(message.job, message.outcome, now)
                elif message is not None:
                    message()
                message = self._inbox.get_nowait()
        except Empty:
            self._asleep = False

    def _give(self, job: Job) -> None:
        if self._dispatcher.in_flight > len(self._workers) < self._limit:
            try:
                self._add_worker()
            except RuntimeError:  # the interpreter is ending; those that are there will do
                self._limit = len(self._workers)
        self._jobs.put(job)

    def _abort_late(self, now: float) -> None:
        for line in self._lines:
            if now >= line.ends:
                line.abort()

    def _tell_moved(self) -> None:
        with self.moved:
            self.moved.notify_all()

    def _end(self) -> None:
        """Write down the last answers, and end the workers."""
        for _ in self._workers:
            self._jobs.put(None)
        ends = time.monotonic() + _LAST_ANSWERS
        try:
            while self._dispatcher.in_flight and (left := ends - time.monotonic()) > 0:
                self._receive(left)
            self._dispatcher.write(time.monotonic(), at_once=True)
        except Exception as error:
            _log.error("The outbox could not write down what was delivered last, and will send it again: %s", error)
        self._ended = True
        for line in self._lines:
            line.abort()
        self._tell_moved()
        self._at_end()
