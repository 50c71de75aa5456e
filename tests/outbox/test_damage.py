"""Damaged files: they are found and renamed, the readable rows are saved, and the others are counted."""

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from outbox._helpers import entry, names
from outbox.store_contract import REFUSED
from pyttributionio import OutboxCorruptError
from pyttributionio.outbox import Salvage
from pyttributionio.outbox.storage.sqlite import SqliteStore

PAGE = 4096
MANY = 400


class Shard:
    """A shard with many entries, and the reports of its damage."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shard-000.db"
        self.reports: list[Salvage] = []
        with closing(self.open()) as store:
            for n in range(MANY):
                store.append(entry(f"t-{n:04d}", body=b"x" * 300))
            store.dead_letter(store.claim(0, 1)[0], REFUSED)

    def open(self, expected: int = 0) -> SqliteStore:
        """Open it."""
        return SqliteStore(
            self.path, full_sync=False, wal=True, max_bytes=10**8, on_damage=self.reports.append, expected=expected
        )

    def overwrite(self, at: int, data: bytes) -> None:
        """Destroy some bytes."""
        with self.path.open("r+b") as file:
            file.seek(at)
            file.write(data)

    def opened(self, expected: int = 0) -> tuple[set[str], Salvage]:
        """Open it again; return its entries, and its only report."""
        with closing(self.open(expected)) as store:
            saved = {*names(store.claim(0, 10 * MANY))}
            assert store.count().pending == len(saved)
            assert store.append(entry("new"))
            (letter,) = store.dead_letters(0, 9) or [None]
            assert letter is None or letter.reason == REFUSED
        (report,) = self.reports
        return saved, report


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    """Take a shard of many entries."""
    return Shard(tmp_path)


def test_a_destroyed_page_costs_its_own_rows_only(shard: Shard) -> None:
    """All others are saved, and those of the page are counted to the last one."""
    at = 20 * PAGE
    shard.overwrite(at, os.urandom(PAGE))
    saved, report = shard.opened()
    assert report.damaged
    assert report.saved + report.unreadable == MANY
    assert MANY - 1 - len(saved) <= 20
    assert report.quarantine is not None
    assert Path(report.quarantine).read_bytes()[at : at + 8] != b""


def test_any_page_may_be_destroyed(tmp_path: Path) -> None:
    """Rows, index, schema, one of each seven: nothing readable is lost, and the new file works."""
    size = Shard(tmp_path).path.stat().st_size
    pristine = (tmp_path / "shard-000.db").read_bytes()
    for number in range(0, size // PAGE, 7):
        for left in tmp_path.iterdir():
            left.unlink()
        shard = Shard.__new__(Shard)
        shard.path, shard.reports = tmp_path / "shard-000.db", []
        shard.path.write_bytes(pristine)
        shard.overwrite(number * PAGE, b"\xde\xad\xbe\xef" * (PAGE // 4))
        if not _is_free(shard):
            saved, report = shard.opened()
            assert len(saved) >= MANY - 1 - 20, number
            assert report.unreadable <= 20, number


def _is_free(shard: Shard) -> bool:
    """Return whether the destroyed page was one without content."""
    with closing(shard.open()) as store:
        sound = not shard.reports and len(store.claim(0, 10 * MANY)) == MANY - 1
    if sound:
        return True
    for file in shard.path.parent.iterdir():  # back to the damaged file
        if ".damaged-" in file.name and file.suffix == ".db":
            data = file.read_bytes()
            for other in shard.path.parent.iterdir():
                other.unlink()
            shard.path.write_bytes(data)
            shard.reports.clear()
            return False
    raise AssertionError("damaged, and not set aside")


def test_a_destroyed_header_costs_nothing(shard: Shard) -> None:
    """The first page of a new file leads to all rows, and not to those that were delivered."""
    with closing(shard.open()) as store:
        store.database.connection.execute("PRAGMA secure_delete = OFF")  # some builds of SQLite have it on
        store.acknowledge([each.number for each in store.claim(0, 100)])
    shard.overwrite(0, os.urandom(PAGE))
    saved, report = shard.opened()
    assert saved == {f"t-{n:04d}" for n in range(101, MANY)}
    assert (report.saved, report.unreadable) == (MANY - 100, 0)


def test_a_truncated_file_gives_what_is_left(shard: Shard) -> None:
    """Cut in the middle of a page. The lost rows are counted by the last known number of rows."""
    os.truncate(shard.path, shard.path.stat().st_size // 2 + 123)
    saved, report = shard.opened(expected=MANY)
    assert len(saved) > MANY // 3
    assert report.saved + report.unreadable == MANY


@pytest.mark.parametrize("kinds", [{0x05}, {0x05, 0x02}], ids=["table", "table and index"])
def test_rows_are_found_without_the_pages_that_lead_to_them(tmp_path: Path, kinds: set[int]) -> None:
    """A file so large that its table has inner pages. They are all destroyed, and no row is lost.

    Nor comes one back that was delivered, though it stands in the file's free pages.
    """
    path = tmp_path / "shard-000.db"
    reports: list[Salvage] = []
    with closing(SqliteStore(path, full_sync=False, wal=True, max_bytes=10**8)) as store:
        for n in range(3000):
            big = n % 500 == 0  # some overflow to pages of their own
            store.append(entry(f"t-{n:04d}", identity=b"i" * 300, body=b"x" * (9000 if big else 300)))
        store.database.connection.execute("PRAGMA secure_delete = OFF")
        store.acknowledge([each.number for each in store.claim(0, 1000)])
        store.dead_letter(store.claim(0, 1)[0], REFUSED)
    data = bytearray(path.read_bytes())
    inner = [at for at in range(PAGE, len(data), PAGE) if data[at] in kinds]
    assert inner
    for at in inner:
        data[at : at + PAGE] = os.urandom(PAGE)
    path.write_bytes(data)
    with closing(SqliteStore(path, full_sync=False, wal=True, max_bytes=10**8, on_damage=reports.append)) as store:
        assert names(store.claim(0, 9999)) == [f"t-{n:04d}" for n in range(1001, 3000)]
        assert [letter.entry.new.transaction_id for letter in store.dead_letters(0, 9)] == ["t-1000"]
    assert [(each.saved, each.unreadable) for each in reports] == [(2000, 0)]


def test_an_emptied_file_is_a_new_one(shard: Shard) -> None:
    """A file of no bytes has no rows to save."""
    os.truncate(shard.path, 0)
    with closing(shard.open()) as store:
        assert store.claim(0, 9) == []
        assert store.append(entry())


def test_flipped_bytes_are_found_by_the_rows_checksum(shard: Shard) -> None:
    """SQLite has no checksums: its own check passes, and only the row's checksum finds it."""
    at = shard.path.read_bytes().index(b"x" * 300, 20 * PAGE)
    shard.overwrite(at + 10, b"y")
    with closing(shard.open()) as store:
        assert store.database.is_sound()
        assert len(store.claim(0, 10 * MANY)) == MANY - 2
    (report,) = shard.reports
    assert (report.saved, report.unreadable) == (MANY - 1, 1)


