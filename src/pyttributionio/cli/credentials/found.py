"""Find the credentials of a command: its options, the environment, its profile.

An option comes before the environment, and the environment before the profile. A profile is one account: its secret
and URLs are used with its own public key alone, and with `--profile` the variables of another account are not used.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pyttributionio.cli.credentials import profiles
from pyttributionio.cli.credentials.profiles import Profile, ProfileError

BASE_URL: Final = "https://attribution.io/api/v1"
TRACKING_URL: Final = "https://api.attribution.io"
"""The vendor's, as in the SDK: an explicit profile without URLs must not get those of the environment."""


class CredentialsError(Exception):
    """Credentials are missing or contradict each other; the message says which, and what to do."""


@dataclass(frozen=True)
class Given:
    """The options of a command; None is an option that was left out.

    Attributes:
        profile: --profile.
        api_key: --api-key.
        secret: The line on stdin, with --secret-stdin.
        base_url: --base-url.
        tracking_url: --tracking-url.
    """

    profile: str | None = None
    api_key: str | None = None
    secret: str | None = field(default=None, repr=False)
    base_url: str | None = None
    tracking_url: str | None = None


@dataclass(frozen=True)
class Credentials:
    """An account's settings, and the source of each.

    Attributes:
        api_key: The public key, or None.
        key_source: Where it comes from, such as "the variable PYTTRIBUTIONIO_API_KEY".
        secret: The secret, or None.
        secret_source: Where it comes from.
        base_url: The server of reads.
        tracking_url: The server of posts.
        profile: The name of the profile that was used, or None.
    """

    api_key: str | None
    key_source: str
    secret: str | None = field(repr=False)
    secret_source: str
    base_url: str
    tracking_url: str
    profile: str | None


def find(given: Given, *, needs_secret: bool) -> Credentials:
    """Return the credentials of a command. Without `needs_secret`, the keyring is not read.

    Raises:
        CredentialsError: A profile can't be used, or belongs to another public key.
    """
    name = given.profile or _variable("PROFILE") or profiles.DEFAULT
    is_explicit = given.profile is not None
    variable: Callable[[str], str | None] = _unset if is_explicit else _variable
    key = given.api_key or variable("API_KEY")
    key_source = "--api-key" if given.api_key else "the variable PYTTRIBUTIONIO_API_KEY"
    secret = given.secret or variable("API_SECRET")
    secret_source = "--secret-stdin" if given.secret else "the variable PYTTRIBUTIONIO_API_SECRET"
    profile = None
    if is_explicit or key is None or (secret is None and needs_secret):
        profile = _profile(name, key, is_named=is_explicit or _variable("PROFILE") is not None)
    if profile is not None:
        if key is None:
            key, key_source = profile.api_key, f"the profile {name!r}"
        if secret is None and needs_secret:
            secret, secret_source = _secret(profile), f"the profile {name!r} ({_STORES[profile.store]})"
    return Credentials(
        api_key=key,
        key_source=key_source if key else "",
        secret=secret,
        secret_source=secret_source if secret else "",
        base_url=given.base_url or variable("BASE_URL") or (profile and profile.base_url) or BASE_URL,
        tracking_url=(
            given.tracking_url or variable("TRACKING_URL") or (profile and profile.tracking_url) or TRACKING_URL
        ),
        profile=None if profile is None else profile.name,
    )


_STORES: Final = {"keyring": "keyring", "file": "file", "none": "without a secret"}


def _variable(name: str) -> str | None:
    return os.environ.get(f"PYTTRIBUTIONIO_{name}") or None


def _unset(_: str) -> None:
    """Return None for every variable: an explicit profile comes before all of them."""


def _profile(name: str, key: str | None, *, is_named: bool) -> Profile | None:
    """Return the profile of a name if it belongs to the key, or to no other key.

    Raises:
        CredentialsError: It was asked for, and does not exist or belongs to another key; or it can't be used.
    """
    try:
        profile = profiles.load(name)
    except profiles.NoProfileError as error:
        if is_named:
            raise CredentialsError(str(error)) from None
        return None
    except ProfileError as error:
        raise CredentialsError(str(error)) from None
    if key is None or key == profile.api_key:
        return profile
    if is_named:
        raise CredentialsError(
            f"the profile {name!r} belongs to another public key than the one given: leave out --profile and "
            "PYTTRIBUTIONIO_PROFILE, or leave out --api-key and PYTTRIBUTIONIO_API_KEY"
        )
    return None


def _secret(profile: Profile) -> str | None:
    try:
        return profile.secret()
    except ProfileError as error:
        raise CredentialsError(str(error)) from None
