"""`pyttributionio outbox retry`, `drop` and `salvage`; a running process changes the shards that it owns."""

import sys
from collections.abc import Collection
from pathlib import Path

from rich.table import Column

from pyttributionio.cli.display import counted, print_json, print_table, print_text
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.outbox.display import found, one_line_errors
from pyttributionio.cli.output import fail, printable
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.commands import Changed, EntryState, Salvaged

_NOUNS: dict[EntryState, tuple[str, str]] = {
    "waiting": ("waiting entry", "waiting entries"),
    "dead": ("dead letter", "dead letters"),
}


def retry_entries(directory: str | None, ids: Collection[str] | None, patience: float, *, as_json: bool) -> None:
    """Queue dead letters for delivery again: those named, or all.

    Raises:
        Exit: Something was not done; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        unknown = set[str]() if ids is None else {*ids} - {*_ids(at, "dead", ids)}
        done = commands.retry(at, ids, patience=patience)
    said = f"Queued again: {counted(done.changed, *_NOUNS['dead'])}."
    _conclude(done, said, unknown, "dead letter", as_json=as_json)


def drop_entries(
    directory: str | None,
    wanted: list[str] | EntryState,
    patience: float,
    *,
    is_confirmed: bool,
    as_json: bool,
) -> None:
    """Remove entries permanently, after a confirmation: those named, or all of a state.

    Raises:
        Exit: Something was not done, or not confirmed; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        chosen = _choose(at, wanted)
        unknown = set[str]() if isinstance(wanted, str) else {*wanted}.difference(*chosen.values())
        if any(chosen.values()):
            _confirm(at, chosen, is_confirmed=is_confirmed)
        ids = None if isinstance(wanted, str) else wanted
        parts = [commands.drop(at, ids, state=state, patience=patience) for state in chosen]
    unanswered = sorted({shard for part in parts for shard in part.unanswered})
    done = Changed(sum(part.changed for part in parts), tuple(unanswered))
    _conclude(done, f"Dropped: {counted(done.changed, 'entry', 'entries')}.", unknown, "entry", as_json=as_json)


def _choose(at: Path, wanted: list[str] | EntryState) -> dict[EntryState, list[str]]:
    """Return the ids of the entries to drop, by state."""
    if isinstance(wanted, str):
        return {wanted: _ids(at, wanted)}
    return {state: _ids(at, state, wanted) for state in _NOUNS}


def _ids(at: Path, state: EntryState, among: Collection[str] | None = None) -> list[str]:
    entries = commands.entries(at, state)
    return [each.transaction_id for each in entries if among is None or each.transaction_id in among]


def _confirm(at: Path, chosen: dict[EntryState, list[str]], *, is_confirmed: bool) -> None:
    """Ask for confirmation.

    Raises:
        Exit: It was not given, or there is no terminal to ask on.
    """
    if is_confirmed:
        return
    if not sys.stdin.isatty():
        fail("dropped entries can't be restored: without a terminal to ask on, use --yes", ExitCode.USAGE)
    what = " and ".join(counted(len(ids), *_NOUNS[state]) for state, ids in chosen.items() if ids)
    print(f"Drop {what} in {printable(str(at))} permanently? [y/N]", end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        fail("nothing was dropped")


def _conclude(done: Changed, said: str, unknown: Collection[str], noun: str, *, as_json: bool) -> None:
    """Print what was done, and what was not.

    Raises:
        Exit: Something was not done.
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
        fail("; ".join(problems), ExitCode.NOT_DONE if done.unanswered else ExitCode.NOT_FOUND)


def _unanswered(shards: Collection[str]) -> str:
    owned = ", ".join(shards)
    return f"no answer from the process that owns {owned}: try again with a longer --patience, or after it has ended"


def salvage_shards(directory: str | None, patience: float, *, as_json: bool) -> None:
    """Check all shards, and write the results.

    Raises:
        Exit: The process of a shard did not answer, or readable entries could not be saved; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        checked = commands.salvage(at, patience=patience)
    if as_json:
        print_json(*map(_salvage_line, checked))
    else:
        print_table([Column("shard", overflow="fold"), Column("result", overflow="fold")], map(_salvage_row, checked))
    if unanswered := [each.shard for each in checked if not each.answered]:
        fail(_unanswered(unanswered))


def _salvage_line(checked: Salvaged) -> dict[str, object]:
    salvage = checked.salvage
    return {
        "shard": checked.shard,
        "by_its_process": salvage is None,
        "answered": checked.answered,
        "damaged": None if salvage is None else salvage.damaged,
        "saved": None if salvage is None else salvage.saved,
        "unreadable": None if salvage is None else salvage.unreadable,
        "quarantine": None if salvage is None else salvage.quarantine,
    }


def _salvage_row(checked: Salvaged) -> list[str]:
    salvage = checked.salvage
    if salvage is None:
        return [checked.shard, "checked by the process that owns it" if checked.answered else "no answer"]
    if not salvage.damaged:
        return [checked.shard, "not damaged"]
    aside = "" if salvage.quarantine is None else f"; the damaged file is {salvage.quarantine}"
    saved = counted(salvage.saved, "entry", "entries")
    return [checked.shard, f"damaged: {saved} saved, {salvage.unreadable:,} unreadable{aside}"]
