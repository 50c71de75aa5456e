"""Profiles: the settings of an account under a name, in a private file each; the secret may be in the keyring."""

import json
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from pyttributionio.cli.credentials import keyrings, private_files

Store: TypeAlias = Literal["keyring", "file", "none"]
_STORES: Final[dict[str, Store]] = {"keyring": "keyring", "file": "file", "none": "none"}
DEFAULT: Final = "default"
"""The profile of a command that names none."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PREFIX, _SUFFIX = "profile-", ".json"


class ProfileError(Exception):
    """A profile can't be used; the message says why, and what to do."""


class NoProfileError(ProfileError):
    """There is no profile of this name."""


@dataclass(frozen=True)
class Profile:
    """A profile.

    Attributes:
        name: Its name.
        api_key: The account's public key.
        store: Where the secret is.
        base_url: The server of reads; None is the vendor's.
        tracking_url: The server of posts; None is the vendor's.
        file_secret: The secret, if it is stored in the file.
    """

    name: str
    api_key: str
    store: Store
    base_url: str | None = None
    tracking_url: str | None = None
    file_secret: str | None = field(default=None, repr=False)

    def secret(self) -> str | None:
        """Return the secret, or None if the profile has none.

        Raises:
            ProfileError: It is in the keyring, which can't be read.
        """
        if self.store != "keyring":
            return self.file_secret
        try:
            found = keyrings.read(self.name)
        except keyrings.KeyringFailedError as error:
            raise ProfileError(f"the secret of the profile {self.name!r} is in the keyring: {error}") from None
        if found is None:
            raise ProfileError(
                f"the keyring has no secret for the profile {self.name!r}: run "
                f"`pyttributionio auth set --profile {self.name}`"
            )
        return found


def checked_name(name: str) -> str:
    """Return the name of a profile.

    Raises:
        ProfileError: It is not one. A name is a part of a file's name, and some systems do not tell A from a.
    """
    if not _NAME.fullmatch(name):
        raise ProfileError(
            f"{name!r} is not a profile's name: use up to 64 lower-case letters, digits, - and _, with a letter or "
            "digit first"
        )
    return name


def folder() -> Path:
    """Return the folder of the profiles, which may not exist.

    Raises:
        ProfileError: The system does not say where a user's settings are.
    """
    if sys.platform == "win32":
        base = os.environ.get("APPDATA")
    else:
        base = os.environ.get("XDG_CONFIG_HOME")  # a relative one is to be ignored (XDG Base Directory 0.8)
        if not base or not Path(base).is_absolute():
            base = "~/.config"
    try:
        if not base:
            raise RuntimeError
        return Path(base).expanduser() / "pyttributionio"
    except RuntimeError:
        variable = "APPDATA" if sys.platform == "win32" else "HOME"
        raise ProfileError(f"there is no place for profiles: set the environment variable {variable}") from None


def path_of(name: str) -> Path:
    """Return the path of a profile's file, which may not exist."""
    return folder() / f"{_PREFIX}{checked_name(name)}{_SUFFIX}"


def names() -> list[str]:
    """Return the names of all profiles, sorted.

    Raises:
        ProfileError: The folder can't be read.
    """
    try:
        found = [each.name for each in folder().iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _of_disk(error) from None
    parts = [each.removeprefix(_PREFIX).removesuffix(_SUFFIX) for each in found]
    return sorted(
        name for each, name in zip(found, parts, strict=True) if _NAME.fullmatch(name) and each == _file_name(name)
    )


def known_keys() -> tuple[str, ...]:
    """Return the public keys of all profiles that can be used."""
    found: list[str] = []
    with suppress(ProfileError):
        for name in names():
            with suppress(ProfileError):
                found.append(load(name).api_key)
    return tuple(found)


def load(name: str) -> Profile:
    """Return a profile. Its keyring is not read.

    Raises:
        NoProfileError: There is none of this name.
        ProfileError: Its file is not private, is damaged, or can't be read.
    """
    path = path_of(name)
    try:
        content = private_files.read(path)
    except private_files.NotPrivateError as error:
        raise ProfileError(f"the profile {name!r} is not used: {error}") from None
    except OSError as error:
        raise _of_disk(error) from None
    if content is None:
        raise NoProfileError(f"there is no profile {name!r}: make it with `pyttributionio auth set --profile {name}`")
    profile = _parsed(name, content)
    if profile is None:
        # The content may have the secret, so no part of it is shown.
        raise ProfileError(f"{path} is damaged: make it again with `pyttributionio auth set --profile {name}`")
    return profile


def save(profile: Profile, secret: str | None) -> None:
    """Store a profile, with its secret in the place that it names. An old one of its name is replaced.

    Raises:
        ProfileError: It can't be stored.
    """
    path = path_of(profile.name)
    content = {
        "api_key": profile.api_key,
        "api_secret": secret if profile.store == "file" else None,
        "store": profile.store,
        "base_url": profile.base_url,
        "tracking_url": profile.tracking_url,
    }
    try:
        if profile.store == "keyring" and secret is not None:
            keyrings.write(profile.name, secret)
        private_files.write(path, json.dumps(content, indent=2).encode())
    except (keyrings.KeyringFailedError, private_files.NotPrivateError) as error:
        raise ProfileError(f"the profile {profile.name!r} is not stored: {error}") from None
    except OSError as error:
        raise _of_disk(error) from None


def forget(name: str) -> bool:
    """Remove a profile and its secret, and return whether there was one.

    Raises:
        ProfileError: It can't be removed, or its secret can't be removed from the keyring.
    """
    path = path_of(name)
    try:
        is_in_keyring = load(name).store == "keyring"
    except NoProfileError:
        return False
    except ProfileError:
        is_in_keyring = False  # a damaged file, or one that others could read, is removed too
    try:
        if is_in_keyring:
            keyrings.remove(name)
        return private_files.remove(path)
    except keyrings.KeyringFailedError as error:
        raise ProfileError(f"the profile {name!r} is kept: {error}") from None
    except OSError as error:
        raise _of_disk(error) from None


def _file_name(name: str) -> str:
    return f"{_PREFIX}{name}{_SUFFIX}"


def _parsed(name: str, content: bytes) -> Profile | None:
    """Return the profile in a file's content, or None if it is damaged."""
    try:
        content_read: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content_read, dict):
        return None
    data = cast("dict[str, object]", content_read)
    key, secret = _text(data, "api_key"), _text(data, "api_secret")
    store = _STORES.get(_text(data, "store") or "")
    if key is None or store is None or (store == "file") != (secret is not None):
        return None
    return Profile(name, key, store, _text(data, "base_url"), _text(data, "tracking_url"), secret)


def _text(data: dict[str, object], name: str) -> str | None:
    found = data.get(name)
    return found if isinstance(found, str) and found else None


def _of_disk(error: OSError) -> ProfileError:
    return ProfileError(f"the profiles can't be used: {error}")
