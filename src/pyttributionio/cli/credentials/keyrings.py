"""Secrets in the system's keyring, through the package `keyring`. It is imported when a profile needs it."""

from typing import Final

_SERVICE: Final = "pyttributionio"
_RECOMMENDED: Final = 1  # keyring's own limit for backends that it recommends: others store plain text, or nothing


class KeyringFailedError(Exception):
    """The keyring can't be used; the message says why, and what to do."""


def is_usable() -> bool:
    """Return whether the package is installed, and has a keyring of this system that it recommends."""
    try:
        import keyring

        return float(keyring.get_keyring().priority) >= _RECOMMENDED
    except Exception:  # backends are plugins, and raise errors of the libraries below them
        return False


def read(profile: str) -> str | None:
    """Return the secret of a profile, or None if the keyring has none.

    Raises:
        KeyringFailedError: The keyring can't be read.
    """
    try:
        import keyring

        return keyring.get_password(_SERVICE, profile)
    except Exception as error:  # as above
        raise _failed("read", error) from None


def write(profile: str, secret: str) -> None:
    """Store the secret of a profile.

    Raises:
        KeyringFailedError: The keyring can't be written.
    """
    try:
        import keyring

        keyring.set_password(_SERVICE, profile, secret)
    except Exception as error:  # as above
        raise _failed("written", error) from None


def remove(profile: str) -> bool:
    """Remove the secret of a profile, and return whether there was one.

    Raises:
        KeyringFailedError: The keyring can't be changed.
    """
    if read(profile) is None:
        return False
    try:
        import keyring

        keyring.delete_password(_SERVICE, profile)
    except Exception as error:  # as above
        raise _failed("changed", error) from None
    return True


def _failed(done: str, error: Exception) -> KeyringFailedError:
    if isinstance(error, ModuleNotFoundError) and error.name == "keyring":
        return KeyringFailedError("the package keyring is not installed: pip install 'pyttributionio[keyring]'")
    # Only the type: a backend's message may contain the secret.
    return KeyringFailedError(
        f"the keyring can't be {done} ({type(error).__name__}): unlock it, or store the secret in a file with "
        "`pyttributionio auth set --store file`"
    )
