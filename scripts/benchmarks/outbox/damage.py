"""Scenarios in which the disk is full or damaged."""

import json
import logging
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.outbox import fuzz, ledger
from benchmarks.outbox.fault_server import wait_until
from benchmarks.outbox.messages import Behaviour, Job
from benchmarks.outbox.report import Check, Row, figures, in_order, lost
from benchmarks.outbox.workers import Bench

MAGIC = b"SQLite format 3\0"
PAGE = 4096


@contextmanager
def _small_disk(bench: Bench) -> Iterator[Path | None]:
    """Mount a file system of 2 MiB; None if that is not allowed."""
    folder = bench.folder / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            for worker in bench.workers:
                worker.end()
            subprocess.run(["umount", str(folder)], check=True)


def full(bench: Bench) -> Row:
    """The server is down until the disk is full; then the entries are delivered, and new events are accepted."""
    with _small_disk(bench) as disk:
        bench.server.down()
        where = (
            "a disk of 2 MiB is full" if disk else "max_bytes=2,000,000 is reached (mounting a small disk needs root)"
        )
        directory = str(disk / "outbox") if disk else ""
        options: dict[str, object] = {} if disk else {"max_bytes": 2_000_000}
        worker = bench.start(
            Job(
                "full",
                directory=directory,
                count=100_000,
                stop_when_refused=True,
                then="drain",
                options=options,
            )
        )
        worker.wait_for("filled")
        refusals = ledger.notes(worker.ledger, "refused")
        error = refusals[0][0] if refusals else "no error"
        bench.server.up()
        bench.server.behave(Behaviour())
        bench.arrived(60)
        emptied = wait_until(lambda: ["0"] in [values[:1] for values in bench.notes("remaining")], 20)
        worker.proceed()
        worker.wait()
        again = bench.start(Job("again", directory=directory, count=200, then="drain", options=options))
        again.wait_for("filled")
        bench.arrived(30)
        again.proceed()
        again.wait()
        refused_again = len(ledger.notes(again.ledger, "refused"))
        result = bench.compared()
    checks = (
        lost(result),
        Check(f"the caller got {error}", error == "OutboxFullError"),
        Check("empty after the server was back" if emptied else "never empty", emptied),
        Check(f"{refused_again} of 200 refused after that", refused_again == 0),
    )
    return Row(where, "OutboxFullError, and deletes still work", checks, {**figures(result), "refusals": refusals[:3]})


def _fill(bench: Bench, count: int) -> Path:
    """Fill a store while the server is down, end its process, and return the store's file with all entries."""
    bench.server.down()
    bench.run(Job("fill", count=count, visitors=50, identify=False, options={"drain_on_exit": 0.0}))
    files = [path for path in bench.directory.rglob("*") if path.is_file() and path.read_bytes()[:16] == MAGIC]
    largest = max(files, key=lambda path: path.stat().st_size)
    with closing(sqlite3.connect(largest)) as connection:  # the write-ahead log would repair the file
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return largest


def _damaged(bench: Bench, what: str, harm: Callable[[Path, list[str]], set[str]], count: int) -> Row:
    """Damage a full store, and let a new process deliver what can be read."""
    store = _fill(bench, count)
    ids = [each.client_id for each in bench.accepted()]
    destroyed = harm(store, ids)
    bench.server.up()
    bench.server.behave(Behaviour())
    worker = bench.start(Job("successor", count=100, rate=200.0, identify=False, then="drain"))
    worker.wait_for("filled")
    wait_until(lambda: bench.server.distinct() >= count + 100 - len(destroyed), bench.pick(20, 10))
    wait_until(lambda: ["0"] in [values[:1] for values in ledger.notes(worker.ledger, "remaining")], 10)
    worker.proceed()
    worker.wait()
    result = bench.compared()
    refused = ledger.notes(worker.ledger, "refused")
    stats = ledger.notes(worker.ledger, "remaining")
    readable = result.lost - destroyed
    counted = json.loads(stats[-1][-1])["unreadable"] if stats else 0
    checks = (
        Check(f"{result.accepted - len(result.lost) - 100:,} of {count:,} saved", True),
        Check(f"{len(readable)} readable ones lost", not readable),
        Check(f"{counted:,} of {len(result.lost):,} lost ones counted", counted == len(result.lost)),
        Check(f"{len(refused)} of 100 new ones refused", not refused),
        in_order(result),
    )
    more = {"destroyed": len(destroyed), "counted": counted, "refused": refused[:3]}
    return Row(what, "all readable rows saved, the rest counted", checks, {**figures(result), **more})


