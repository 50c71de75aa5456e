"""The sandbox as its users hold it: start it, load it, look at what arrived, close it."""

import os
import time
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from ._account import DEFAULT_API_KEY, DEFAULT_API_SECRET, Account
from ._app import create_app
from ._bodies import JSONObject, is_unicode
from ._recorder import ReceivedRequest, Recorder, RequestLog
from ._serving import ServerThread, listen
from ._shapes import read_pageview
from ._store import Store

_HOST = "127.0.0.1"


class Sandbox:
    """A local Attribution.io on 127.0.0.1, served by a thread of this process.

    Several can serve at once, each with its own data. It serves inside a `with` block, or from
    `start()` to `close()`; what is kept in memory is gone after that.

    Args:
        port: Where to listen; 0 takes a free port.
        database: A file to keep the data in between runs; None keeps it in memory.
        api_key: The account's public key.
        api_secret: The account's secret.
        disabled: Whether calls with the right credentials are answered 403.

    Raises:
        ValueError: The port is out of range, or a credential is empty or not printable.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        database: str | os.PathLike[str] | None = None,
        api_key: str = DEFAULT_API_KEY,
        api_secret: str = DEFAULT_API_SECRET,
        disabled: bool = False,
    ) -> None:
        if not 0 <= port <= 65_535:
            raise ValueError(f"port must be between 0 and 65535, not {port}")
        self._account = Account(api_key, api_secret, disabled)
        self._wanted_port = port
        self._database = database
        self._log = RequestLog()
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
        """The account's public key."""
        return self._account.api_key

    @property
    def api_secret(self) -> str:
        """The account's secret, in plain."""
        return self._account.api_secret

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
        return f"http://{_HOST}:{self._port}"

    @property
    def disabled(self) -> bool:
        """Whether calls with the right credentials are answered 403; may be set at any time."""
        return self._account.disabled

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self._account.disabled = value

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What has been answered so far, oldest first: a new list each time.

        The latest 10,000 are kept, and of them what has at most 64 MiB of bodies. What is no HTTP
        at all never gets here.
        """
        return self._log.snapshot()

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
            store = Store(self._database)
            undo.callback(store.close)
            listener = listen(_HOST, self._wanted_port)
            undo.callback(listener.close)
            port: int = listener.getsockname()[1]
            app = create_app(self._account, store)
            thread = ServerThread(Recorder(app, self._log, secret=self.api_secret), listener)
            thread.start()
            undo.callback(thread.stop)
            self._port, self._store, self._running = port, store, undo.pop_all()

    def close(self) -> None:
        """Stop serving and close the database. Closing twice is fine.

        Answers on their way out are finished, for at most a second; requests that are still on
        their way in are cut.
        """
        running, self._running, self._store = self._running, None, None
        if running is not None:
            running.close()

    def add_pageview(
        self,
        visitor_id: str,
        url: str,
        *,
        referrer: str | None = None,
        title: str | None = None,
        user_agent: str | None = None,
        created_at: datetime | None = None,
    ) -> None:
        """Load one pageview, as the snippet would have recorded it in a browser.

        Args:
            visitor_id: The value of the visitor's cookie.
            url: The page's whole address.
            referrer: The address of the page that linked there.
            title: The page's title.
            user_agent: The browser's name for itself.
            created_at: An aware time, kept in whole seconds; None is now.

        Raises:
            RuntimeError: The sandbox is not running.
            ValueError: The time is naive or before 1970, an argument is of a wrong type, the
                visitor id or the address is empty, or some text cannot be written as UTF-8.
        """
        if self._store is None:
            raise RuntimeError("the sandbox is not running")
        members: JSONObject = {
            "visitor_id": visitor_id,
            "url": url,
            "referrer": referrer,
            "title": title,
            "user_agent": user_agent,
            "created_at": None if created_at is None else _unix_seconds(created_at),
        }
        if not is_unicode(members):
            raise ValueError("a lone surrogate cannot be written as UTF-8")
        pageview = read_pageview(members, now=int(time.time()))
        self._store.add_pageviews(self._account.api_key, [pageview])


def _unix_seconds(moment: datetime) -> int:
    if moment.utcoffset() is None:
        raise ValueError("created_at is naive: give it a time zone")
    return int(moment.timestamp())
