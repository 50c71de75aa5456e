"""`pyttributionio doctor` and its options. Its work is in `examine`."""

from typing import Annotated

import typer

from pyttributionio.cli.credentials.options import (
    Account,
    AllowInsecureHTTP,
    ApiKey,
    AsJson,
    BaseURL,
    ProfileName,
    SecretStdin,
    TrackingURL,
)

_Timeout = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0.1, max=3600, help="The limit for each server to answer."),
]
_OutboxDirectory = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        envvar="PYTTRIBUTIONIO_OUTBOX_DIRECTORY",
        help="The outbox's directory.",
        show_default="the usual directory for the state of programs",
    ),
]


def doctor(
    *,
    profile: ProfileName = None,
    api_key: ApiKey = None,
    secret_stdin: SecretStdin = False,
    base_url: BaseURL = None,
    tracking_url: TrackingURL = None,
    outbox_directory: _OutboxDirectory = None,
    timeout: _Timeout = 10.0,
    allow_insecure_http: AllowInsecureHTTP = False,
    as_json: AsJson = False,
) -> None:
    """Find out why something does not work: settings, network, credentials, the outbox. Sends no event."""
    from pyttributionio.cli.doctor.examine import examine

    account = Account(
        profile=profile,
        api_key=api_key,
        secret_stdin=secret_stdin,
        base_url=base_url,
        tracking_url=tracking_url,
        timeout=timeout,
        allow_insecure_http=allow_insecure_http,
    )
    examine(account, outbox_directory, as_json=as_json)
