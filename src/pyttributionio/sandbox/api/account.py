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
        if not _VISIBLE.fullmatch(self.api_key) or _NOT_IN_KEYS & {*self.api_key} or self.api_key in {".", ".."}:
            raise ValueError(
                "the sandbox's api_key must be visible ASCII, not empty, without / ? # % \\ \" < or >, and not . or .."
            )
        if not _VISIBLE.fullmatch(self.api_secret):
            raise ValueError("the sandbox's api_secret must be visible ASCII, not empty, and without white space")


class Accounts:
    """The accounts of a sandbox, at least one, in the order in which they were added."""

    def __init__(self, first: Account) -> None:
        self._accounts = [first]

    def __iter__(self) -> Iterator[Account]:
        return iter([*self._accounts])

    @property
    def redaction(self) -> Redaction:
        """The redaction that hides the secrets of all accounts."""
        accounts = [*self]
        return redaction(frozenset(a.api_secret for a in accounts), frozenset(a.api_key for a in accounts))

    @property
    def first(self) -> Account:
        """The account that is used if none is named."""
        return self._accounts[0]

    def add(self, account: Account) -> None:
        """Add an account.

        Raises:
            ValueError: There is an account with this public key already.
        """
        if self.find(account.api_key) is not None:
            raise ValueError(f"there is an account with the public key {account.api_key!r} already")
        self._accounts.append(account)

    def find(self, public_key: str) -> Account | None:
        """Return the account of a public key, or None; the public API needs no secret."""
        return next((a for a in self._accounts if _same(public_key, a.api_key)), None)

    def find_for_reading(self, public_key: str, secret: str) -> Account | None:
        """Return the account of both credentials, or None; the time does not depend on which of them is wrong."""
        matching = [_same(public_key, a.api_key) & _same(secret, a.api_secret) for a in self._accounts]
        return next((a for a, matches in zip(self._accounts, matching, strict=True) if matches), None)


def _same(given: str, expected: str) -> bool:
    # As bytes, because compare_digest accepts text only if it is ASCII.
    return hmac.compare_digest(given.encode(), expected.encode())
