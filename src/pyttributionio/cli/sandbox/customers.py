"""The list of customers of a sandbox that runs, or of its database's file."""

import io
import json
import sqlite3
import ssl
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import httpx

from pyttributionio.cli.output import fail
from pyttributionio.sandbox.api.account import DEFAULT_API_KEY
from pyttributionio.sandbox.store.store import open_store

_TIMEOUT = 10.0  # seconds


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
        fail("name either the address of a running sandbox, such as http://127.0.0.1:8000, or its file with --db")
    if url is not None:
        return _of_running(url, api_key, search)
    assert database is not None
    return _of_file(database, DEFAULT_API_KEY if api_key is None else api_key, search)


def print_customers(client_ids: Iterable[str], *, as_json: bool) -> None:
    """Print one id on each line, or all as a list in JSON, for programs."""
    stdout: TextIO = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(errors="backslashreplace")  # an id can have characters that the terminal cannot show
    if as_json:
        print(json.dumps([*client_ids]))
        return
    for client_id in client_ids:
        # Visitors may choose ids: a control character must not reach the terminal.
        print("".join(each if each.isprintable() else repr(each)[1:-1] for each in client_id))


def _of_file(path: Path, api_key: str, search: str) -> list[str]:
    if not path.is_file():
        fail(f"there is no file {path}: give the one that `pyttributionio sandbox --db` was given")
    try:
        with closing(open_store(path)) as store:
            return store.client_ids(api_key, search)
    except (sqlite3.Error, ValueError) as error:
        fail(f"cannot use {path}: {error}")


def _of_running(url: str, api_key: str | None, search: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.netloc:
        fail(f"{url} is not the address of a sandbox: expected one such as http://127.0.0.1:8000")
    query = {"search": search} if api_key is None else {"search": search, "account": api_key}
    # Without the environment's proxies, which cannot reach this machine by its loopback address, and without TLS.
    with httpx.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=_TIMEOUT) as client:
        try:
            answer = client.get(f"http://{parts.netloc}/_sandbox/customers", params=query)
            document = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            fail(f"no sandbox answers at {url}: {str(error) or type(error).__name__}")
    if not answer.is_success or "X-Sandbox" not in answer.headers:
        fail(f"the server at {url} answered {answer.status_code}: {answer.text[:200]}")
    found: list[str] = document["customers"]
    return found
