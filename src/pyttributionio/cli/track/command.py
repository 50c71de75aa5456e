"""The commands `pyttributionio track ...` and their options. Their work is in the other modules of this folder."""

from typing import Annotated

import typer

from pyttributionio.cli.credentials.options import (
    Account,
    AllowInsecureHTTP,
    ApiKey,
    AsJson,
    Deadline,
    ProfileName,
    Timeout,
    TrackingURL,
)
from pyttributionio.cli.track.options import Target

track = typer.Typer(
    name="track",
    no_args_is_help=True,
    help="Post events and identities, such as to try an integration. They need no secret.",
)

_EventKey = Annotated[str, typer.Argument(metavar="EVENT_KEY", help="The event's key, set in the vendor's dashboard.")]
_ClientIdArgument = Annotated[
    str, typer.Argument(metavar="CLIENT_ID", help="The person's id, such as a customer's number.")
]
_Visitor = Annotated[
    str,
    typer.Option(
        "--visitor", "--visitor-id", metavar="ID", help="The visitor's id: the value of the snippet's cookie."
    ),
]
_ClientId = Annotated[str | None, typer.Option(metavar="ID", help="The person's id.", show_default="a random one")]
_Url = Annotated[
    str | None, typer.Option(metavar="URL", help="The page on which it happened.", show_default="URL unknown")
]
_UserAgent = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="The visitor's user agent.", show_default="User-Agent unknown"),
]
_TransactionId = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="An id that no other event has, such as an order's number. Give the same one to send an event again.",
        show_default="a random one",
    ),
]
_CreatedAt = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When it happened: 2026-03-02T12:00:00Z, with Z or an offset such as +01:00, or Unix seconds.",
        show_default="now",
    ),
]
_Meta = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE|JSON",
        help="A member of the meta object, as text; or several as one JSON object. Can be repeated.",
        show_default=False,
    ),
]
_Informational = Annotated[
    bool, typer.Option("--informational", help="Record the event without counting it as a conversion.")
]
_NoIdentify = Annotated[
    bool, typer.Option("--no-identify", help="Leave out the identity, which connects the person to the visitor.")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the requests, byte for byte, and send nothing. Needs no network.")
]
_ToOutbox = Annotated[bool, typer.Option("--outbox", help="Store it in the outbox, from which it is delivered later.")]
_Directory = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="The outbox's directory, with --outbox.",
        show_default="the usual directory for the state of programs",
    ),
]


@track.command()
def event(
    event_key: _EventKey,
    *,
    visitor: _Visitor,
    client_id: _ClientId = None,
    url: _Url = None,
    user_agent: _UserAgent = None,
    transaction_id: _TransactionId = None,
    created_at: _CreatedAt = None,
    meta: _Meta = None,
    informational: _Informational = False,
    no_identify: _NoIdentify = False,
    dry_run: _DryRun = False,
    outbox: _ToOutbox = False,
    directory: _Directory = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
    api_key: ApiKey = None,
    tracking_url: TrackingURL = None,
    timeout: Timeout = 10.0,
    deadline: Deadline = 60.0,
    allow_insecure_http: AllowInsecureHTTP = False,
) -> None:
    """Count one event of a visitor, and post the identity that belongs to it.

    It is counted in the account, where no call can remove it: try it with --dry-run, or with the sandbox.
    """
    from pyttributionio.cli.track.arguments import parse_meta, parse_time
    from pyttributionio.cli.track.calls import EventCall
    from pyttributionio.cli.track.run import run

    call = EventCall(
        event_key=event_key,
        visitor_id=visitor,
        client_id=client_id,
        url=url,
        user_agent=user_agent,
        transaction_id=transaction_id,
        created_at=parse_time(created_at),
        is_informational=informational,
        meta=parse_meta(meta or []),
        identify=not no_identify,
    )
    account = _account(profile, api_key, tracking_url, timeout, deadline, allow_insecure_http)
    run(account, call, Target(dry_run, outbox, directory), as_json=as_json)


@track.command()
def identity(
    client_id: _ClientIdArgument,
    *,
    visitor: _Visitor,
    user_agent: _UserAgent = None,
    created_at: _CreatedAt = None,
    meta: _Meta = None,
    dry_run: _DryRun = False,
    outbox: _ToOutbox = False,
    directory: _Directory = None,
    as_json: AsJson = False,
    profile: ProfileName = None,
    api_key: ApiKey = None,
    tracking_url: TrackingURL = None,
    timeout: Timeout = 10.0,
    deadline: Deadline = 60.0,
    allow_insecure_http: AllowInsecureHTTP = False,
) -> None:
    """Connect a person's id to a visitor: the visitor's journey becomes the customer's."""
    from pyttributionio.cli.track.arguments import parse_meta, parse_time
    from pyttributionio.cli.track.calls import IdentityCall
    from pyttributionio.cli.track.run import run

    call = IdentityCall(
        visitor_id=visitor,
        client_id=client_id,
        user_agent=user_agent,
        created_at=parse_time(created_at),
        meta=parse_meta(meta or []),
    )
    account = _account(profile, api_key, tracking_url, timeout, deadline, allow_insecure_http)
    run(account, call, Target(dry_run, outbox, directory), as_json=as_json)


def _account(
    profile: str | None,
    api_key: str | None,
    tracking_url: str | None,
    timeout: float,
    deadline: float,
    allow_insecure_http: bool,
) -> Account:
    return Account(
        profile=profile,
        api_key=api_key,
        tracking_url=tracking_url,
        timeout=timeout,
        deadline=deadline,
        allow_insecure_http=allow_insecure_http,
    )
