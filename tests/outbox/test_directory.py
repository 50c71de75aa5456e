"""The directory of an outbox: absolute from the constructor on, with `~` expanded."""

from pathlib import Path

import pytest

from outbox._helpers import run
from pyttributionio import Client
from pyttributionio.outbox import Outbox
from pyttributionio.outbox.operator import commands


def made(directory: object = None) -> Outbox:
    """Return an outbox on a directory."""
    return Outbox(Client("KEY", tracking_url="http://127.0.0.1:9"), directory, manual=True)  # type: ignore[arg-type]  # wrong types too


@pytest.mark.parametrize("named_by", ["argument", "variable"])
def test_a_relative_directory_is_that_of_the_constructor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named_by: str
) -> None:
    """A daemon that changes its working directory stores where the next start looks."""
    for name in ("start", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "start")
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", "box")
    outbox = made("box" if named_by == "argument" else None)
    monkeypatch.chdir(tmp_path / "elsewhere")
    outbox.event("ev", visitor_id="v")
    outbox.close()
    assert [*(tmp_path / "elsewhere").iterdir()] == []
    assert outbox.folder.parent == tmp_path / "start" / "box"
    assert len([*outbox.folder.glob("*.db")]) == 1


def test_a_forked_child_uses_the_directory_of_the_constructor(tmp_path: Path) -> None:
    """Also if it has another working directory."""
    use = """
    os.makedirs("start"), os.makedirs("elsewhere")
    os.chdir("start")
    outbox = Outbox(client, "box", drain_on_exit=0)
    os.chdir("../elsewhere")
    if os.fork() == 0:
        accept(outbox, "a")
        os._exit(0)
    assert os.wait()[1] == 0
    print([*os.walk(".")])
    """
    before = f"import os\nos.chdir({str(tmp_path)!r})\n"
    assert run(tmp_path, "http://127.0.0.1:9", use, before=before) == ["a", "[('.', [], [])]"]
    assert len([*(tmp_path / "start" / "box").rglob("*.db")]) == 1


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the argument as in the variable: no shell expands it in a service's configuration or in code."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", "~/box")
    for given in (None, "~/box", Path("~/box")):
        assert made(given).folder.parent == tmp_path / "box"
    made().event("ev", visitor_id="v")
    assert commands.find_directory("~/box") == tmp_path / "box"


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (
            "~no-such-user/box",
            ValueError,
            "'~no-such-user/box' begins with the home directory of an unknown",
        ),
        ("", ValueError, "is empty"),
        ("box\0", ValueError, "NUL"),
        (5, TypeError, "not int"),
        (b"box", TypeError, "not bytes"),
    ],
)
def test_an_impossible_directory_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, wrong: object, error: type[Exception], says: str
) -> None:
    """By the constructor, before an event depends on it."""
    with pytest.raises(error, match=f"^directory .*{says}"):
        made(wrong)
    if isinstance(wrong, str) and wrong.startswith("~"):
        monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", wrong)
        with pytest.raises(error, match=f"^PYTTRIBUTIONIO_OUTBOX_DIRECTORY .*{says}"):
            made()


def test_a_relative_directory_without_a_working_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program may have deleted it."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ValueError, match=r"^directory 'box' is a relative path, and the working directory can't be"):
        made("box")
    assert made(tmp_path / "box").folder.parent == tmp_path / "box"
