"""The class `Sandbox`: started, filled with data, read and closed by its users."""

import logging
import os
import re
from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import datetime
from typing import Self

from pyttributionio.sandbox.api.account import DEFAULT_API_KEY, DEFAULT_API_SECRET, Account, Accounts
from pyttributionio.sandbox.api.address import read_address, url_of
from pyttributionio.sandbox.api.app import create_app
from pyttributionio.sandbox.api.fault_redaction import SandboxFaults
from pyttributionio.sandbox.api.guard import OWN_PATHS, Guard
from pyttributionio.sandbox.api.recorder import ReceivedRequest, Recorder, RequestLog
from pyttributionio.sandbox.api.serving import ServerThread, listen
from pyttributionio.sandbox.faults.faults import Faults
from pyttributionio.sandbox.faults.layer import FaultLayer
from pyttributionio.sandbox.page.app import create_page
from pyttributionio.sandbox.page.data import PageSources
from pyttributionio.sandbox.store.seed import add_customers
from pyttributionio.sandbox.store.store import Store, open_store
from pyttributionio.sandbox.store.waiting import wait_until_unlocked
from pyttributionio.sandbox.values.asgi import ASGIApp
from pyttributionio.sandbox.values.bodies import JSONObject, is_unicode
from pyttributionio.sandbox.values.shapes import read_pageview
from pyttributionio.sandbox.values.times import Clock, read_clock, unix_seconds

_OPEN_TO_NETWORK = "The sandbox listens on %s, port %d: its page and all its data are open to the network."
_logger = logging.getLogger("pyttributionio.sandbox")


