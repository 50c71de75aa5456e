"""Who may use which account."""

import pytest

from pyttributionio.sandbox._account import Account, Accounts


def test_repr_has_no_secret() -> None:
    """A repr reaches logs."""
    assert "hush" not in repr(Account("key", "hush"))


@pytest.mark.parametrize(
    ("key", "secret"),
    [("", "s"), ("k", ""), ("k", "hush\n"), ("k", "hush\ud800")],
)
def test_unsendable_credential_is_refused_and_not_shown(key: str, secret: str) -> None:
    """The message names the argument, not its value."""
    with pytest.raises(ValueError, match=r"^api_(key|secret) must be printable") as caught:
        Account(key, secret)
    assert "hush" not in str(caught.value)


def test_reader_needs_both_credentials_and_a_tracker_the_key() -> None:
    """Neither one makes up for the other."""
    account = Account("kéy", "sécret")
    accounts = Accounts(account)
    assert accounts.find_for_reading("kéy", "sécret") is account
    assert accounts.find_for_reading("kéy", "secret") is None
    assert accounts.find_for_reading("key", "sécret") is None
    assert accounts.find("kéy") is account
    assert accounts.find("key") is None


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
