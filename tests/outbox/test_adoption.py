"""The shards of a process: that none is held for longer than it is used, and none is forgotten."""

import errno
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outbox._helpers import entry
from pyttributionio import Client
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.process.ownership import Adoption
from pyttributionio.outbox.storage.directory import ShardPath, is_held
from pyttributionio.outbox.storage.sqlite import SqliteStore


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Take an outbox that is pumped by hand."""
    with Outbox(Client("KEY", tracking_url="http://127.0.0.1:9"), tmp_path, manual=True) as outbox:
        yield outbox


def parts(outbox: Outbox) -> tuple[Adoption, Dispatcher]:
    """Return what holds its shards, and what sends from them; its own shard is taken."""
    engine = outbox._engine()
    engine.store()
    assert engine.adoption is not None
    return engine.adoption, engine.dispatcher


def orphan(outbox: Outbox, number: int = 1, *names: str) -> ShardPath:
    """Leave a shard that nobody holds."""
    path = ShardPath(outbox.folder, number)
    outbox.folder.mkdir(parents=True, exist_ok=True)
    path.lock.touch()
    store = SqliteStore(path.database, full_sync=False, log=True, max_bytes=10**6)
    for name in names:
        store.append(entry(name))
    store.close()
    return path


def test_a_shard_that_can_not_be_opened_is_let_go(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reason, such as too many open files: the next process, or the next try, may have it."""
    path = orphan(outbox, 1, "t-1")
    adoption, dispatcher = parts(outbox)

    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Adoption, "_open", fail)
        with pytest.raises(OSError, match="Too many open files"):
            adoption.look(dispatcher)
    assert not is_held(path)
    adoption.look(dispatcher)
    assert [source.name for source in dispatcher.sources] == ["shard-000", "shard-001"]


@pytest.mark.parametrize("names", [(), ("t-1",)], ids=["emptied", "to be looked at"])
def test_a_shard_that_can_not_be_read_is_let_go(
    outbox: Outbox, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is closed, and kept."""
    path = orphan(outbox, 1, *names)
    adoption, dispatcher = parts(outbox)
    count, calls = SqliteStore.count, [0]

    def fail(store: SqliteStore) -> object:
        calls[0] += 1
        if store.path == path.database and calls[0] == (1 if names else 2):
            raise OSError(errno.EIO, "Input/output error")
        return count(store)

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "count", fail)
        with pytest.raises(OSError, match="Input/output error"):
            adoption.look(dispatcher)
    assert not is_held(path)
    assert path.database.exists()
    adoption.look(dispatcher)
    assert path.database.exists() is bool(names)


def test_every_file_that_is_deleted_under_us_is_still_held(outbox: Outbox) -> None:
    """One after the other, and one of them delivered meanwhile: none takes another's place."""
    adoption, dispatcher = parts(outbox)
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
    adoption.look(dispatcher)
    third = outbox._engine().store()
    assert isinstance(third, SqliteStore)
    third.append(entry())
    third.path.unlink()
    outbox._engine().housekeep()
    held = [each.store for each in adoption._taken.values()]
    assert held == [stores[1], third]


class Late:
    """A gate that opens only after something else was done."""

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
    """A fork waits for the takeover, and then for whoever is inside of that shard."""
    path = orphan(outbox, 1, "t-1")
    adoption, dispatcher = parts(outbox)
    gate, adoption._gate = adoption._gate, Late(lambda: adoption._take(path, dispatcher))  # type: ignore[assignment]
    adoption.hold()
    adoption._gate = gate
    assert len(adoption._held_locks) == 3
    adoption.resume()
