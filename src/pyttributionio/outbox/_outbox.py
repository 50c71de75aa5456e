"""The public class of the outbox."""

import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Self

import anyio.to_thread

from pyttributionio._client import AsyncClient, Client
from pyttributionio._core.clock import Clock
from pyttributionio._core.requests import checked_id
from pyttributionio._core.settings import checked_flag, checked_retry_posts
from pyttributionio._core.types import RetryPosts
from pyttributionio._core.validation import checked_choice, checked_count, checked_function, checked_seconds
from pyttributionio._http import door
from pyttributionio._http.door import Door
from pyttributionio.outbox._calls import OutboxCalls
from pyttributionio.outbox._config import (
    MAX_IN_FLIGHT,
    MIN_BYTES,
    Durability,
    OutboxConfig,
    WhenFull,
    checked_age,
    config_now,
    directory_of,
    settings_of,
    with_folder,
)
from pyttributionio.outbox._events import Accepted, Delivery, Hooks, StateChange, StoredEntry
from pyttributionio.outbox._stats import Health, OutboxStats
from pyttributionio.outbox.process.engine import Engine
from pyttributionio.outbox.process.forget import forget
from pyttributionio.outbox.process.fork import register
from pyttributionio.outbox.process.recorded import recorded
from pyttributionio.outbox.storage.entries import NewEntry
from pyttributionio.outbox.storage.store import Store


