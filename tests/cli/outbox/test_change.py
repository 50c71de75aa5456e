"""`pyttributionio outbox retry`, `drop` and `salvage`."""

import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import cli
from pyttributionio.outbox.storage.locks import FileLock

from ._running import damage, left_behind, lines, ran, rows, said


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """Take a directory that nobody holds, with two waiting entries and a dead letter."""
    with left_behind(tmp_path):
        yield tmp_path


def ids(directory: Path, *options: str) -> list[str]:
    """Return the ids that are listed."""
    return [line["id"] for line in lines("list", *options, "--directory", directory)]


@pytest.mark.parametrize("which", ["bad", "--all"])
def test_retry_lets_dead_letters_wait_again(left: Path, which: str) -> None:
    """Those named, or all; once more there is nothing to do."""
    assert said(ran("retry", which, "--directory", left)) == (0, "Waiting for delivery again: 1 dead letter.\n", "")
    assert ids(left, "--waiting") == ["waits-1", "waits-2", "bad"]
    assert said(ran("retry", "--all", "--directory", left))[:2] == (0, "Waiting for delivery again: 0 dead letters.\n")


def test_retry_names_what_it_does_not_know(left: Path) -> None:
    """The others are retried; an entry that waits is no dead letter, and a beginning is no id."""
    result = ran("retry", "waits-1", "bad", "ba", "--directory", left)
    error = "error: no dead letter has the id 'ba', 'waits-1'\n"
    assert said(result) == (1, "Waiting for delivery again: 1 dead letter.\n", error)
    assert lines("retry", "x", "--directory", left, code=1) == [{"changed": 0, "unknown": ["x"], "unanswered": []}]


def test_drop_removes_what_is_named_waiting_or_dead(left: Path) -> None:
    """And names what there is not."""
    assert lines("drop", "bad", "waits-1", "--yes", "--directory", left) == [
        {"changed": 2, "unknown": [], "unanswered": []}
    ]
    assert ids(left) == ["waits-2"]
    result = ran("drop", "bad", "waits-2", "--yes", "--directory", left)
    assert said(result) == (1, "Dropped: 1 entry.\n", "error: no entry has the id 'bad'\n")
    assert ids(left) == []


@pytest.mark.parametrize(
    ("option", "kept"), [("--all-waiting", ["bad"]), ("--all-dead", ["waits-1", "waits-2"])], ids=["waiting", "dead"]
)
def test_drop_all_is_about_one_state(left: Path, option: str, kept: list[str]) -> None:
    """Never both by accident."""
    assert ran("drop", option, "--yes", "--directory", left).exit_code == 0
    assert ids(left) == kept


@pytest.mark.parametrize("wanted", ["bad", "--all-waiting", "--all-dead"])
def test_drop_without_a_terminal_to_ask_at_refuses(left: Path, wanted: str) -> None:
    """A script has to say --yes."""
    error = "error: what is dropped is gone: say --yes where there is no terminal to ask at\n"
    assert said(ran("drop", wanted, "--directory", left)) == (1, "", error)
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
    """On stderr, so that stdout is for results; anything but yes is no."""
    master, slave = pty.openpty()
    os.write(master, reply)
    monkeypatch.setattr(sys, "argv", ["pyttributionio", "outbox", "drop", "bad", "waits-1", "--directory", str(left)])
    with os.fdopen(slave, encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    os.close(master)
    out, err = said_then
    question = f"Drop 1 waiting entry and 1 dead letter in {left} for good? [y/N] "
    assert (ended.value.code, capsys.readouterr()) == (code, (out, question + err))
    assert ids(left) == kept


def test_a_process_that_does_not_answer_is_named(left: Path) -> None:
    """Nothing is changed in its shard, and the exit code tells."""
    (folder,) = left.iterdir()
    lock = FileLock.try_acquire(folder / "shard-000.lock")
    assert lock
    held = f"{folder.name}/shard-000"
    nothing = {"changed": 0, "unknown": [], "unanswered": [held]}
    asked = ("--patience", 0.01, "--directory", left)
    assert lines("retry", "--all", *asked, code=1) == [nothing]
    assert lines("drop", "bad", "waits-1", "--yes", *asked, code=1) == [nothing]
    error = f"error: no answer from the process that holds {held}: try again with more --patience, or when it has ended"
    for command in (["retry", "--all"], ["drop", "--all-dead", "--yes"], ["salvage"]):
        code, _, err = said(ran(*command, *asked))
        assert (code, err) == (1, f"{error}\n")
    (line,) = lines("salvage", *asked, code=1)
    assert (line["by_its_process"], line["answered"], line["damaged"]) == (True, False, None)
    lock.release()
    assert ids(left) == ["waits-1", "waits-2", "bad"]


def test_salvage_is_a_row_a_shard(left: Path) -> None:
    """What was damaged is said to be mended, and is not found again."""
    (folder,) = left.iterdir()
    shard = f"{folder.name}/shard-000"
    assert rows(ran("salvage", "--directory", left).stdout)[1:] == [[shard, "sound"]]
    damage(left)
    code, out, err = said(ran("salvage", "--directory", left))
    (aside,) = folder.glob("*.damaged-*.db")
    assert (code, err) == (0, "")
    assert rows(out)[1:] == [[shard, f"damaged: 3 entries saved, 0 unreadable; the damaged file is {aside}"]]
    assert ids(left) == ["waits-1", "waits-2", "bad"]


def test_salvage_for_programs_has_stable_keys(left: Path) -> None:
    """Whatever was found."""
    (folder,) = left.iterdir()
    damage(left)
    first, again = lines("salvage", "--directory", left)[0], lines("salvage", "--directory", left)[0]
    (aside,) = folder.glob("*.damaged-*.db")
    same = {"shard": f"{folder.name}/shard-000", "by_its_process": False, "answered": True}
    assert first == {**same, "damaged": True, "saved": 3, "unreadable": 0, "quarantine": str(aside)}
    assert again == {**same, "damaged": False, "saved": 0, "unreadable": 0, "quarantine": None}


@pytest.mark.parametrize("command", [["retry", "--all"], ["drop", "--all-dead", "--yes"], ["show", "bad"], ["list"]])
def test_a_damaged_shard_is_one_line(left: Path, command: list[str]) -> None:
    """With what to do about it; nothing is changed in what can't be read."""
    damage(left)
    code, out, err = said(ran(*command, "--directory", left))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.endswith("is damaged: run `pyttributionio outbox salvage`\n")
