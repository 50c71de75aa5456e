"""Who may use which account."""

from pathlib import Path

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.account import Account, Accounts


def test_repr_has_no_secret() -> None:
    """A repr reaches logs."""
    assert "hush" not in repr(Account("key", "hush"))


BAD_SECRETS = ("", " ", "hush hush", "hush\n", "h\u00fcsh", "hush\ud800", "hush\x7f")
BAD_KEYS = (*BAD_SECRETS, "hush/", "hush?", "hush#", "hush%", "hush\\", 'hush"', "<hush", "hush>", ".", "..")


@pytest.mark.parametrize(
    ("key", "secret", "name"),
    [*((key, "s", "key") for key in BAD_KEYS), *(("k", secret, "secret") for secret in BAD_SECRETS)],
)
def test_unsendable_credential_is_refused_and_not_shown(key: str, secret: str, name: str) -> None:
    """The message names the argument, not its value; the SDK's client takes it no more than the sandbox does."""
    with pytest.raises(ValueError, match=f"^the sandbox's api_{name} must be visible ASCII, not empty") as caught:
        Account(key, secret)
    assert "hush" not in str(caught.value)
    with pytest.raises(ValueError, match=f"api_{name}"):
        Client(key, secret)


@pytest.mark.parametrize("text", ["!$&'()*+,-:;=@[]^_`{|}~", "SANDBOX_KEY", "..."])
def test_what_the_client_can_send_is_taken(text: str) -> None:
    """All that can stand in one segment of a path."""
    assert Account(text, text).api_secret == text
    Client(text, text)


@pytest.mark.parametrize("credentials", [("my key", "hush"), ("key", "hush hush")])
def test_every_way_to_give_credentials_refuses_the_same(tmp_path: Path, credentials: tuple[str, str]) -> None:
    """Before any file is made."""
    key, secret = credentials
    file = tmp_path / "sandbox.db"
    with pytest.raises(ValueError, match="the sandbox's api_"):
        Sandbox(api_key=key, api_secret=secret, database=file)
    with pytest.raises(ValueError, match="the sandbox's api_"):
        Sandbox(database=file).add_account(key, secret)
    assert not file.exists()


def test_reader_needs_both_credentials_and_a_tracker_the_key() -> None:
    """Neither one makes up for the other."""
    account = Account("key", "secret")
    accounts = Accounts(account)
    assert accounts.find_for_reading("key", "secret") is account
    assert accounts.find_for_reading("key", "sécret") is None
    assert accounts.find_for_reading("kéy", "secret") is None
    assert accounts.find("key") is account
    assert accounts.find("kéy") is None


def test_credentials_of_two_accounts_do_not_mix() -> None:
    """The key of one with the secret of the other opens neither."""
    one, two = Account("k1", "s1"), Account("k2", "s2")
    accounts = Accounts(one)
    accounts.add(two)
    assert [*accounts] == [one, two]
    assert accounts.first is one
    assert accounts.find_for_reading("k2", "s2") is two
    assert accounts.find_for_reading("k1", "s2") is None
    assert accounts.find_for_reading("k2", "s1") is None


def test_public_key_is_taken_once() -> None:
    """Whose data would it be?"""
    accounts = Accounts(Account("k1", "s1"))
    with pytest.raises(ValueError, match="public key 'k1' already"):
        accounts.add(Account("k1", "s2"))
    assert accounts.find_for_reading("k1", "s2") is None
