"""The calls of the outbox that store an entry.

Generated from scripts/resources/tracking.py by scripts/generate-models.
Do not edit: change the source and run it again.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime

from pyttributionio._core.requests import EventFields, Person
from pyttributionio._core.types import JSONValue
from pyttributionio._shared.habits import AnswersHabits
from pyttributionio.outbox._config import OutboxConfig
from pyttributionio.outbox._events import Accepted
from pyttributionio.outbox._requests import event_entry, identity_entry
from pyttributionio.outbox.storage.entries import NewEntry


class OutboxCalls(AnswersHabits, ABC):
    """The calls that store an entry, with the arguments of `client.tracking`."""

    _config: OutboxConfig

    @abstractmethod
    def _accept(self, entry: NewEntry, client_id: str) -> Accepted:
        """Store an entry; return its receipt."""

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
        """Store one event of a visitor, and the identity that is delivered after it.

        Both have the same client id. Every attempt sends the same bytes. An entry whose answer was lost is sent again,
        and whether the vendor removes duplicates is documented nowhere: see `retry_posts`.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            client_id: The person's id; a random one if left out, because an event without an id is not counted.
            url: The page on which it happened; "URL unknown" is sent if left out.
            user_agent: The visitor's user agent; "User-Agent unknown" is sent if left out.
            transaction_id: An id that no other event has, such as an order's number; a UUID of version 7 if left
                out. While an event waits, another one of the same id and event key is not stored.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            is_informational: Whether to record the event without counting it as a conversion.
            meta: Further JSON members of the event's `meta` object.
            identify: Whether to deliver the identity too.

        Returns:
            The receipt: the event is stored.

        Raises:
            OutboxFullError: There is no room for it; nothing was stored.
            OutboxError: It could not be stored, because the disk fails or the outbox is closed.
            OutboxCorruptError: The outbox's file is damaged, and could not be repaired.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was stored.
            TypeError: An argument has the wrong type; nothing was stored.
        """
        return self._accept(
            *event_entry(
                self._config.settings,
                Person(client_id, visitor_id, user_agent, created_at, meta),
                EventFields(event_key, url, transaction_id, is_informational),
                identify=identify,
            )
        )

    def identity(
        self,
        client_id: str | int | None = None,
        *,
        visitor_id: str | int,
        user_agent: str | None = None,
        created_at: datetime | None = None,
        meta: Mapping[str, JSONValue] | None = None,
    ) -> Accepted:
        """Store one identity: it connects a person's id to a visitor id.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visitor_id: The value of the snippet's cookie; `visitor_id_from_cookies` finds it.
            user_agent: The visitor's user agent; "User-Agent unknown" is sent if left out.
            created_at: When it happened, with a time zone; now, if left out. Sent in whole seconds.
            meta: Further JSON members of the identity's `meta` object.

        Returns:
            The receipt: the identity is stored.

        Raises:
            OutboxFullError: There is no room for it; nothing was stored.
            OutboxError: It could not be stored, because the disk fails or the outbox is closed.
            OutboxCorruptError: The outbox's file is damaged, and could not be repaired.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was stored.
            TypeError: An argument has the wrong type; nothing was stored.
        """
        return self._accept(
            *identity_entry(self._config.settings, Person(client_id, visitor_id, user_agent, created_at, meta))
        )
