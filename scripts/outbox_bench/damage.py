"""Scenarios in which the disk fails: full, or with other bytes on it than were written."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from outbox_bench import ledger
from outbox_bench.fault_server import wait_until
from outbox_bench.messages import Behaviour, Job
from outbox_bench.report import Check, Row, figures, in_order, lost
from outbox_bench.workers import Bench

MAGIC = b"SQLite format 3\0"
PAGE = 4096


@contextmanager
def _small_disk(bench: Bench) -> Iterator[Path | None]:
    """Mount a file system of 2 MiB, where that is allowed; None where it is not."""
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
    """The server is down until the disk is full; then what waits has to go, and new events have to fit."""
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
        told = refusals[0][0] if refusals else "nothing"
        bench.server.up()
        bench.server.behave(Behaviour())
        bench.arrived(60)
        emptied = wait_until(lambda: ["0"] in [values[:1] for values in bench.notes("left")], 20)
        worker.tell()
        worker.wait()
        again = bench.start(Job("again", directory=directory, count=200, then="drain", options=options))
        again.wait_for("filled")
        bench.arrived(30)
        again.tell()
        again.wait()
        refused_again = len(ledger.notes(again.ledger, "refused"))
        tally = bench.tally()
    checks = (
        lost(tally),
        Check(f"the caller got {told}", told == "OutboxFullError"),
        Check("emptied when the server was back" if emptied else "never emptied", emptied),
        Check(f"{refused_again} of 200 refused after that", refused_again == 0),
    )
    return Row(where, "a clear error, deletes still work", checks, {**figures(tally), "refusals": refusals[:3]})


def _fill(bench: Bench, count: int) -> Path:
    """Fill a store that nobody serves, end its process, and return its file with all in it."""
    bench.server.down()
    bench.run(Job("fill", count=count, visitors=50, identify=False, options={"drain_on_exit": 0.0}))
    files = [path for path in bench.directory.rglob("*") if path.is_file() and path.read_bytes()[:16] == MAGIC]
    largest = max(files, key=lambda path: path.stat().st_size)
    with closing(sqlite3.connect(largest)) as connection:  # what stands in its log would heal the file
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return largest


def _damaged(bench: Bench, what: str, harm: Callable[[Path, list[str]], set[str]], count: int) -> Row:
    """Harm a full store, and let a new process deliver what can be read."""
    store = _fill(bench, count)
    ids = [each.client_id for each in bench.accepted()]
    gone = harm(store, ids)
    bench.server.up()
    bench.server.behave(Behaviour())
    worker = bench.start(Job("heir", count=100, rate=200.0, identify=False, then="drain"))
    worker.wait_for("filled")
    wait_until(lambda: bench.server.distinct() >= count + 100 - len(gone), bench.pick(20, 10))
    wait_until(lambda: ["0"] in [values[:1] for values in ledger.notes(worker.ledger, "left")], 10)
    worker.tell()
    worker.wait()
    tally = bench.tally()
    refused = ledger.notes(worker.ledger, "refused")
    stats = ledger.notes(worker.ledger, "left")
    readable = tally.lost - gone
    counted = json.loads(stats[-1][-1])["unreadable"] if stats else 0
    checks = (
        Check(f"{tally.accepted - len(tally.lost) - 100:,} of {count:,} saved", True),
        Check(f"{len(readable)} readable ones lost", not readable),
        Check(f"{counted:,} of {len(tally.lost):,} lost ones counted", counted == len(tally.lost)),
        Check(f"{len(refused)} of 100 new ones refused", not refused),
        in_order(tally),
    )
    more = {"destroyed": len(gone), "counted": counted, "refused": refused[:3]}
    return Row(what, "all readable rows saved, the rest counted", checks, {**figures(tally), **more})


def _absent(content: bytes, ids: list[str]) -> set[str]:
    """Return the ids that do not stand in a file's bytes; all others are readable by who knows where to look."""
    return {each for each in ids if f'"{each}"'.encode() not in content}


def _destroy_page(store: Path, ids: list[str]) -> set[str]:
    """Overwrite a page of rows with noise; return the ids that are gone with it."""
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
    """One page in the middle of the store is noise."""
    count = bench.pick(5000, 1000)
    return _damaged(bench, f"one destroyed page, {count:,} rows", _destroy_page, count)


def _destroy_header(store: Path, ids: list[str]) -> set[str]:
    """Overwrite the file's first 100 bytes, without which SQLite opens nothing; return the ids in there: none."""
    content = store.read_bytes()
    store.write_bytes(os.urandom(100) + content[100:])
    return _absent(content[100:], ids)


def header(bench: Bench) -> Row:
    """The store's header is noise."""
    count = bench.pick(5000, 1000)
    return _damaged(bench, f"destroyed header, {count:,} rows", _destroy_header, count)


def _truncate(store: Path, ids: list[str]) -> set[str]:
    """Cut the file in half, within a page; return the ids that are gone, and those of the page that was cut."""
    content = store.read_bytes()
    half = len(content) // PAGE // 2 * PAGE
    store.write_bytes(content[: half + PAGE // 2])
    return _absent(content[:half], ids)


def truncated(bench: Bench) -> Row:
    """Half of the store is gone."""
    count = bench.pick(5000, 1000)
    return _damaged(bench, f"file truncated to half, {count:,} rows", _truncate, count)
