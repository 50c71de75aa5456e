"""Damage the files of an outbox at random, and let the next process deliver what can still be read.

Each trial has a seed, and one seed always makes the same file and the same damage. A trial fails if an exception is
not the outbox's own, if an entry is not delivered although all of its bytes are in the damaged files, or if the number
of lost entries is not the number that the outbox reports.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import httpx

from pyttributionio import Client, OutboxError
from pyttributionio.outbox import DeadLetterReason, Outbox, Store, StoredEntry
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.storage.sqlite import SqliteStore

PAGE: Final = 4096
LOG_HEADER: Final = 32
FRAME: Final = 24 + PAGE
"""The sizes of a header and of a page with its header in SQLite's log."""
REFUSED: Final = DeadLetterReason("refused", 422, "no such event key", 1.7e9)
WRONG: Final = (b"\xff", "text", "", b"", 7, -1, 0, 1, 0.5, 1e18, -1e300, 2**62, None, "\N{SNOWMAN}" * 3)
"""Values that most columns never hold."""


@dataclass
class Trial:
    """A filled outbox, its damage, and what came of it.

    Attributes:
        seed: The seed of all that is random.
        folder: The outbox's directory.
        damage: What was done, in words.
        stored: The bytes of each entry as they stand in the file, by its name: waiting ones and dead letters.
        touched: Entries that the damage has changed by name.
        is_killed: Whether the process ended without closing the file, so that entries are in its log.
        found: The entries that were delivered or listed as dead letters after the damage.
        repeated: Entries that were delivered before the damage, and again after it.
        counted: How many lost entries the outbox reports.
        errors: Exceptions that are not the outbox's own.
        readable: The entries whose bytes are all in the damaged files, at their places.
    """

    seed: int
    folder: Path
    damage: str = ""
    stored: dict[str, bytes] = field(default_factory=dict[str, bytes])
    touched: set[str] = field(default_factory=set[str])
    is_killed: bool = False
    found: set[str] = field(default_factory=set[str])
    repeated: set[str] = field(default_factory=set[str])
    counted: int = 0
    errors: list[str] = field(default_factory=list[str])
    readable: set[str] = field(default_factory=set[str])

    @property
    def lost(self) -> set[str]:
        """The entries that are gone."""
        return {*self.stored} - self.found

    @property
    def problems(self) -> list[str]:
        """What must not happen; empty if the trial passed."""
        problems = [*self.errors]
        if wrongly := self.lost & self.readable:
            problems.append(f"{len(wrongly)} readable entries lost, such as {min(wrongly)}")
        # A log may end after any commit, so nothing tells how many entries were in the part that is cut off.
        if self.counted != len(self.lost) and not self.is_killed:
            problems.append(f"{len(self.lost)} entries lost, {self.counted} counted")
        return [f"seed {self.seed}, {self.damage}: {each}" for each in problems]


def run(seed: int) -> Trial:
    """Run the trial of a seed."""
    with tempfile.TemporaryDirectory(prefix="outbox-fuzz-") as folder:
        trial, random = Trial(seed, Path(folder) / "outbox"), Random(seed)  # noqa: S311 (a test, and it is repeatable)
        _fill(trial, random)
        _damage(trial, random)
        _deliver(trial)
        return trial


