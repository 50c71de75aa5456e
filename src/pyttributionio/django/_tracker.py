"""The tracker of a Django project: its calls wait for the commit of the transaction."""

from collections.abc import Callable
from functools import partial
from logging import ERROR
from typing import Final, cast

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.http import HttpRequest
from typing_extensions import Unpack

from pyttributionio._shared.text import one_line
from pyttributionio.outbox import Accepted, NewEntry, Outbox
from pyttributionio.outbox._calls import OutboxCalls
from pyttributionio.web import EventOptions, IdentityOptions, Skipped, Tracker, Visit
from pyttributionio.web._log import log

_LONGEST_LOGGED: Final = 300


class Deferred(Accepted):
    """The receipt of a call in a transaction: its entry is stored when the transaction commits.

    If the transaction is rolled back, the entry is dropped. The arguments are checked, and the ids and `created_at` are
    those of the call.
    """

    __slots__ = ()


class AfterCommit(OutboxCalls):
    """The calls of an outbox, whose entries are stored when the current transaction commits.

    Without a transaction, an entry is stored at once.

    Args:
        outbox: The outbox.
        using: The alias of the database.
    """

    def __init__(self, outbox: Outbox, using: str) -> None:
        self._config = outbox._config
        self._outbox = outbox
        self._using = using

    def _accept(self, entry: NewEntry, client_id: str) -> Accepted:
        store = self._outbox._accept  # pyright: ignore[reportPrivateUsage] - it stores an entry that was checked before
        # `on_commit` alone would open a connection to the database if there is none.
        if not connections[self._using].in_atomic_block:
            return store(entry, client_id)
        transaction.on_commit(partial(_store, store, entry, client_id), using=self._using, robust=True)
        return Deferred(entry.transaction_id, client_id)


def _store(store: Callable[[NewEntry, str], Accepted], entry: NewEntry, client_id: str) -> None:
    """Store an entry after the commit. A failure is logged, because the transaction is over."""
    try:
        store(entry, client_id)
    except Exception as error:
        what = "identity" if entry.event_key is None else f"event {entry.event_key}"
        text = one_line(str(error)[:_LONGEST_LOGGED])
        log(ERROR, "%s was not tracked after the commit: %s: %s", what, type(error).__name__, text)


class DjangoTracker(Tracker[HttpRequest]):
    """Count events and identities of Django's requests, after the commit of the transaction.

    `track` calls `event` and `identity`, which wait for the database "default".
    """

    def event(
        self, event_key: str, *, visit: Visit | None = None, **options: Unpack[EventOptions]
    ) -> Accepted | Skipped:
        """Store one event of the current visitor after the commit.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visit: The visit; the current one if left out.
            options: The arguments of `outbox.event`. They replace what the visit knows.

        Returns:
            The receipt, or why nothing was stored.
        """
        return self.event_using(event_key, DEFAULT_DB_ALIAS, visit, options)

    def event_using(
        self, event_key: str, using: str | None, visit: Visit | None, options: EventOptions
    ) -> Accepted | Skipped:
        """Store one event after the commit in a database.

        Args:
            event_key: The event's key.
            using: The alias of the database; None to store at once.
            visit: The visit; None for the current one.
            options: The arguments of `outbox.event`.

        Returns:
            The receipt, or why nothing was stored.
        """
        call = self._calls(using).event
        return self._call(call, "event", (event_key,), visit, cast("dict[str, object]", options))

    def identity(
        self, client_id: str | int | None = None, *, visit: Visit | None = None, **options: Unpack[IdentityOptions]
    ) -> Accepted | Skipped:
        """Store one identity after the commit.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visit: The visit; the current one if left out.
            options: The arguments of `outbox.identity`. They replace what the visit knows.

        Returns:
            The receipt, or why nothing was stored.
        """
        return self.identity_using(client_id, DEFAULT_DB_ALIAS, visit, options)

    def identity_using(
        self, client_id: str | int | None, using: str | None, visit: Visit | None, options: IdentityOptions
    ) -> Accepted | Skipped:
        """Store one identity after the commit in a database.

        Args:
            client_id: The person's id; None for a random one.
            using: The alias of the database; None to store at once.
            visit: The visit; None for the current one.
            options: The arguments of `outbox.identity`.

        Returns:
            The receipt, or why nothing was stored.
        """
        call = self._calls(using).identity
        return self._call(call, "identity", (client_id,), visit, cast("dict[str, object]", options))

    def _calls(self, using: str | None) -> OutboxCalls:
        return self.outbox if using is None else AfterCommit(self.outbox, using)
