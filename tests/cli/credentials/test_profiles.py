"""A profile is in a file that only its owner can read."""

import os
import stat
from pathlib import Path

import pytest

from pyttributionio.cli.credentials import private_files, profiles
from pyttributionio.cli.credentials.profiles import Profile, ProfileError

from .._in_process import Command

SECRET = "s3cr3t-Value-9000"
POSIX = pytest.mark.skipif(not private_files.HAS_MODES, reason="the modes of POSIX")


@pytest.fixture(autouse=True)
def own_home(command: Command) -> None:
    """Use the test's folder."""
    _ = command


def stored(name: str = "default") -> Path:
    """Store a profile in a file; return its path."""
    profiles.save(Profile(name, "KEY", "file"), SECRET)
    return profiles.path_of(name)


def test_a_profile_comes_back() -> None:
    """With all of its settings."""
    profiles.save(Profile("a", "KEY", "file", "http://localhost/api/v1", "http://localhost"), SECRET)
    profile = profiles.load("a")
    assert (profile.api_key, profile.base_url, profile.tracking_url) == (
        *("KEY", "http://localhost/api/v1", "http://localhost"),
    )
    assert profile.secret() == SECRET
    assert profiles.names() == ["a"]
    assert profiles.known_keys() == ("KEY",)


@POSIX
def test_modes() -> None:
    """Whatever the umask is."""
    before = os.umask(0)
    try:
        path = stored()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@POSIX
def test_a_folder_that_others_can_read_is_closed() -> None:
    """When a profile is stored."""
    profiles.folder().mkdir(parents=True, mode=0o755)
    path = stored()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_file_that_others_can_access_is_refused(mode: int) -> None:
    """The message says what to do, and does not show the secret."""
    path = stored()
    path.chmod(mode)
    with pytest.raises(ProfileError, match=f"chmod 600 {path}") as caught:
        profiles.load("default")
    assert SECRET not in str(caught.value)
    assert profiles.known_keys() == ()


@POSIX
def test_a_file_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could change it."""
    stored()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(ProfileError, match="belongs to the user"):
        profiles.load("default")


@POSIX
def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither in place of the file nor of the folder."""
    path = stored()
    other = tmp_path / "other"
    path.rename(other)
    path.symlink_to(other)
    with pytest.raises(ProfileError, match="is a link"):
        profiles.load("default")
    stored()  # replaces the link, and not the file to which it points
    assert not path.is_symlink()
    folder = path.parent.rename(tmp_path / "moved")
    path.parent.symlink_to(folder)
    with pytest.raises(ProfileError, match="is a link"):
        stored()


@POSIX
def test_a_pipe_does_not_block() -> None:
    """It is refused."""
    path = stored()
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(ProfileError, match="is not a file"):
        profiles.load("default")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"api_key": "K", "store": "file"}',
        '{"api_key": 1, "store": "none"}',
        "\udcff",
        "[" * 99999,
    ],
)
def test_a_damaged_file(content: str) -> None:
    """No part of it is shown."""
    path = stored()
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ProfileError, match="is damaged: make it again with"):
        profiles.load("default")
    stored()
    assert profiles.load("default").secret() == SECRET


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "A", "a b", "é", "-a", "a" * 65, "a\n", "a.b"])
def test_a_name_that_is_none(name: str) -> None:
    """It is a part of a file's name."""
    with pytest.raises(ProfileError, match="is not a profile's name"):
        profiles.path_of(name)


def test_other_files_are_no_profiles() -> None:
    """Such as one that an interrupted command has left."""
    path = stored()
    for name in (".profile-a.json.1f", "profile-B.json", "profile-.json", "other.json"):
        path.with_name(name).write_text("{}", encoding="ascii")
    assert profiles.names() == ["default"]


def test_a_failure_leaves_the_old_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other file."""
    path = stored()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ProfileError, match="No space left"):
        profiles.save(Profile("default", "NEW", "none"), None)
    assert profiles.load("default").api_key == "KEY"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
