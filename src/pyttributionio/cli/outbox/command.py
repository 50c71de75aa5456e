"""The commands `pyttributionio outbox ...` and their options. Their work is in the other modules of this folder."""

import math
from typing import Annotated, Literal

import typer

from pyttributionio.cli.credentials.options import Account, AllowInsecureHTTP, ApiKey, ProfileName, TrackingURL
from pyttributionio.cli.outbox.options import Delivery

outbox = typer.Typer(
    name="outbox",
    no_args_is_help=True,
    help="Manage an outbox: show, retry, drop and deliver entries. Never takes the lock of a running process.",
)


def _seconds(value: float) -> float:
    if math.isnan(value):  # an older typer accepts it for any bound, and a wait for it would never end
        raise typer.BadParameter("nan is not a number of seconds")
    return value


_Directory = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        envvar="PYTTRIBUTIONIO_OUTBOX_DIRECTORY",
        help="The outbox's directory.",
        show_default="the usual directory for the state of programs",
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print lines of JSON, for programs.")]
_Patience = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0, callback=_seconds, help="How long to wait for a process that owns a shard."),
]
_Waiting = Annotated[bool, typer.Option("--waiting", help="Only entries that wait for delivery.")]
_Dead = Annotated[bool, typer.Option("--dead", help="Only dead letters.")]
_Limit = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="The maximum number of entries.", show_default="100; with --json all"),
]
_Id = Annotated[str, typer.Argument(metavar="ID", help="A transaction id, or its beginning.")]
_Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Complete transaction ids.", show_default=False)]
_All = Annotated[bool, typer.Option("--all", help="All dead letters.")]
_AllWaiting = Annotated[bool, typer.Option("--all-waiting", help="All entries that wait for delivery.")]
_AllDead = Annotated[bool, typer.Option("--all-dead", help="All dead letters.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
_Timeout = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0, callback=_seconds, help="The longest time to deliver; inf is unlimited."),
]
_InFlight = Annotated[int, typer.Option(metavar="N", min=1, max=256, help="The number of requests at the same time.")]
_RetryPosts = Annotated[
    Literal["always", "unsent"],
    typer.Option(help="unsent: An entry that may have arrived is not sent again. It becomes a dead letter."),
]


@outbox.command()
def status(*, directory: _Directory = None, as_json: _AsJson = False) -> None:
    """Show the shards: their owners, and how many entries wait in them."""
    from pyttributionio.cli.outbox.look import show_status

    show_status(directory, as_json=as_json)


@outbox.command("list")
def list_(
    *,
    waiting: _Waiting = False,
    dead: _Dead = False,
    limit: _Limit = None,
    directory: _Directory = None,
    as_json: _AsJson = False,
) -> None:
    """List entries: waiting ones, then dead letters, for each shard, the oldest first."""
    from pyttributionio.cli.outbox.look import list_entries

    if waiting and dead:
        raise typer.BadParameter("use --waiting or --dead; without either, both are listed")
    list_entries(directory, "waiting" if waiting else "dead" if dead else None, limit, as_json=as_json)


@outbox.command()
def show(transaction_id: _Id, *, directory: _Directory = None, as_json: _AsJson = False) -> None:
    """Show everything that is known about one entry: its requests, and the server's answer."""
    from pyttributionio.cli.outbox.look import show_entry

    show_entry(directory, transaction_id, as_json=as_json)


@outbox.command()
def retry(
    transaction_ids: _Ids = None,
    *,
    everything: _All = False,
    patience: _Patience = 5.0,
    directory: _Directory = None,
    as_json: _AsJson = False,
) -> None:
    """Queue dead letters for delivery again, after the cause of their rejection is fixed."""
    from pyttributionio.cli.outbox.change import retry_entries

    if bool(transaction_ids) == everything:
        raise typer.BadParameter("name the dead letters by their ids, or use --all")
    retry_entries(directory, transaction_ids, patience, as_json=as_json)


@outbox.command()
def drop(
    transaction_ids: _Ids = None,
    *,
    all_waiting: _AllWaiting = False,
    all_dead: _AllDead = False,
    yes: _Yes = False,
    patience: _Patience = 5.0,
    directory: _Directory = None,
    as_json: _AsJson = False,
) -> None:
    """Remove entries permanently; asks for confirmation."""
    from pyttributionio.cli.outbox.change import drop_entries

    if [bool(transaction_ids), all_waiting, all_dead].count(True) != 1:
        raise typer.BadParameter("name the entries by their ids, or use --all-waiting or --all-dead")
    wanted: list[str] | Literal["waiting", "dead"] = transaction_ids or ("waiting" if all_waiting else "dead")
    drop_entries(directory, wanted, patience, is_confirmed=yes, as_json=as_json)


@outbox.command()
def drain(
    *,
    timeout: _Timeout = 60.0,
    in_flight: _InFlight = 32,
    retry_posts: _RetryPosts = "always",
    profile: ProfileName = None,
    api_key: ApiKey = None,
    tracking_url: TrackingURL = None,
    allow_insecure_http: AllowInsecureHTTP = False,
    directory: _Directory = None,
    as_json: _AsJson = False,
) -> None:
    """Deliver waiting entries of shards that no running process owns. Ctrl-C and SIGTERM end it, and lose nothing."""
    from pyttributionio.cli.outbox.drain import deliver

    account = Account(
        profile=profile, api_key=api_key, tracking_url=tracking_url, allow_insecure_http=allow_insecure_http
    )
    deliver(directory, account, Delivery(timeout, in_flight, retry_posts), as_json=as_json)


@outbox.command()
def salvage(*, patience: _Patience = 5.0, directory: _Directory = None, as_json: _AsJson = False) -> None:
    """Check every shard, page by page, and recover readable entries from damaged ones."""
    from pyttributionio.cli.outbox.change import salvage_shards

    salvage_shards(directory, patience, as_json=as_json)
