"""The environment variables that point programs at a running sandbox."""

from collections.abc import Mapping
from typing import cast

from pyttributionio.cli.display import print_json, print_note
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail
from pyttributionio.cli.sandbox.running import origin_of, read
from pyttributionio.cli.sandbox.shells import Shell, assignment, usual_shell
from pyttributionio.sandbox.api.account import DEFAULT_API_SECRET


def environment_of(url: str, api_key: str | None) -> dict[str, str]:
    """Return the variables for an account of a running sandbox.

    A sandbox never tells a secret. The default one is known, and any other one is left out.

    Args:
        url: The sandbox's address.
        api_key: The account's public key; None is the first account.

    Raises:
        Exit: There is no sandbox, or it has no such account; the reason is on stderr.
    """
    accounts = cast("list[Mapping[str, object]]", read(url, "/_sandbox/api/state")["accounts"])
    found = next((each for each in accounts if api_key in {None, each["api_key"]}), None)
    if found is None:
        fail(f"the sandbox at {url} has no account with the public key {api_key!r}", ExitCode.NOT_FOUND)
    origin = origin_of(url)  # as the user reaches it; the sandbox may know another address of itself
    secret = {"PYTTRIBUTIONIO_API_SECRET": DEFAULT_API_SECRET} if found["has_default_secret"] else {}
    return {
        "PYTTRIBUTIONIO_API_KEY": str(found["api_key"]),
        **secret,
        "PYTTRIBUTIONIO_BASE_URL": f"{origin}/api/v1",
        "PYTTRIBUTIONIO_TRACKING_URL": origin,
    }


def print_environment(variables: Mapping[str, str], shell: Shell | None, *, as_json: bool) -> None:
    """Print a command for each variable, or all as one line of JSON."""
    if "PYTTRIBUTIONIO_API_SECRET" not in variables:
        print_note("The account has a secret of its own: set PYTTRIBUTIONIO_API_SECRET to the one that you gave it.")
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        print(assignment(shell or usual_shell(), name, value))  # public keys are visible ASCII
