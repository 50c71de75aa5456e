"""The file of a shard as its store uses it. Work is repeated after a full disk or damage was dealt with."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from pyttributionio._core.clock import CLOCK
from pyttributionio._errors import OutboxCorruptError
from pyttributionio.outbox.storage import page_recovery, repair, statements
from pyttributionio.outbox.storage.database import Database, is_damage, is_full, translated
from pyttributionio.outbox.storage.rows import Row, dead_letter_of, entry_of, number_of
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
            if any(entry_of(row) is None for row in connection.execute(statements.ENTRIES, (1, repair.LAST, -1))):
                return False
            return all(dead_letter_of(row) for row in connection.execute(statements.DEAD, (1, repair.LAST, -1)))
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
        restore = _Restore(self.database, shift)
        with repair.opened(quarantine) as (damaged, copy):
            known, all_known = repair.known_numbers(damaged)
            restore.entries(repair.rows(damaged, statements.ENTRIES))
            restore.dead(repair.rows(damaged, statements.DEAD))
            if not all_known or known - restore.numbers:
                recovered = page_recovery.recover_rows(copy, statements.ENTRY_COLUMNS)
                restore.entries(row for row in recovered if not all_known or number_of(row) in known)
                restore.dead(page_recovery.recover_rows(copy, statements.DEAD_COLUMNS))
        lost = len((known | restore.broken) - restore.numbers) + restore.lost_dead
        # If the index is damaged too, the last known number of rows is the better estimate.
        unreadable = max(lost, 0 if all_known else before - restore.saved)
        return Salvage(damaged=True, saved=restore.saved, unreadable=unreadable, quarantine=str(quarantine))

    def recount(self) -> None:
        """Count the rows of the file again. Only under the lock."""
        connection = self.database.connection
        self.pending, self.dead = connection.execute(statements.COUNTS).fetchone()
        # Never lower than before: a reader would skip a number that is used a second time.
        self.newest = max(self.newest, connection.execute(statements.NEWEST).fetchone()[0])


class _Restore:
    """Insert rows into a new file. A row that is found in several ways is inserted once."""

    def __init__(self, database: Database, shift: int) -> None:
        self._database = database
        self._shift = shift
        self._dead: set[int] = set()
        self.numbers: set[int] = set()
        self.broken: set[int] = set()
        """Numbers of the rows that do not match their checksum."""
        self._broken_dead: set[int] = set()

    @property
    def lost_dead(self) -> int:
        """How many dead letters do not match their checksum."""
        return len(self._broken_dead - self._dead)

    @property
    def saved(self) -> int:
        """How many rows were inserted."""
        return len(self.numbers) + len(self._dead)

    def entries(self, rows: Iterable[Row]) -> None:
        """Insert waiting entries."""
        for batch in _batches(row for row in rows if number_of(row) not in self.numbers):
            sound = [row for row in batch if entry_of(row) is not None]
            self._insert(statements.RESTORE, [(number_of(row) + self._shift, *row[1:]) for row in sound])
            self.numbers.update(map(number_of, sound))
            self.broken.update(map(number_of, batch))

    def dead(self, rows: Iterable[Row]) -> None:
        """Insert dead letters."""
        for batch in _batches(row for row in rows if number_of(row) not in self._dead):
            sound = [row for row in batch if dead_letter_of(row) is not None]
            self._insert(statements.ADD_DEAD, [row[1:] for row in sound])
            self._dead.update(map(number_of, sound))
            self._broken_dead.update(map(number_of, batch))

    def _insert(self, statement: str, rows: Sequence[Row]) -> None:
        self._database.transact(lambda connection: connection.executemany(statement, rows))


def _batches(rows: Iterable[Row], size: int = 500) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := [*islice(remaining, size)]:
        yield batch


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
