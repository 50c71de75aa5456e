"""A shard: the store of one process, in one SQLite file."""

import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from pyttributionio._errors import OutboxError, OutboxFullError
from pyttributionio.outbox.storage import repair, statements
from pyttributionio.outbox.storage.database import Database, is_damage, primary_code, translated
from pyttributionio.outbox.storage.drop_oldest import ROW, make_room
from pyttributionio.outbox.storage.entries import Burial, DeadLetter, Entry, NewEntry
from pyttributionio.outbox.storage.rows import dead_letter_of, entry_of, parameters
from pyttributionio.outbox.storage.shard import ShardFile
from pyttributionio.outbox.storage.store import Dropped, Salvage, StoreCount


class _Ticket:
    """An entry on its way into the file, and what became of it."""

    __slots__ = ("done", "entry", "error", "size", "stored")

    def __init__(self, entry: NewEntry) -> None:
        self.entry = entry
        self.size = len(entry.body) + len(entry.identity or b"") + ROW
        self.done = False
        self.stored = False
        self.error: OutboxError | None = None


class SqliteStore:
    """Keep entries in one SQLite file.

    Args:
        path: The file.
        full_sync: Whether an entry is on the disk, not only with the operating system, when it is accepted.
        log: Whether to use a write-ahead log; not on network file systems.
        max_bytes: How large the file may become, its log not counted.
        on_damage: Told what was saved and what was lost whenever the file was found damaged.
        expected: How many entries and dead letters were last known to be in it.

    Raises:
        OutboxError: The file can't be opened.
        OutboxCorruptError: It is damaged, and what is readable could not be saved.
    """

    def __init__(
        self,
        path: Path,
        *,
        full_sync: bool,
        log: bool,
        max_bytes: int,
        on_damage: Callable[[Salvage], object] = lambda _: None,
        expected: int = 0,
    ) -> None:
        self.path = path
        self.database = Database(path, full_sync=full_sync, log=log, max_bytes=max_bytes)
        self._file = ShardFile(self.database, on_damage, expected)
        self._waiting: deque[_Ticket] = deque()

    @property
    def newest(self) -> int:
        """The highest number given so far."""
        return self._file.newest

    @property
    def size(self) -> int:
        """How many entries and dead letters there are."""
        return self._file.pending + self._file.dead

    def append(self, entry: NewEntry) -> bool:
        """Keep an entry.

        Whoever gets the lock commits what all others have brought by then, in one transaction: with
        `full_sync` the disk is waited for once for all of them.

        Raises:
            OutboxFullError: There is no room for it.
            OutboxError: It could not be stored.
        """
        ticket = _Ticket(entry)
        self._waiting.append(ticket)
        try:
            with self.database.held():
                if not ticket.done:
                    self._commit_waiting(ticket)
        except OutboxError:
            if not ticket.done:
                with contextlib.suppress(ValueError):  # a call that was interrupted has taken it out already
                    self._waiting.remove(ticket)
            raise
        if ticket.error is not None:
            raise ticket.error
        return ticket.stored

    def _commit_waiting(self, ticket: _Ticket) -> None:
        """Commit a ticket, and all that wait; whoever is interrupted here leaves the others to their own calls."""
        batch: list[_Ticket] = []
        before = self._file.newest
        try:
            while self._waiting:
                batch.append(self._waiting.popleft())
            if ticket not in batch:  # who took it out of the queue was interrupted
                batch.append(ticket)
            self._store(batch)
            for each in batch:
                each.done = True
        except (OutboxError, sqlite3.Error) as error:
            for each in batch:  # each caller raises an error of its own
                told = translated(error, self.path) if isinstance(error, sqlite3.Error) else type(error)(*error.args)
                if not (isinstance(told, OutboxFullError) and self._waits(each.entry)):
                    each.error = told
                each.done = True
        except BaseException:  # Ctrl-C, or what a signal handler raises: the commit may have been made, or not
            with contextlib.suppress(OutboxError, sqlite3.Error):
                self._file.recount()
            if self._file.newest != before:
                for each in batch:
                    each.done = True
            raise

    def _waits(self, entry: NewEntry) -> bool:
        """Tell whether an event waits already, so that it needs no room."""
        with contextlib.suppress(OutboxError, sqlite3.Error):
            found = self.database.connection.execute(
                statements.WAITS, (entry.transaction_id, entry.event_key)
            ).fetchone()
            return found is not None
        return False

    def _store(self, batch: Sequence[_Ticket]) -> None:
        for ticket in batch:
            self.database.room.check(ticket.size, self._reusable)
        try:
            self._insert(batch)
        except sqlite3.Error as error:
            if is_damage(error):
                self._file.heal()
            elif primary_code(error) == sqlite3.SQLITE_CONSTRAINT:  # who took this number was kept from noting it
                self._file.recount()
            else:
                raise
            self._insert(batch)

    def _insert(self, batch: Sequence[_Ticket]) -> None:
        """Insert entries, in one transaction; a single one is a transaction by itself, and cheaper so."""
        first = self._file.newest
        if len(batch) == 1:
            last = self._add(self.database.connection, batch[0], first)
        else:

            def add_all(connection: sqlite3.Connection) -> int:
                last = first
                for ticket in batch:
                    last = self._add(connection, ticket, last)
                return last

            last = self.database.transact(add_all)
        self._file.pending += last - first
        self._file.newest = last

    def _add(self, connection: sqlite3.Connection, ticket: _Ticket, newest: int) -> int:
        added = connection.execute(statements.ADD, (newest + 1, *parameters(ticket.entry))).rowcount
        ticket.stored = added > 0
        return newest + added

    def append_dropping(self, entry: NewEntry) -> tuple[bool, Dropped]:
        """Keep an entry, and remove the oldest waiting ones for it, as few as it takes.

        Raises:
            OutboxFullError: There is no room for it even so; nothing was removed.
            OutboxError: It could not be stored; nothing was removed.
        """
        ticket = _Ticket(entry)
        bound = self.database.max_bytes
        if ticket.size > bound:
            raise OutboxFullError(
                f"{self.path} may have {bound:,} bytes (max_bytes), and this entry takes {ticket.size:,}; "
                "nothing was stored"
            )
        try:
            with self.database.held():
                # What frees pages of the file does not help where others have filled the disk.
                self.database.room.check(ticket.size, self._reusable, anew=True)
                before = self._file.newest
                newest, dropped = make_room(self.database, ticket.size, lambda file: self._add(file, ticket, before))
                self._file.pending += newest - before - dropped.count
                self._file.newest = newest
                return ticket.stored, dropped
        except sqlite3.Error as error:
            raise translated(error, self.path) from None

    def _reusable(self) -> int:
        return self.database.size()[1]

    def claim(self, after: int, limit: int, *, lane: str | None = None, until: int | None = None) -> list[Entry]:
        """Return waiting entries with numbers above `after`, lowest first."""
        bounds = (after + 1, repair.LAST if until is None else until)

        def read(connection: sqlite3.Connection) -> list[Entry]:
            if lane is None:
                rows = connection.execute(statements.ENTRIES, (*bounds, limit)).fetchall()
            else:
                rows = connection.execute(statements.LANE, (*bounds, lane, limit)).fetchall()
            entries = [entry_of(row) for row in rows]
            if None in entries:
                # What a checksum tells is damage like any other: the whole file is not to be trusted.
                return read(self._file.heal())
            return [each for each in entries if each is not None]

        return self._file.read(read)

    def acknowledge(self, numbers: Collection[int]) -> None:
        """Forget entries that were delivered."""
        self.drop(numbers, dead=False)

    def release(self, entries: Collection[Entry]) -> None:
        """Write down how far entries came that stay."""
        states = [(each.sent, each.attempts, each.last_error, each.number) for each in entries]
        self._file.change(lambda connection: connection.executemany(statements.RELEASE, states))

    def bury(self, entry: Entry, burial: Burial) -> None:
        """Move an entry to the dead letters; one that an operator removed meanwhile stays gone."""

        def move(connection: sqlite3.Connection) -> int:
            found = connection.execute(statements.ACKNOWLEDGE, (entry.number,)).rowcount
            if found:
                state = (entry.sent, entry.attempts, entry.last_error)
                connection.execute(statements.BURY, (*parameters(entry.new), *state, *burial))
            return found

        found = self._file.change(move)
        self._file.pending -= found
        self._file.dead += found

    def expire(self, accepted_before: float, burial: Burial) -> Sequence[int]:
        """Move entries that were accepted before a moment to the dead letters, at most a thousand at a time."""

        def move(connection: sqlite3.Connection) -> list[int]:
            numbers: list[int] = [number for (number,) in connection.execute(statements.EXPIRED, (accepted_before,))]
            connection.executemany(statements.BURY_STORED, [(*burial, number) for number in numbers])
            connection.executemany(statements.ACKNOWLEDGE, [(number,) for number in numbers])
            return numbers

        numbers = self._file.change(move)
        self._file.pending -= len(numbers)
        self._file.dead += len(numbers)
        return numbers

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        """Return dead letters with numbers above `after`, lowest first."""

        def read(connection: sqlite3.Connection) -> list[DeadLetter]:
            rows = connection.execute(statements.DEAD, (after + 1, repair.LAST, limit)).fetchall()
            letters = [dead_letter_of(row) for row in rows]
            return read(self._file.heal()) if None in letters else [each for each in letters if each is not None]

        return self._file.read(read)

    def revive(self, numbers: Collection[int]) -> int:
        """Append dead letters as waiting entries again; one that waits again already is only taken off the dead."""
        first = self._file.newest

        def move(connection: sqlite3.Connection) -> tuple[int, int]:
            newest, found = first, 0
            for dead in sorted(numbers):
                newest += connection.execute(statements.REVIVE, (newest + 1, dead)).rowcount
                found += connection.execute(statements.FORGET_DEAD, (dead,)).rowcount
            return newest, found

        newest, found = self._file.change(move)
        self._file.newest = newest
        self._file.pending += newest - first
        self._file.dead -= found
        return found

    def drop(self, numbers: Collection[int], *, dead: bool) -> int:
        """Remove waiting entries or dead letters for good; return how many there were."""
        statement = statements.FORGET_DEAD if dead else statements.ACKNOWLEDGE
        rows = [(number,) for number in numbers]
        gone = self._file.change(lambda connection: connection.executemany(statement, rows).rowcount)
        if dead:
            self._file.dead -= gone
        else:
            self._file.pending -= gone
        return gone

    def count(self) -> StoreCount:
        """Tell how much is kept."""

        def read(connection: sqlite3.Connection) -> StoreCount:
            oldest = connection.execute(statements.OLDEST_ACCEPTED).fetchone()
            size, _ = self.database.size()
            return StoreCount(self._file.pending, self._file.dead, size, None if oldest is None else oldest[0])

        return self._file.read(read)

    def salvage(self) -> Salvage:
        """Look the file over, its rows' checksums too; if it is damaged, move what is readable into a new one."""
        return self._file.look_over()

    def tidy(self) -> None:
        """Make an emptied file small again."""
        self._file.tidy()

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self.database.close()
