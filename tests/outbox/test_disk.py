"""Full disks, small disks, network disks."""

import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from outbox._helpers import Scripted, entry, names
from pyttributionio import OutboxFullError
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.storage.disk import NETWORK, FreeSpace, file_system, is_network
from pyttributionio.outbox.storage.sqlite import SqliteStore

Usage = namedtuple("Usage", ["total", "used", "free"])
MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /srv/shared nfs4 rw 0 0
tmpfs /srv/shared/local tmpfs rw 0 0
//nas/x /srv/my\\040files cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/srv/shared", "nfs4"),
        ("/srv/shared/app/outbox", "nfs4"),
        ("/srv/sharedness", "ext4"),
        ("/srv/shared/local/x", "tmpfs"),
        ("/srv/my files/x", "cifs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path, path: str, kind: str) -> None:
    """As /proc/mounts has it, blanks and all."""
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert file_system(Path(path), mounts) == kind


def test_where_the_system_does_not_tell_no_file_system_is_a_network_one(tmp_path: Path) -> None:
    """Such as on macOS."""
    assert file_system(tmp_path, tmp_path / "none") is None
    assert not is_network(tmp_path)
    assert {"nfs", "nfs4", "cifs", "smb3"} <= NETWORK


class Disk:
    """A disk whose size and free space a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, total: int, free: int) -> None:
        self.total, self.free = total, free
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(self.total, 0, self.free))


def test_new_entries_leave_space_free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Old entries can be deleted then: a delete needs space in the log."""
    disk = Disk(monkeypatch, total=10**12, free=10**11)
    with closing(SqliteStore(tmp_path / "s.db", full_sync=False, wal=True, max_bytes=10**8)) as store:
        assert store.append(entry("t-1"))
        disk.free = store.database.free_space.kept_free
        store.database.free_space = FreeSpace(tmp_path)
        with pytest.raises(OutboxFullError, match="keeps 67,108,864 free to be able to delete; nothing was stored"):
            store.append(entry("t-2"))
        store.acknowledge([each.number for each in store.claim(0, 9)])
        assert store.count().pending == 0


def test_nothing_is_dropped_for_a_disk_that_others_filled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other programs would fill the space that is freed. The disk is measured in each of these calls."""
    disk = Disk(monkeypatch, total=10**12, free=10**11)
    with closing(SqliteStore(tmp_path / "s.db", full_sync=False, wal=True, max_bytes=10**8)) as store:
        store.append(entry("t-1"))
        disk.free = store.database.free_space.kept_free - 1
        with pytest.raises(OutboxFullError, match="the file system of"):
            store.append_dropping(entry("t-2"))
        store.database.free_space = FreeSpace(tmp_path)
        assert not store.append(entry("t-1"))
        assert names(store.claim(0, 9)) == ["t-1"]


def test_free_pages_of_the_file_are_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After an outage the file has many of them, and takes new entries without growing."""
    disk = Disk(monkeypatch, total=10**12, free=10**11)
    with closing(SqliteStore(tmp_path / "s.db", full_sync=False, wal=True, max_bytes=10**8)) as store:
        for n in range(200):
            store.append(entry(f"t-{n}", body=b"x" * 4000))
        store.acknowledge([each.number for each in store.claim(0, 999)])
        disk.free = store.database.free_space.kept_free - 1
        store.database.free_space = FreeSpace(tmp_path)
        assert store.append(entry("t-new"))


def test_a_small_disk_has_a_small_log() -> None:
    """The usual log alone would fill a disk of 1 MiB."""
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, total=1024 * 1024, free=1024 * 1024)
        room = FreeSpace(Path())
    assert room.wal_pages * 4096 <= room.kept_free // 2 <= 1024 * 1024 // 8


def test_deletes_work_on_a_full_disk(tmp_path: Path) -> None:
    """The reserve_file goes overboard, and comes back when there is room again."""
    with closing(SqliteStore(tmp_path / "s.db", full_sync=False, wal=True, max_bytes=10**8)) as store:
        for n in range(5):
            store.append(entry(f"t-{n}"))
        reserve_file = tmp_path / "s.reserve"
        assert reserve_file.stat().st_size == 256 * 1024

        def full_until_it_is_deleted(action: int, *_: object) -> int:
            return (
                sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_DELETE and reserve_file.exists() else sqlite3.SQLITE_OK
            )

        # SQLite has no full disk to offer in a test, so a refused statement takes its place.
        store.database.connection.set_authorizer(full_until_it_is_deleted)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pyttributionio.outbox.storage.shard.is_full", lambda error: "not authorized" in str(error))
            store.acknowledge([each.number for each in store.claim(0, 4)])
        assert names(store.claim(0, 9)) == ["t-4"]
        assert not reserve_file.exists()
        store.tidy()
        assert reserve_file.exists()


def test_a_reserve_file_of_an_earlier_version_is_used(tmp_path: Path) -> None:
    """It had another name. It is renamed, so that its space is not used twice."""
    (tmp_path / "s.ballast").write_bytes(b"x" * 1000)
    SqliteStore(tmp_path / "s.db", full_sync=False, wal=True, max_bytes=10**8).close()
    assert (tmp_path / "s.reserve").read_bytes() == b"x" * 1000
    assert not (tmp_path / "s.ballast").exists()


def test_a_full_file_takes_deletes_of_any_number(tmp_path: Path) -> None:
    """`max_bytes` bounds pages; deleting needs none."""
    with closing(SqliteStore(tmp_path / "s.db", full_sync=False, wal=True, max_bytes=256 * 1024)) as store:

        def fill() -> None:
            for n in range(10_000):
                store.append(entry(f"{n}", body=b"x" * 200))

        with pytest.raises(OutboxFullError):
            fill()
        while claimed := store.claim(0, 7):
            store.acknowledge([each.number for each in claimed])
        assert store.count().pending == 0
        assert (tmp_path / "s.db").stat().st_size <= 256 * 1024


def test_an_entry_for_a_file_that_was_deleted_waits_for_room_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file follows `when_full` as the lost one did. The disk has no free space at first."""
    measured: list[int] = []

    def usage(_: object) -> Usage:
        measured.append(1)
        return Usage(10**12, 0, 0 if len(measured) <= 3 else 10**11)

    client = Scripted().client()
    with Outbox(client, tmp_path, manual=True, when_full="block", block_timeout=20) as outbox:
        outbox.event("ev", visitor_id="v", transaction_id="a", identify=False)
        shutil.rmtree(outbox.folder)
        monkeypatch.setattr(shutil, "disk_usage", usage)
        outbox.event("ev", visitor_id="v", transaction_id="b", identify=False)
        assert len(measured) > 3
        assert [each.transaction_id for each in commands.entries(tmp_path)] == ["b"]