class Sandbox:
    """A local Attribution.io, served by a thread of this process, on 127.0.0.1 unless another host is given.

    It serves inside a `with` block, or from `start()` to `close()`; data in memory is lost after that. Its
    addresses raise RuntimeError before the first start, and can still be read after `close()`. Several
    sandboxes can serve at once, each with its own data.

    Args:
        host: The address to listen on. One that is not loopback opens all data to the network; this is logged.
        port: The port to listen on; 0 takes a free one.
        database: A file that keeps the data; None keeps it in memory.
        api_key: The public key of the first account.
        api_secret: The secret of the first account.
        disabled: Whether calls with the right credentials of the first account are answered 403.
        event_keys: The keys of your events. An event with another key is accepted, and marked on the page and in
            `requests`, so that a misspelled key is seen. None marks nothing.
        clock: Returns the time for data without one; an aware time is a clock that stands still, None is the
            system's clock.

    Raises:
        ValueError: The host is not an address, the port is out of range, the database is SQLite's name for one in
            memory, a credential has characters that a client cannot send, the event keys are one text, or the
            clock's time is naive.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        database: str | os.PathLike[str] | None = None,
        api_key: str = DEFAULT_API_KEY,
        api_secret: str = DEFAULT_API_SECRET,
        disabled: bool = False,
        event_keys: Collection[str] | None = None,
        clock: Clock | datetime | None = None,
    ) -> None:
        if not 0 <= port <= 65_535:
            raise ValueError(f"port must be between 0 and 65535, not {port}")
        if database is not None and os.fspath(database) in {"", ":memory:"}:
            raise ValueError(
                f"database {str(database)!r} is SQLite's name for no file: leave it out to keep the data in memory"
            )
        if isinstance(event_keys, str):
            raise ValueError(f"event_keys must be several keys, such as {{{event_keys!r}}}, not one text")
        self._event_keys = None if event_keys is None else frozenset(event_keys)
        self._address = read_address(host)
        self._accounts = Accounts(Account(api_key, api_secret, disabled))
        self._clock = read_clock(clock)
        self._given_port = port
        self._database = database
        self._log = RequestLog()
        self._faults = SandboxFaults(self._accounts)
        self._mounts: dict[str, ASGIApp] = {}
        self._port: int | None = None
        self._store: Store | None = None
        self._running: ExitStack | None = None

    def __repr__(self) -> str:
        return "<Sandbox, not running>" if self._running is None else f"<Sandbox at {self.tracking_url}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def api_key(self) -> str:
        """The public key of the first account."""
        return self._accounts.first.api_key

    @property
    def api_secret(self) -> str:
        """The secret of the first account, as plain text."""
        return self._accounts.first.api_secret

    @property
    def disabled(self) -> bool:
        """Whether calls with the right credentials of the first account are answered 403; can be set at any time."""
        return self._accounts.first.disabled

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self._accounts.first.disabled = value

    @property
    def base_url(self) -> str:
        """The address of the private API, with the version."""
        return f"{self.tracking_url}/api/v1"

    @property
    def tracking_url(self) -> str:
        """The address of the public API."""
        if self._port is None:
            raise RuntimeError("the sandbox has no address before it is started")
        return url_of(self._address, self._port)

    @property
    def page_url(self) -> str:
        """The address of the web page."""
        return f"{self.tracking_url}/_sandbox/"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self._address.is_loopback

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests that were answered, oldest first: a new list each time.

        It has the latest 10,000, and at most 64 MiB of requests and answers. Requests of the web page and
        bytes that are not HTTP are not in it.
        """
        return self._log.since()

    @property
    def customers(self) -> list[str]:
        """The client ids of the first account's customers, generated ones too, in the order of their first identities.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        return self._open_store().client_ids(self.api_key)

    @property
    def faults(self) -> Faults:
        """The faults in force; can be changed at any time."""
        return self._faults

    def start(self) -> None:
        """Open the database and serve; return when requests are answered.

        A closed sandbox can be started again. A given port stays the same.

        Raises:
            RuntimeError: It is running already.
            OSError: The port is in use or may not be used.
            sqlite3.Error: The database cannot be opened, is not a database, or is locked by another program.
            ValueError: The database is not one of this version of the sandbox.
        """
        if self._running is not None:
            raise RuntimeError("the sandbox is running already")
        with ExitStack() as undo:
            store = open_store(self._database)
            undo.callback(store.close)
            listener = listen(str(self._address), self._given_port)
            undo.callback(listener.close)
            port: int = listener.getsockname()[1]
            thread = ServerThread(self._application(store, port), listener)
            thread.start()
            undo.callback(thread.stop)
            self._port, self._store, self._running = port, store, undo.pop_all()
        if not self.is_loopback:
            _logger.warning(_OPEN_TO_NETWORK, str(self._address), port)

    def _application(self, store: Store, port: int) -> ASGIApp:
        app = create_app(self._accounts, store, self._clock, self._event_keys)
        api = FaultLayer(app, self._faults, shown=self._faults.shown)
        recorder = Recorder(api, self._log, self._accounts, self._clock)
        url = url_of(self._address, port)
        page = create_page(PageSources(store, self._accounts, self._log, self._faults, self._mounts, url))
        return Guard(recorder, page, self._mounts, str(self._address))

    def close(self) -> None:
        """Stop serving and close the database. Closing twice is fine.

        Answers that are being sent are finished, within one second; requests that are being received are cut.
        """
        running, self._running, self._store = self._running, None, None
        if running is not None:
            running.close()

    def add_account(self, api_key: str, api_secret: str, *, disabled: bool = False) -> Account:
        """Add an account with its own data, and return it.

        Args:
            api_key: Its public key.
            api_secret: Its secret.
            disabled: Whether calls with its right credentials are answered 403; this attribute of the
                returned account can be set at any time.

        Raises:
            ValueError: A credential has characters that a client cannot send, or there is an account with this key.
        """
        account = Account(api_key, api_secret, disabled)
        self._accounts.add(account)
        return account

    def mount(self, path: str, app: ASGIApp) -> None:
        """Serve an ASGI application of yours under a path, such as an example site with the snippet in it.

        This takes effect at once. The application's requests are not in `requests`. Requests to a name that is
        not the sandbox's are refused. Apart from that, the application has to protect itself, because pages of
        other sites can reach it.

        Args:
            path: One segment under `/_sandbox/`, where the vendor has no paths.
            app: Called with the path in its `root_path`, as by Starlette.

        Raises:
            ValueError: The path is not one segment under `/_sandbox/`, or is in use.
        """
        if not re.fullmatch(r"/_sandbox/[A-Za-z0-9-]+", path):
            raise ValueError(f"path must be one segment under /_sandbox/, such as /_sandbox/site, not {path!r}")
        if path in self._mounts or path in OWN_PATHS:
            raise ValueError(f"there is an application at {path} already")
        self._mounts[path] = app

    def add_pageview(
        self,
        visitor_id: str,
        url: str,
        *,
        referrer: str | None = None,
        title: str | None = None,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        api_key: str | None = None,
    ) -> None:
        """Add a pageview, as the snippet would record it in a browser.

        Args:
            visitor_id: The value of the visitor's cookie.
            url: The whole address of the page.
            referrer: The address of the page that linked to it.
            title: The title of the page.
            user_agent: The browser's name.
            created_at: An aware time, kept in whole seconds; None is the present time of the sandbox's clock.
            api_key: The public key of an account; None is the first account.

        Raises:
            RuntimeError: The sandbox is not running.
            sqlite3.OperationalError: Another program holds the lock of the database's file.
            ValueError: The time is naive or before 1970, an argument has a wrong type, the visitor id or the
                address is empty, a text cannot be encoded as UTF-8, or there is no such account.
        """
        members: JSONObject = {"visitor_id": visitor_id, "url": url, "referrer": referrer, "title": title}
        members["user_agent"] = user_agent
        members["created_at"] = None if created_at is None else unix_seconds(created_at, "created_at")
        pageview = read_pageview(members, now=int(self._clock().timestamp()))
        if not is_unicode(members):
            raise ValueError("a lone surrogate cannot be encoded as UTF-8")
        store, account = self._open_store(), self._key_of(api_key)
        wait_until_unlocked(lambda: store.add_all(account, pageviews=[pageview]))
        if store.may_checkpoint():
            store.checkpoint()

    def seed(
        self,
        customers: int,
        *,
        seed: int = 0,
        api_key: str | None = None,
        on_progress: Callable[[int], object] | None = None,
    ) -> int:
        """Generate customers with plausible journeys over the last eight whole weeks; return how many are new.

        The same number and seed generate the same data at any time of a week, from Monday to Sunday in UTC. In
        another week, all times are moved by whole weeks. Customers that the account has already, from any seed and
        week, are not generated again and do not change.

        Args:
            customers: How many generated customers the account shall have.
            seed: The seed of the random numbers.
            api_key: The public key of an account; None is the first account.
            on_progress: Called several times with the number of customers that the account has.

        Raises:
            RuntimeError: The sandbox is not running.
            sqlite3.OperationalError: Another program holds the lock of the database's file.
            ValueError: The number is negative, there is no such account, or the clock is too early, because
                journeys begin weeks before now and no time is before 1970.
        """
        store, account = self._open_store(), self._key_of(api_key)
        now = int(self._clock().timestamp())
        added = add_customers(store, account, customers, seed=seed, now=now, on_progress=on_progress)
        store.checkpoint()
        return added

    def _open_store(self) -> Store:
        if self._store is None:
            raise RuntimeError("the sandbox is not running")
        return self._store

    def _key_of(self, api_key: str | None) -> str:
        if api_key is None:
            return self.api_key
        if api_key not in [account.api_key for account in self._accounts]:
            raise ValueError(f"there is no account with the public key {api_key!r}: add it with add_account")
        return api_key
