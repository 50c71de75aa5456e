"""`pyttributionio outbox drain`: deliver in the foreground, and tell how it goes on."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pyttributionio import Client, OutboxError
from pyttributionio.cli.outbox.display import counted, found, one_line_errors, print_json, print_text, printable
from pyttributionio.cli.output import console, fail
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.drain import drain

_INTERRUPTED = 130  # what shells give a command that Ctrl-C has ended


@dataclass(frozen=True)
class Account:
    """Whose entries are delivered, and where to. No secret: tracking needs none."""

    api_key: str | None
    tracking_url: str | None
    allow_insecure_http: bool


@dataclass(frozen=True)
class _Left:
    """What is in the directory after a drain: the account's, but for `elsewhere`."""

    waiting: int
    dead: int
    held: int
    """Entries that wait in shards of living processes, which deliver them themselves."""
    elsewhere: int
    """Entries that wait for other accounts, or another tracking URL."""


def deliver(directory: str | None, account: Account, timeout: float, in_flight: int, *, as_json: bool) -> None:
    """Deliver what waits in shards that nobody holds, for at most `timeout` seconds, until Ctrl-C or SIGTERM.

    Raises:
        Exit: Entries are left, a signal came, or it can't be done as asked; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors(), _client(account) as client:
        folder = _folder(client, at)
        interrupted = False
        try:
            # A folder is made for an account that has none; a mistyped key is to leave none behind.
            if folder.is_dir():
                with _ended_by_signals():
                    _drain(client, at, timeout, in_flight)
        except KeyboardInterrupt:
            interrupted = True
        left = _left(at, folder.name)
    if as_json:
        print_json({"account": folder.name, **asdict(left), "interrupted": interrupted})
    else:
        _print_left(left, folder)
    if interrupted:
        raise typer.Exit(_INTERRUPTED)
    if left.waiting:
        raise typer.Exit(1)


@contextmanager
def _client(account: Account) -> Generator[Client, None, None]:
    if account.api_key is None:
        fail("whose entries? Give --api-key, or set PYTTRIBUTIONIO_API_KEY")
    try:
        client = Client(
            account.api_key,
            tracking_url=account.tracking_url,
            allow_insecure_http=account.allow_insecure_http,
        )
    except ValueError as error:
        fail(printable(str(error)))
    with client:
        yield client


def _folder(client: Client, at: Path) -> Path:
    with Outbox(client, at, drain_on_exit=0) as outbox:  # opens nothing before its first call
        return outbox.folder


@contextmanager
def _ended_by_signals() -> Generator[None, None, None]:
    """Let Ctrl-C and SIGTERM raise a KeyboardInterrupt."""
    # Both by hand: a shell that starts us in the background has SIGINT ignored.
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _drain(client: Client, at: Path, timeout: float, in_flight: int) -> None:
    screen = console(sys.stderr)
    with _progress(screen) as on_progress, _log_lines(screen):
        drain(client, at, timeout=timeout, in_flight=in_flight, on_progress=on_progress)


@contextmanager
def _progress(screen: Console) -> Generator[Callable[[int], None], None, None]:
    """Show a bar on a terminal; give what is to be told how many entries are left."""
    if not screen.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("Delivering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=None)
        most = 0

        def on_progress(left: int) -> None:
            nonlocal most
            most = max(most, left)
            progress.update(task, total=most, completed=most - left)

        yield on_progress


class _Lines(logging.Handler):
    """Write what the outbox logs, a line each, above a progress bar."""

    def __init__(self, screen: Console) -> None:
        super().__init__()
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.print(Text(printable(record.getMessage())), soft_wrap=True)


@contextmanager
def _log_lines(screen: Console) -> Generator[None, None, None]:
    log, handler = logging.getLogger("pyttributionio.outbox"), _Lines(screen)
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)  # that it delivers again is news too
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


def _left(at: Path, account: str) -> _Left:
    """Return what is in an account's shards.

    Raises:
        OutboxError: One can't be read.
    """
    everything = commands.status(at).shards
    shards = [shard for shard in everything if shard.account == account]
    for shard in shards:
        if shard.problem is not None:
            raise OutboxError(shard.problem)
    # Closing waits for a busy thread of ours only so long, and then our lock goes with the process.
    others = [shard for shard in shards if shard.holder not in {None, os.getpid()}]
    all_waiting, held = sum(shard.pending for shard in shards), sum(shard.pending for shard in others)
    return _Left(
        waiting=all_waiting - held,
        dead=sum(shard.dead for shard in shards),
        held=held,
        elsewhere=sum(shard.pending for shard in everything) - all_waiting,
    )


def _print_left(left: _Left, folder: Path) -> None:
    print_text(f"Left of {folder.name}: {counted(left.waiting, 'waiting entry', 'waiting entries')}.")
    if left.held:
        print_text(f"Besides, {left.held:,} wait in shards of living processes, which deliver them themselves.")
    if left.elsewhere:
        print_text(f"Besides, {left.elsewhere:,} wait for another account or URL: `pyttributionio outbox status`.")
    if left.dead:
        dead = counted(left.dead, "dead letter", "dead letters")
        print_text(f"{dead}: `pyttributionio outbox list --dead` shows why.")
