"""The store of one process: a shard, in one SQLite file."""

import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from pyttributionio._errors import OutboxError, OutboxFullError
from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.database import FAILURES, Database, primary_code, translated
from pyttributionio.outbox.storage.drop_oldest import make_room
from pyttributionio.outbox.storage.entries import DeadLetter, DeadLetterReason, Entry, NewEntry, size_of
from pyttributionio.outbox.storage.rows import Row, dead_letter_of, entry_of, parameters, progress
from pyttributionio.outbox.storage.shard import ShardFile
from pyttributionio.outbox.storage.store import Dropped, Salvage, StoreCount

T = TypeVar("T")


class _Append:
    """One call of `append`, and its result."""

    __slots__ = ("done", "entry", "error", "size", "stored")

    def __init__(self, entry: NewEntry) -> None:
        self.entry = entry
        self.size = size_of(entry)
        self.done = False
        self.stored = False
        self.error: OutboxError | None = None


class SqliteStore:
    """Keep entries in one SQLite file.

    Args:
        path: The file.
        full_sync: Whether an accepted entry is on the disk. If not, the operating system has it.
        wal: Whether to use a write-ahead log. It does not work on network file systems.
        max_bytes: How large the file may become, without its log.
        on_damage: Called with the result of each repair.
        expected: How many entries and dead letters were last known to be in the file.
        is_exact: Whether these are certainly all. Then a file with fewer of them is damaged.

    Raises:
        OutboxError: The file can't be opened.
        OutboxCorruptError: It is damaged, and its readable rows could not be saved.
    """

    def __init__(
        self,
        path: Path,
        *,
        full_sync: bool,
        wal: bool,
        max_bytes: int,
        on_damage: Callable[[Salvage], object] = lambda _: None,
        expected: int = 0,
        is_exact: bool = False,
    ) -> None:
        self.path = path
        try:
            self.database = Database(path, full_sync=full_sync, wal=wal, max_bytes=max_bytes)
        except OSError as error:
            raise translated(error, path) from None
        self._file = ShardFile(self.database, on_damage, expected, is_exact=is_exact)
        self._pending: deque[_Append] = deque()

    @property
    def newest(self) -> int:
        """The highest number given so far."""
        return self._file.newest

    @property
    def size(self) -> int:
        """How many entries and dead letters the file has."""
        return self._file.pending + self._file.dead

    @property
    def waiting(self) -> int:
        """How many waiting entries the file has."""
        return self._file.pending

    @property
    def problem(self) -> str | None:
        """The last failure of a use of the file, such as to write it; None if this use has worked since.

        A file that was deleted is no problem: another one takes its place.
        """
        if not self.database.is_in_place:
            return None
        return next(iter([*self._file.failures.values()]), None)

    def append(self, entry: NewEntry) -> bool:
        """Store an entry.

        The thread that gets the lock commits the entries of all threads that wait for the lock, in one transaction.
        With `full_sync`, they wait for the disk once together. See `Store` for the errors.
        """
        call = _Append(entry)
        self._pending.append(call)
        try:
            with self.database.locked():
                if not call.done:
                    self._commit_pending(call)
        except OutboxError:
            if not call.done:
                with contextlib.suppress(ValueError):  # an interrupted call may have removed it already
                    self._pending.remove(call)
            raise
        if call.error is not None:
            self._file.failed("written", call.error)
            raise call.error
        if self._file.failures:
            self._file.failures.pop("written", None)
        return call.stored

    def _commit_pending(self, call: _Append) -> None:
        """Commit a call and all pending ones. If this is interrupted, each of the others commits its own entry."""
        batch: list[_Append] = []
        before = self._file.newest
        try:
            while self._pending:
                batch.append(self._pending.popleft())
            if call not in batch:  # the thread that removed it from the queue was interrupted
                batch.append(call)
            self._store(batch)
            self._check_place(before)
            for each in batch:
                each.done = True
        except (OutboxError, *FAILURES) as error:
            for each in batch:  # each call raises an error of its own
                own = type(error)(*error.args) if isinstance(error, OutboxError) else translated(error, self.path)
                if not (isinstance(own, OutboxFullError) and self._waits(each.entry)):
                    each.error = own
                each.done = True
        except BaseException:  # Ctrl-C, or a signal handler that raises: the commit may have been made or not
            with contextlib.suppress(OutboxError, *FAILURES):
                self._file.recount()
            if self._file.newest != before:
                for each in batch:
                    each.done = True
            raise

    def _waits(self, entry: NewEntry) -> bool:
        """Return whether an event waits already. Then it needs no room."""
        with contextlib.suppress(OutboxError, *FAILURES):
            found = self.database.connection.execute(
                statements.WAITS, (entry.transaction_id, entry.event_key)
            ).fetchone()
            return found is not None
        return False

    def _store(self, batch: Sequence[_Append]) -> None:
        for call in batch:
            self.database.free_space.check(call.size, self._reusable)
        try:
            self._insert(batch)
        except FAILURES as error:
            if primary_code(error) == sqlite3.SQLITE_CONSTRAINT:  # an interrupted call used this number
                self._file.recount()
            else:
                self._file.repair_after(error)
            self._insert(batch)

    def _check_place(self, before: int) -> None:
        """Raise if the file was deleted or replaced, and remove the entries with numbers above `before` from it.

        This comes after the commit: a process that deletes the file counts its rows first, in a transaction.
        """
        if self.database.is_in_place:
            return
        with contextlib.suppress(OutboxError, *FAILURES):  # if they stay there, they may be sent twice
            self.database.connection.execute(statements.DROP_AFTER, (before,))
            self._file.recount()
        raise OutboxError(f"{self.path} was deleted or replaced while it was in use; nothing was stored")

    def _insert(self, batch: Sequence[_Append]) -> None:
        """Insert entries in one transaction. A single statement is a transaction itself, and costs less."""
        first = self._file.newest
        if len(batch) == 1:
            last = self._add(self.database.connection, batch[0], first)
        else:

            def add_all(connection: sqlite3.Connection) -> int:
                last = first
                for call in batch:
                    last = self._add(connection, call, last)
                return last

            last = self.database.transact(add_all)
        self._file.pending += last - first
        self._file.newest = last

    def _add(self, connection: sqlite3.Connection, call: _Append, newest: int) -> int:
        added = connection.execute(statements.ADD, (newest + 1, *parameters(call.entry))).rowcount
        call.stored = added > 0
        return newest + added

    def append_dropping(self, entry: NewEntry) -> tuple[bool, Dropped]:
        """Store an entry, and remove as few of the oldest waiting entries as make room for it. See `Store`."""
        call = _Append(entry)
        bound = self.database.max_bytes
        if call.size > bound:
            raise OutboxFullError(
                f"{self.path} may have {bound:,} bytes (max_bytes), and this entry takes {call.size:,}; "
                "nothing was stored"
            )
        with self._file.failures_of("written"), self.database.locked():
            # Free pages inside the file are of no use if other programs have filled the disk.
            self.database.free_space.check(call.size, self._reusable, now=True)
            before = self._file.newest
            newest, dropped = make_room(self.database, call.size, lambda file: self._add(file, call, before))
            self._file.pending += newest - before - dropped.count
            self._file.newest = newest
            self._check_place(before)
            return call.stored, dropped

    def _reusable(self) -> int:
        return self.database.size()[1]

    def claim(self, after: int, limit: int, *, visitor_id: str | None = None, until: int | None = None) -> list[Entry]:
        """Return up to `limit` waiting entries with numbers above `after`, the lowest first."""
        bounds = (after + 1, statements.LAST if until is None else until)
        if visitor_id is None:
            return self._read(statements.ENTRIES, (*bounds, limit), entry_of)
        return self._read(statements.ENTRIES_OF_VISITOR, (*bounds, visitor_id, limit), entry_of)

    def _read(self, query: str, parameters: tuple[object, ...], item_of: Callable[[Row], T | None]) -> list[T]:
        def read(connection: sqlite3.Connection) -> list[T]:
            items = [item_of(row) for row in connection.execute(query, parameters)]
            if None in items:
                # A damaged row is damage like any other: the whole file must be checked.
                self._file.repair()
                items = [item_of(row) for row in self.database.connection.execute(query, parameters)]
            return [each for each in items if each is not None]

        return self._file.read(read)

    def acknowledge(self, numbers: Collection[int]) -> None:
        """Remove delivered entries."""
        self.drop(numbers, dead=False)

    def release(self, entries: Collection[Entry]) -> None:
        """Store the progress of entries that go on waiting."""
        rows = [(*progress(each), each.number) for each in entries]
        self._file.change(lambda connection: connection.executemany(statements.RELEASE, rows))

    def dead_letter(self, entry: Entry, reason: DeadLetterReason) -> None:
        """Move a waiting entry to the dead letters. An entry that an operator removed before stays removed."""

        def move(connection: sqlite3.Connection) -> int:
            found = connection.execute(statements.DELETE, (entry.number,)).rowcount
            if found:
                values = parameters(entry.new, entry.delivered_requests)
                connection.execute(statements.ADD_DEAD, (*values, *progress(entry), *reason))
            return found

        found = self._file.change(move)
        self._file.pending -= found
        self._file.dead += found

    def expire(self, accepted_before: float, reason: DeadLetterReason, *, accepted_since: float = 0.0) -> Sequence[int]:
        """Move up to a thousand waiting entries that were accepted before a time to the dead letters."""

        def move(connection: sqlite3.Connection) -> list[int]:
            bounds = (accepted_since, accepted_before)
            numbers: list[int] = [number for (number,) in connection.execute(statements.EXPIRED, bounds)]
            connection.executemany(statements.EXPIRE, [(*reason, number) for number in numbers])
            connection.executemany(statements.DELETE, [(number,) for number in numbers])
            return numbers

        numbers = self._file.change(move)
        self._file.pending -= len(numbers)
        self._file.dead += len(numbers)
        return numbers

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        """Return up to `limit` dead letters with numbers above `after`, the lowest first."""
        return self._read(statements.DEAD, (after + 1, statements.LAST, limit), dead_letter_of)

    def requeue(self, numbers: Collection[int]) -> int:
        """Move dead letters to the end of the waiting entries. One that waits again already is only deleted."""
        first = self._file.newest

        def move(connection: sqlite3.Connection) -> tuple[int, int]:
            newest, found = first, 0
            for dead in sorted(numbers):
                newest += connection.execute(statements.REQUEUE, (newest + 1, dead)).rowcount
                found += connection.execute(statements.DELETE_DEAD, (dead,)).rowcount
            return newest, found

        newest, found = self._file.change(move)
        self._file.newest = newest
        self._file.pending += newest - first
        self._file.dead -= found
        return found

    def drop(self, numbers: Collection[int], *, dead: bool) -> int:
        """Delete waiting entries or dead letters for good; return how many were deleted."""
        statement = statements.DELETE_DEAD if dead else statements.DELETE
        rows = [(number,) for number in numbers]
        deleted = self._file.change(lambda connection: connection.executemany(statement, rows).rowcount)
        if dead:
            self._file.dead -= deleted
        else:
            self._file.pending -= deleted
        return deleted

    def count(self) -> StoreCount:
        """Return how much the store holds."""

        def read(connection: sqlite3.Connection) -> StoreCount:
            oldest = connection.execute(statements.OLDEST_ACCEPTED).fetchone()
            size, _ = self.database.size()
            return StoreCount(self._file.pending, self._file.dead, size, oldest and oldest[0])

        return self._file.read(read, "counted")

    def salvage(self) -> Salvage:
        """Check the file and the checksums of its rows; move the readable rows out of a damaged file."""
        return self._file.check()

    def tidy(self) -> None:
        """Make an empty file small again."""
        self._file.tidy()

    def recounted(self) -> int:
        """Return how many entries and dead letters the file has, counted again if it can be read."""
        with contextlib.suppress(OutboxError, *FAILURES), self.database.locked():
            self._file.recount()
        return self.size

    def delete_if_empty(self, delete: Callable[[], object]) -> bool:
        """Delete the file if it has no rows; return whether it was deleted.

        The rows are counted in a transaction, and `delete` is called in it: no other process can add a row between.
        """

        def work(_: sqlite3.Connection) -> bool:
            self._file.recount()
            if self.size == 0 and self.database.is_in_place:
                delete()
                return True
            return False

        return self._file.change(work)

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        self.database.close()
