"""Control requests: an operator asks a running process to change its shard.

Only the process that holds a shard's lock writes to the shard. So the operator writes a request to a file. The process
finds the file in its next round of housekeeping, makes the change, and writes an answer to a second file.
"""

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pyttributionio._core.clock import CLOCK
from pyttributionio._core.validation import checked_choice
from pyttributionio._errors import OutboxError
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.storage.directory import ShardPath, is_held
from pyttributionio.outbox.storage.entries import uuid7
from pyttributionio.outbox.storage.files import read_own, write_own
from pyttributionio.outbox.storage.statements import HIGHEST
from pyttributionio.outbox.storage.store import Store

Change: TypeAlias = Literal["retry", "drop", "drop_dead", "salvage"]
_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A change to some entries.

    Each entry is named by its number and its transaction id, because numbers start again in an empty shard.
    """

    change: Change
    entries: tuple[tuple[int, str], ...] = ()


def send_request(path: ShardPath, request: ControlRequest, timeout: float) -> int | None:
    """Send a request to the process that holds a shard; return how many entries were changed.

    Args:
        path: The shard.
        request: The change.
        timeout: Seconds to wait for the answer.

    Returns:
        None if there was no answer in time, or no process holds the shard any more. Then the request is withdrawn.

    Raises:
        OutboxError: The request can't be written.
    """
    file = path.folder / f"{path.name}-request-{uuid7(CLOCK.now())}"
    answer = file.with_suffix(".answer")
    try:
        write_own(file, json.dumps([request.change, request.entries]).encode())
    except OSError as error:
        raise OutboxError(f"a request to the process that holds {path.database} can't be written: {error}") from None
    deadline = CLOCK.monotonic() + timeout
    while True:
        # Before the answer is read: the process may have written it and ended.
        may_answer = CLOCK.monotonic() < deadline and is_held(path)
        with contextlib.suppress(OSError, ValueError):
            changed = int(read_own(answer))
            answer.unlink()
            return changed
        if not may_answer:
            with contextlib.suppress(OSError):
                file.unlink()
            return None
        time.sleep(_POLL_SECONDS)


def answer_requests(path: ShardPath, source: Source) -> None:
    """Apply all requests to a shard of this process, and write the answers.

    Raises:
        OutboxError: The store can't be read or written. The request stays for the next try.
    """
    for file in sorted(path.folder.glob(f"{path.name}-request-*")):
        if file.suffix:
            continue
        request = _read(file)
        changed = 0
        if request is not None:
            changed, removed = apply(source.store, request)
            source.remove(removed)
        with contextlib.suppress(OSError):  # then the operator waits in vain, and says so
            if request is not None:
                write_own(file.with_suffix(".answer"), str(changed).encode())
            file.unlink()


def _read(file: Path) -> ControlRequest | None:
    """Return the request in a file; None if no operator wrote it."""
    try:
        change, entries = json.loads(read_own(file))
        checked_choice("change", change, Change)
        request = ControlRequest(change, tuple((int(number), str(name)) for number, name in entries))
    except (OSError, ValueError, TypeError, OverflowError, RecursionError):
        return None
    return request if all(0 < number <= HIGHEST for number, _ in request.entries) else None


def apply(store: Store, request: ControlRequest) -> tuple[int, list[int]]:
    """Change a store. Return how many entries were changed, and the numbers of removed waiting entries.

    Raises:
        OutboxError: The store can't be read or written.
    """
    if request.change == "salvage":
        return store.salvage().saved, []
    dead = request.change != "drop"
    numbers = [number for number, name in request.entries if _transaction_id(store, number, dead=dead) == name]
    if request.change == "retry":
        return store.requeue(numbers), []
    return store.drop(numbers, dead=dead), [] if dead else numbers


def _transaction_id(store: Store, number: int, *, dead: bool) -> str | None:
    """Return the transaction id of an entry or a dead letter; None if there is none of this number."""
    if dead:
        letters = store.dead_letters(number - 1, 1)
        return letters[0].entry.new.transaction_id if letters and letters[0].number == number else None
    entries = store.claim(number - 1, 1, until=number)
    return entries[0].new.transaction_id if entries else None
