"""Copy the readable rows of a damaged file into a new file, and count the others."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from pyttributionio.outbox.storage import statements
from pyttributionio.outbox.storage.database import Database
from pyttributionio.outbox.storage.entries import DeadLetter, Entry
from pyttributionio.outbox.storage.page_recovery import Pages
from pyttributionio.outbox.storage.repair import Damaged, Known, known_dead_letters, known_entries
from pyttributionio.outbox.storage.rows import Row, batches, dead_letter_of, entry_of, number_of, parameters, progress

T = TypeVar("T")


class Copied(NamedTuple):
    """What was found in a damaged file.

    Attributes:
        saved: How many rows were copied.
        lost: How many are known and could not be read.
        is_complete: Whether all numbers of rows could be read, so that these are all.
    """

    saved: int
    lost: int
    is_complete: bool


def copy_rows(damaged: Damaged, database: Database, shift: int, newest: int, expected: int) -> Copied:
    """Copy all readable rows, each once.

    Args:
        damaged: The damaged file.
        database: The new file.
        shift: Added to the number of each entry.
        newest: The highest number in use so far.
        expected: How many rows were last known to be in the file.

    Returns:
        How many rows were copied, and how many are known and could not be read.
    """
    version = damaged.version
    entries = _Restore[Entry](
        database,
        statements.RESTORE,
        statements.ENTRY_COLUMNS,
        lambda row: entry_of(row, version),
        _name_of,
        lambda entry, number: (number + shift, *parameters(entry.new, entry.delivered_requests), *progress(entry)),
        known_entries(damaged.connection),
    )
    dead = _Restore[DeadLetter](
        database,
        statements.ADD_DEAD,
        statements.DEAD_COLUMNS,
        lambda row: dead_letter_of(row, version),
        lambda row: hash((_name_of(row), row[-1])),  # one entry may become a dead letter twice
        lambda letter, _: (
            *parameters(letter.entry.new, letter.entry.delivered_requests),
            *progress(letter.entry),
            *letter.reason,
        ),
        known_dead_letters(damaged.connection),
    )
    pages = Pages(damaged.path, damaged.first_page)
    for batch in batches(pages.rows()):
        for table in (entries, dead):
            table.insert(batch, only_known=not pages.has_only_used)
    # A damaged page of the log may have the only copy of a row that nothing else knows.
    if damaged.damaged or entries.lost or dead.lost or entries.count + dead.count < expected:
        for only_suspicious in (False, True):
            more = damaged.damaged if only_suspicious else damaged.logged
            for batch in batches(pages.scan(more, only_suspicious=only_suspicious)):
                for table in (entries, dead):
                    table.insert(batch, only_known=not only_suspicious, is_scan=True)
    entries.insert_rest(newest)
    dead.insert_rest(newest)
    is_complete = entries.is_complete and dead.is_complete
    return Copied(entries.count + dead.count, entries.lost + dead.lost, is_complete)


def _name_of(row: Row) -> int:
    """Return a number that stands for the transaction id and the event key of a row."""
    return hash((row[1], row[2]))


class _Restore(Generic[T]):
    """Insert the rows of one table into a new file, each row once.

    Args:
        database: The new file.
        statement: Inserts a row.
        columns: How many columns a row has.
        item_of: Returns the entry or dead letter in a row; None if the row is damaged.
        name_of: Returns what tells a row from all others, whatever its number is.
        values: Returns the values to insert, for an item and a number.
        known: The rows in use, as far as they could be read.
    """

    def __init__(
        self,
        database: Database,
        statement: str,
        columns: int,
        item_of: Callable[[Row], T | None],
        name_of: Callable[[Row], int],
        values: Callable[[T, int], tuple[object, ...]],
        known: Known,
    ) -> None:
        self._database = database
        self._statement = statement
        self._columns = columns
        self._item_of = item_of
        self._name_of = name_of
        self._values = values
        self._known = known
        self._known_names = {*known.names.values()}
        self._numbers: set[int] = set()
        """The numbers of the rows that were saved."""
        self._names: set[int] = set()
        """Their names."""
        self._unreadable: set[int] = set()
        self._rest: list[T] = []
        """Rows whose number is damaged, or is that of another row."""

    @property
    def is_complete(self) -> bool:
        """Whether the numbers of all rows in use could be read."""
        return self._known.is_complete

    @property
    def count(self) -> int:
        """How many rows were saved."""
        return len(self._names)

    @property
    def lost(self) -> int:
        """How many rows are known or were found, and could not be saved."""
        unindexed = {number for number, name in self._known.names.items() if name not in self._names}
        return len((self._known.numbers | self._unreadable | unindexed) - self._numbers)

    def insert(self, rows: list[Row], *, only_known: bool, is_scan: bool = False) -> None:
        """Insert the rows that are in use and not damaged.

        Args:
            rows: Rows of all tables.
            only_known: Whether other rows than the known ones may have been deleted before.
            is_scan: Whether old versions of rows may be among them, which do not count as unreadable.
        """
        new: list[tuple[object, ...]] = []
        for row in rows:
            if len(row) != self._columns or (only_known and not self._is_in_use(row)):
                continue
            item, number, name = self._item_of(row), number_of(row), self._name_of(row)
            if item is None:
                if not is_scan:
                    self._unreadable.add(number)
            elif name not in self._names:
                self._names.add(name)
                if 0 < number <= statements.HIGHEST and number not in self._numbers:
                    self._numbers.add(number)
                    new.append(self._values(item, number))
                else:
                    self._rest.append(item)
        self._database.transact(lambda connection: connection.executemany(self._statement, new))

    def insert_rest(self, newest: int) -> None:
        """Insert the rows without a number of their own, behind all others and behind the newest number."""
        first = max(self._numbers | {newest}) + 1
        new = [self._values(item, number) for number, item in enumerate(self._rest, first)]
        self._database.transact(lambda connection: connection.executemany(self._statement, new))

    def _is_in_use(self, row: Row) -> bool:
        known, number = self._known, number_of(row)
        if not known.is_complete or number in known.numbers or number in known.names:
            return True
        return self._name_of(row) in self._known_names
