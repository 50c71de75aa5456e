"""The directory: folders and locks, and which of them are shared."""

import os
import stat
from pathlib import Path

import pytest

from outbox._helpers import run
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.storage.directory import (
    ShardPath,
    account_folder,
    acquire_shard,
    default_directory,
    make_folder,
    shards,
)
from pyttributionio.outbox.storage.locks import FileLock, holder


def settings(key: str = "KEY", url: str = "https://api.attribution.io") -> object:
    """Return a client's settings."""
    return Client(key, tracking_url=url)._settings


def test_each_account_and_server_has_a_folder_of_its_own() -> None:
    """A program that uses a sandbox never delivers to it the entries that were accepted for the vendor."""
    folders = {
        account_folder(Path("d"), settings(*each))  # type: ignore[arg-type]
        for each in [
            ("KEY", "https://api.attribution.io"),
            ("KEY2", "https://api.attribution.io"),
            ("KEY", "http://127.0.0.1:8080"),
            ("KEY", "http://127.0.0.1:8080/proxy"),
            ("K" * 400, "https://api.attribution.io"),
            ("K" * 401, "https://api.attribution.io"),
        ]
    }
    assert len(folders) == 6
    assert Path("d/KEY@https+api.attribution.io") in folders
    assert all(len(folder.name) < 150 and folder.parent == Path("d") for folder in folders)


def test_the_first_free_shard_is_taken(tmp_path: Path) -> None:
    """There are never more shards than processes. Each outbox of one process has a shard of its own too."""
    paths, locks = zip(*[acquire_shard(tmp_path) for _ in range(3)], strict=True)
    assert [path.name for path in paths] == ["shard-000", "shard-001", "shard-002"]
    locks[1].release()
    locks[1].release()
    path, again = acquire_shard(tmp_path)
    assert path.name == "shard-001"
    assert [path.number for path in shards(tmp_path)] == [0, 1, 2]
    for lock in (locks[0], locks[2], again):
        lock.release()


def test_a_lock_names_its_process(tmp_path: Path) -> None:
    """For people and operators."""
    lock = FileLock.try_acquire(tmp_path / "x.lock")
    assert lock
    assert holder(tmp_path / "x.lock") == os.getpid()
    assert FileLock.try_acquire(tmp_path / "x.lock") is None
    lock.release()
    assert holder(tmp_path / "none.lock") is None


def test_the_folder_is_for_this_user_alone(tmp_path: Path) -> None:
    """Entries are about people."""
    make_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_folder_that_can_not_be_created_is_an_error(tmp_path: Path) -> None:
    """Its message says where and why. The call that needed the folder raises it."""
    (tmp_path / "file").write_text("")
    outbox = Outbox(Client("KEY"), tmp_path / "file")
    with pytest.raises(OutboxError, match="can't be created"):
        outbox.event("ev", visitor_id="v")


def test_the_directory_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Or from platformdirs, where that is installed; an argument wins."""
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", str(tmp_path))
    assert Outbox(Client("KEY")).folder.parent == tmp_path
    assert Outbox(Client("KEY"), tmp_path / "own").folder.parent == tmp_path / "own"
    monkeypatch.delenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY")
    pytest.importorskip("platformdirs")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert default_directory().name == "outbox"


def test_without_a_directory_the_error_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three ways."""
    monkeypatch.setitem(__import__("sys").modules, "platformdirs", None)
    with pytest.raises(ValueError, match=r"directory=.*PYTTRIBUTIONIO_OUTBOX_DIRECTORY.*pyttributionio\[outbox\]"):
        Outbox(Client("KEY"))


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    """No folder, no file, no thread: a server's master process may hold an outbox that its workers use."""
    shown = run(
        tmp_path,
        "http://127.0.0.1:9",
        """
        outbox = Outbox(client, directory)
        print(threading.active_count(), os.path.exists(directory), outbox.stats().pending)
        outbox.close()
        print(os.path.exists(directory))
        """,
    )
    assert shown == ["1 False 0", "False"]


def test_an_empty_shard_is_removed_with_all_its_files(tmp_path: Path) -> None:
    """Except its lock: two processes could lock the old and a new file."""
    for suffix in (".db", ".db-wal", ".db-shm", ".reserve", ".ballast", ".count", ".lock"):
        (tmp_path / f"shard-000{suffix}").write_text("")
    path = ShardPath(tmp_path, 0)
    assert path.state()
    path.remove()
    assert [file.name for file in tmp_path.iterdir()] == ["shard-000.lock"]
    assert path.state() == ()
