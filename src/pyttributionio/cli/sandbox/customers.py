"""The list of customers of a sandbox that runs, or of its database's file."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import cast

from pyttributionio.cli.display import print_json
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail, printable
from pyttributionio.cli.sandbox.running import read
from pyttributionio.sandbox.api.account import DEFAULT_API_KEY
from pyttributionio.sandbox.store.store import open_store


def list_customers(url: str | None, database: Path | None, api_key: str | None, search: str) -> list[str]:
    """Return the client ids of an account whose ids or visitor ids contain a text.

    Args:
        url: The address of a running sandbox.
        database: The file of a sandbox; exactly one of the two is given.
        api_key: The account's public key; None is the first account, or in a file the one with the default key.
        search: The text; every customer contains the empty text.

    Raises:
        Exit: The customers cannot be read; the reason is on stderr.
    """
    if (url is None) == (database is None):
        fail(
            "name either the address of a running sandbox, such as http://127.0.0.1:8000, or its file with --db",
            ExitCode.USAGE,
        )
    if url is not None:
        return _of_running(url, api_key, search)
    assert database is not None
    return _of_file(database, DEFAULT_API_KEY if api_key is None else api_key, search)


def print_customers(client_ids: Iterable[str], *, as_json: bool) -> None:
    """Print one id on each line: as text for people, or as JSON for programs."""
    for client_id in client_ids:
        if as_json:
            print_json({"client_id": client_id})
        else:
            print(printable(client_id))  # visitors may choose ids: a control character must not reach the terminal


def _of_file(path: Path, api_key: str, search: str) -> list[str]:
    if not path.is_file():
        fail(f"there is no file {path}: give the one that `pyttributionio sandbox --db` was given", ExitCode.NOT_FOUND)
    try:
        with closing(open_store(path)) as store:
            return store.client_ids(api_key, search)
    except (sqlite3.Error, ValueError) as error:
        fail(f"cannot use {path}: {error}")


def _of_running(url: str, api_key: str | None, search: str) -> list[str]:
    query = {"search": search} if api_key is None else {"search": search, "account": api_key}
    return cast("list[str]", read(url, "/_sandbox/customers", query)["customers"])
