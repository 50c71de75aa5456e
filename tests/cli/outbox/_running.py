"""The outbox's commands in this process, and directories for them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from pyttributionio import Client
from pyttributionio.cli.app import app
from pyttributionio.outbox import Outbox
from support.faults import Act, FaultServer, answer

REFUSED, LATER = answer("no such key", 422), answer(status=503)


def ran(*arguments: object, **variables: str) -> Result:
    """Run `pyttributionio outbox` with these variables."""
    result = CliRunner(env=variables).invoke(app, ["outbox", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result


def said(result: Result) -> tuple[int, str, str]:
    """Return the exit code, stdout and stderr."""
    return result.exit_code, result.stdout, result.stderr


def lines(*arguments: object, code: int = 0) -> list[dict[str, Any]]:
    """Run a command for its lines of JSON."""
    result = ran(*arguments, "--json")
    assert result.exit_code == code, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table, its head first, without empty cells and without the text around the table."""
    table = [line for line in text.splitlines() if "   " in line.strip()]
    return [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in table]


def opened(url: str, folder: Path, **options: Any) -> Outbox:
    """Return an outbox on a directory."""
    return Outbox(Client("KEY", tracking_url=url), folder, **{"drain_on_exit": 0, **options})


def accept(outbox: Outbox, *names: str) -> None:
    """Accept events."""
    for name in names:
        outbox.event("ev", visitor_id="visitor-7", client_id="customer-42", transaction_id=name, identify=False)


@contextmanager
def left_behind(folder: Path, *then: Act | bytes, refused: bytes = REFUSED) -> Iterator[tuple[FaultServer, str]]:
    """Leave a dead letter `bad` and the waiting `waits-1` and `waits-2`; yield their server and the account's folder.

    The server goes on with further acts.
    """
    with FaultServer(refused, LATER, *(then or (LATER,))) as server:
        outbox = opened(server.url, folder, manual=True)
        accept(outbox, "bad", "waits-1", "waits-2")
        outbox.pump()
        outbox.close()
        yield server, outbox.folder.name


def damage(folder: Path) -> None:
    """Destroy the first page of the one shard in a folder."""
    (database,) = folder.rglob("shard-*.db")
    with database.open("r+b") as file:
        file.write(b"\xa5" * 4096)
