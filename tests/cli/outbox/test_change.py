"""`pyttributionio outbox retry`, `drop` and `salvage`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import cli
from support.shards import hold

from ._running import damage, left_behind, lines, ran, rows, said

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """Return a directory without an owner, with two waiting entries and a dead letter."""
    with left_behind(tmp_path):
        yield tmp_path


def ids(directory: Path, *options: str) -> list[str]:
    """Return the ids in the list."""
    return [line["id"] for line in lines("list", *options, "--directory", directory)]


@pytest.mark.parametrize("which", ["bad", "--all"])
def test_retry_queues_dead_letters_again(left: Path, which: str) -> None:
    """Those named, or all; a second time there is nothing to do."""
    assert said(ran("retry", which, "--directory", left)) == (0, "Queued again: 1 dead letter.\n", "")
    assert ids(left, "--waiting") == ["waits-1", "waits-2", "bad"]
    assert said(ran("retry", "--all", "--directory", left))[:2] == (0, "Queued again: 0 dead letters.\n")


def test_retry_names_unknown_ids(left: Path) -> None:
    """The others are retried; a waiting entry is not a dead letter, and the beginning of an id is not enough."""
    result = ran("retry", "waits-1", "bad", "ba", "--directory", left)
    error = "error: no dead letter has the id 'ba', 'waits-1'\n"
    assert said(result) == (4, "Queued again: 1 dead letter.\n", error)
    assert lines("retry", "x", "--directory", left, code=4) == [{"changed": 0, "unknown": ["x"], "unanswered": []}]


def test_drop_removes_entries_of_both_states(left: Path) -> None:
    """And names unknown ids."""
    assert lines("drop", "bad", "waits-1", "--yes", "--directory", left) == [
        {"changed": 2, "unknown": [], "unanswered": []}
    ]
    assert ids(left) == ["waits-2"]
    result = ran("drop", "bad", "waits-2", "--yes", "--directory", left)
    assert said(result) == (4, "Dropped: 1 entry.\n", "error: no entry has the id 'bad'\n")
    assert ids(left) == []


@pytest.mark.parametrize(
    ("option", "kept"), [("--all-waiting", ["bad"]), ("--all-dead", ["waits-1", "waits-2"])], ids=["waiting", "dead"]
)
def test_drop_all_removes_one_state(left: Path, option: str, kept: list[str]) -> None:
    """Never both."""
    assert ran("drop", option, "--yes", "--directory", left).exit_code == 0
    assert ids(left) == kept


@pytest.mark.parametrize("wanted", ["bad", "--all-waiting", "--all-dead"])
def test_drop_without_a_terminal_is_refused(left: Path, wanted: str) -> None:
    """A script has to use --yes."""
    error = "error: dropped entries can't be restored: without a terminal to ask on, use --yes\n"
    assert said(ran("drop", wanted, "--directory", left)) == (2, "", error)
    assert len(ids(left)) == 3


@pytest.mark.parametrize(
    ("reply", "code", "said_then", "kept"),
    [
        (b"\n", 1, ("", "error: nothing was dropped\n"), ["waits-1", "waits-2", "bad"]),
        (b"n\n", 1, ("", "error: nothing was dropped\n"), ["waits-1", "waits-2", "bad"]),
        (b"y\n", 0, ("Dropped: 2 entries.\n", ""), ["waits-2"]),
        (b"YES\n", 0, ("Dropped: 2 entries.\n", ""), ["waits-2"]),
    ],
)
def test_drop_asks_at_a_terminal(
    left: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reply: bytes,
    code: int,
    said_then: tuple[str, str],
    kept: list[str],
) -> None:
    """On stderr, because stdout is for results; every answer except yes means no."""
    master, slave = pty.openpty()
    os.write(master, reply)
    monkeypatch.setattr(sys, "argv", ["pyttributionio", "outbox", "drop", "bad", "waits-1", "--directory", str(left)])
    with os.fdopen(slave, encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    os.close(master)
    out, err = said_then
    question = f"Drop 1 waiting entry and 1 dead letter in {left} permanently? [y/N] "
    assert (ended.value.code, capsys.readouterr()) == (code, (out, question + err))
    assert ids(left) == kept


def test_a_process_that_does_not_answer_is_named(left: Path) -> None:
    """Nothing is changed in its shard, and the exit code is 1."""
    (folder,) = left.iterdir()
    lock = hold(folder / "shard-000.lock")
    assert lock
    held = f"{folder.name}/shard-000"
    nothing = {"changed": 0, "unknown": [], "unanswered": [held]}
    asked = ("--patience", 0.01, "--directory", left)
    assert lines("retry", "--all", *asked, code=1) == [nothing]
    assert lines("drop", "bad", "waits-1", "--yes", *asked, code=1) == [nothing]
    error = (
        f"error: no answer from the process that owns {held}: try again with a longer --patience, or after it has ended"
    )
    for command in (["retry", "--all"], ["drop", "--all-dead", "--yes"], ["salvage"]):
        code, _, err = said(ran(*command, *asked))
        assert (code, err) == (1, f"{error}\n")
    (line,) = lines("salvage", *asked, code=1)
    assert (line["by_its_process"], line["answered"], line["damaged"]) == (True, False, None)
    lock.release()
    assert ids(left) == ["waits-1", "waits-2", "bad"]


def test_salvage_has_a_row_for_each_shard(left: Path) -> None:
    """A damaged shard is reported once; after that it is not damaged."""
    (folder,) = left.iterdir()
    shard = f"{folder.name}/shard-000"
    assert rows(ran("salvage", "--directory", left).stdout)[1:] == [[shard, "not damaged"]]
    damage(left)
    code, out, err = said(ran("salvage", "--directory", left))
    (aside,) = folder.glob("*.damaged-*.db")
    assert (code, err) == (0, "")
    assert rows(out)[1:] == [[shard, f"damaged: 3 entries saved, 0 unreadable; the damaged file is {aside}"]]
    assert ids(left) == ["waits-1", "waits-2", "bad"]


def test_salvage_for_programs_has_stable_keys(left: Path) -> None:
    """For every result."""
    (folder,) = left.iterdir()
    damage(left)
    first, again = lines("salvage", "--directory", left)[0], lines("salvage", "--directory", left)[0]
    (aside,) = folder.glob("*.damaged-*.db")
    same = {"shard": f"{folder.name}/shard-000", "by_its_process": False, "answered": True}
    assert first == {**same, "damaged": True, "saved": 3, "unreadable": 0, "quarantine": str(aside)}
    assert again == {**same, "damaged": False, "saved": 0, "unreadable": 0, "quarantine": None}


@pytest.mark.parametrize("command", [["retry", "--all"], ["drop", "--all-dead", "--yes"], ["show", "bad"], ["list"]])
def test_a_damaged_shard_is_one_line(left: Path, command: list[str]) -> None:
    """With the command that helps; nothing is changed in a shard that can't be read."""
    damage(left)
    code, out, err = said(ran(*command, "--directory", left))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.endswith("is damaged: run `pyttributionio outbox salvage`\n")
