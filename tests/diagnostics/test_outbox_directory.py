"""The directory of the outbox."""

import os
import shutil
import sys
from pathlib import Path

import httpx
import pytest

from pyttributionio import Client
from pyttributionio.diagnostics import Finding
from pyttributionio.diagnostics import outbox as checks
from pyttributionio.outbox import Outbox


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's variable."""
    monkeypatch.delenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", raising=False)


def examined(directory: Path | str | None) -> list[Finding]:
    """Return the findings."""
    return [*checks.check_outbox(directory)]


def filled(directory: Path, status: int | None) -> None:
    """Leave an entry that waits, or a dead letter."""

    def handle(_: httpx.Request) -> httpx.Response:
        assert status is not None
        return httpx.Response(status)

    client = Client("KEY", http_client=httpx.MockTransport(handle))
    with client, Outbox(client, directory, manual=True, drain_on_exit=0) as outbox:
        outbox.event("ev", visitor_id="v")
        if status is not None:
            outbox.pump()


def test_a_good_directory(tmp_path: Path) -> None:
    """It is this user's, and nothing waits."""
    directory = tmp_path / "outbox"
    directory.mkdir(mode=0o700)
    disk, entries = examined(directory)
    assert (disk.level, entries.level) == ("ok", "ok")
    assert disk.details["directory"] == str(directory)
    assert "free" in disk.message
    assert [*directory.iterdir()] == []


def test_what_waits(tmp_path: Path) -> None:
    """In shards that no process owns."""
    filled(tmp_path / "outbox", None)
    _, entries = examined(tmp_path / "outbox")
    assert entries.level == "warning"
    assert entries.message == "entries that wait: 1, of which 1 are in shards without a running process"
    assert "outbox drain" in entries.advice


def test_dead_letters(tmp_path: Path) -> None:
    """The command that shows their cause is named."""
    filled(tmp_path / "outbox", 422)
    *_, dead = examined(tmp_path / "outbox")
    assert (dead.level, dead.message) == ("warning", "dead letters: 1")
    assert "outbox list --dead" in dead.advice


def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    """It is not made by the check."""
    (finding,) = examined(tmp_path / "a" / "outbox")
    assert finding.level == "note"
    assert not (tmp_path / "a").exists()


def test_a_file_in_its_place(tmp_path: Path) -> None:
    """Or in place of a parent."""
    (tmp_path / "file").touch()
    (finding,) = examined(tmp_path / "file")
    assert (finding.level, "is not a directory" in finding.message) == ("error", True)


def test_no_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without platformdirs and without a variable, a program has none either."""
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    (finding,) = examined(None)
    assert finding.level == "note"


def test_a_variable_that_is_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's message names it."""
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", "~unknown-user/x")
    (finding,) = examined(None)
    assert (finding.level, "PYTTRIBUTIONIO_OUTBOX_DIRECTORY" in finding.message) == ("error", True)


@pytest.mark.skipif(os.name == "nt", reason="the modes of POSIX")
def test_others_can_write(tmp_path: Path) -> None:
    """The message has the remedy."""
    directory = tmp_path / "outbox"
    directory.mkdir()
    directory.chmod(0o777)
    (finding,) = examined(directory)
    assert (finding.level, "chmod 700" in finding.message) == ("error", True)


def test_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries can be lost on it."""
    monkeypatch.setattr(checks, "is_network", lambda _: True)
    monkeypatch.setattr(checks, "file_system", lambda _: "nfs4")
    finding, _ = examined(tmp_path)
    assert (finding.level, "network file system (nfs4)" in finding.message) == ("error", True)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox keeps some space free."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    finding, _ = examined(tmp_path)
    assert (finding.level, "has 1 MB free" in finding.message) == ("error", True)


def test_a_damaged_shard(tmp_path: Path) -> None:
    """The command that recovers it is named."""
    filled(tmp_path / "outbox", None)
    (database,) = (tmp_path / "outbox").rglob("*.db")
    database.write_bytes(b"x" * 8192)
    findings = examined(tmp_path / "outbox")
    assert any(each.level == "error" and "outbox salvage" in each.advice for each in findings)
