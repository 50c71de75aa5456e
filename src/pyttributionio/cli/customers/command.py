"""The commands `pyttributionio customers ...` and their options. Their work is in the other modules of this folder."""

from typing import Annotated

import typer

from pyttributionio.cli.credentials.options import (
    Account,
    AllowInsecureHTTP,
    ApiKey,
    AsJson,
    BaseURL,
    Deadline,
    ProfileName,
    SecretStdin,
    Timeout,
)
from pyttributionio.cli.customers.options import Included

customers = typer.Typer(name="customers", no_args_is_help=True, help="Read customers and their journeys.")

_Id = Annotated[
    str,
    typer.Argument(metavar="ID", help="The customer's id, as an identity call has named it; - reads ids from stdin."),
]
_Include = Annotated[
    list[Included] | None,
    typer.Option(help="A collection to read along. Can be repeated.", show_default="the customer alone"),
]


@customers.command()
def get(
    client_id: _Id,
    *,
    include: _Include = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
    api_key: ApiKey = None,
    secret_stdin: SecretStdin = False,
    base_url: BaseURL = None,
    timeout: Timeout = 10.0,
    deadline: Deadline = 60.0,
    allow_insecure_http: AllowInsecureHTTP = False,
) -> None:
    """Read one customer: tables for people, or with --json the server's answer for programs.

    With - it reads one id from each line of stdin, and prints a line of JSON for each, also for one that can't be read.
    """
    from pyttributionio.cli.customers.get import read_many, read_one

    account = Account(
        profile=profile,
        api_key=api_key,
        secret_stdin=secret_stdin,
        base_url=base_url,
        timeout=timeout,
        deadline=deadline,
        allow_insecure_http=allow_insecure_http,
    )
    if client_id == "-":
        read_many(account, include or [])
    else:
        read_one(account, client_id, include or [], as_json=as_json)
