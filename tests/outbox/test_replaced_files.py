"""Locks, folders and files that others replaced or prepared: no event is lost, and no file elsewhere is touched."""

import os
import re
import shutil
import sqlite3
import stat
import sys
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from outbox._helpers import OK, Scripted, entry, names, received, start, wait_until, waiting
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands
from pyttributionio.outbox.storage import directory
from pyttributionio.outbox.storage.directory import ShardPath, acquire_shard, is_held, make_folder
from pyttributionio.outbox.storage.files import read_own, write_own
from pyttributionio.outbox.storage.locks import FileLock
from pyttributionio.outbox.storage.sqlite import SqliteStore
from support.faults import Answer, FaultServer, answer

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions and links")
FILES = [".lock", ".count", ".reserve", ".ballast", ".db", ".db-wal", ".db-shm", ".db-journal"]
PLANTED = b"ssh-ed25519 AAAA important\n"


def outbox_in(folder: Path, **options: Any) -> Outbox:
    """Return an outbox that sends only in `pump()`."""
    return Outbox(Scripted().client(), folder, **{"manual": True, **options})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the account's folder in a directory that an outbox has used before."""
    outbox = outbox_in(tmp_path)
    outbox.event("ev", visitor_id="v", transaction_id="earlier", identify=False)
    outbox.close()
    return outbox.folder


# A lock file that was replaced.


def test_a_lock_is_that_of_the_file_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file may get the name between opening and locking. Then two processes would hold a lock each."""
    path = tmp_path / "x.lock"
    opened = os.open
    replaced = [False]

    def open_and_replace(*args: Any, **options: Any) -> int:
        descriptor = opened(*args, **options)
        if not replaced[0]:
            replaced[0] = True
            path.unlink()
            path.touch()
        return descriptor

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_and_replace)
        lock = FileLock.try_acquire(path)
    assert lock is not None
    assert lock.is_in_place
    assert FileLock.try_acquire(path) is None
    lock.release()


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_process_acquires_a_replaced_lock_again(tmp_path: Path, is_replaced: bool) -> None:
    """At its next housekeeping, or in the round after if the file is missing. No other process was faster."""
    outbox = outbox_in(tmp_path)
    outbox.event("ev", visitor_id="v", transaction_id="a")
    path = ShardPath(outbox.folder, 0)
    path.lock.unlink()
    if is_replaced:
        path.lock.touch()
    assert not is_held(path)
    for _ in range(1 if is_replaced else 2):
        outbox._engine().housekeep()
    assert is_held(path)
    assert outbox.stats().shards == ("shard-000",)
    outbox.close()


def test_a_shard_whose_lock_another_process_holds_is_given_to_it(tmp_path: Path) -> None:
    """New entries go to another shard, and the other process delivers the earlier ones."""
    one = outbox_in(tmp_path)
    one.event("ev", visitor_id="v", transaction_id="a", identify=False)
    path = ShardPath(one.folder, 0)
    path.lock.unlink()
    two = outbox_in(tmp_path)
    two.event("ev", visitor_id="v", transaction_id="b", identify=False)
    assert two.stats().shards == ("shard-000",)
    one.event("ev", visitor_id="v", transaction_id="c", identify=False)
    one._engine().housekeep()
    one.event("ev", visitor_id="v", transaction_id="d", identify=False)
    assert one.stats().shards == ("shard-001",)
    assert one.stats().pending == 1
    one.close()
    two.close()
    waiting = [each.transaction_id for each in commands.entries(tmp_path)]
    assert sorted(waiting) == ["a", "b", "c", "d"]


def test_a_file_that_another_process_added_rows_to_is_not_deleted(tmp_path: Path) -> None:
    """Its rows are counted again in the transaction that deletes it."""
    outbox = outbox_in(tmp_path)
    outbox.event("ev", visitor_id="v", transaction_id="own", identify=False)
    orphan = ShardPath(outbox.folder, 1)
    orphan.lock.touch()
    other = SqliteStore(orphan.database, full_sync=False, wal=True, max_bytes=10**6)
    other.append(entry("t-1"))
    ownership, dispatcher = outbox._engine().ownership, outbox._engine().dispatcher
    assert ownership is not None
    ownership.update(dispatcher)
    (source,) = [each for each in dispatcher.sources if each.name == "shard-001"]
    source.read()
    source.store.drop([1], dead=False)
    source.remove([1])
    other.append(entry("t-2"))
    ownership.update(dispatcher)
    assert names(other.claim(0, 9)) == ["t-2"]
    assert other.append(entry("t-3"))
    other.close()
    outbox.close()
    with closing(SqliteStore(orphan.database, full_sync=False, wal=True, max_bytes=10**6)) as store:
        assert names(store.claim(0, 9)) == ["t-2", "t-3"]


def test_housekeeping_puts_no_file_into_a_folder_that_is_being_removed(tmp_path: Path) -> None:
    """Another program deletes one file after the other, and the folder last. In the round after, the outbox goes on."""
    outbox = outbox_in(tmp_path)
    outbox.event("ev", visitor_id="v")
    files = sorted(outbox.folder.iterdir())
    for file in files:
        file.unlink()
        left = {*outbox.folder.iterdir()}
        outbox._engine().housekeep()
        assert {*outbox.folder.iterdir()} == left
        if file.name == "shard-000.db":
            break
    outbox._engine().housekeep()
    assert len(outbox.stats().shards) == 2
    outbox.close()


def test_an_entry_is_not_accepted_into_a_file_that_was_deleted(tmp_path: Path) -> None:
    """Such a file ends with the process. The call that notices stores its entry in a new file."""
    outbox = outbox_in(tmp_path)
    outbox.event("ev", visitor_id="v", transaction_id="a", identify=False)
    shutil.rmtree(outbox.folder)
    for name in ("b", "c"):
        outbox.event("ev", visitor_id="v", transaction_id=name, identify=False)
    assert [each.transaction_id for each in commands.entries(tmp_path)] == ["b", "c"]
    assert outbox.stats().pending == 3
    assert outbox.health().ok
    outbox.close()


PRODUCER = """
outbox = Outbox(client, directory, drain_on_exit=0)
accept(outbox, "first")
while not os.path.exists(directory + "/replaced"):
    time.sleep(0.01)
