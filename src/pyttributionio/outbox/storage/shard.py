"""The file of a shard as its store uses it. Work is repeated after a full disk or damage was dealt with."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

from pyttributionio._core.clock import CLOCK
from pyttributionio._errors import OutboxCorruptError
from pyttributionio.outbox.storage import page_recovery, repair, statements
from pyttributionio.outbox.storage.database import Database, is_damage, is_full, translated
from pyttributionio.outbox.storage.rows import Row, batches, dead_letter_of, entry_of, number_of
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

    Raises:
        OutboxError: The file can't be opened.
        OutboxCorruptError: It is damaged, and its readable rows could not be saved.
    """

    def __init__(self, database: Database, on_damage: Callable[[Salvage], object], expected: int) -> None:
        self.database = database
        self.newest, self.pending, self.dead = 0, 0, 0
        self._on_damage = on_damage
        with self.database.lock:
            try:
                self._open(expected)
            except sqlite3.Error as error:
                self.database.close()
                raise translated(error, database.path) from None
            except BaseException:
                self.database.close()
                raise

    def _open(self, expected: int) -> None:
        try:
            self.database.open()
            sound = self.database.is_sound()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            sound = False
        if not sound:
            self.pending = expected
            self.repair()
        self.recount()
        for quarantine in _unfinished(self.database.path):  # a process ended while it saved the rows of this file
            self._save(quarantine, 0)

    def read(self, work: Work[T]) -> T:
        """Read under the lock. A damaged file is repaired and read again.

        Raises:
            OutboxError: It can't be read.
        """
        try:
            with self.database.locked() as connection:
                try:
                    return work(connection)
                except sqlite3.Error as error:
                    if not is_damage(error):
                        raise
                    self.repair()
                    return work(self.database.connection)
        except sqlite3.Error as error:
            raise translated(error, self.database.path) from None

    def change(self, work: Work[T]) -> T:
        """Run a function in one transaction. If that fails, the function may run a second time.

        On a full disk even a delete fails, because it is written to the log first. Then the reserve file is deleted.

        Raises:
            OutboxError: It could not be written.
        """
        try:
            with self.database.locked():
                try:
                    return self.database.transact(work)
                except sqlite3.Error as error:
                    if is_damage(error):
                        self.repair()
                    elif not (is_full(error) and self.database.reserve_file.delete()):
                        raise
                    return self.database.transact(work)
        except sqlite3.Error as error:
            raise translated(error, self.database.path) from None

    def check(self) -> Salvage:
        """Check every page and the checksum of every row; repair the file if it is damaged.

        Raises:
            OutboxCorruptError: The readable rows could not be saved.
        """
        with self.database.locked() as connection:
            sound = self.database.is_sound() and self._rows_match(connection)
            found = Salvage(damaged=False) if sound else self.repair()
            for quarantine in _unfinished(self.database.path):
                found = self._save(quarantine, 0)
            return found

    def tidy(self) -> None:
        """Make an empty file small again, and create the reserve file if it was deleted."""
        with self.database.locked() as connection:
            used, free = self.database.size()
            if self.pending == 0 and free > max(used, min(_TOO_MANY_FREE, self.database.free_space.kept_free // 8)):
                connection.execute("VACUUM")
            self.database.reserve_file.create()

    def _rows_match(self, connection: sqlite3.Connection) -> bool:
        try:
            if any(entry_of(row) is None for row in connection.execute(statements.ENTRIES, (1, statements.LAST, -1))):
                return False
            return all(dead_letter_of(row) for row in connection.execute(statements.DEAD, (1, statements.LAST, -1)))
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise

    def repair(self) -> Salvage:
        """Rename the damaged file, and move its readable rows into a new file. Only under the lock.

        Raises:
            OutboxCorruptError: They could not be moved.
        """
        path, before = self.database.path, self.pending + self.dead
        self.database.close()
        try:
            quarantine = _rename_damaged(path)
            self.database.open()
        except (OSError, sqlite3.Error) as error:
            raise OutboxCorruptError(f"{path} is damaged, and could not be replaced: {error}") from None
        return self._save(quarantine, before)

    def _save(self, quarantine: Path, before: int) -> Salvage:
        """Save the readable rows of a damaged file, and report the result."""
        try:
            salvage = self._copy_rows(quarantine, before)
            _write_report(quarantine, salvage)
        except (OSError, sqlite3.Error) as error:
            raise OutboxCorruptError(
                f"{quarantine} is damaged, and its readable entries could not be saved: {error}. The file is kept. "
                "Make room or repair the disk, then run `pyttributionio outbox salvage`."
            ) from None
        finally:
            self.recount()
        self._on_damage(salvage)
        return salvage

    def _copy_rows(self, quarantine: Path, before: int) -> Salvage:
        """Copy the readable rows of a damaged file.

        They keep their numbers, so that the entries in flight are still known. If the new file has entries already,
        all of them get higher numbers.
        """
        shift = self.newest if self.database.connection.execute(statements.NEWEST).fetchone()[0] else 0
        with repair.opened(quarantine) as (damaged, copy):
            known, dead_known = (
                repair.known_numbers(damaged, query) for query in (statements.NUMBERS, statements.DEAD_NUMBERS)
            )
            entries = _Restore(self.database, statements.RESTORE, statements.ENTRY_COLUMNS, entry_of, *known)
            dead = _Restore(self.database, statements.ADD_DEAD, statements.DEAD_COLUMNS, dead_letter_of, *dead_known)
            for batch in batches(page_recovery.recover_rows(copy)):
                entries.insert(batch, lambda row: (number_of(row) + shift, *row[1:]))
                dead.insert(batch, lambda row: row[1:])
        saved = len(entries.saved) + len(dead.saved)
        # If the numbers of the rows can't be read, the last known number of rows is the better estimate.
        unreadable = max(entries.lost + dead.lost, 0 if entries.all_known and dead.all_known else before - saved)
        return Salvage(damaged=True, saved=saved, unreadable=unreadable, quarantine=str(quarantine))

    def recount(self) -> None:
        """Count the rows of the file again. Only under the lock."""
        connection = self.database.connection
        self.pending, self.dead = connection.execute(statements.COUNTS).fetchone()
        # Never lower than before: a reader would skip a number that is used a second time.
        self.newest = max(self.newest, connection.execute(statements.NEWEST).fetchone()[0])


class _Restore:
    """Insert the rows of one table into a new file, each row once.

    Args:
        database: The new file.
        statement: Inserts a row.
        columns: How many columns a row has.
        item_of: Returns the entry or dead letter in a row; None if the row does not match its checksum.
        known: The numbers of the rows in use, as far as they could be read.
        all_known: Whether these are all. Then a row of another number was deleted before.
    """

    def __init__(
        self,
        database: Database,
        statement: str,
        columns: int,
        item_of: Callable[[Row], object],
        known: set[int],
        all_known: bool,
    ) -> None:
        self._database = database
        self._statement = statement
        self._columns = columns
        self._item_of = item_of
        self._known = known
        self.all_known = all_known
        self.saved: set[int] = set()
        self._found: set[int] = set()

    @property
    def lost(self) -> int:
        """How many rows are known or were found, and could not be saved."""
        return len((self._known | self._found) - self.saved)

    def insert(self, rows: Iterable[Row], parameters: Callable[[Row], Row]) -> None:
        """Insert those of some rows that are in use and match their checksum."""
        found = {number_of(row): row for row in rows if len(row) == self._columns}
        if self.all_known:
            found = {number: found[number] for number in found.keys() & self._known}
        sound = {number: row for number, row in found.items() if self._item_of(row) is not None}
        new = [parameters(sound[number]) for number in sorted(sound.keys() - self.saved)]
        self._database.transact(lambda connection: connection.executemany(self._statement, new))
        self.saved.update(sound)
        self._found.update(found)


def _unfinished(path: Path) -> list[Path]:
    """Return the damaged files without a report. Their rows were not all saved."""
    found = sorted(path.parent.glob(f"{path.stem}.damaged-*.db"))
    return [each for each in found if not each.with_suffix(".json").exists()]


def _rename_damaged(path: Path) -> Path:
    """Rename a damaged file and its log; return the new name."""
    stamp = f"{CLOCK.now():%Y%m%dT%H%M%S.%f}"
    quarantine = path.with_name(f"{path.stem}.damaged-{stamp}.db")
    path.rename(quarantine)
    with contextlib.suppress(FileNotFoundError):
        path.with_name(f"{path.name}-wal").rename(quarantine.with_name(f"{quarantine.name}-wal"))
    with contextlib.suppress(FileNotFoundError):
        path.with_name(f"{path.name}-shm").unlink()
    return quarantine


def _write_report(quarantine: Path, salvage: Salvage) -> None:
    """Write the result of a repair next to the damaged file. A file without a report is read again."""
    report = quarantine.with_suffix(".json")
    partial = report.with_suffix(".part")
    partial.write_text(json.dumps(asdict(salvage)), encoding="utf-8")
    partial.replace(report)
