"""A shard's file as the store uses it: work on it is tried again after a full disk or damage was dealt with."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from pyttributionio._errors import OutboxCorruptError
from pyttributionio.outbox.storage import page_recovery, repair, statements
from pyttributionio.outbox.storage.database import Database, is_damage, is_full, translated
from pyttributionio.outbox.storage.rows import Row, dead_letter_of, entry_of, number_of
from pyttributionio.outbox.storage.store import Salvage

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_TOO_MANY_FREE: Final = 4 * 1024 * 1024
"""Bytes of free pages from which on an emptied file is made small again; less on a small disk."""


class ShardFile:
    """One file, and how much is in it.

    Args:
        database: The file, not opened yet.
        on_damage: Told what was saved and what was lost whenever damage was found.
        expected: How many entries and dead letters were last known to be in it.

    Raises:
        OutboxError: The file can't be opened.
        OutboxCorruptError: It is damaged, and what is readable could not be saved.
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
            self._heal()
        self.recount()
        for quarantine in _unfinished(self.database.path):  # a process died while it saved what is in there
            self._finish(quarantine, 0)

    def read(self, work: Work[T]) -> T:
        """Read under the lock; a damaged file is mended, and read again.

        Raises:
            OutboxError: It can't be read.
        """
        try:
            with self.database.held() as connection:
                try:
                    return work(connection)
                except sqlite3.Error as error:
                    if not is_damage(error):
                        raise
                    return work(self.heal())
        except sqlite3.Error as error:
            raise translated(error, self.database.path) from None

    def change(self, work: Work[T]) -> T:
        """Make one transaction of some work, which must not mind being done again after it failed.

        A full disk forbids even deletes, for they are written to the log first: the ballast goes overboard.

        Raises:
            OutboxError: It could not be written.
        """
        try:
            with self.database.held():
                try:
                    return self.database.transact(work)
                except sqlite3.Error as error:
                    if is_damage(error):
                        self.heal()
                    elif not (is_full(error) and self.database.ballast.give_back()):
                        raise
                    return self.database.transact(work)
        except sqlite3.Error as error:
            raise translated(error, self.database.path) from None

    def look_over(self) -> Salvage:
        """Look at every page and every row's checksum; mend the file if something is wrong.

        Raises:
            OutboxCorruptError: What is readable could not be saved.
        """
        with self.database.held() as connection:
            sound = self.database.is_sound() and self._rows_match(connection)
            found = Salvage(damaged=False) if sound else self._heal()
            for quarantine in _unfinished(self.database.path):
                found = self._finish(quarantine, 0)
            return found

    def heal(self) -> sqlite3.Connection:
        """Move what is readable into a new file; return the connection to it. Only under the lock.

        Raises:
            OutboxCorruptError: It could not be moved.
        """
        self._heal()
        return self.database.connection

    def tidy(self) -> None:
        """Make an emptied file small again, and take up the ballast that a full disk had us give back."""
        with self.database.held() as connection:
            used, free = self.database.size()
            if self.pending == 0 and free > max(used, min(_TOO_MANY_FREE, self.database.room.reserve // 8)):
                connection.execute("VACUUM")
            self.database.ballast.take()

    def _rows_match(self, connection: sqlite3.Connection) -> bool:
        try:
            if any(entry_of(row) is None for row in connection.execute(statements.ENTRIES, (1, repair.LAST, -1))):
                return False
            return all(dead_letter_of(row) for row in connection.execute(statements.DEAD, (1, repair.LAST, -1)))
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise

    def _heal(self) -> Salvage:
        path, before = self.database.path, self.pending + self.dead
        self.database.close()
        try:
            quarantine = _set_aside(path)
            self.database.open()
        except (OSError, sqlite3.Error) as error:
            raise OutboxCorruptError(f"{path} is damaged, and could not be replaced: {error}") from None
        return self._finish(quarantine, before)

    def _finish(self, quarantine: Path, before: int) -> Salvage:
        """Save what is readable in a file that was set aside, and report it."""
        try:
            salvage = self._save_from(quarantine, before)
            _report(quarantine, salvage)
        except (OSError, sqlite3.Error) as error:
            raise OutboxCorruptError(
                f"{quarantine} is damaged, and what is readable in it could not be saved: {error}. It is kept; "
                "make room or mend the disk, then run `pyttributionio outbox salvage`."
            ) from None
        finally:
            self.recount()
        self._on_damage(salvage)
        return salvage

    def _save_from(self, quarantine: Path, before: int) -> Salvage:
        """Copy the readable rows of a damaged file.

        They keep their numbers, so that what is under way stays known, unless the numbers are given anew already.
        """
        shift = self.newest if self.database.connection.execute(statements.NEWEST).fetchone()[0] else 0
        restore = _Restore(self.database, shift)
        with repair.opened(quarantine) as (damaged, copy):
            known, all_known = repair.known_numbers(damaged)
            restore.entries(repair.rows(damaged, statements.ENTRIES))
            restore.dead(repair.rows(damaged, statements.DEAD))
            if not all_known or known - restore.numbers:
                carved = page_recovery.carve(copy, statements.ENTRY_COLUMNS)
                restore.entries(row for row in carved if not all_known or number_of(row) in known)
                restore.dead(page_recovery.carve(copy, statements.DEAD_COLUMNS))
        lost = len((known | restore.broken) - restore.numbers) + restore.lost_dead
        # Where the index is broken too, what was last known to be there is the better guess.
        unreadable = max(lost, 0 if all_known else before - restore.saved)
        return Salvage(damaged=True, saved=restore.saved, unreadable=unreadable, quarantine=str(quarantine))

    def recount(self) -> None:
        """Count anew what is in it. Only under the lock."""
        connection = self.database.connection
        self.pending, self.dead = connection.execute(statements.COUNTS).fetchone()
        # Never lower than before: a number that is used twice in one life would be passed over.
        self.newest = max(self.newest, connection.execute(statements.NEWEST).fetchone()[0])


class _Restore:
    """Put rows into a new file, each once, whichever way it was found."""

    def __init__(self, database: Database, shift: int) -> None:
        self._database = database
        self._shift = shift
        self._dead: set[int] = set()
        self.numbers: set[int] = set()
        self.broken: set[int] = set()
        """Numbers of rows that do not match their checksum."""
        self._broken_dead: set[int] = set()

    @property
    def lost_dead(self) -> int:
        """How many dead letters were found that do not match their checksum, however often."""
        return len(self._broken_dead - self._dead)

    @property
    def saved(self) -> int:
        """How many rows were put in."""
        return len(self.numbers) + len(self._dead)

    def entries(self, rows: Iterable[Row]) -> None:
        """Put in waiting entries."""
        for batch in _batches(row for row in rows if number_of(row) not in self.numbers):
            sound = [row for row in batch if entry_of(row) is not None]
            self._put(statements.RESTORE, [(number_of(row) + self._shift, *row[1:]) for row in sound])
            self.numbers.update(map(number_of, sound))
            self.broken.update(map(number_of, batch))

    def dead(self, rows: Iterable[Row]) -> None:
        """Put in dead letters."""
        for batch in _batches(row for row in rows if number_of(row) not in self._dead):
            sound = [row for row in batch if dead_letter_of(row) is not None]
            self._put(statements.BURY, [row[1:] for row in sound])
            self._dead.update(map(number_of, sound))
            self._broken_dead.update(map(number_of, batch))

    def _put(self, statement: str, rows: Sequence[Row]) -> None:
        self._database.transact(lambda connection: connection.executemany(statement, rows))


def _batches(rows: Iterable[Row], size: int = 500) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := [*islice(left, size)]:
        yield batch


def _unfinished(path: Path) -> list[Path]:
    """Return damaged files that were set aside and have no report: their salvage did not come to its end."""
    found = sorted(path.parent.glob(f"{path.stem}.damaged-*.db"))
    return [each for each in found if not each.with_suffix(".json").exists()]


def _set_aside(path: Path) -> Path:
    """Rename a damaged file, its log with it; return its new name."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    quarantine = path.with_name(f"{path.stem}.damaged-{stamp}.db")
    path.rename(quarantine)
    with contextlib.suppress(FileNotFoundError):
        path.with_name(f"{path.name}-wal").rename(quarantine.with_name(f"{quarantine.name}-wal"))
    with contextlib.suppress(FileNotFoundError):
        path.with_name(f"{path.name}-shm").unlink()
    return quarantine


def _report(quarantine: Path, salvage: Salvage) -> None:
    """Write down beside a damaged file what came of it; one without a report still waits for its salvage."""
    report = quarantine.with_suffix(".json")
    partial = report.with_suffix(".part")
    partial.write_text(json.dumps(asdict(salvage)), encoding="utf-8")
    partial.replace(report)