accept(outbox, *(f"t-{n}" for n in range(20)))
time.sleep(60)
"""


@pytest.mark.processes
def test_a_replaced_lock_file_loses_nothing(tmp_path: Path) -> None:
    """A second process takes over the shard of a living one. The living one accepts more entries, and is killed."""
    expected = {"first", "other", *(f"t-{n}" for n in range(20))}
    with FaultServer(answer(status=503)) as server, start(tmp_path, server.url, PRODUCER) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "first\n"
        outbox = Outbox(Client("KEY", tracking_url=server.url), tmp_path / "outbox", drain_on_exit=0)
        outbox.event("ev", visitor_id="v", transaction_id="other", identify=False)
        lock = outbox.folder / "shard-000.lock"
        lock.unlink()
        lock.touch()
        (tmp_path / "outbox" / "replaced").touch()
        accepted = {program.stdout.readline().strip() for _ in range(20)}
        assert accepted == expected - {"first", "other"}
        program.kill()
        server._acts = deque([Answer(OK)])
        wait_until(lambda: outbox.flush(0.05) == 0 and {*received(server)} == expected)
        wait_until(lambda: waiting(tmp_path) == 0)
        outbox.close()


# A folder and files that another user prepared.


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722, 0o1777])
def test_a_folder_that_others_may_write_is_refused(folder: Path, mode: int) -> None:
    """The message says which one and what to do. Nothing is put into it."""
    folder.chmod(mode)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    outbox = outbox_in(folder.parent)
    with pytest.raises(OutboxError, match=rf"{re.escape(str(folder))}.*mode {mode:o}.*chmod 700"):
        outbox.event("ev", visitor_id="v", client_id="ada@example.com")
    assert not outbox.health().ok
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    with pytest.raises(OutboxError, match="chmod 700"):
        commands.salvage(folder.parent)
    folder.chmod(0o700)
    outbox.event("ev", visitor_id="v")
    assert outbox.health().ok
    outbox.close()


@posix
def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That user could read what is put there."""
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    monkeypatch.setattr(directory, "_new_file", lambda _: os.stat_result([0o600, 0, 0, 1, 9999, *[0] * 5]))
    with pytest.raises(OutboxError, match=r"belongs to another user \(id \d+; this process has the id \d+\): run this"):
        outbox_in(folder.parent).event("ev", visitor_id="v")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_that_was_given_away_is_refused(folder: Path) -> None:
    """In the file system, and also for root, who could write to it."""
    for path in (folder, *folder.iterdir()):
        os.chown(path, 65534, 65534)
    with pytest.raises(OutboxError, match="belongs to another user"):
        outbox_in(folder.parent).event("ev", visitor_id="v")
    assert [each.transaction_id for each in commands.entries(folder.parent)] == ["earlier"]
    with pytest.raises(OutboxError, match="belongs to another user"):
        commands.drop(folder.parent, None, state="waiting")


