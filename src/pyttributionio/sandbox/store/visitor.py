"""A visitor's rows in the tables, within a transaction."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

_Scalar = str | int | None


@dataclass(frozen=True)
class Visitor:
    """A visitor of an account, and the cursor of the transaction; the alias is the visitor id."""

    cursor: sqlite3.Cursor
    account: str
    alias: str

    def run(self, statement: str, **values: _Scalar) -> sqlite3.Cursor:
        """Run a statement that names the account and the alias; the result has its rows or their number."""
        return self.cursor.execute(statement, {"account": self.account, "alias": self.alias, **values})

    def insert(self, statement: str, rows: Iterable[tuple[_Scalar, ...]]) -> None:
        """Insert rows, which are given without the account and the alias: the statement's first two columns."""
        self.cursor.executemany(statement, ((self.account, self.alias, *row) for row in rows))