class Outbox(OutboxCalls):
    """Store events and identities on the local disk at once, and deliver them later.

    A call returns when its entry is stored. Threads of the outbox send the entry, and try again after a failure.
    Threads and tasks may share an outbox. In a forked child it continues with a store of its own. All times are in
    seconds.

    A bare constructor opens no file and starts no thread. The first call does, or `start()`, or a `with` block at its
    beginning: then the entries of earlier processes are delivered too.

    Args:
        client: The client whose account, tracking URL, timeouts and `http_client` are used. It may be closed before
            the outbox is.
        directory: The directory for entries: on a local disk, and the same at each start of the program. `~` at its
            beginning is the user's home, and a relative path is made absolute here. If left out, the environment
            variable PYTTRIBUTIONIO_OUTBOX_DIRECTORY names it, or else the operating system's usual place for the
            state of programs is used (platformdirs). Any number of processes and accounts can share it.
        durability: "process": a stored entry survives the end of the process in any way. "power": it also survives a
            crash of the operating system and a power failure. "memory": it survives nothing, and no disk is used.
        max_bytes: How large the file of one process may become.
        max_age_days: Days, not seconds, after which a waiting entry becomes a dead letter. If the time of day jumps
            forward, they begin again.
        retry_posts: Which entries are sent again after a failure; the client's choice if left out. "always": also
            those whose answer was lost. They may have arrived, and whether the vendor then counts an event twice is
            not documented. "unsent": only those that the server surely did not process: there was no connection, or
            the answer is 408, 429 or 503. An entry that may have arrived becomes a dead letter, and you decide.
        when_full: What a call does if there is no room for its entry. "raise": it raises. "block": it waits up to
            `block_timeout` first. "drop_oldest": it drops as few of the oldest entries as needed, and counts them; it
            raises if that does not help, such as on a disk that other programs have filled.
        block_timeout: Seconds that a call waits for room at most.
        in_flight: How many requests may be under way at the same time. Each uses a thread, which is started on demand.
        drain_on_exit: Seconds that `close()`, or the end of the program, waits for deliveries at most; 0 waits for
            none. It waits up to half a second more for the threads to end.
        manual: Whether entries are sent only by `pump()` and `flush()`, in the thread that calls them; for tests.
        on_delivered: Called with each entry that was delivered.
        on_dead: Called with each entry that is a dead letter now, because the server refused it, or because it may have
            arrived and must not be sent twice.
        on_state: Called when the server starts or stops to accept entries. The outbox's thread calls all hooks, and
            waits for them. Their exceptions are logged.
        store: Returns a store of your own; called in each process that needs one. It replaces the directory.
        clock: The source of time and of the random part of pauses; for tests, together with `manual`. The client's
            clock if left out.

    Raises:
        ValueError: A setting is out of range, or there is no directory.
        TypeError: A setting has the wrong type, or the client can't be used from threads.
    """

    def __init__(
        self,
        client: Client | AsyncClient,
        directory: str | os.PathLike[str] | None = None,
        *,
        durability: Durability = "process",
        max_bytes: int = 256 * 1024 * 1024,
        max_age_days: float | None = None,
        retry_posts: RetryPosts | None = None,
        when_full: WhenFull = "raise",
        block_timeout: float = 5.0,
        in_flight: int = 32,
        drain_on_exit: float = 1.0,
        manual: bool = False,
        on_delivered: Callable[[Delivery], object] | None = None,
        on_dead: Callable[[StoredEntry], object] | None = None,
        on_state: Callable[[StateChange], object] | None = None,
        store: Callable[[], Store] | None = None,
        clock: Clock | None = None,
    ) -> None:
        settings, http_client = settings_of(client)
        settings = settings if clock is None else settings._replace(clock=clock)
        if retry_posts is not None:
            settings = settings._replace(retry_posts=checked_retry_posts(retry_posts))
        checked_choice("durability", durability, Durability)
        checked_choice("when_full", when_full, WhenFull)
        for name, hook in {"on_delivered": on_delivered, "on_dead": on_dead, "on_state": on_state}.items():
            checked_function(name, hook)
        self._config = OutboxConfig(
            settings=settings,
            http_client=http_client,
            directory=directory_of(settings, directory, durability, store),
            folder=None,
            make_store=store,
            durability=durability,
            max_bytes=checked_count("max_bytes", max_bytes, MIN_BYTES),
            max_age=checked_age(max_age_days),
            when_full=when_full,
            block_timeout=checked_seconds("block_timeout", block_timeout, or_zero=True),
            in_flight=checked_count("in_flight", in_flight, 1, MAX_IN_FLIGHT),
            drain_on_exit=checked_seconds("drain_on_exit", drain_on_exit, or_zero=True),
            manual=checked_flag("manual", manual),
            hooks=Hooks(on_delivered, on_dead, on_state),
        )
        if settings.api_key:
            self._config = with_folder(self._config)
        self._engines: dict[tuple[int, Door | None], Engine] = {}
        """By process id and recorder. An engine is made when it is needed: until then, gevent may replace what it is
        made of."""
        # The finalizer must not refer to the outbox itself, or the outbox would never be garbage.
        weakref.finalize(self, _stop_without_waiting, self._engines).atexit = False
        register(self)

    def _accept(self, entry: NewEntry, client_id: str) -> Accepted:
        added = self._engine().append(entry)
        return Accepted(entry.transaction_id, client_id, not added)

    def start(self) -> None:
        """Start to deliver the entries of earlier processes, before the first call.

        A `with` block does this at its beginning. With `manual=True` this only opens the store.

        Raises:
            OutboxError: The store can't be opened, or the outbox is closed.
        """
        self._engine().start()

    def flush(self, timeout: float = 10.0) -> int:
        """Wait until all entries that wait in this process are delivered.

        With `manual=True` this sends the entries that are due, in this thread. A request that is under way when the
        time is over is ended.

        Args:
            timeout: Seconds to wait at most; 0 only counts the entries.

        Returns:
            How many entries still wait; 0 if all were delivered.

        Raises:
            OutboxError: The store can't be opened, or the outbox is closed. With `manual=True` also: the store can't
                be written.
            ValueError: The timeout is below zero or not finite.
            TypeError: The timeout is not a number.
        """
        engine = self._engine()
        engine.start()
        return engine.flush(checked_seconds("timeout", timeout, or_zero=True))

    async def aflush(self, timeout: float = 10.0) -> int:
        """Do the same as `flush`, without blocking the event loop.

        Args:
            timeout: Seconds to wait at most; 0 only counts the entries.
        """
        return await anyio.to_thread.run_sync(self.flush, timeout)

    def pump(self) -> int:
        """Send all entries that are due, in this thread. Only for an outbox made with `manual=True`.

        An exception that is not one of the network, such as that of an `http_client` of your own, or one for a proxy
        that can't be used, reaches the caller. The entry is kept.

        Returns:
            How many requests were made.

        Raises:
            RuntimeError: The outbox has threads that send.
            OutboxError: The store can't be opened or written.
        """
        if not self._config.manual:
            raise RuntimeError("This outbox has threads that send; pump() is for an outbox made with manual=True.")
        return self._engine().pump()

    def forget(self, visitor_id: str | int) -> int:
        """Remove all waiting entries of a visitor, such as one who has withdrawn consent.

        A request that is under way can't be taken back, but it is not sent again, and no identity follows its event.
        Entries of the visitor that other processes of the program accepted stay in their shards, and so do dead
        letters: `pyttributionio outbox list` shows both, and `drop` removes them. This reads all waiting entries of
        this process.

        Args:
            visitor_id: The visitor id of the entries, such as `current_visit().visitor_id`.

        Returns:
            How many entries were removed.

        Raises:
            OutboxError: The store can't be opened, read or written, or the outbox is closed.
            ValueError: The visitor id is empty.
            TypeError: The visitor id is neither text nor a whole number.
        """
        return forget(self._engine(), checked_id("visitor_id", visitor_id))

    @property
    def folder(self) -> Path:
        """The folder with this account's entries. It is inside the directory.

        Raises:
            RuntimeError: The entries are not on a disk, or are in a store of your own.
        """
        folder = with_folder(self._config).folder
        if folder is None:
            raise RuntimeError(
                "This outbox has no folder: its entries are in memory, or in a store of your own, or it is disabled."
            )
        return folder

    def stats(self) -> OutboxStats:
        """Return the state of the outbox in this process, in microseconds."""
        return self._present_engine().stats()

    def health(self, *, max_age: float = 3600.0) -> Health:
        """Return the health of the outbox, for a readiness probe.

        Args:
            max_age: Seconds after which a waiting entry is a problem.
        """
        return self._present_engine().health(max_age)

    def close(self) -> None:
        """Deliver for up to `drain_on_exit` seconds, then close files and end threads.

        Entries that still wait stay stored for the next process or the next outbox. Threads get half a second more
        to end. With `manual=True` nothing is delivered. Closing twice is fine.
        """
        self._engine().close()

    async def aclose(self) -> None:
        """Close like `close`, without blocking the event loop."""
        await anyio.to_thread.run_sync(self.close)

    def __enter__(self) -> Self:
        """Start to deliver at once, except with `manual=True`."""
        if not self._config.manual:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        """Start to deliver at once, except with `manual=True`, without blocking the event loop."""
        if not self._config.manual:
            await anyio.to_thread.run_sync(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "An outbox can't be pickled. Make one on the same directory in the process that needs it: any number of "
            "outboxes can share a directory."
        )

    def __repr__(self) -> str:
        config = self._config
        place = config.durability if config.folder is None else str(config.folder)
        return f"{type(self).__name__}(api_key={config.settings.api_key or None!r}, {place!r})"

    def _engine(self) -> Engine:
        """Return the engine of this process. The process id is checked in each call: uWSGI forks without Python."""
        place = os.getpid(), door.active
        engine = self._engines.get(place)
        if engine is None:
            made = Engine(config_now(self._config, is_recorded=place[1] is not None))
            engine = self._engines.setdefault(place, made)  # atomic, so threads need no lock
            if engine is made and place[1] is not None:
                self._forget_recorders(place[1])
                recorded(place[1]).add(engine)
            self._after_fork_in_child()
        return engine

    def _forget_recorders(self, active: Door) -> None:
        """Drop the engines of recorders that have ended. They are closed."""
        for place, engine in [*self._engines.items()]:
            if place[1] is not None and place[1] is not active and engine.closed:
                self._engines.pop(place, None)

    def _engines_here(self) -> list[Engine]:
        """Return the engines of this process."""
        return [engine for (pid, _), engine in [*self._engines.items()] if pid == os.getpid()]

    def _present_engine(self) -> Engine:
        """Return the engine of this process, or an unused one, which is not kept."""
        return self._engines.get((os.getpid(), door.active)) or Engine(self._config)

    def _before_fork(self) -> None:
        """Wait until no thread uses SQLite."""
        for engine in self._engines_here():
            engine.before_fork()

    def _after_fork_in_parent(self) -> None:
        """Let the threads continue."""
        for engine in self._engines_here():
            engine.after_fork_in_parent()

    def _after_fork_in_child(self) -> None:
        """Leave everything to the parent process."""
        for place in [*self._engines]:
            # Another thread may do the same at this moment.
            if place[0] != os.getpid() and (inherited := self._engines.pop(place, None)) is not None:
                inherited.abandon()

    def _at_exit(self) -> None:
        """Deliver for up to `drain_on_exit` seconds."""
        for engine in self._engines_here():
            engine.close()


def _stop_without_waiting(engines: dict[tuple[int, Door | None], Engine]) -> None:
    for (pid, _), engine in engines.items():
        if pid == os.getpid():
            engine.stop_without_waiting()
