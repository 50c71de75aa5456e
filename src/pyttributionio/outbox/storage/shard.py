"""The file of a shard as its store uses it. Work is repeated after a full disk or damage was dealt with."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

from pyttributionio._core.clock import CLOCK
from pyttributionio._errors import OutboxCorruptError, OutboxError, OutboxFullError
from pyttributionio.outbox.storage import log_recovery, repair, statements
from pyttributionio.outbox.storage.database import (
    FAILURES,
    Database,
    is_damage,
    is_full,
    is_suspicious,
    primary_code,
    translated,
)
from pyttributionio.outbox.storage.files import is_own, read_own, write_own
from pyttributionio.outbox.storage.restore import Copied, copy_rows
from pyttributionio.outbox.storage.rows import dead_letter_of, entry_of
from pyttributionio.outbox.storage.store import Salvage

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_TOO_MANY_FREE: Final = 4 * 1024 * 1024
"""Bytes of free pages above which an empty file is made small again. On a small disk it is less."""


class ShardFile:
    """One file, and how much it holds.

    Args:
        database: The file, not opened yet.
        on_damage: Called with the result of each repair.
        expected: How many entries and dead letters were last known to be in the file.
        is_exact: Whether these are certainly all. Then a file with fewer of them is damaged.

    Raises:
        OutboxError: The file can't be opened.
        OutboxCorruptError: It is damaged, and its readable rows could not be saved.
    """

    def __init__(
        self, database: Database, on_damage: Callable[[Salvage], object], expected: int, *, is_exact: bool
    ) -> None:
        self.database = database
        self.newest, self.pending, self.dead = 0, 0, 0
        self.failures: dict[str, str] = {}
        """The last failure of each kind of use, until the next success of this kind."""
        self._on_damage = on_damage
        with self.database.lock:
            try:
                self._open(expected, is_exact=is_exact)
            except FAILURES as error:
                self.database.close()
                raise translated(error, database.path) from None
            except BaseException:
                self.database.close()
                raise

    def _open(self, expected: int, *, is_exact: bool) -> None:
        path = self.database.path
        sound = not (log_recovery.is_orphan(path) or log_recovery.is_cut(path))
        try:
            self.database.is_ours = is_exact
            if sound:
                self.database.open()
                sound = self.database.is_sound()
            if sound:
                self.recount()
                sound = not is_exact or self.pending + self.dead >= expected
        except FAILURES as error:
            if not (is_damage(error) or is_suspicious(error)):
                raise
            sound = False
        if not sound:
            self.pending, self.dead = expected, 0
            self.repair(is_exact=is_exact)
        for quarantine in _unfinished(self.database.path):  # a process ended while it saved the rows of this file
            self._save(quarantine, None)

    def read(self, work: Work[T], kind: str = "read") -> T:
        """Read under the lock. A damaged file is repaired and read again.

        Args:
            work: The function that reads.
            kind: The kind of use, for `failures`.

        Raises:
            OutboxError: It can't be read.
        """
        with self.failures_of(kind), self.database.locked() as connection:
            try:
                return work(connection)
            except FAILURES as error:
                self.repair_after(error)
                return work(self.database.connection)

    def change(self, work: Work[T]) -> T:
        """Run a function in one transaction. If that fails, the function may run a second time.

        On a full disk even a delete fails, because it is written to the log first. Then the reserve file is deleted.

        Raises:
            OutboxError: It could not be written.
        """
        with self.failures_of("written"), self.database.locked():
            try:
                return self.database.transact(work)
            except FAILURES as error:
                if not (is_full(error) and self.database.reserve_file.delete()):
                    self.repair_after(error)
                return self.database.transact(work)

    def repair_after(self, error: Exception) -> None:
        """Repair the file if an error is a sign of damage; if it is not, raise the error again."""
        if is_damage(error) or (is_suspicious(error) and not self._is_sound()):
            self.repair()
        else:
            raise error

    @contextlib.contextmanager
    def failures_of(self, kind: str) -> Generator[None, None, None]:
        """Raise every failure as an OutboxError, and keep its text until the next success."""
        try:
            yield
        except FAILURES as error:
            found = translated(error, self.database.path)
            self.failed(kind, found)
            raise found from None
        except OutboxError as error:
            self.failed(kind, error)
            raise
        self.failures.pop(kind, None)

    def failed(self, kind: str, error: OutboxError) -> None:
        """Keep the text of a failure. A full file is no failure: it has a state of its own."""
        if not isinstance(error, OutboxFullError):
            self.failures[kind] = str(error)

    def check(self) -> Salvage:
        """Check every page and every row; repair the file if it is damaged.

        Raises:
            OutboxError: The file can't be read.
            OutboxCorruptError: The readable rows could not be saved.
        """
        with self.failures_of("read"), self.database.locked():
            found = Salvage(damaged=False) if self._is_sound() else self.repair()
            for quarantine in _unfinished(self.database.path):
                found = self._save(quarantine, None)
            return found

    def tidy(self) -> None:
        """Make an empty file small again, and create the reserve file if it was deleted.

        Raises:
            OutboxError: The file could not be written.
        """
        with self.failures_of("tidied"), self.database.locked() as connection:
            used, free = self.database.size()
            if self.pending == 0 and free > max(used, min(_TOO_MANY_FREE, self.database.free_space.kept_free // 8)):
                connection.execute("VACUUM")
            self.database.reserve_file.create()

    def _is_sound(self) -> bool:
        """Check every page, every row and their numbers."""
        try:
            return self.database.is_sound() and self._rows_match(self.database.connection)
        except FAILURES as error:
            # Reading changes nothing, so a file that can't be written is no answer here.
            if is_damage(error) or (is_suspicious(error) and primary_code(error) != sqlite3.SQLITE_READONLY):
                return False
            raise

    def _rows_match(self, connection: sqlite3.Connection) -> bool:
        if any(entry_of(row) is None for row in connection.execute(statements.ENTRIES, (1, statements.LAST, -1))):
            return False
        return all(dead_letter_of(row) for row in connection.execute(statements.DEAD, (1, statements.LAST, -1)))

    def repair(self, *, is_exact: bool = True) -> Salvage:
        """Rename the damaged file, and move its readable rows into a new file. Only under the lock.

        Args:
            is_exact: Whether `pending` and `dead` are certainly the numbers of rows that were in the file.

        Raises:
            OutboxCorruptError: They could not be moved.
        """
        path, before = self.database.path, self.pending + self.dead
        try:
            # SQLite deletes the log when the file is closed, also the part that it could not read.
            logs = _logs_of(path)
            self.database.close()
            quarantine = rename_damaged(path, logs)
            self.database.open()
        except FAILURES as error:
            raise OutboxCorruptError(f"{path} is damaged, and could not be replaced: {error}") from None
        return self._save(quarantine, before, is_exact=is_exact)

    def _save(self, quarantine: Path, before: int | None, *, is_exact: bool = False) -> Salvage:
        """Save the readable rows of a damaged file, and report the result."""
        try:
            copied = self._copy_rows(quarantine, before)
            salvage = Salvage(True, copied.saved, _unreadable(copied, before, is_exact=is_exact), str(quarantine))
            write_own(quarantine.with_suffix(".json"), json.dumps(asdict(salvage)).encode())
        except FAILURES as error:
            raise OutboxCorruptError(
                f"{quarantine} is damaged, and its readable entries could not be saved: {error}. The file is kept. "
                "Make room or repair the disk, then run `pyttributionio outbox salvage`."
            ) from None
        finally:
            self.recount()
        self._on_damage(salvage)
        return salvage

    def _copy_rows(self, quarantine: Path, before: int | None) -> Copied:
        """Copy the readable rows of a damaged file.

        They keep their numbers, so that the entries in flight are still known. If the new file has entries already,
        all of them get higher numbers.
        """
        shift = self.newest if self.database.connection.execute(statements.NEWEST).fetchone()[0] else 0
        with repair.opened(quarantine) as damaged:
            return copy_rows(damaged, self.database, shift, self.newest, before or 0)

    def recount(self) -> None:
        """Count the rows of the file again. Only under the lock."""
        connection = self.database.connection
        self.pending, self.dead = connection.execute(statements.COUNTS).fetchone()
        # Never lower than before: a reader would skip a number that is used a second time.
        self.newest = max(self.newest, connection.execute(statements.NEWEST).fetchone()[0])


def _unreadable(copied: Copied, before: int | None, *, is_exact: bool) -> int:
    """Return how many rows were lost.

    Args:
        copied: What was found in the damaged file.
        before: How many rows are known to have been in it; None if nothing is known.
        is_exact: Whether there were certainly as many. If not, the number may be that of an earlier time.
    """
    if before is None or (copied.is_complete and not is_exact):
        return copied.lost
    return max(0 if is_exact else copied.lost, before - copied.saved)


def _unfinished(path: Path) -> list[Path]:
    """Return the damaged files without a report. Their rows were not all saved."""
    found = sorted(path.parent.glob(f"{path.stem}.damaged-*.db"))
    return [each for each in found if is_own(each) and not each.with_suffix(".json").exists()]


def _logs_of(path: Path) -> dict[str, bytes]:
    """Return the contents of the logs of a file, by what is added to its name."""
    logs = {suffix: path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")}
    return {suffix: read_own(log) for suffix, log in logs.items() if is_own(log)}


def rename_damaged(path: Path, logs: Mapping[str, bytes]) -> Path:
    """Rename a damaged file, and write its logs next to it; return the new name.

    The logs are written first. If this is interrupted, they must not be without their file: a new one would delete
    them, or would be overwritten by them.
    """
    stamp = f"{CLOCK.now():%Y%m%dT%H%M%S.%f}"
    quarantine = path.with_name(f"{path.stem}.damaged-{stamp}.db")
    for suffix, content in logs.items():
        write_own(quarantine.with_name(quarantine.name + suffix), content)
    if path.exists():
        path.rename(quarantine)
    else:  # only its log is left
        write_own(quarantine, b"")
    for suffix in ("-wal", "-journal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return quarantine
