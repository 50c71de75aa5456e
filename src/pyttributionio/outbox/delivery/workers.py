"""The threads of an outbox: one runs the dispatcher, and each worker makes one request at a time.

Workers hand outcomes to the dispatcher thread, which alone uses the dispatcher, so nothing here needs a lock. All
threads are daemons: the end of the interpreter does not wait for them. Their entries are still in the store.
"""

import queue
import threading
from collections.abc import Callable
from logging import DEBUG, ERROR
from typing import Final, NamedTuple, TypeAlias

from pyttributionio._core.clock import Clock
from pyttributionio._core.types import Failure, Reply
from pyttributionio._errors import OutboxError
from pyttributionio.outbox._log import log
from pyttributionio.outbox.delivery.classify import unexpected
from pyttributionio.outbox.delivery.dispatcher import Dispatcher, Job
from pyttributionio.outbox.delivery.sender import Sender

THREAD_NAME: Final = "pyttributionio-outbox"
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

    It is made when the outbox starts, not before: gevent and eventlet may replace `queue` and `threading` until then.

    Args:
        dispatcher: The dispatcher. Only the dispatcher thread uses it after `start`.
        clock: The source of time.
        make_sender: Returns a sender for a worker.
        housekeep: Called by the dispatcher thread about every half second.
        at_end: Called by the dispatcher thread at its end.
        limit: How many workers there may be.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        *,
        make_sender: Callable[[], Sender],
        housekeep: Callable[[], object],
        at_end: Callable[[], object],
        limit: int,
    ) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._make_sender = make_sender
        self._housekeep = housekeep
        self._at_end = at_end
        self._limit = limit
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._senders: set[Sender] = set()
        """Those of the workers."""
        self._started_workers = 0
        self._dispatcher_thread: threading.Thread | None = None
        self._alive: set[threading.Thread] = set()
        """The threads that are running or being started; changed under `moved`."""
        self._asleep = False
        self._stopping = False
        self._next_tick = 0.0
        self._last_error = -_QUIET
        self.store_error: str | None = None
        """Why the dispatcher thread can't use a store; None if its last round of housekeeping had no failure."""
        self.worker_error: str | None = None
        """Why no worker can be started while there is none; None if there is one."""
        self.moved = threading.Condition()
        """Notified when entries were removed from their store, and when a thread ends."""

    @property
    def is_running(self) -> bool:
        """Whether the dispatcher thread is alive."""
        return self._dispatcher_thread is not None and self._dispatcher_thread.is_alive()

    def start(self) -> None:
        """Start the dispatcher thread and a first worker.

        Raises:
            RuntimeError: No thread can be started, because of a limit or at the end of the interpreter. Then none is
                left behind.
        """
        permission: queue.SimpleQueue[bool] = queue.SimpleQueue()
        try:
            thread = self._start_thread(THREAD_NAME, self._run, permission)
            if not self._senders:
                self._add_worker()
            self._dispatcher_thread = thread
            permission.put(True)
        except BaseException:
            permission.put(False)
            raise

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
        if not self.is_running:  # an exception has ended the dispatcher thread, which would do this
            self._end_workers()
            self._close_senders()
        if self._dispatcher_thread is threading.current_thread():
            return
        deadline = self._clock.monotonic() + timeout
        # Not by `Thread.join`: with a timeout, eventlet's raises.
        with self.moved:
            # A wait that times out is the last one, even if a test has stopped the clock.
            while self._alive and (remaining := deadline - self._clock.monotonic()) > 0:
                if not self.moved.wait(remaining):
                    break

    def _start_thread(
        self, name: str, work: Callable[[], object], permission: queue.SimpleQueue[bool]
    ) -> threading.Thread:
        """Start a thread. It works only if it is permitted to: the start of another thread may fail after this one.

        A signal handler may raise in `Thread.start`, after the thread has started. It gets no permission then either.
        """

        def run() -> None:
            try:
                if permission.get():
                    work()
            finally:
                self._ended(thread)

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self.moved:
            self._alive.add(thread)
        try:
            thread.start()
        except BaseException:
            self._ended(thread)
            raise
        return thread

    def _ended(self, thread: threading.Thread) -> None:
        with self.moved:
            self._alive.discard(thread)
            self.moved.notify_all()

    def _notify(self) -> None:
        """Wake those who wait at `moved`."""
        with self.moved:
            self.moved.notify_all()

    def _add_worker(self) -> None:
        sender = self._make_sender()
        number = self._started_workers + 1
        permission: queue.SimpleQueue[bool] = queue.SimpleQueue()
        try:
            self._start_thread(f"{THREAD_NAME}-{number}", lambda: self._work(sender), permission)
            self._started_workers = number
            self._senders.add(sender)
            permission.put(True)
        except BaseException:
            permission.put(False)
            self._senders.discard(sender)
            raise

    def _work(self, sender: Sender) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                self._make_request(sender, job)
        finally:
            # A worker that ends because of an exception is replaced.
            self.call(lambda: self._senders.discard(sender))

    def _make_request(self, sender: Sender, job: Job) -> None:
        """Make a request and hand back its job, in any case."""
        outcome: Reply | Failure = Failure("the request was interrupted")
        try:
            outcome = sender.post(job.endpoint, job.body)
        except Exception as error:
            outcome = unexpected(error, unsent=sender.is_ours)
            log(DEBUG, "A request of the outbox ended with an unexpected exception.", error=error)
        except BaseException as error:
            outcome = unexpected(error)
            raise
        finally:
            self._asleep = False
            self._inbox.put(Finished(job, outcome))

    def _run(self) -> None:
        failed = False
        while not self._stopping:
            try:
                if failed:
                    failed = False
                    self._receive(TICK)
                self._run_once(self._clock.monotonic())
            except Exception as error:
                # A full or missing disk: the changes in memory stay there, and are written later.
                self._log_error(error)
                failed = True
        self._end()

    def _log_error(self, error: Exception) -> None:
        """Log an error, but only the first of a series."""
        now = self._clock.monotonic()
        self.store_error = str(error) or type(error).__name__
        if now - self._last_error > _QUIET:
            expected = isinstance(error, OutboxError)
            log(ERROR, "The outbox can't use its store: %s", error, error=None if expected else error)
        self._last_error = now

    def _run_once(self, now: float) -> None:
        is_due = now >= self._next_tick
        if is_due:
            self._next_tick = now + TICK
            self._housekeep()
        for job in self._dispatcher.jobs(now):
            self._jobs.put(job)
        self._add_workers()
        if self._dispatcher.write(now):
            self._notify()
        if is_due:  # all that a store had to do was done
            self.store_error = None
        self._asleep = self._dispatcher.wants_more(now)
        # After the flag is set: a thread that stores an entry from now on wakes this one, and `wait` sees earlier ones.
        wait = self._dispatcher.wait(now)
        self._receive(min(TICK, TICK if wait is None else wait))

    def _add_workers(self) -> None:
        """Start a worker for each request under way, up to the limit."""
        try:
            while len(self._senders) < min(self._limit, self._dispatcher.in_flight):
                self._add_worker()
            self.worker_error = None
        except Exception as error:  # a limit of threads, or the end of the interpreter; the next round tries again
            self.worker_error = None if self._senders else str(error) or type(error).__name__
            log(DEBUG, "No further thread can be started for the outbox.", error=error)

    def _receive(self, wait: float) -> bool:
        """Handle all messages; wait up to some seconds for the first one. Return whether there was one."""
        found = False
        try:
            message = self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait()
            found, self._asleep = True, False
            now = self._clock.monotonic()
            while True:
                if isinstance(message, Finished):
                    self._dispatcher.finished(message.job, message.outcome, now)
                elif message is not None:
                    message()
                message = self._inbox.get_nowait()
        except queue.Empty:
            self._asleep = False
        return found

    def _end_workers(self) -> None:
        for _ in self._senders:
            self._jobs.put(None)

    def _close_senders(self) -> None:
        for sender in self._senders:
            sender.close()

    def _end(self) -> None:
        """Write the last outcomes, and end the workers."""
        try:
            self._end_workers()
            deadline = self._clock.monotonic() + _LAST_ANSWERS
            try:
                while self._dispatcher.in_flight and (remaining := deadline - self._clock.monotonic()) > 0:
                    if not self._receive(remaining):
                        break
                self._dispatcher.write(self._clock.monotonic(), at_once=True)
            except Exception as error:
                log(ERROR, "The outbox could not write its last deliveries, and will send them again: %s", error)
            self._close_senders()
            self._notify()
        finally:
            self._at_end()
