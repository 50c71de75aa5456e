"""The commands `pyttributionio auth ...` and their options. Their work is in `manage`."""

from typing import Annotated, Literal

import typer

from pyttributionio.cli.credentials.options import (
    Account,
    AllowInsecureHTTP,
    AsJson,
    BaseURL,
    ProfileName,
    SecretStdin,
    TrackingURL,
)

auth = typer.Typer(
    name="auth",
    no_args_is_help=True,
    help="Store the credentials of an account as a profile, in the keyring or in a file that others can't read.",
)

_Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="The profile's name (also PYTTRIBUTIONIO_PROFILE).",
        show_default="default",
    ),
]
_Key = Annotated[
    str | None,
    typer.Option(metavar="KEY", help="The account's public key.", show_default="asked for at a terminal"),
]
_Store = Annotated[
    Literal["auto", "keyring", "file", "none"],
    typer.Option(
        help="Where to store the secret. auto: in the keyring if the package keyring is installed and has one, else "
        "in a file. none: a profile without a secret, for tracking only."
    ),
]


@auth.command("set")
def set_(
    *,
    profile: _Profile = None,
    api_key: _Key = None,
    secret_stdin: SecretStdin = False,
    base_url: BaseURL = None,
    tracking_url: TrackingURL = None,
    store: _Store = "auto",
    allow_insecure_http: AllowInsecureHTTP = False,
) -> None:
    """Store a profile. The secret is asked for at a terminal, or read with --secret-stdin; it is never an argument."""
    from pyttributionio.cli.auth.manage import NewProfile, set_profile

    set_profile(NewProfile(profile, api_key, secret_stdin, base_url, tracking_url, store, allow_insecure_http))


@auth.command()
def status(*, profile: ProfileName = None, as_json: AsJson = False) -> None:
    """Show the profiles, and where the credentials of the next command come from; never their values."""
    from pyttributionio.cli.auth.manage import show_status

    show_status(Account(profile=profile), as_json=as_json)


@auth.command()
def forget(*, profile: _Profile = None) -> None:
    """Remove a profile, and its secret from the keyring."""
    from pyttributionio.cli.auth.manage import forget_profile

    forget_profile(profile)