def _absent(content: bytes, ids: list[str]) -> set[str]:
    """Return the ids that are not in a file's bytes; all others can be recovered."""
    return {each for each in ids if f'"{each}"'.encode() not in content}


def _destroy_page(store: Path, ids: list[str]) -> set[str]:
    """Overwrite a page of rows with random bytes; return the ids that are lost with it."""
    content = bytearray(store.read_bytes())
    for start in range(len(content) // PAGE // 2 * PAGE, len(content), PAGE):
        page = bytes(content[start : start + PAGE])
        inside = {each for each in ids if f'"{each}"'.encode() in page}
        if page[:1] == b"\x0d" and len(inside) > 2:  # a leaf of a table; SQLite's file format, section 1.6
            content[start : start + PAGE] = os.urandom(PAGE)
            store.write_bytes(content)
            return _absent(bytes(content), ids)
    raise RuntimeError(f"{store} has no page of rows in its second half")


def page(bench: Bench) -> Row:
    """One page in the middle of the store has random bytes."""
    count = bench.pick(5000, 1000)
    return _damaged(bench, f"one destroyed page, {count:,} rows", _destroy_page, count)


def _destroy_header(store: Path, ids: list[str]) -> set[str]:
    """Overwrite the first 100 bytes, without which SQLite opens no file; return the ids that are lost: none."""
    content = store.read_bytes()
    store.write_bytes(os.urandom(100) + content[100:])
    return _absent(content[100:], ids)


def header(bench: Bench) -> Row:
    """The header of the store has random bytes."""
    count = bench.pick(5000, 1000)
    return _damaged(bench, f"destroyed header, {count:,} rows", _destroy_header, count)


def _truncate(store: Path, ids: list[str]) -> set[str]:
    """Truncate the file to half, within a page; return the ids that are lost, with those of the truncated page."""
    content = store.read_bytes()
    half = len(content) // PAGE // 2 * PAGE
    store.write_bytes(content[: half + PAGE // 2])
    return _absent(content[:half], ids)


def truncated(bench: Bench) -> Row:
    """Half of the store is missing."""
    count = bench.pick(5000, 1000)
    return _damaged(bench, f"file truncated to half, {count:,} rows", _truncate, count)


def seeded(bench: Bench) -> Row:
    """Many small outboxes, each damaged in another way. See `fuzz`."""
    seeds = range(bench.pick(2000, 100))
    logging.disable(logging.CRITICAL)  # the outbox reports each damage
    try:
        trials = [fuzz.run(seed) for seed in seeds]
    finally:
        logging.disable(logging.NOTSET)
    problems = [problem for trial in trials for problem in trial.problems]
    errors = sum(len(trial.errors) for trial in trials)
    unread = sum(len(trial.lost & trial.readable) for trial in trials)
    closed = [trial for trial in trials if not trial.is_killed]
    lost, counted = sum(len(trial.lost) for trial in closed), sum(trial.counted for trial in closed)
    checks = (
        Check(f"{errors} exceptions but the outbox's own", not errors),
        Check(f"{unread} of {sum(len(trial.readable) for trial in trials):,} readable entries lost", not unread),
        Check(f"{counted:,} of {lost:,} lost ones counted", not problems),
    )
    what = f"{len(seeds):,} seeded damages: flip, truncate, overwrite, swap, duplicate, retype"
    more = {"problems": problems, "repeated": sum(len(trial.repeated) for trial in trials)}
    return Row(what, "no other exception, all readable entries delivered, all lost ones counted", checks, more)
