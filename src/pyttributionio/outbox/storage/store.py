"""What the outbox asks of the place where it keeps entries. `tests/outbox/store_contract.py` is its contract."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pyttributionio.outbox.storage.entries import Burial, DeadLetter, Entry, NewEntry


class StoreCount(NamedTuple):
    """How much a store holds.

    Attributes:
        pending: Entries that wait.
        dead: Dead letters.
        size: Bytes they take up.
        oldest: When the oldest waiting entry was accepted, in Unix seconds; None if none waits.
    """

    pending: int
    dead: int
    size: int
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came of looking a store over.

    Attributes:
        damaged: Whether anything was wrong.
        saved: How many entries and dead letters were moved into a sound store.
        unreadable: How many were lost, as far as that can be counted.
        quarantine: Where the damaged file lies now; None where nothing was damaged, or there is no file.
    """

    damaged: bool
    saved: int = 0
    unreadable: int = 0
    quarantine: str | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was removed to make room: how many entries, and the highest number among them."""

    count: int
    through: int


class Store(Protocol):
    """Keep entries until they are delivered. Safe to call from several threads.

    Entries are numbered in the order in which they were appended; a number is never used twice while
    the store is open.
    """

    @property
    def newest(self) -> int:
        """The highest number given so far; 0 if there is none."""
        ...

    def append(self, entry: NewEntry) -> bool:
        """Keep an entry; when this returns, it outlives the process.

        Returns:
            False if an event with its transaction id and event key is waiting already; nothing was added then.

        Raises:
            OutboxFullError: There is no room for it.
            OutboxError: It could not be stored.
        """
        ...

    def claim(self, after: int, limit: int, *, lane: str | None = None, until: int | None = None) -> list[Entry]:
        """Return waiting entries with numbers above `after`, lowest first: of one lane, up to a number, if asked.

        Raises:
            OutboxError: They can't be read.
        """
        ...

    def acknowledge(self, numbers: Collection[int]) -> None:
        """Forget entries that were delivered; numbers that are not there are passed over.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def release(self, entries: Collection[Entry]) -> None:
        """Write down how far entries came that stay.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def bury(self, entry: Entry, burial: Burial) -> None:
        """Move an entry to the dead letters.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def expire(self, accepted_before: float, burial: Burial) -> Sequence[int]:
        """Move entries that were accepted before a moment to the dead letters.

        Args:
            accepted_before: The moment, in Unix seconds.
            burial: Why, and when.

        Returns:
            Their numbers; of very many, only some, so that nobody has to wait: then it is asked again.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def append_dropping(self, entry: NewEntry) -> tuple[bool, Dropped]:
        """Keep an entry, and remove the oldest waiting ones for it, as few as it takes.

        Returns:
            Whether it was added, as with `append`; and what was removed.

        Raises:
            OutboxFullError: There is no room for it even so; nothing was removed.
            OutboxError: It could not be stored; nothing was removed.
        """
        ...

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        """Return dead letters with numbers above `after`, lowest first.

        Raises:
            OutboxError: They can't be read.
        """
        ...

    def revive(self, numbers: Collection[int]) -> int:
        """Append dead letters as waiting entries again; return how many.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def drop(self, numbers: Collection[int], *, dead: bool) -> int:
        """Remove waiting entries or dead letters for good; return how many there were.

        Raises:
            OutboxError: It could not be written; nothing was changed.
        """
        ...

    def count(self) -> StoreCount:
        """Tell how much is kept.

        Raises:
            OutboxError: It can't be read.
        """
        ...

    def salvage(self) -> Salvage:
        """Look everything over; move what is readable out of a damaged file, and count the rest.

        Raises:
            OutboxError: It can't be looked at, or what is readable could not be saved.
        """
        ...

    def tidy(self) -> None:
        """Give back room that is not needed.

        Raises:
            OutboxError: It could not be written.
        """
        ...

    def close(self) -> None:
        """Let go of everything; closing twice is fine."""
        ...
