"""The account a sandbox serves, and who may use it."""

import hmac
from dataclasses import dataclass, field

DEFAULT_API_KEY = "SANDBOX_KEY"
DEFAULT_API_SECRET = "SANDBOX_SECRET"  # noqa: S105 - public and fake, so it may be printed


@dataclass
class Account:
    """One account: its credentials, and whether it is disabled (answered 403).

    Raises:
        ValueError: A credential is empty or has characters that cannot be sent.
    """

    api_key: str
    api_secret: str = field(repr=False)
    disabled: bool = False

    def __post_init__(self) -> None:
        for name, value in (("api_key", self.api_key), ("api_secret", self.api_secret)):
            if not value or not value.isprintable():
                # Not the value: this text reaches logs, and it may be the secret.
                raise ValueError(f"{name} must be printable text and not empty")

    def admits_reader(self, public_key: str, secret: str) -> bool:
        """Tell whether both credentials are right, in a time that does not depend on which."""
        return _same(public_key, self.api_key) & _same(secret, self.api_secret)

    def admits_tracker(self, public_key: str) -> bool:
        """Tell whether the public key is right, which is all the public API asks for."""
        return _same(public_key, self.api_key)


def _same(given: str, expected: str) -> bool:
    # As bytes: compare_digest takes text only when it is ASCII.
    return hmac.compare_digest(given.encode(), expected.encode())
