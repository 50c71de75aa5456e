"""Checkpoints: when they are made, and what a copy of the file has then."""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pyttributionio.sandbox.store.checkpoints import Checkpointer
from pyttributionio.sandbox.store.store import open_store
from pyttributionio.sandbox.values.shapes import read_identity

PATIENCE = 30.0


def rows_in_a_copy(path: Path) -> int:
    """Return how many identities a copy of the file has, without the write-ahead log."""
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection:
        (number,) = connection.execute("SELECT COUNT(*) FROM identities").fetchone()
    return int(number)


def test_checkpoint_is_made_once_no_more_writes_come(tmp_path: Path) -> None:
    """Without a call, a short time after the last write."""
    path = tmp_path / "sandbox.db"
    with closing(open_store(path)) as store:
        for number in range(50):
            members = {"aliases": ["v"], "client_id": number, "created_at": 5, "meta": {"agent": ""}}
            store.add_identity("k", read_identity({**members}))
        end = time.monotonic() + PATIENCE
        while rows_in_a_copy(path) < 50 and time.monotonic() < end:
            time.sleep(0.01)
        assert rows_in_a_copy(path) == 50


def test_first_writes_after_a_pause_are_checkpointed_at_once(tmp_path: Path) -> None:
    """Then five in a second, because each waits for the disk."""
    now = 0.0
    with (
        closing(open_store(tmp_path / "sandbox.db")),
        closing(Checkpointer(tmp_path / "sandbox.db", lambda: now)) as it,
    ):
        assert [it.may_run() for _ in range(8)] == [True] * 6 + [False] * 2
        now = 0.25
        assert [it.may_run() for _ in range(3)] == [True, False, False]
        now = 60.0
        assert [it.may_run() for _ in range(8)] == [True] * 6 + [False] * 2


def test_failure_of_a_checkpoint_changes_nothing(tmp_path: Path) -> None:
    """The data is in the write-ahead log, and the next checkpoint gets it."""
    it = Checkpointer(tmp_path / "sandbox.db")
    it.close()
    it.run()
    it.close()


def test_store_in_memory_needs_none() -> None:
    """It has no file."""
    with closing(open_store(None)) as store:
        assert not store.may_checkpoint()
        store.checkpoint()


@pytest.mark.parametrize("times", [1, 2])
def test_closing_leaves_one_file(tmp_path: Path, times: int) -> None:
    """The write-ahead log is empty then, and is removed."""
    store = open_store(tmp_path / "sandbox.db")
    for _ in range(times):
        store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["sandbox.db"]
