"""Who may use the account."""

import pytest

from pyttributionio.sandbox._account import Account


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
    assert account.admits_reader("kéy", "sécret")
    assert not account.admits_reader("kéy", "secret")
    assert not account.admits_reader("key", "sécret")
    assert account.admits_tracker("kéy")
    assert not account.admits_tracker("key")
