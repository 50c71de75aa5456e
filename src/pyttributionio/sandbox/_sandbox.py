"""The sandbox as its users hold it: start it, load it, look at what arrived, close it."""

import logging
import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp

from pyttributionio.sandbox.api.account import DEFAULT_API_KEY, DEFAULT_API_SECRET, Account, Accounts
from pyttributionio.sandbox.api.address import read_address
from pyttributionio.sandbox.api.app import create_app
from pyttributionio.sandbox.api.guard import OWN_PATHS, Guard
from pyttributionio.sandbox.api.recorder import ReceivedRequest, Recorder, RequestLog
from pyttributionio.sandbox.api.serving import ServerThread, listen
from pyttributionio.sandbox.faults.faults import Faults
from pyttributionio.sandbox.faults.layer import FaultLayer
from pyttributionio.sandbox.page.app import create_page
from pyttributionio.sandbox.page.data import PageSources
from pyttributionio.sandbox.page.python_sample import Addresses
from pyttributionio.sandbox.store.database import open_database
from pyttributionio.sandbox.store.seed import add_customers
from pyttributionio.sandbox.store.store import Store
from pyttributionio.sandbox.values.bodies import JSONObject, is_unicode
from pyttributionio.sandbox.values.shapes import read_pageview
from pyttributionio.sandbox.values.times import Clock, read_clock, unix_seconds

_logger = logging.getLogger("pyttributionio.sandbox")


