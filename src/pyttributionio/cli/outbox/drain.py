"""`pyttributionio outbox drain`: deliver in the foreground, and show the progress."""

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
from pyttributionio.cli.credentials.options import Account
from pyttributionio.cli.display import counted, print_json, print_text
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.outbox.display import found, one_line_errors
from pyttributionio.cli.outbox.options import Delivery
from pyttributionio.cli.output import console, printable
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.drain import drain


@dataclass(frozen=True)
class _Remaining:
    """The numbers of entries in the directory after a drain: the account's, except for `elsewhere`."""

    waiting: int
    dead: int
    held: int
    """Entries that wait in shards of running processes, which deliver them."""
    elsewhere: int
    """Entries that wait for other accounts, or another tracking URL."""


def deliver(directory: str | None, account: Account, how: Delivery, *, as_json: bool) -> None:
    """Deliver waiting entries of shards without an owner, until the timeout, Ctrl-C or SIGTERM.

    Raises:
        Exit: Entries remain, a signal came, or the arguments are wrong; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors(), account.client(needs_secret=False) as its_client:
        client = its_client.with_options(retry_posts=how.retry_posts)
        folder = _folder(client, at)
        interrupted = False
        try:
            # An outbox makes a folder for an account without one; a mistyped key must leave no folder.
            if folder.is_dir():
                with _ended_by_signals():
                    _drain(client, at, how)
        except KeyboardInterrupt:
            interrupted = True
        remaining = _remaining(at, folder.name)
    if as_json:
        print_json({"account": folder.name, **asdict(remaining), "interrupted": interrupted})
    else:
        _print_remaining(remaining, folder)
    if interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if remaining.waiting:
        raise typer.Exit(ExitCode.NOT_DONE)


def _folder(client: Client, at: Path) -> Path:
    return Outbox(client, at).folder  # it opens nothing before its first call


@contextmanager
def _ended_by_signals() -> Generator[None, None, None]:
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt."""
    # Both are set explicitly: a shell that starts this in the background ignores SIGINT.
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _drain(client: Client, at: Path, how: Delivery) -> None:
    screen = console(sys.stderr)
    with _progress(screen) as on_progress, _log_lines(screen):
        drain(client, at, timeout=how.timeout, in_flight=how.in_flight, on_progress=on_progress)


@contextmanager
def _progress(screen: Console) -> Generator[Callable[[int], None], None, None]:
    """Show a bar on a terminal; yield a function that takes the number of remaining entries."""
    if not screen.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("Delivering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=None)
        total = 0

        def on_progress(remaining: int) -> None:
            nonlocal total
            total = max(total, remaining)
            progress.update(task, total=total, completed=total - remaining)

        yield on_progress


class _Lines(logging.Handler):
    """Write each log message of the outbox as a line above the progress bar."""

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
    log.setLevel(logging.INFO)  # including the message that it delivers again
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


def _remaining(at: Path, account: str) -> _Remaining:
    """Count the entries in an account's shards.

    Raises:
        OutboxError: A shard can't be read.
    """
    everything = commands.status(at).shards
    shards = [shard for shard in everything if shard.account == account]
    for shard in shards:
        if shard.problem is not None:
            raise OutboxError(shard.problem)
    # Closing an outbox waits for its busy threads for a limited time; the lock of this process may still be there.
    others = [shard for shard in shards if shard.holder not in {None, os.getpid()}]
    all_waiting, held = sum(shard.pending for shard in shards), sum(shard.pending for shard in others)
    return _Remaining(
        waiting=all_waiting - held,
        dead=sum(shard.dead for shard in shards),
        held=held,
        elsewhere=sum(shard.pending for shard in everything) - all_waiting,
    )


def _print_remaining(remaining: _Remaining, folder: Path) -> None:
    print_text(f"Remaining in {folder.name}: {counted(remaining.waiting, 'waiting entry', 'waiting entries')}.")
    if remaining.held:
        print_text(f"{remaining.held:,} more wait in shards of running processes, which deliver them.")
    if remaining.elsewhere:
        print_text(f"{remaining.elsewhere:,} more wait for another account or URL: `pyttributionio outbox status`.")
    if remaining.dead:
        dead = counted(remaining.dead, "dead letter", "dead letters")
        print_text(f"{dead}: `pyttributionio outbox list --dead` shows why.")
