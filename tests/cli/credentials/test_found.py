"""An option comes before the environment, and the environment before the profile, which is one whole account."""

import pytest

from pyttributionio.cli.credentials import profiles
from pyttributionio.cli.credentials.found import BASE_URL, TRACKING_URL, Credentials, CredentialsError, Given, find
from pyttributionio.cli.credentials.profiles import Profile

from .._in_process import Command


@pytest.fixture(autouse=True)
def own_home(command: Command) -> None:
    """Use the test's folder."""
    _ = command


def store(name: str = "default", key: str = "PROFILE_KEY", secret: str | None = "profile-secret", **urls: str) -> None:
    """Store a profile in a file."""
    profiles.save(Profile(name, key, "file" if secret else "none", **urls), secret)


def found(given: Given | None = None, *, needs_secret: bool = True) -> Credentials:
    """Return the credentials."""
    return find(given or Given(), needs_secret=needs_secret)


def test_nothing_is_found() -> None:
    """Then the URLs are the vendor's."""
    assert found() == Credentials(None, "", None, "", BASE_URL, TRACKING_URL, None)


def test_each_source_comes_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the last to the first."""
    store()
    assert (found().secret, found().secret_source) == ("profile-secret", "the profile 'default' (file)")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "PROFILE_KEY")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "variable-secret")
    assert found().secret == "variable-secret"
    assert found().secret_source == "the variable PYTTRIBUTIONIO_API_SECRET"
    given = found(Given(api_key="OPTION_KEY", secret="stdin-secret", base_url="http://localhost/api/v1"))
    assert (given.api_key, given.key_source) == ("OPTION_KEY", "--api-key")
    assert (given.secret, given.secret_source) == ("stdin-secret", "--secret-stdin")
    assert given.base_url == "http://localhost/api/v1"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a client."""
    store()
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "")
    assert found().secret == "profile-secret"


def test_a_profile_is_used_with_its_own_key_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its secret is never sent with another account's key."""
    store(base_url="http://localhost:1/api/v1")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "OTHER_KEY")
    other = found()
    assert (other.secret, other.profile, other.base_url) == (None, None, BASE_URL)
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "PROFILE_KEY")
    assert found().secret == "profile-secret"
    assert found().base_url == "http://localhost:1/api/v1"


def test_a_named_profile_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of another account are not used with it."""
    store("staging", "STAGING_KEY", None)
    for name in ("API_KEY", "API_SECRET", "BASE_URL", "TRACKING_URL"):
        monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", "http://localhost:9")
    named = found(Given(profile="staging"))
    assert (named.api_key, named.secret) == ("STAGING_KEY", None)
    assert (named.base_url, named.tracking_url) == (BASE_URL, TRACKING_URL)


def test_the_variable_names_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other variables come before it."""
    store("staging", "STAGING_KEY", "staging-secret")
    monkeypatch.setenv("PYTTRIBUTIONIO_PROFILE", "staging")
    assert found().api_key == "STAGING_KEY"
    monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", "http://localhost:9")
    assert found().tracking_url == "http://localhost:9"


@pytest.mark.parametrize("given", [Given(profile="missing"), Given(profile="default", api_key="OTHER")])
def test_a_profile_that_cannot_be_used(given: Given) -> None:
    """It was asked for, so it is not left out silently."""
    store()
    with pytest.raises(CredentialsError, match=r"there is no profile|belongs to another public key"):
        found(given)


def test_a_command_without_a_secret_does_not_ask_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring could ask the user a question."""
    profiles.save(Profile("default", "KEY", "none"), None)

    def fail(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Profile, "secret", fail)
    assert found(needs_secret=False).api_key == "KEY"


def test_no_value_is_in_a_repr() -> None:
    """Nor in that of the options."""
    store()
    assert "profile-secret" not in repr(found())
    assert "profile-secret" not in repr(profiles.load("default"))
    assert "stdin-secret" not in repr(Given(secret="stdin-secret"))
