"""The outbox's directory: whether it can be used, and what waits in it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pyttributionio import OutboxError
from pyttributionio.diagnostics.findings import Finding
from pyttributionio.outbox.operator.commands import DirectoryStatus, status
from pyttributionio.outbox.storage.directory import check_folder, default_directory, expanded
from pyttributionio.outbox.storage.disk import FreeSpace, file_system, is_network


def check_outbox(directory: str | Path | None) -> Iterator[Finding]:
    """Yield findings about the outbox's directory. Its entries are only counted."""
    try:
        at = default_directory() if directory is None else expanded("directory", directory)
    except (TypeError, ValueError) as error:
        if directory is None and not os.environ.get("PYTTRIBUTIONIO_OUTBOX_DIRECTORY"):
            yield Finding("outbox", "note", "no directory is set for an outbox, so none is checked")
            return
        yield Finding("outbox", "error", str(error), "correct the outbox's directory", "settings")
        return
    try:
        if not at.is_dir():
            yield _missing(at)
            return
        check_folder(at)
        yield from _of_disk(at)
        yield from _of_entries(status(at))
    except (OSError, OutboxError) as error:
        yield _problem(str(error), "correct its owner and its mode, or use another directory")


def _missing(at: Path) -> Finding:
    if at.exists():
        return _problem(f"{at} is not a directory", "remove it, or use another directory")
    parent = next(each for each in at.parents if each.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        return _problem(
            f"the outbox's directory {at} does not exist, and this user can't make it in {parent}",
            "make it, and give it to the user of your program; or use another directory",
        )
    return Finding("outbox", "note", f"the outbox's directory {at} does not exist yet: no entry was accepted there")


def _of_disk(at: Path) -> Iterator[Finding]:
    kind = file_system(at)
    if is_network(at):
        yield _problem(
            f"{at} is on a network file system ({kind}), on which entries can be lost",
            "use a directory on a local disk",
        )
        return
    free, kept = shutil.disk_usage(at).free, FreeSpace(at).kept_free
    if free <= kept:
        yield _problem(
            f"the file system of {at} has {_megabytes(free)} free, and an outbox keeps {_megabytes(kept)} free: it "
            "accepts no entry",
            "free some space, or use a directory on another disk",
        )
        return
    details: dict[str, str | int | None] = {"directory": str(at), "file_system": kind, "free_bytes": free}
    where = "" if kind is None else f" ({kind})"
    yield Finding(
        "outbox", "ok", f"{at}{where} is this user's and writable, with {_megabytes(free)} free", details=details
    )


def _of_entries(found: DirectoryStatus) -> Iterator[Finding]:
    for shard in found.shards:
        if shard.problem is not None:
            yield _problem(shard.problem, "`pyttributionio outbox salvage` recovers readable entries")
    waiting = sum(shard.pending for shard in found.shards)
    left = sum(shard.pending for shard in found.shards if shard.holder is None)
    dead = sum(shard.dead for shard in found.shards)
    details: dict[str, str | int | None] = {"waiting": waiting, "without_process": left, "dead": dead}
    if left:
        yield Finding(
            "outbox",
            "warning",
            f"entries that wait: {waiting}, of which {left} are in shards without a running process",
            "start your program, or run `pyttributionio outbox drain`",
            details=details,
        )
    else:
        yield Finding("outbox", "ok", f"entries that wait: {waiting}", details=details)
    if dead:
        yield Finding(
            "outbox",
            "warning",
            f"dead letters: {dead}",
            "`pyttributionio outbox list --dead` says why they were not delivered",
            details=details,
        )


def _problem(message: str, advice: str) -> Finding:
    return Finding("outbox", "error", message, advice, "settings")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
