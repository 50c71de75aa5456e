"""`pyttributionio outbox status`, `list` and `show`: they only read."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

from rich.filesize import decimal
from rich.highlighter import JSONHighlighter
from rich.table import Column
from rich.text import Text

from pyttributionio.cli.display import age, counted, iso, moment, print_json, print_table, print_text
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.outbox.display import found, one_line_errors
from pyttributionio.cli.output import console, fail, printable
from pyttributionio.outbox import StoredEntry
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.operator.commands import DirectoryStatus, ShardStatus

_FEW = 100
_LONGEST_CELL = 80


def show_status(directory: str | None, *, as_json: bool) -> None:
    """Write the status of all shards.

    Raises:
        Exit: The directory can't be read; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        status = commands.status(at)
    if as_json:
        print_json(*_status_lines(status))
    else:
        _print_status(status)


def _status_lines(status: DirectoryStatus) -> Iterator[Mapping[str, object]]:
    for shard in status.shards:
        known = shard.problem is None
        yield {
            "type": "shard",
            "account": shard.account,
            "shard": shard.shard,
            "holder": shard.holder,
            "waiting": shard.pending if known else None,
            "dead": shard.dead if known else None,
            "oldest": iso(shard.oldest),
            "size": shard.size if known else None,
            "problem": shard.problem,
        }
    for path in status.quarantine:
        yield {"type": "quarantine", "path": str(path)}
    yield {
        "type": "total",
        "directory": str(status.directory),
        "shards": len(status.shards),
        "waiting": sum(shard.pending for shard in status.shards),
        "dead": sum(shard.dead for shard in status.shards),
        "oldest": iso(_oldest(status)),
        "size": sum(shard.size for shard in status.shards),
        "problems": sum(shard.problem is not None for shard in status.shards),
    }


def _oldest(status: DirectoryStatus) -> datetime | None:
    return min((shard.oldest for shard in status.shards if shard.oldest is not None), default=None)


def _print_status(status: DirectoryStatus) -> None:
    print_text(f"Outbox in {status.directory}")
    now, shards = datetime.now(UTC), status.shards
    columns = [
        Column("account", overflow="fold"),
        Column("shard", no_wrap=True),
        Column("held by", no_wrap=True),
        *(Column(name, no_wrap=True, justify="right") for name in ("waiting", "dead", "oldest", "size")),
    ]
    total = [
        *("total", counted(len(shards), "shard", "shards"), ""),
        *(f"{sum(counts):,}" for counts in ([each.pending for each in shards], [each.dead for each in shards])),
        *(age(_oldest(status), now), decimal(sum(shard.size for shard in shards))),
    ]
    print_table(columns, (_status_row(shard, now) for shard in shards), total)
    # Below the table, because a path fits into no column.
    for shard in shards:
        if shard.problem is not None:
            print_text(f"{shard.account}/{shard.shard}: {shard.problem}")
    if status.quarantine:
        print_text(
            "Damaged files in quarantine. Their readable entries were recovered into the shards; "
            "delete the files when you no longer need them:",
            *(f"  {path}" for path in status.quarantine),
        )


def _status_row(shard: ShardStatus, now: datetime) -> list[str]:
    holder = "-" if shard.holder is None else f"process {shard.holder}"
    numbers = ["?", "?", "", "?"]
    if shard.problem is None:
        numbers = [f"{shard.pending:,}", f"{shard.dead:,}", age(shard.oldest, now), decimal(shard.size)]
    return [shard.account, shard.shard, holder, *numbers]


