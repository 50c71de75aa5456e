"""What is written and looked up of one visitor, within a transaction of the store's."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Scalar = str | int | None


@dataclass(frozen=True)
class Visitor:
    """A visitor's rows; each statement names its account and alias."""

    cursor: sqlite3.Cursor
    account: str
    alias: str

    def run(self, statement: str, **values: Scalar) -> tuple[Any, ...] | None:
        """Run a statement, and return its first row, or None."""
        named = {"account": self.account, "alias": self.alias, **values}
        row: tuple[Any, ...] | None = self.cursor.execute(statement, named).fetchone()
        return row

    def update(self, statement: str, **values: Scalar) -> int:
        """Run a statement that changes rows, and return how many it did."""
        named = {"account": self.account, "alias": self.alias, **values}
        return self.cursor.execute(statement, named).rowcount

    def insert(self, statement: str, rows: Iterable[tuple[Scalar, ...]]) -> None:
        """Insert rows, each of them without the account and the alias, which the statement has first."""
        self.cursor.executemany(statement, ((self.account, self.alias, *row) for row in rows))
