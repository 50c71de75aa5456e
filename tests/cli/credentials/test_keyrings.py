"""The secret of a profile may be in the system's keyring."""

import sys
from collections.abc import Iterator

import pytest

from pyttributionio.cli.credentials import keyrings, profiles
from pyttributionio.cli.credentials.profiles import NoProfileError, Profile, ProfileError

from .._in_process import Command

pytest.importorskip("keyring", reason="it comes with the tools for development")

import keyring
import keyring.backend
import keyring.errors

SECRET = "s3cr3t-Value-9000"


class Keyring(keyring.backend.KeyringBackend):
    """A keyring in memory, which can be locked."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def _check(self) -> None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked(f"locked: {SECRET}")

    def get_password(self, service: str, username: str) -> str | None:
        """Return one."""
        self._check()
        return self.values.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store one."""
        self._check()
        self.values[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Remove one."""
        self._check()
        del self.values[service, username]


@pytest.fixture(autouse=True)
def own_home(command: Command) -> None:
    """Use the test's folder."""
    _ = command


@pytest.fixture
def ring() -> Iterator[Keyring]:
    """Use a keyring in memory."""
    before, own = keyring.get_keyring(), Keyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


def test_a_secret_in_the_keyring(ring: Keyring) -> None:
    """The file does not have it."""
    assert keyrings.is_usable()
    profiles.save(Profile("default", "KEY", "keyring"), SECRET)
    assert SECRET not in profiles.path_of("default").read_text(encoding="utf-8")
    assert profiles.load("default").secret() == SECRET
    assert profiles.forget("default")
    assert ring.values == {}
    with pytest.raises(NoProfileError):
        profiles.load("default")


def test_a_locked_keyring(ring: Keyring) -> None:
    """The backend's own message is not shown: it may have the secret."""
    profiles.save(Profile("default", "KEY", "keyring"), SECRET)
    ring.is_locked = True
    for action in (profiles.load("default").secret, lambda: profiles.forget("default")):
        with pytest.raises(ProfileError, match="KeyringLocked") as caught:
            action()
        assert SECRET not in str(caught.value)
    assert profiles.names() == ["default"]


def test_a_keyring_that_has_lost_the_secret(ring: Keyring) -> None:
    """The message says how to store it again."""
    profiles.save(Profile("default", "KEY", "keyring"), SECRET)
    ring.values.clear()
    with pytest.raises(ProfileError, match="auth set --profile default"):
        profiles.load("default").secret()
    assert profiles.forget("default")


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, ring: Keyring) -> None:
    """The message names the extra."""
    profiles.save(Profile("default", "KEY", "keyring"), SECRET)
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not keyrings.is_usable()
    with pytest.raises(ProfileError, match=r"pip install 'pyttributionio\[keyring\]'"):
        profiles.load("default").secret()
    assert ring.values
