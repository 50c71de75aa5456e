"""A customer as tables for people."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, cast

from rich.table import Column

from pyttributionio import Customer, CustomerWithAll, Event, Identity, Pageview, Touchpoint
from pyttributionio.cli.customers.options import Included
from pyttributionio.cli.display import moment, print_facts, print_table, print_text

_COLUMNS: Final = {
    "pageviews": ("created_at", "url", "referrer", "title"),
    "touchpoints": ("created_at", "channel", "source", "medium", "campaign", "cost"),
    "events": ("created_at", "event_public_key", "name", "transaction_id", "revenue", "url"),
    "identities": ("created_at", "client_id", "aliases"),
}
_MOST_ROWS: Final = 100
_Record = Pageview | Touchpoint | Event | Identity


def print_customer(customer: Customer, include: Collection[Included]) -> None:
    """Print the fields of a customer, and a table for each collection that was read along."""
    own = {name: getattr(customer, name) for name in Customer.model_fields}
    print_facts({name: _cell(value) for name, value in own.items() if value is not None} or {"client_id": "not sent"})
    for name, columns in _COLUMNS.items():
        if name in include or Included.all in include:
            _print_collection(name, columns, getattr(customer, name))
    known = {*Customer.model_fields, *CustomerWithAll.model_fields}
    _print_others("customer", [name for name in customer.model_extra or {} if name not in known])


def _print_collection(name: str, columns: Sequence[str], records: Sequence[_Record]) -> None:
    print_text("", f"{name} ({len(records):,})" if records else f"no {name}")
    shown = [*islice(records, _MOST_ROWS)]
    used = [column for column in columns if any(getattr(record, column) not in (None, []) for record in shown)]
    if used:
        heads = [Column(column, overflow="fold", no_wrap=column == "created_at") for column in used]
        print_table(heads, ([_cell(getattr(record, column)) for column in used] for record in shown))
    if len(records) > len(shown):
        print_text(f"{len(records) - len(shown):,} more are not shown: --json prints all.")
    _print_others(name, sorted({extra for record in shown for extra in record.model_extra or {}}))


def _print_others(name: str, fields: Sequence[str]) -> None:
    """Name the fields that no schema knows, or whose values have another type than in the schema."""
    if fields:
        print_text(f"Other fields of {name}, which --json prints: {', '.join(fields)}")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return moment(value)
        case list():
            return ", ".join(map(str, cast("list[object]", value)))
        case _:
            return str(value)
