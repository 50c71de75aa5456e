"""`pyttributionio auth set`, `status` and `forget`."""

import os
import sys
from dataclasses import dataclass
from typing import Literal

from pyttributionio import Client
from pyttributionio.cli.credentials import keyrings, profiles
from pyttributionio.cli.credentials.options import Account, secret_from_stdin
from pyttributionio.cli.credentials.profiles import NoProfileError, Profile, ProfileError, Store
from pyttributionio.cli.display import print_json, print_text
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import call_errors, fail

_PLACES: dict[Store, str] = {"keyring": "secret in the keyring", "file": "secret in its file", "none": "no secret"}


@dataclass(frozen=True)
class NewProfile:
    """The options of `auth set`."""

    profile: str | None
    api_key: str | None
    secret_stdin: bool
    base_url: str | None
    tracking_url: str | None
    store: Literal["auto", "keyring", "file", "none"]
    allow_insecure_http: bool


def set_profile(given: NewProfile) -> None:
    """Store a profile, after a check of the form of its values. No server is asked.

    Raises:
        Exit: A value is missing or malformed, or the profile can't be stored; the reason is on stderr.
    """
    name = _name(given.profile)
    key = given.api_key if given.api_key is not None else _asked_key()
    store: Store = given.store if given.store != "auto" else "keyring" if keyrings.is_usable() else "file"
    if store == "none" and given.secret_stdin:
        fail("--store none and --secret-stdin contradict each other: leave out one", ExitCode.USAGE)
    secret = None if store == "none" else _given_secret(given.secret_stdin)
    with call_errors():  # the client checks the form of each value
        Client(
            key,
            secret,
            base_url=given.base_url,
            tracking_url=given.tracking_url,
            allow_insecure_http=given.allow_insecure_http,
        ).close()
    profile = Profile(name, key, store, given.base_url, given.tracking_url)
    try:
        _forget_old_secret(name, store)
        profiles.save(profile, secret)
        path = profiles.path_of(name)
    except ProfileError as error:
        fail(str(error))
    where = {"keyring": "its secret in the keyring", "file": "with its secret", "none": "without a secret"}[store]
    print_text(f"Stored the profile {name} in {path}, {where}. Check it with `pyttributionio doctor --profile {name}`.")


def _forget_old_secret(name: str, store: Store) -> None:
    """Remove the secret of an old profile of this name, if the new one is stored elsewhere."""
    try:
        old = profiles.load(name)
    except ProfileError:
        return
    if old.store == "keyring" and store != "keyring":
        profiles.forget(name)


def _name(given: str | None) -> str:
    name = given if given is not None else os.environ.get("PYTTRIBUTIONIO_PROFILE") or profiles.DEFAULT
    try:
        return profiles.checked_name(name)
    except ProfileError as error:
        fail(str(error), ExitCode.USAGE)


def _asked_key() -> str:
    if not sys.stdin.isatty():
        fail("no public key: use --api-key; it is asked for at a terminal only", ExitCode.USAGE)
    print("Public key: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _given_secret(secret_stdin: bool) -> str:
    if not secret_stdin and not sys.stdin.isatty():
        fail(
            "no secret: write it to stdin in one line and use --secret-stdin, or use --store none; it is asked for "
            "at a terminal only",
            ExitCode.USAGE,
        )
    return secret_from_stdin()


def show_status(account: Account, *, as_json: bool) -> None:
    """Print each profile, and then the sources of the credentials that a command would use.

    Raises:
        Exit: The credentials are incomplete, or a profile can't be used; the reason is on stderr.
    """
    try:
        for name in profiles.names():
            _print_profile(name, as_json=as_json)
    except ProfileError as error:
        fail(str(error))
    found = account.credentials(needs_secret=True)
    if as_json:
        sources = {"key": found.key_source or None, "secret": found.secret_source or None, "profile": found.profile}
        print_json({"type": "used", **sources, "base_url": found.base_url, "tracking_url": found.tracking_url})
    else:
        print_text(f"Public key: {'from ' + found.key_source if found.key_source else 'none'}.")
        print_text(f"Secret: {'from ' + found.secret_source if found.secret_source else 'none'}.")
        print_text(f"Servers: {found.base_url} for reads, {found.tracking_url} for events and identities.")
    if found.api_key is None:
        fail("no public key: set PYTTRIBUTIONIO_API_KEY, or run `pyttributionio auth set`", ExitCode.CREDENTIALS)


def _print_profile(name: str, *, as_json: bool) -> None:
    problem, profile = None, None
    try:
        profile = profiles.load(name)
    except ProfileError as error:
        problem = str(error)
    if as_json:
        line = {
            "type": "profile",
            "name": name,
            "store": profile and profile.store,
            "base_url": profile and profile.base_url,
            "tracking_url": profile and profile.tracking_url,
            "problem": problem,
        }
        print_json(line)
    elif profile is None:
        print_text(f"Profile {name}: {problem}.")
    else:
        print_text(f"Profile {name}: {_PLACES[profile.store]}.")


def forget_profile(given: str | None) -> None:
    """Remove a profile and its secret.

    Raises:
        Exit: There is none, or it can't be removed; the reason is on stderr.
    """
    name = _name(given)
    try:
        if not profiles.forget(name):
            raise NoProfileError(f"there is no profile {name!r}")
    except NoProfileError as error:
        fail(str(error), ExitCode.NOT_FOUND)
    except ProfileError as error:
        fail(str(error))
    print_text(f"Removed the profile {name} and its secret.")