def _client(answer: Callable[[str], None] = lambda _: None) -> Client:
    """Return a client whose server accepts everything, and gives the name of each entry to a function."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        answer(body["event"]["transaction_id"] if "event" in body else body["identity"]["client_id"])
        return httpx.Response(200)

    return Client("KEY", http_client=httpx.Client(transport=httpx.MockTransport(respond)))


def _fill(trial: Trial, random: Random) -> None:
    """Accept entries, and let some be delivered, refused or half delivered."""
    trial.is_killed = random.random() < 0.3
    outbox = Outbox(_client(), trial.folder, manual=True)
    for number in range(random.choice([3, 20, 60, 150])):
        name, visitor = f"{trial.seed}-{number:04d}-entry", f"visitor-{random.randrange(9)}"
        long = "x" * (6000 if random.random() < 0.03 else random.randrange(300))
        if random.random() < 0.2:
            outbox.identity(visitor_id=visitor, client_id=name)
        else:
            outbox.event(
                "ev_purchase",
                visitor_id=visitor,
                client_id=name,
                transaction_id=name,
                url=f"https://shop.example/{long}",
                identify=random.random() < 0.5,
            )
    store = outbox._engine().store()
    _advance(store, random)
    if random.random() < 0.1 and isinstance(store, SqliteStore):
        store.database.connection.execute("VACUUM")
    _note(trial, store)
    if trial.is_killed:  # the files as a killed process leaves them
        outbox._engine().housekeep()
        copy = trial.folder.with_name("copy")
        shutil.copytree(trial.folder, copy, ignore=shutil.ignore_patterns("*-shm"))
        outbox.close()
        shutil.rmtree(trial.folder)
        copy.rename(trial.folder)
    outbox.close()


def _advance(store: Store, random: Random) -> None:
    entries = store.claim(0, 1000)
    random.shuffle(entries)
    share = random.choice([0, len(entries) // 3, len(entries) * 2 // 3])
    store.acknowledge([each.number for each in entries[:share]])
    for entry in entries[share : share + random.randrange(4)]:
        entry.attempts, entry.last_error = 1, "status 422"
        store.dead_letter(entry, REFUSED)
    for entry in entries[share + 4 : share + 8]:
        entry.attempts, entry.last_error = random.randrange(9), "status 503"
        entry.delivered_requests = int(entry.new.identity is not None)
        store.release([entry])


def _note(trial: Trial, store: Store) -> None:
    """Note the bytes of each entry as they stand in its row, up to its last text or body."""
    for entry in [*store.claim(0, 1000), *(letter.entry for letter in store.dead_letters(0, 1000))]:
        new = entry.new
        name = new.transaction_id if new.event_key else json.loads(new.body)["identity"]["client_id"]
        names = f"{new.transaction_id}{new.event_key or ''}{new.visitor_id}".encode()
        trial.stored[name] = names + new.body + (new.identity or b"")


def _files(trial: Trial) -> list[Path]:
    return [path for path in sorted(trial.folder.glob("*/shard-*")) if path.name.endswith((".db", ".db-wal"))]


def _damage(trial: Trial, random: Random) -> None:
    """Damage a file, and note which entries are still whole in it."""
    files = _files(trial)
    before = {path: path.read_bytes() for path in files}
    path = random.choice(files)
    trial.damage = random.choice([*DAMAGES])
    DAMAGES[trial.damage](trial, path, random)
    trial.damage = f"{trial.damage} in {path.suffix}"
    after = {file: _committed(file) for file in _files(trial)}
    for name, content in trial.stored.items():
        if name not in trial.touched:
            rows = [(file, row) for file, data in before.items() for row in _rows(data, content, _step(file))]
            if rows and all(row in _rows(after.get(file, b""), content, _step(file)) for file, row in rows):
                trial.readable.add(name)


def _committed(path: Path) -> bytes:
    """Return the bytes of a file; of a log, those up to its last commit that is whole."""
    data = path.read_bytes()
    if path.suffix != ".db-wal":
        return data
    ends = range(LOG_HEADER + FRAME, len(data) + 1, FRAME)
    return data[: max((end for end in ends if data[end - FRAME + 4 : end - FRAME + 8] != bytes(4)), default=0)]


def _step(path: Path) -> int:
    return FRAME if path.suffix == ".db-wal" else PAGE


def _rows(data: bytes, content: bytes, step: int) -> set[tuple[int, bytes]]:
    """Return the rows of an entry in a file: their places within a page, and their bytes with header and all values."""
    found: set[tuple[int, bytes]] = set()
    at = data.find(content)
    while at >= 0:
        found.add((at % step, data[max(0, at - 20) : at + len(content) + 32]))
        at = data.find(content, at + 1)
    return found


def _flip(_: Trial, path: Path, random: Random) -> None:
    data = bytearray(path.read_bytes())
    end = random.choice([100, len(data), len(data), len(data)])  # the header of the file is hit more often
    for _repetition in range(random.choice([1, 1, 2, 16])):
        at = random.randrange(min(end, len(data)))
        if random.random() < 0.3:  # ... and so are those of pages
            at = at // PAGE * PAGE + random.randrange(24)
        if at < len(data):
            data[at] ^= random.choice([1 << random.randrange(8), random.randrange(1, 256)])
    path.write_bytes(data)


def _truncate(_: Trial, path: Path, random: Random) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(random.choice([0, size // 2 // PAGE * PAGE, random.randrange(size), random.randrange(size)]))


def _overwrite(_: Trial, path: Path, random: Random) -> None:
    data = bytearray(path.read_bytes())
    size = random.choice([8, 100, PAGE])
    at = random.randrange(max(1, len(data) - size))
    if size == PAGE:
        at = at // PAGE * PAGE
    data[at : at + size] = random.choice([bytes(size), b"\xff" * size, random.randbytes(size)])
    path.write_bytes(data)


def _swap(trial: Trial, path: Path, random: Random) -> None:
    """Swap two pages, or two ranges of bytes, or the values of a column in two rows."""
    if random.random() < 0.4:
        _in_rows(trial, random, lambda column, one, two: [(column, one[column], two), (column, two[column], one)])
        return
    data = bytearray(path.read_bytes())
    size = random.choice([16, 512, PAGE])
    one, two = sorted(random.randrange(max(1, len(data) // size)) * size for _ in range(2))
    data[one : one + size], data[two : two + size] = data[two : two + size], data[one : one + size]
    path.write_bytes(data)


def _duplicate(_: Trial, path: Path, random: Random) -> None:
    """Overwrite a page with another one."""
    data = bytearray(path.read_bytes())
    one, two = (random.randrange(max(1, len(data) // PAGE)) * PAGE for _ in range(2))
    data[one : one + PAGE] = data[two : two + PAGE]
    path.write_bytes(data)


def _retype(trial: Trial, _: Path, random: Random) -> None:
    """Write a value into a column that never holds such a value."""
    _in_rows(trial, random, lambda column, one, _: [(column, random.choice(WRONG), one)])


Change = tuple[str, object, "sqlite3.Row"]


def _in_rows(trial: Trial, random: Random, changes: Callable[[str, sqlite3.Row, sqlite3.Row], list[Change]]) -> None:
    database = next(path for path in _files(trial) if path.suffix == ".db")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        table = random.choice(["entries", "entries", "entries", "dead"])
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        if not rows:
            return
        column = random.choice([*rows[0].keys()])
        for name, value, row in changes(column, random.choice(rows), random.choice(rows)):
            if value == row[name]:
                continue
            text = value if not isinstance(value, bytes) or random.random() < 0.5 else None
            statement = f"UPDATE {table} SET {name} = {'?' if text is not None else 'CAST(? AS TEXT)'} WHERE id = ?"  # noqa: S608
            with suppress(sqlite3.Error):
                connection.execute(statement, (value, row["id"]))
                if name != "id":
                    trial.touched.add(_name_of(row))


def _name_of(row: sqlite3.Row) -> str:
    body = json.loads(row["body"])
    return str(body["event"]["transaction_id"] if "event" in body else body["identity"]["client_id"])


DAMAGES: Final[dict[str, Callable[[Trial, Path, Random], None]]] = {
    "flip": _flip,
    "truncate": _truncate,
    "overwrite": _overwrite,
    "swap": _swap,
    "duplicate": _duplicate,
    "retype": _retype,
}


def _deliver(trial: Trial) -> None:
    """Look at the directory as an operator, deliver it as the next process, and look again."""
    delivered: set[str] = set()
    _attempt(trial, "status", lambda: commands.status(trial.folder))
    _attempt(trial, "list", lambda: [*commands.entries(trial.folder)])
    outbox = Outbox(_client(delivered.add), trial.folder, manual=True)
    for _ in range(5):
        _attempt(trial, "pump", outbox.pump)
    trial.counted = outbox.stats().unreadable
    if outbox.flush(0):
        trial.errors.append(f"{outbox.stats().pending} entries are still waiting")
    _attempt(trial, "close", outbox.close)
    dead: list[str] = []
    checked: list[commands.Salvaged] = []  # delivery does not read dead letters
    _attempt(trial, "salvage", lambda: checked.extend(commands.salvage(trial.folder)))
    trial.counted += sum(each.salvage.unreadable for each in checked if each.salvage is not None)
    _attempt(trial, "list", lambda: dead.extend(_names(commands.entries(trial.folder, "dead"))))
    trial.found = {*trial.stored} & (delivered | {*dead})
    trial.repeated = delivered - {*trial.stored}


def _names(entries: Iterator[StoredEntry]) -> Iterator[str]:
    for entry in entries:
        yield entry.transaction_id if entry.event_key else json.loads(entry.bodies[0])["identity"]["client_id"]


def _attempt(trial: Trial, what: str, work: Callable[[], object]) -> None:
    try:
        work()
    except OutboxError:
        pass
    except Exception as error:  # the outbox's own errors are the only ones that a program has to expect
        trial.errors.append(f"{what} raised {type(error).__name__}: {error}")
