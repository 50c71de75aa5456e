"""Control requests: an operator asks a running process to change its shard.

Only the process that holds a shard's lock writes to the shard. So the operator writes a request to a file. The process
finds the file in its next round of housekeeping, makes the change, and writes an answer to a second file.
"""

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pyttributionio._core.clock import CLOCK
from pyttributionio._core.validation import checked_choice
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.storage.directory import ShardPath, is_held
from pyttributionio.outbox.storage.entries import uuid7
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
    """
    file = path.folder / f"{path.name}-request-{uuid7(CLOCK.now())}"
    answer = file.with_suffix(".answer")
    partial = file.with_suffix(".part")
    partial.write_text(json.dumps([request.change, request.entries]), encoding="utf-8")
    partial.replace(file)
    deadline = CLOCK.monotonic() + timeout
    while True:
        # Before the answer is read: the process may have written it and ended.
        may_answer = CLOCK.monotonic() < deadline and is_held(path)
        with contextlib.suppress(FileNotFoundError, ValueError):
            changed = int(answer.read_text(encoding="utf-8"))
            answer.unlink()
            return changed
        if not may_answer:
            file.unlink(missing_ok=True)
            return None
        time.sleep(_POLL_SECONDS)


def answer_requests(path: ShardPath, source: Source) -> None:
    """Apply all requests to a shard of this process, and write the answers."""
    for file in sorted(path.folder.glob(f"{path.name}-request-*")):
        if file.suffix:
            continue
        try:
            change, entries = json.loads(file.read_bytes())
            checked_choice("change", change, Change)
            request = ControlRequest(change, tuple((int(number), str(name)) for number, name in entries))
        except (OSError, ValueError, TypeError):
            file.unlink(missing_ok=True)
            continue
        changed, removed = apply(source.store, request)
        source.remove(removed)
        partial = file.with_suffix(".part")
        partial.write_text(str(changed), encoding="utf-8")
        partial.replace(file.with_suffix(".answer"))
        file.unlink(missing_ok=True)


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


def chunks(entries: Sequence[tuple[int, str]], size: int = 500) -> list[tuple[tuple[int, str], ...]]:
    """Divide a list of entries into parts that are small enough for one request."""
    return [tuple(entries[at : at + size]) for at in range(0, len(entries), size)]
