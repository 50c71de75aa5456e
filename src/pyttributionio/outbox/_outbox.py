"""The outbox as programs hold it."""

import os
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio.to_thread

from pyttributionio._client import AsyncClient, Client
from pyttributionio._core.clock import CLOCK, Clock
from pyttributionio._core.requests import Person, build_post_models
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio._core.validation import JSONValue
from pyttributionio._http.callers import CallersClient
from pyttributionio._http.driver import Driver
from pyttributionio.outbox._config import (
    Durability,
    Plan,
    WhenFull,
    checked_age,
    checked_bytes,
    checked_choice,
    checked_hook,
    checked_in_flight,
    checked_patience,
)
from pyttributionio.outbox._events import Accepted, Delivery, Hooks, StateChange, StoredEntry
from pyttributionio.outbox._requests import event_entry, identity_entry
from pyttributionio.outbox._stats import Health, OutboxStats, diagnose
from pyttributionio.outbox.process.engine import Engine
from pyttributionio.outbox.process.fork import watch
from pyttributionio.outbox.storage.directory import account_folder, default_directory
from pyttributionio.outbox.storage.store import Store


class Outbox:
    """Accept events and identities at once, and deliver them later, whatever happens in between.

    A call returns when its entry is stored; threads of the outbox send it. Safe to share between
    threads and tasks; in a forked child it works on with a store of its own. All times are in seconds.

    Args:
        client: Whose account, tracking URL, timeouts and `http_client` are used. It may be closed before.
        directory: Where entries are kept: on a local disk, the same at each start of the program. From the
            environment variable PYTTRIBUTIONIO_OUTBOX_DIRECTORY if left out, else the usual place for a
            program's state (platformdirs). Any number of processes and accounts can share one.
        durability: "process": a stored entry outlives any death of the process. "power": the operating system's
            and the machine's too. "memory": nothing; no disk is used.
        max_bytes: How large the file of one process may become.
        max_age_days: Days, not seconds, after which an entry that could not be delivered is moved to the dead letters.
        when_full: "raise": a call for which there is no room raises. "block": it waits first, for
            `block_timeout`. "drop_oldest": the oldest entries are dropped for it, as few as it takes, and
            counted; it raises where that does not help, as on a disk that others have filled.
        block_timeout: Seconds a call waits for room at most.
        in_flight: How many requests are under way at one time; each takes a thread, started when needed.
        drain_on_exit: Seconds that closing, or the end of the program, waits at most for deliveries; with 0, for none.
            For the threads to end, it waits up to half a second more.
        manual: Whether nothing is sent but by `pump()` and `flush()`, in their caller's thread; for tests.
        on_delivered: Told of each entry that was delivered whole.
        on_dead: Told of each entry that the server refused, now in the dead letters.
        on_state: Told when the server stops or starts to take entries. All hooks are called from the
            outbox's thread, which waits for them; what they raise is logged.
        store: Makes a store of your own, in each process that needs one, in the place of the directory.
        clock: Tells the time, and draws the jitter; for tests, together with `manual`.

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
        when_full: WhenFull = "raise",
        block_timeout: float = 5.0,
        in_flight: int = 32,
        drain_on_exit: float = 1.0,
        manual: bool = False,
        on_delivered: Callable[[Delivery], object] | None = None,
        on_dead: Callable[[StoredEntry], object] | None = None,
        on_state: Callable[[StateChange], object] | None = None,
        store: Callable[[], Store] | None = None,
        clock: Clock = CLOCK,
    ) -> None:
        settings, http_client = _of_client(client)
        checked_choice("durability", durability, Durability)
        checked_choice("when_full", when_full, WhenFull)
        for name, hook in {"on_delivered": on_delivered, "on_dead": on_dead, "on_state": on_state}.items():
            checked_hook(name, hook)
        self._plan = Plan(
            settings=settings,
            http_client=http_client,
            folder=_folder(settings, directory, durability, store),
            make_store=store,
            durability=durability,
            max_bytes=checked_bytes(max_bytes),
            max_age=checked_age(max_age_days),
            when_full=when_full,
            block_timeout=checked_patience("block_timeout", block_timeout),
            in_flight=checked_in_flight(in_flight),
            drain_on_exit=checked_patience("drain_on_exit", drain_on_exit),
            manual=checked_flag("manual", manual),
            hooks=Hooks(on_delivered, on_dead, on_state),
            clock=clock,
        )
        build_post_models()
        self._engines: dict[int, Engine] = {}
        self._engine()
        # Nothing here may hold the outbox itself, so that it can be forgotten without being closed.
        weakref.finalize(self, _dismiss, self._engines).atexit = False
        watch(self)

    def event(
        self,
        event_key: str,
        *,
        visitor_id: str | int,
        client_id: str | int | None = None,
        url: str | None = None,
        user_agent: str | None = None,
        transaction_id: str | int | None = None,
        created_at: datetime | None = None,
        is_informational: bool = False,
        meta: Mapping[str, JSONValue] | None = None,
        identify: bool = True,
    ) -> Accepted:
        """Store one event for a visitor, and with it the identity that is delivered after it.

        Both carry the same client id, made up at random where none is given. Every attempt sends the
        same bytes.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            client_id: The person's id; an event without one is not counted, hence the random one.
            url: The page on which it happened; the server is told "URL unknown" if left out.
            user_agent: The visitor's user agent; the server is told "User-Agent unknown" if left out.
            transaction_id: What makes the event unique, such as an order's number; a UUID of version 7 if
                left out. While one waits, another of the same id and event key is not stored again.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            is_informational: Whether to record the event without counting it as a conversion.
            meta: Further JSON members of the event's `meta` object.
            identify: Whether to deliver the identity too.

        Returns:
            The receipt: the event is stored.

        Raises:
            OutboxFullError: There is no room for it; nothing was stored.
            OutboxError: It could not be stored, for the disk fails or the outbox is closed.
            OutboxCorruptError: The outbox's file is damaged, and could not be mended.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was stored.
            TypeError: An argument has the wrong type; nothing was stored.
        """
        person = Person(client_id, visitor_id, user_agent, created_at, meta)
        entry, person_id = event_entry(
            self._plan.settings,
            event_key,
            person,
            url=url,
            transaction_id=transaction_id,
            is_informational=is_informational,
            identify=identify,
        )
        added = self._engine().append(entry)
        return Accepted(entry.transaction_id, person_id, not added)

    def identity(
        self,
        client_id: str | int | None = None,
        *,
        visitor_id: str | int,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        meta: Mapping[str, JSONValue] | None = None,
    ) -> Accepted:
        """Store what ties a person's id to a visitor id.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            user_agent: The visitor's user agent; the server is told "User-Agent unknown" if left out.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            meta: Further JSON members of the identity's `meta` object.

        Returns:
            The receipt: the identity is stored.

        Raises:
            OutboxFullError: There is no room for it; nothing was stored.
            OutboxError: It could not be stored, for the disk fails or the outbox is closed.
            OutboxCorruptError: The outbox's file is damaged, and could not be mended.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was stored.
            TypeError: An argument has the wrong type; nothing was stored.
        """
        person = Person(client_id, visitor_id, user_agent, created_at, meta)
        entry, person_id = identity_entry(self._plan.settings, person)
        self._engine().append(entry)
        return Accepted(entry.transaction_id, person_id)

    def start(self) -> None:
        """Start to deliver what an earlier process left, without waiting for the first call.

        Raises:
            OutboxError: The store can't be opened.
        """
        self._engine().start()

    def flush(self, timeout: float = 10.0) -> int:
        """Wait until everything that waits here is delivered.

        With `manual=True` it sends in this thread what is due, and a request that is under way at the end is cut off.

        Args:
            timeout: Seconds to wait at most; with 0, it only counts what is left.

        Returns:
            How many entries are left; 0 if all were delivered.

        Raises:
            OutboxError: The store can't be opened; with `manual=True`, or written. Or the outbox is closed.
            ValueError: The timeout is below zero, or not finite.
            TypeError: The timeout is no number.
        """
        engine = self._engine()
        engine.start()
        return engine.flush(checked_patience("timeout", timeout))

    async def aflush(self, timeout: float = 10.0) -> int:
        """Wait like `flush`, without blocking the event loop.

        Args:
            timeout: Seconds to wait at most; with 0, it only counts what is left.

        Returns:
            How many entries are left; 0 if all were delivered.

        Raises:
            OutboxError: The store can't be opened; with `manual=True`, or written. Or the outbox is closed.
            ValueError: The timeout is below zero, or not finite.
            TypeError: The timeout is no number.
        """
        return await anyio.to_thread.run_sync(self.flush, timeout)

    def pump(self) -> int:
        """Send all that is due, in this thread; for an outbox made with `manual=True`.

        Returns:
            How many requests were made.

        Raises:
            RuntimeError: The outbox has threads of its own for that.
            OutboxError: The store can't be opened or written.
        """
        if not self._plan.manual:
            raise RuntimeError("This outbox sends by itself; make it with manual=True to send by pump().")
        return self._engine().pump()

    @property
    def folder(self) -> Path:
        """Where this account's entries are, in a folder of the directory.

        Raises:
            RuntimeError: They are on no disk, or in a store of your own.
        """
        if self._plan.folder is None:
            raise RuntimeError("This outbox has no folder: it keeps its entries in memory, or in a store of your own.")
        return self._plan.folder

    def stats(self) -> OutboxStats:
        """Tell how things stand in this process; costs microseconds."""
        return self._engine().stats()

    def health(self, *, max_age: float = 3600.0) -> Health:
        """Tell whether the outbox is well, for a readiness probe.

        Args:
            max_age: Seconds from which on the oldest entry has waited too long.
        """
        engine = self._engine()
        stats = engine.stats()
        return diagnose(stats, closed=engine.closed, full=engine.is_full, max_age=max_age)

    def close(self) -> None:
        """Deliver what can be delivered within `drain_on_exit`, then let go of files and threads.

        What is left stays stored for the next process, or the next outbox. Threads get half a second more to end.
        With `manual=True` nothing is delivered. Closing twice is fine.
        """
        self._engine().close(self._plan.drain_on_exit)

    async def aclose(self) -> None:
        """Close like `close`, without blocking the event loop."""
        await anyio.to_thread.run_sync(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "An outbox does not pickle: make one on the same directory in the process that needs it, "
            "for any number can share one."
        )

    def __repr__(self) -> str:
        plan = self._plan
        place = plan.durability if plan.folder is None else str(plan.folder)
        return f"{type(self).__name__}(api_key={plan.settings.api_key!r}, {place!r})"

    def _engine(self) -> Engine:
        """Return this process's engine. Asked at each call, for uWSGI forks without a word to Python."""
        pid = os.getpid()
        engine = self._engines.get(pid)
        if engine is None:
            engine = self._engines.setdefault(pid, Engine(self._plan))  # atomic, so threads need no lock
            for other in [*self._engines]:
                # Another thread may have come by here too.
                if other != pid and (left := self._engines.pop(other, None)) is not None:
                    left.abandon()
        return engine

    def _before_fork(self) -> None:
        """See to it that no thread is inside SQLite."""
        self._engine().hold()

    def _after_fork_in_parent(self) -> None:
        """Go on."""
        self._engine().resume()

    def _after_fork_in_child(self) -> None:
        """Leave everything to the parent, and start anew."""
        self._engine()

    def _at_exit(self) -> None:
        """Deliver what can be delivered in time."""
        self.close()


