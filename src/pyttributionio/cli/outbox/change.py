"""`pyttributionio outbox retry`, `drop` and `salvage`; a shard that a living process holds is changed by it."""

import sys
from collections.abc import Collection
from pathlib import Path

from rich.table import Column

from pyttributionio.cli.outbox.display import (
    counted,
    found,
    one_line_errors,
    print_json,
    print_table,
    print_text,
    printable,
)
from pyttributionio.cli.output import fail
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.commands import Changed, EntryState, Salvaged

_NOUNS: dict[EntryState, tuple[str, str]] = {
    "waiting": ("waiting entry", "waiting entries"),
    "dead": ("dead letter", "dead letters"),
}


def retry_entries(directory: str | None, ids: Collection[str] | None, patience: float, *, as_json: bool) -> None:
    """Let dead letters wait for delivery again: those named, or all.

    Raises:
        Exit: Not all was done as asked; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        unknown = set[str]() if ids is None else {*ids} - {*_ids(at, "dead", ids)}
        done = commands.retry(at, ids, patience=patience)
    said = f"Waiting for delivery again: {counted(done.changed, *_NOUNS['dead'])}."
    _conclude(done, said, unknown, "dead letter", as_json=as_json)


def drop_entries(
    directory: str | None,
    wanted: list[str] | EntryState,
    patience: float,
    *,
    is_agreed: bool,
    as_json: bool,
) -> None:
    """Remove entries for good, once that is agreed to: those named, or all of a state.

    Raises:
        Exit: Not all was done as asked, or it was not agreed to; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        plan = _plan(at, wanted)
        unknown = set[str]() if isinstance(wanted, str) else {*wanted}.difference(*plan.values())
        if any(plan.values()):
            _agree(at, plan, is_agreed=is_agreed)
        ids = None if isinstance(wanted, str) else wanted
        parts = [commands.drop(at, ids, state=state, patience=patience) for state in plan]
    unanswered = sorted({shard for part in parts for shard in part.unanswered})
    done = Changed(sum(part.changed for part in parts), tuple(unanswered))
    _conclude(done, f"Dropped: {counted(done.changed, 'entry', 'entries')}.", unknown, "entry", as_json=as_json)


def _plan(at: Path, wanted: list[str] | EntryState) -> dict[EntryState, list[str]]:
    """Return the ids of what is to be dropped, an id for each entry."""
    if isinstance(wanted, str):
        return {wanted: _ids(at, wanted)}
    return {state: _ids(at, state, wanted) for state in _NOUNS}


def _ids(at: Path, state: EntryState, among: Collection[str] | None = None) -> list[str]:
    entries = commands.entries(at, state)
    return [each.transaction_id for each in entries if among is None or each.transaction_id in among]


def _agree(at: Path, plan: dict[EntryState, list[str]], *, is_agreed: bool) -> None:
    """Ask whether entries are to be removed.

    Raises:
        Exit: No, or there is nobody to ask.
    """
    if is_agreed:
        return
    if not sys.stdin.isatty():
        fail("what is dropped is gone: say --yes where there is no terminal to ask at")
    what = " and ".join(counted(len(ids), *_NOUNS[state]) for state, ids in plan.items() if ids)
    print(f"Drop {what} in {printable(str(at))} for good? [y/N]", end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        fail("nothing was dropped")


def _conclude(done: Changed, said: str, unknown: Collection[str], noun: str, *, as_json: bool) -> None:
    """Say what was done, and what was not.

    Raises:
        Exit: Something was not.
    """
    if as_json:
        print_json({"changed": done.changed, "unknown": sorted(unknown), "unanswered": list(done.unanswered)})
    else:
        print_text(said)
    problems: list[str] = []
    if unknown:
        problems.append(f"no {noun} has the id {printable(', '.join(map(repr, sorted(unknown))))}")
    if done.unanswered:
        problems.append(_unanswered(done.unanswered))
    if problems:
        fail("; ".join(problems))


def _unanswered(shards: Collection[str]) -> str:
    held = ", ".join(shards)
    return f"no answer from the process that holds {held}: try again with more --patience, or when it has ended"


def salvage_shards(directory: str | None, patience: float, *, as_json: bool) -> None:
    """Look all shards over, and write what came of it.

    Raises:
        Exit: A shard's process did not answer, or what is readable could not be saved; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        looked = commands.salvage(at, patience=patience)
    if as_json:
        print_json(*map(_salvage_line, looked))
    else:
        print_table([Column("shard", overflow="fold"), Column("found", overflow="fold")], map(_salvage_row, looked))
    if unanswered := [each.shard for each in looked if not each.answered]:
        fail(_unanswered(unanswered))


def _salvage_line(looked: Salvaged) -> dict[str, object]:
    salvage = looked.salvage
    return {
        "shard": looked.shard,
        "by_its_process": salvage is None,
        "answered": looked.answered,
        "damaged": None if salvage is None else salvage.damaged,
        "saved": None if salvage is None else salvage.saved,
        "unreadable": None if salvage is None else salvage.unreadable,
        "quarantine": None if salvage is None else salvage.quarantine,
    }


def _salvage_row(looked: Salvaged) -> list[str]:
    salvage = looked.salvage
    if salvage is None:
        return [looked.shard, "looked over by the process that holds it" if looked.answered else "no answer"]
    if not salvage.damaged:
        return [looked.shard, "sound"]
    aside = "" if salvage.quarantine is None else f"; the damaged file is {salvage.quarantine}"
    saved = counted(salvage.saved, "entry", "entries")
    return [looked.shard, f"damaged: {saved} saved, {salvage.unreadable:,} unreadable{aside}"]
