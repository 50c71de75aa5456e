"""How an operator asks a living process to change its shard: with a file that its keeper finds and answers.

The process that holds a shard's lock is the only one that writes to it. So a change is asked for, not made.
"""

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pyttributionio.outbox._config import checked_choice
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.storage.directory import ShardPath, is_held
from pyttributionio.outbox.storage.entries import uuid7
from pyttributionio.outbox.storage.store import Store

Change: TypeAlias = Literal["retry", "drop", "drop_dead", "salvage"]
_LOOK_EVERY: Final = 0.05


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be done to which entries; each is named twice, for numbers begin anew with an empty shard."""

    change: Change
    entries: tuple[tuple[int, str], ...] = ()


def ask(path: ShardPath, wanted: Ask, patience: float) -> int | None:
    """Ask the process that holds a shard; return how many entries were changed.

    Args:
        path: The shard.
        wanted: What is asked for.
        patience: Seconds to wait for an answer.

    Returns:
        None if nobody answered in time, or nobody holds the shard any more; then the question is taken back.
    """
    question = path.folder / f"{path.name}-ask-{uuid7()}"
    answer = question.with_suffix(".answer")
    partial = question.with_suffix(".part")
    partial.write_text(json.dumps([wanted.change, wanted.entries]), encoding="utf-8")
    partial.replace(question)
    ends = time.monotonic() + patience
    while True:
        may_answer = time.monotonic() < ends and is_held(path)  # asked first: an answer may be its process's last deed
        with contextlib.suppress(FileNotFoundError, ValueError):
            done = int(answer.read_text(encoding="utf-8"))
            answer.unlink()
            return done
        if not may_answer:
            question.unlink(missing_ok=True)
            return None
        time.sleep(_LOOK_EVERY)


def answer_all(path: ShardPath, source: Source) -> None:
    """Do what operators ask of a shard of ours."""
    for question in sorted(path.folder.glob(f"{path.name}-ask-*")):
        if question.suffix:
            continue
        try:
            change, entries = json.loads(question.read_bytes())
            checked_choice("change", change, Change)
            wanted = Ask(change, tuple((int(number), str(name)) for number, name in entries))
        except (OSError, ValueError, TypeError):
            question.unlink(missing_ok=True)
            continue
        done, gone = apply(source.store, wanted)
        source.remove(gone)
        partial = question.with_suffix(".part")
        partial.write_text(str(done), encoding="utf-8")
        partial.replace(question.with_suffix(".answer"))
        question.unlink(missing_ok=True)


def apply(store: Store, wanted: Ask) -> tuple[int, list[int]]:
    """Make a change to a store of ours; return how many entries were changed, and which wait no more.

    Raises:
        OutboxError: The store can't be read or written.
    """
    if wanted.change == "salvage":
        return store.salvage().saved, []
    dead = wanted.change != "drop"
    numbers = [number for number, name in wanted.entries if _name(store, number, dead=dead) == name]
    if wanted.change == "retry":
        return store.revive(numbers), []
    return store.drop(numbers, dead=dead), [] if dead else numbers


def _name(store: Store, number: int, *, dead: bool) -> str | None:
    """Return the transaction id of an entry or dead letter; None if it is gone."""
    if dead:
        letters = store.dead_letters(number - 1, 1)
        return letters[0].entry.new.transaction_id if letters and letters[0].number == number else None
    entries = store.claim(number - 1, 1, until=number)
    return entries[0].new.transaction_id if entries else None


def chunks(entries: Sequence[tuple[int, str]], size: int = 500) -> list[tuple[tuple[int, str], ...]]:
    """Cut a list of entries into questions of a bearable size."""
    return [tuple(entries[at : at + size]) for at in range(0, len(entries), size)]