def list_entries(
    directory: str | None, state: Literal["waiting", "dead"] | None, limit: int | None, *, as_json: bool
) -> None:
    """Write a line for each entry, also if some shards can't be read.

    Raises:
        Exit: A shard can't be read; the reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        entries = commands.entries(at, state)
        if as_json:
            for entry in islice(entries, limit):
                print_json(_entry_line(entry))
            return
        maximum, shown = limit or _FEW, list[StoredEntry]()
        try:
            for entry in islice(entries, maximum + 1):
                shown.append(entry)
        finally:
            if shown:
                _print_entries(shown, maximum)
        if not shown:
            print_text("No entries.")


def _print_entries(entries: list[StoredEntry], maximum: int) -> None:
    columns = [
        Column("id", no_wrap=True, overflow="fold"),
        Column("state", no_wrap=True),
        Column("kind", overflow="fold"),
        Column("visitor", overflow="fold"),
        Column("accepted", no_wrap=True),
        Column("attempts", no_wrap=True, justify="right"),
        Column("answer", overflow="fold"),
    ]
    print_table(columns, (_entry_row(entry) for entry in entries[:maximum]))
    if len(entries) > maximum:
        print_text(f"There are more than {maximum:,} entries: --limit N shows more.")


def _entry_row(entry: StoredEntry) -> list[str]:
    answer = _reason(entry) if entry.state == "dead" else entry.last_error or ""
    if len(answer) > _LONGEST_CELL:
        answer = f"{answer[: _LONGEST_CELL - 1]}…"
    kind, attempts = _kind(entry), f"{entry.attempts:,}"
    return [entry.transaction_id, entry.state, kind, entry.visitor_id, moment(entry.accepted_at), attempts, answer]


def _kind(entry: StoredEntry) -> str:
    return "identity" if entry.event_key is None else f"event {entry.event_key}"


def _reason(entry: StoredEntry) -> str:
    status = "" if entry.status is None else f"status {entry.status}: "
    match entry.cause:
        case "expired":
            return "expired"
        case "uncertain":
            return f"may have arrived: {status}{entry.answer}" if status else f"may have arrived: {entry.last_error}"
        case _:
            return f"{status}{entry.answer}"


def _entry_line(entry: StoredEntry) -> dict[str, object]:
    return {
        "id": entry.transaction_id,
        "state": entry.state,
        "kind": entry.kind,
        "event_key": entry.event_key,
        "visitor_id": entry.visitor_id,
        "accepted_at": iso(entry.accepted_at),
        "attempts": entry.attempts,
        "last_error": entry.last_error,
        "cause": entry.cause,
        "status": entry.status,
        "answer": entry.answer,
        "dead_lettered_at": iso(entry.dead_lettered_at),
        "shard": entry.shard,
    }


def show_entry(directory: str | None, transaction_id: str, *, as_json: bool) -> None:
    """Write everything that is known about the entries of one id.

    Raises:
        Exit: There is none, several ids have this beginning, or a shard can't be read. The reason is on stderr.
    """
    at = found(directory)
    with one_line_errors():
        entries = commands.show(at, transaction_id)
    named = printable(repr(transaction_id))
    ids = sorted({entry.transaction_id for entry in entries})
    if not ids:
        fail(
            f"no entry has an id that begins with {named}: it may be delivered, dropped, or in another directory",
            ExitCode.NOT_FOUND,
        )
    if len(ids) > 1:
        fail(f"{named} is the beginning of {len(ids):,} ids, such as {printable(ids[0])} and {printable(ids[1])}")
    for entry in entries:
        if as_json:
            print_json({**_entry_line(entry), "delivered": entry.delivered_requests, "requests": _requests(entry)})
        else:
            _print_entry(entry)


def _requests(entry: StoredEntry) -> list[dict[str, object]]:
    paths = ["/identities"] if entry.kind == "identity" else ["/events", "/identities"]
    return [{"path": path, "body": json.loads(body)} for path, body in zip(paths, entry.bodies, strict=False)]


def _print_entry(entry: StoredEntry) -> None:
    facts = {
        "id": entry.transaction_id,
        "state": entry.state if entry.dead_lettered_at is None else f"dead since {moment(entry.dead_lettered_at)}",
        "kind": _kind(entry),
        "visitor": entry.visitor_id,
        "accepted": moment(entry.accepted_at),
        "delivered": f"{entry.delivered_requests} of {counted(len(entry.bodies), 'request', 'requests')}",
        "attempts": f"{entry.attempts:,} failed, the last with: {entry.last_error}"
        if entry.last_error
        else "none failed",
        "shard": entry.shard,
    }
    if entry.state == "dead":
        facts["answer"] = _reason(entry)
    print_text(*(f"{name + ':':<11}{value}" for name, value in facts.items()))
    for request in _requests(entry):
        print_text(f"POST {request['path']}")
        screen, highlight = console(sys.stdout), JSONHighlighter()
        for line in json.dumps(request["body"], indent=2, ensure_ascii=False).split("\n"):
            screen.print(highlight(Text(printable(line))), soft_wrap=True)
    print_text("")
