"""Accounts, and the check of their credentials."""

from pathlib import Path

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.account import Account, Accounts


def test_repr_has_no_secret() -> None:
    """A repr can reach logs."""
    assert "hush" not in repr(Account("key", "hush"))


BAD_SECRETS = ("", " ", "hush hush", "hush\n", "h\u00fcsh", "hush\ud800", "hush\x7f")
BAD_KEYS = (*BAD_SECRETS, "hush/", "hush?", "hush#", "hush%", "hush\\", 'hush"', "<hush", "hush>", ".", "..")


@pytest.mark.parametrize(
    ("key", "secret", "name"),
    [*((key, "s", "key") for key in BAD_KEYS), *(("k", secret, "secret") for secret in BAD_SECRETS)],
)
def test_credential_that_cannot_be_sent_is_refused_and_not_shown(key: str, secret: str, name: str) -> None:
    """The message has the argument's name, not its value; the SDK's client refuses the same values."""
    with pytest.raises(ValueError, match=f"^the sandbox's api_{name} must be visible ASCII, not empty") as caught:
        Account(key, secret)
    assert "hush" not in str(caught.value)
    with pytest.raises(ValueError, match=f"api_{name}"):
        Client(key, secret)


@pytest.mark.parametrize("text", ["!$&'()*+,-:;=@[]^_`{|}~", "SANDBOX_KEY", "..."])
def test_credential_that_the_client_can_send_is_accepted(text: str) -> None:
    """All characters that a segment of a path can have."""
    assert Account(text, text).api_secret == text
    Client(text, text)


@pytest.mark.parametrize("credentials", [("my key", "hush"), ("key", "hush hush")])
def test_constructor_and_add_account_refuse_the_same_credentials(tmp_path: Path, credentials: tuple[str, str]) -> None:
    """Before any file is created."""
    key, secret = credentials
    file = tmp_path / "sandbox.db"
    with pytest.raises(ValueError, match="the sandbox's api_"):
        Sandbox(api_key=key, api_secret=secret, database=file)
    with pytest.raises(ValueError, match="the sandbox's api_"):
        Sandbox(database=file).add_account(key, secret)
    assert not file.exists()


def test_reading_needs_both_credentials_and_tracking_the_key() -> None:
    """Both have to be right."""
    account = Account("key", "secret")
    accounts = Accounts(account)
    assert accounts.find_for_reading("key", "secret") is account
    assert accounts.find_for_reading("key", "sécret") is None
    assert accounts.find_for_reading("kéy", "secret") is None
    assert accounts.find("key") is account
    assert accounts.find("kéy") is None


def test_credentials_of_two_accounts_cannot_be_mixed() -> None:
    """The key of one account does not work with the secret of another."""
    one, two = Account("k1", "s1"), Account("k2", "s2")
    accounts = Accounts(one)
    accounts.add(two)
    assert [*accounts] == [one, two]
    assert accounts.first is one
    assert accounts.find_for_reading("k2", "s2") is two
    assert accounts.find_for_reading("k1", "s2") is None
    assert accounts.find_for_reading("k2", "s1") is None


def test_public_key_is_unique() -> None:
    """Otherwise it would not be clear to which account data belongs."""
    accounts = Accounts(Account("k1", "s1"))
    with pytest.raises(ValueError, match="public key 'k1' already"):
        accounts.add(Account("k1", "s2"))
    assert accounts.find_for_reading("k1", "s2") is None