def test_salvage_looks_at_every_checksum(shard: Shard) -> None:
    """Without waiting for the row's turn."""
    shard.overwrite(shard.path.read_bytes().rindex(b"x" * 300) + 10, b"y")
    with closing(shard.open()) as store:
        assert store.salvage().unreadable == 1
        assert not store.salvage().damaged


def test_a_broken_dead_letter_is_counted_once(tmp_path: Path) -> None:
    """Although a broken entry makes the repair read the file twice."""
    shard = Shard(tmp_path)
    with closing(shard.open()) as store:
        store.append(entry("dead", body=b"z" * 300))
        store.dead_letter(store.claim(0, 10 * MANY)[-1], REFUSED)
    data = shard.path.read_bytes()
    shard.overwrite(data.rindex(b"z" * 300) + 10, b"y")
    shard.overwrite(20 * PAGE, os.urandom(PAGE))
    with closing(shard.open()) as store:
        assert [letter.entry.new.transaction_id for letter in store.dead_letters(0, 9)] == ["t-0000"]
    (report,) = shard.reports
    assert report.saved + report.unreadable == MANY + 1


def test_damage_under_a_running_outbox_is_repaired(shard: Shard) -> None:
    """Entries keep their numbers, so that those in flight are still known. New ones get higher numbers."""
    with closing(shard.open()) as store:
        before = store.claim(0, 10 * MANY)
        store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shard.overwrite(20 * PAGE, os.urandom(PAGE))
        store.database.connection.execute("PRAGMA cache_size = 0")
        store.database.connection.execute("PRAGMA shrink_memory")
        after = store.claim(0, 10 * MANY)
        assert len(after) < len(before)
        assert {each.number for each in after} <= {each.number for each in before}
        newest = store.newest
        assert newest == before[-1].number
        assert store.append(entry("new"))
        assert store.newest == newest + 1
    assert len(shard.reports) == 1


def test_a_number_is_not_used_again_after_the_last_ones_were_lost(shard: Shard) -> None:
    """A reader that continues after that number would miss the new entry."""
    with closing(shard.open()) as store:
        newest = store.newest
        store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shard.overwrite(shard.path.read_bytes().rindex(b"x" * 300) // PAGE * PAGE, os.urandom(PAGE))
        store.database.connection.execute("PRAGMA cache_size = 0")
        store.database.connection.execute("PRAGMA shrink_memory")
        left = store.claim(0, 10 * MANY)
        assert left[-1].number < newest
        assert store.append(entry("new"))
        assert store.newest == newest + 1


def test_a_report_is_written_next_to_the_damaged_file(shard: Shard) -> None:
    """For a person who inspects it later."""
    shard.overwrite(20 * PAGE, os.urandom(PAGE))
    _, report = shard.opened()
    assert report.quarantine is not None
    written = json.loads(Path(report.quarantine).with_suffix(".json").read_text(encoding="utf-8"))
    assert (written["saved"], written["unreadable"]) == (report.saved, report.unreadable)


def test_an_interrupted_salvage_is_finished_by_the_next_process(shard: Shard, tmp_path: Path) -> None:
    """A damaged file without a report is read again. Entries that were added meanwhile stay."""
    shard.overwrite(20 * PAGE, os.urandom(PAGE))
    saved, report = shard.opened()
    assert report.quarantine is not None
    Path(report.quarantine).with_suffix(".json").unlink()
    with closing(shard.open()) as store:
        store.acknowledge([each.number for each in store.claim(0, 10 * MANY)])
        assert store.append(entry("kept"))
    Path(report.quarantine).with_suffix(".json").unlink()
    with closing(shard.open()) as store:
        assert {*names(store.claim(0, 10 * MANY))} == {*saved, "kept"}
        assert names(store.claim(0, 1)) == ["kept"]


def test_what_cannot_be_saved_is_an_error_that_says_what_to_do(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    """The damaged file is kept for the next try."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyttributionio.outbox.storage.repair.shutil.copyfile", full)
    shard.overwrite(20 * PAGE, os.urandom(PAGE))
    with pytest.raises(OutboxCorruptError, match="pyttributionio outbox salvage"):
        shard.open()
    monkeypatch.undo()
    with closing(shard.open()) as store:
        assert len(store.claim(0, 10 * MANY)) > MANY - 25