@posix
def test_a_file_system_without_owners_and_modes_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a new file has the owner and the mode of all files, so these say nothing about who can write."""
    folder.chmod(0o777)
    status = os.stat_result([0o777, 0, 0, 1, folder.stat().st_uid, *[0] * 5])
    monkeypatch.setattr(directory, "_new_file", lambda _: status)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    make_folder(folder)


@posix
def test_the_group_of_a_volume_is_taken_off_the_folder(folder: Path) -> None:
    """Kubernetes gives each folder of a volume to a group (fsGroup), with the set-group-id bit."""
    folder.chmod(0o2770)
    make_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2700


@posix
def test_a_directory_in_which_all_can_replace_folders_is_refused(folder: Path) -> None:
    """A directory as /tmp is none: there only the owner of a folder can replace it."""
    folder.parent.chmod(0o777)
    with pytest.raises(OutboxError, match=rf"{re.escape(str(folder.parent))} \(mode 777\).*chmod o-w"):
        outbox_in(folder.parent).event("ev", visitor_id="v")
    folder.parent.chmod(0o1777)
    make_folder(folder)


@posix
def test_a_link_in_place_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """Also one that leads to a folder of this user."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere)
    with pytest.raises(OutboxError, match="symbolic link"):
        outbox_in(folder.parent).event("ev", visitor_id="v")
    assert [*elsewhere.iterdir()] == []


@posix
@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe"])
def test_a_file_that_is_no_file_is_refused(folder: Path, tmp_path: Path, suffix: str, kind: str) -> None:
    """In a folder that was open to others before. The file to which a link leads is neither changed nor created."""
    victim = tmp_path / "victim"
    path = folder / f"shard-000{suffix}"
    path.unlink(missing_ok=True)
    PLANTS[kind](path, victim)
    before = victim.read_bytes() if victim.exists() else None
    for use in (
        lambda: outbox_in(folder.parent).event("ev", visitor_id="v", client_id="ada"),
        lambda: commands.salvage(folder.parent),
        lambda: commands.drop(folder.parent, None, state="waiting"),
        lambda: [*commands.entries(folder.parent)],
    ):
        with suppress(OutboxError):
            use()
    with pytest.raises(
        OutboxError, match=rf"{re.escape(str(path))} is (a symbolic link|no regular file).*move it away"
    ):
        outbox_in(folder.parent).event("ev", visitor_id="v", client_id="ada")
    assert (victim.read_bytes() if victim.exists() else None) == before


def _link(path: Path, victim: Path) -> None:
    victim.write_bytes(PLANTED)
    path.symlink_to(victim)


PLANTS: dict[str, Callable[[Path, Path], object]] = {
    "link": _link,
    "dangling link": lambda path, victim: path.symlink_to(victim),
    "folder": lambda path, _: path.mkdir(),
    "pipe": lambda path, _: os.mkfifo(path),
}


