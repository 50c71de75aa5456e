"""The accounts that a sandbox serves, and the check of credentials."""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pyttributionio.sandbox.api.redaction import Redaction, redaction

# The characters that a client can send; a key is one segment of a path.
_VISIBLE: Final = re.compile("[!-~]+")
_NOT_IN_KEYS: Final = frozenset('/?#%\\"<>')

DEFAULT_API_KEY = "SANDBOX_KEY"
DEFAULT_API_SECRET = "SANDBOX_SECRET"  # noqa: S105 - known to everyone, so it may be printed


def is_public_key(text: str) -> bool:
    """Return whether a client can send a text as a public key."""
    return bool(_VISIBLE.fullmatch(text)) and not _NOT_IN_KEYS & {*text} and text not in {".", ".."}


@dataclass
class Account:
    """An account: its credentials, and whether it is disabled (answered 403), which can be set at any time.

    Raises:
        ValueError: A credential is empty or has characters that cannot be sent.
    """

    api_key: str
    api_secret: str = field(repr=False)
    disabled: bool = False

    def __post_init__(self) -> None:
        # The messages have no value, because they reach logs, and a value given as the key may be the secret.
        if not is_public_key(self.api_key):
            raise ValueError(
                "the sandbox's api_key must be visible ASCII, not empty, without / ? # % \\ \" < or >, and not . or .."
            )
        if not _VISIBLE.fullmatch(self.api_secret):
            raise ValueError("the sandbox's api_secret must be visible ASCII, not empty, and without white space")

    @property
    def has_default_secret(self) -> bool:
        """Whether its secret is the default one, which is known to everyone."""
        return self.api_secret == DEFAULT_API_SECRET


class Accounts:
    """The accounts of a sandbox, at least one, in the order in which they were added."""

    def __init__(self, first: Account) -> None:
        self.first = first
        """The account that is used if none is named."""
        self._accounts = {first.api_key: first}

    def __iter__(self) -> Iterator[Account]:
        return iter([*self._accounts.values()])

    @property
    def redaction(self) -> Redaction:
        """The redaction that hides the secrets of all accounts."""
        accounts = [*self]
        return redaction(frozenset(a.api_secret for a in accounts), frozenset(a.api_key for a in accounts))

    def add(self, account: Account) -> None:
        """Add an account.

        Raises:
            ValueError: There is an account with this public key already.
        """
        if self._accounts.setdefault(account.api_key, account) is not account:
            raise ValueError(f"there is an account with the public key {account.api_key!r} already")

    def find(self, public_key: str) -> Account | None:
        """Return the account of a public key, or None; the public API needs no secret."""
        return self._accounts.get(public_key)

    def find_for_reading(self, public_key: str, secret: str) -> Account | None:
        """Return the account of both credentials, or None."""
        account = self.find(public_key)
        # The comparison takes the same time for each wrong secret. As bytes, because text has to be ASCII for it.
        if account is None or not hmac.compare_digest(secret.encode(), account.api_secret.encode()):
            return None
        return account