class Sandbox:
    """A local Attribution.io, on 127.0.0.1 unless told otherwise, served by a thread of this process.

    Several can serve at once, each with its own data. It serves inside a `with` block, or from
    `start()` to `close()`; what is kept in memory is gone after that.

    Args:
        host: The address to listen on. Anything but loopback opens the page and all data to the
            network, and is logged as a warning.
        port: Where to listen; 0 takes a free port.
        database: A file to keep the data in between runs; None keeps it in memory.
        api_key: The first account's public key.
        api_secret: The first account's secret.
        disabled: Whether calls with the first account's right credentials are answered 403.
        clock: Tells the time for what has none of its own; an aware time stands still, None is the
            system's clock.

    Raises:
        ValueError: The host is no address, the port is out of range, the database is SQLite's name for
            one in memory, a credential has characters that a client can't send, or the clock's time
            is naive.
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
        clock: Clock | datetime | None = None,
    ) -> None:
        if not 0 <= port <= 65_535:
            raise ValueError(f"port must be between 0 and 65535, not {port}")
        if database is not None and os.fspath(database) in {"", ":memory:"}:
            raise ValueError(
                f"database {str(database)!r} is SQLite's name for none at all: leave it out for one in memory"
            )
        self._address = read_address(host)
        self._accounts = Accounts(Account(api_key, api_secret, disabled))
        self._clock = read_clock(clock)
        self._wanted_port = port
        self._database = database
        self._log = RequestLog()
        self._faults = Faults()
        self._mounts: dict[str, ASGIApp] = {}
        self._port: int | None = None
        self._store: Store | None = None
        self._running: ExitStack | None = None

    def __repr__(self) -> str:
        if self._running is None:
            return "<Sandbox, not running>"
        return f"<Sandbox at {self.tracking_url}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def api_key(self) -> str:
        """The first account's public key."""
        return self._accounts.first.api_key

    @property
    def api_secret(self) -> str:
        """The first account's secret, in plain."""
        return self._accounts.first.api_secret

    @property
    def disabled(self) -> bool:
        """Whether calls with the first account's right credentials are answered 403; may be set at any time."""
        return self._accounts.first.disabled

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self._accounts.first.disabled = value

    @property
    def base_url(self) -> str:
        """The private API's address, version included; still readable after closing.

        Raises:
            RuntimeError: The sandbox was never started.
        """
        return f"{self.tracking_url}/api/v1"

    @property
    def tracking_url(self) -> str:
        """The public API's address; still readable after closing.

        Raises:
            RuntimeError: The sandbox was never started.
        """
        if self._port is None:
            raise RuntimeError("the sandbox has no address before it is started")
        return self._address.url(self._port)

    @property
    def page_url(self) -> str:
        """The address of the web page that shows what arrived; still readable after closing.

        Raises:
            RuntimeError: The sandbox was never started.
        """
        return f"{self.tracking_url}/_sandbox/"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self._address.is_loopback

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What has been answered so far, oldest first: a new list each time.

        The latest 10,000 are kept, and of them what has at most 64 MiB of bodies and answers. What
        is no HTTP at all never gets here, nor do the web page's own requests.
        """
        return self._log.snapshot()

    @property
    def faults(self) -> Faults:
        """What goes wrong, as far as it was told to; may be changed at any time."""
        return self._faults

    def start(self) -> None:
        """Open the database and serve; return when requests are answered.

        A closed sandbox may be started again, on the same port unless that was to be a free one.

        Raises:
            RuntimeError: It is running already.
            OSError: The port is in use or may not be used.
            sqlite3.Error: The database cannot be opened, or is none.
            ValueError: The database is not one of this version of the sandbox.
        """
        if self._running is not None:
            raise RuntimeError("the sandbox is running already")
        with ExitStack() as undo:
            store = Store(open_database(self._database))
            undo.callback(store.close)
            listener = listen(self._address.host, self._wanted_port)
            undo.callback(listener.close)
            port: int = listener.getsockname()[1]
            thread = ServerThread(self._application(store, port), listener)
            thread.start()
            undo.callback(thread.stop)
            self._port, self._store, self._running = port, store, undo.pop_all()
        if not self.is_loopback:
            _logger.warning(
                "The sandbox listens on %s, port %d: its page and all its data are open to the network.",
                self._address.host,
                port,
            )

    def _application(self, store: Store, port: int) -> ASGIApp:
        api = FaultLayer(create_app(self._accounts, store, self._clock), self._faults)
        recorder = Recorder(api, self._log, self._accounts, self._clock)
        url = self._address.url(port)
        addresses = Addresses(base_url=f"{url}/api/v1", tracking_url=url)
        page = create_page(PageSources(store, self._accounts, self._log, self._faults, addresses))
        return Guard(recorder, page, self._mounts, self._address.host)

    def close(self) -> None:
        """Stop serving and close the database. Closing twice is fine.

        Answers on their way out are finished, for at most a second; requests that are still on
        their way in are cut.
        """
        running, self._running, self._store = self._running, None, None
        if running is not None:
            running.close()

    def add_account(self, api_key: str, api_secret: str, *, disabled: bool = False) -> Account:
        """Serve one more account, with data of its own, from now on.

        Args:
            api_key: Its public key.
            api_secret: Its secret.
            disabled: Whether calls with its right credentials are answered 403; the returned
                account's attribute of that name may be set at any time.

        Raises:
            ValueError: A credential has characters that a client can't send, or there is an account of that key.
        """
        account = Account(api_key, api_secret, disabled)
        self._accounts.add(account)
        return account

    def mount(self, path: str, app: ASGIApp) -> None:
        """Serve an ASGI application of yours under a path, such as an example site with the snippet in it.

        It takes effect at once. Requests to it are not in `requests`, and it has to guard itself:
        pages of other sites can reach it.

        Args:
            path: Under `/_sandbox/`, where all is that the vendor has not.
            app: Called with the path in its `root_path`, as Starlette does it.

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
        """Load one pageview, as the snippet would have recorded it in a browser.

        Args:
            visitor_id: The value of the visitor's cookie.
            url: The page's whole address.
            referrer: The address of the page that linked there.
            title: The page's title.
            user_agent: The browser's name for itself.
            created_at: An aware time, kept in whole seconds; None is now, by the sandbox's clock.
            api_key: The public key of the account it belongs to; None is the first.

        Raises:
            RuntimeError: The sandbox is not running.
            ValueError: The time is naive or before 1970, an argument is of a wrong type, the
                visitor id or the address is empty, some text cannot be written as UTF-8, or there
                is no such account.
        """
        members: JSONObject = {
            "visitor_id": visitor_id,
            "url": url,
            "referrer": referrer,
            "title": title,
            "user_agent": user_agent,
            "created_at": None if created_at is None else unix_seconds(created_at, "created_at"),
        }
        pageview = read_pageview(members, now=int(self._clock().timestamp()))
        if not is_unicode(members):
            raise ValueError("a lone surrogate cannot be written as UTF-8")
        self._open_store().add_all(self._key_of(api_key), pageviews=[pageview])

    def seed(
        self,
        customers: int,
        *,
        seed: int = 0,
        api_key: str | None = None,
        on_progress: Callable[[int], object] | None = None,
    ) -> int:
        """Make up customers with plausible journeys over the last eight whole weeks; return how many it made.

        The same number and seed make the same data at any time of a week, Monday to Sunday in UTC; when the
        clock is in another, all of it is moved by whole weeks. Customers who are there already stay as they
        are, whatever seed and clock they were made with, and are not made again.

        Args:
            customers: How many there are to be.
            seed: Where the chances start.
            api_key: The public key of the account they belong to; None is the first.
            on_progress: Called now and then with the number of them that are there so far.

        Raises:
            RuntimeError: The sandbox is not running.
            ValueError: The number is negative, there is no such account, or the clock is too early:
                journeys begin weeks before now, and no time is before 1970.
        """
        store, account = self._open_store(), self._key_of(api_key)
        now = int(self._clock().timestamp())
        return add_customers(store, account, customers, seed=seed, now=now, on_progress=on_progress)

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