@posix
def test_a_link_that_appears_after_the_check_is_not_followed(tmp_path: Path) -> None:
    """Reading and locking fail, and writing replaces the link."""
    victim, path = tmp_path / "victim", tmp_path / "x.lock"
    _link(path, victim)
    with pytest.raises(OSError, match="symbolic link"):
        FileLock.try_acquire(path)
    with pytest.raises(OSError, match="symbolic link"):
        read_own(path)
    write_own(path, b"new")
    assert (path.read_bytes(), path.is_symlink(), victim.read_bytes()) == (b"new", False, PLANTED)


@posix
def test_links_of_other_names_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """A damaged file that was renamed, its report, a request of an operator, and its answer."""
    victim = tmp_path / "victim"
    victim.write_bytes(PLANTED)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE entries (id)")
    for name in ("shard-000.damaged-1.db", "shard-000-request-1", "shard-000-request-2.answer"):
        (folder / name).symlink_to(victim if "request" in name else tmp_path / "other.db")
    (folder / "shard-000-request-2").write_text('["retry", []]', encoding="utf-8")
    outbox = outbox_in(folder.parent)
    outbox.event("ev", visitor_id="v")
    outbox.pump()
    outbox.close()
    assert victim.read_bytes() == PLANTED
    assert not (folder / "shard-000-request-1").is_symlink()


@posix
def test_a_bad_file_of_one_shard_does_not_stop_the_others(folder: Path) -> None:
    """The process delivers all other shards, and its health names the bad one."""
    script = Scripted()
    outbox = Outbox(script.client(), folder.parent, manual=True)
    outbox.event("ev", visitor_id="v", transaction_id="own", identify=False)
    (folder / "shard-001.lock").symlink_to(folder / "nowhere")
    (folder / "shard-001.db").write_bytes(b"x" * 5000)
    ShardPath(folder, 2).lock.touch()
    with closing(SqliteStore(folder / "shard-002.db", full_sync=False, wal=True, max_bytes=10**6)) as store:
        store.append(entry("other", body=b'{"event":{"transaction_id":"other"}}'))
    outbox.pump()
    outbox.pump()
    assert sorted(script.ids) == ["earlier", "other", "own"]
    assert any("shard-001.lock is a symbolic link" in each for each in outbox.health().problems)
    (folder / "shard-001.lock").unlink()
    (folder / "shard-001.db").unlink()
    outbox.close()


@posix
def test_all_files_are_for_this_user_alone(folder: Path) -> None:
    """Also those that an earlier version made readable for others."""
    for file in folder.iterdir():
        file.chmod(0o666)
    mask = os.umask(0)
    try:
        outbox = outbox_in(folder.parent)
        outbox.event("ev", visitor_id="v")
        outbox._engine().housekeep()
        with (folder / "shard-000.db").open("r+b") as file:
            file.write(b"damaged")
        with suppress(OutboxError):
            commands.salvage(folder.parent, patience=0.0)
        outbox._engine().store().salvage()
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
        outbox.close()
    finally:
        os.umask(mask)
    assert {*modes.values()} == {0o600}
    assert len(modes) > 6


def test_the_status_command_neither_creates_nor_changes_a_lock(folder: Path) -> None:
    """It only reads. So a user who may not write can use it, and no lock names a process that never held it."""
    lock = folder / "shard-000.lock"
    before = lock.read_bytes(), lock.stat().st_mtime_ns
    commands.status(folder.parent)
    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before
    lock.unlink()
    (shard,) = commands.status(folder.parent).shards
    assert (shard.pending, shard.holder) == (1, None)
    assert not lock.exists()


def test_a_shard_without_its_lock_file_is_taken_over(folder: Path) -> None:
    """It is found by its database."""
    script = Scripted()
    path, lock = acquire_shard(folder)  # so that the outbox has another shard
    (folder / "shard-000.db").rename(folder / "shard-007.db")
    outbox = Outbox(script.client(), folder.parent, manual=True)
    outbox.pump()
    assert script.ids == ["earlier"]
    outbox.close()
    lock.release()
    assert path.number == 0