def _dismiss(engines: dict[int, Engine]) -> None:
    for pid, engine in engines.items():
        if pid == os.getpid():
            engine.dismiss()


def _of_client(client: object) -> tuple[Settings, CallersClient | None]:
    """Return what is used of a client. The secret stays behind: nothing is read here."""
    if not isinstance(client, Client | AsyncClient):
        raise TypeError(f"client is a Client or an AsyncClient, not {type(client).__name__}")
    # The core does not know the outbox, so that it has no door for it.
    settings = client._settings._replace(api_secret=None)  # pyright: ignore[reportPrivateUsage]
    driver = client._driver  # pyright: ignore[reportPrivateUsage]
    if isinstance(driver, Driver):
        return settings, driver.http_client
    if driver.http_client is not None:
        raise TypeError(
            "This AsyncClient has an http_client of your own, which only its event loop can drive, and an outbox sends "
            "from threads. Make the outbox from a Client; it can be used in async code all the same."
        )
    return settings, None


def _folder(
    settings: Settings,
    directory: str | os.PathLike[str] | None,
    durability: Durability,
    store: Callable[[], Store] | None,
) -> Path | None:
    if durability == "memory" or store is not None:
        if directory is not None:
            raise ValueError("A directory is of no use here: entries go to memory, or to a store of your own.")
        return None
    return account_folder(Path(directory) if directory is not None else default_directory(), settings)
