"""The shards of a process: none is held longer than it is used, and none is forgotten."""

import errno
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outbox._helpers import entry
from pyttributionio import Client, OutboxError
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.process.ownership import ShardOwnership
from pyttributionio.outbox.storage.database import Database
from pyttributionio.outbox.storage.directory import ShardPath, is_held
from pyttributionio.outbox.storage.sqlite import SqliteStore


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Return an outbox that sends only in `pump()`."""
    with Outbox(Client("KEY", tracking_url="http://127.0.0.1:9"), tmp_path, manual=True) as outbox:
        yield outbox


def parts(outbox: Outbox) -> tuple[ShardOwnership, Dispatcher]:
    """Return its shard ownership and its dispatcher. Its own shard is acquired."""
    engine = outbox._engine()
    engine.store()
    assert engine.ownership is not None
    return engine.ownership, engine.dispatcher


def orphan(outbox: Outbox, number: int = 1, *names: str) -> ShardPath:
    """Make a shard that no process holds."""
    path = ShardPath(outbox.folder, number)
    outbox.folder.mkdir(parents=True, exist_ok=True)
    path.lock.touch()
    store = SqliteStore(path.database, full_sync=False, wal=True, max_bytes=10**6)
    for name in names:
        store.append(entry(name))
    store.close()
    return path


def test_a_shard_that_can_not_be_opened_is_released(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """For any reason, such as too many open files. The next process, or the next try, can acquire it."""
    path = orphan(outbox, 1, "t-1")
    ownership, dispatcher = parts(outbox)

    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "open", fail)
        ownership.update(dispatcher)
        assert "Too many open files" in ownership.problems[path.number]
        assert any("Too many open files" in each for each in outbox.health().problems)
    assert not is_held(path)
    ownership._next_try[1] = 0.0
    ownership.update(dispatcher)
    assert outbox.health(max_age=1e12).ok
    assert [source.name for source in dispatcher.sources] == ["shard-000", "shard-001"]


@pytest.mark.parametrize("names", [(), ("t-1",)], ids=["emptied", "to be looked at"])
def test_a_shard_that_can_not_be_read_is_released(
    outbox: Outbox, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is closed, and kept."""
    path = orphan(outbox, 1, *names)
    ownership, dispatcher = parts(outbox)

    def fail(*_: object) -> object:
        raise OutboxError("Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "count" if names else "delete_if_empty", fail)
        ownership.update(dispatcher)
        assert ownership.problems == {1: "Input/output error"}
    assert not is_held(path)
    assert path.database.exists()
    ownership._next_try[1] = 0.0
    ownership.update(dispatcher)
    assert not ownership.problems
    assert path.database.exists() is bool(names)


def test_every_file_that_is_deleted_in_use_is_still_held(outbox: Outbox) -> None:
    """One after the other, and one of them is delivered meanwhile. None replaces another one."""
    ownership, dispatcher = parts(outbox)
    stores = []
    for _ in range(2):
        store = outbox._engine().store()
        store.append(entry())
        assert isinstance(store, SqliteStore)
        stores.append(store)
        store.path.unlink()
        outbox._engine().housekeep()
    first = dispatcher.sources[0]
    first.read()
    first.store.drop([1], dead=False)
    first.remove([1])
    ownership.update(dispatcher)
    third = outbox._engine().store()
    assert isinstance(third, SqliteStore)
    third.append(entry())
    third.path.unlink()
    outbox._engine().housekeep()
    held = [each.store for each in ownership._taken_over.values()]
    assert held == [stores[1], third]


class Late:
    """A lock that calls a function before it is acquired."""

    def __init__(self, before: Callable[[], object]) -> None:
        self._lock = threading.RLock()
        self._before = before

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Wait, and pass."""
        self._before()
        return self._lock.acquire(blocking, timeout)

    def release(self) -> None:
        """Let others pass."""
        self._lock.release()


def test_a_shard_that_is_taken_over_before_a_fork_is_held_too(outbox: Outbox) -> None:
    """A fork waits for the takeover, and then for a thread that uses that shard."""
    path = orphan(outbox, 1, "t-1")
    ownership, dispatcher = parts(outbox)
    gate, ownership._lock = ownership._lock, Late(lambda: ownership._take_over(path, dispatcher))  # type: ignore[assignment]
    ownership.before_fork()
    ownership._lock = gate
    assert len(ownership._fork_locks) == 3
    ownership.after_fork_in_parent()
