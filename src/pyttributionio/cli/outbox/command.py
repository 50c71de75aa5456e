"""`pyttributionio outbox`: its commands and options. What they do is in the modules beside, which need SQLite."""

import math
from typing import Annotated, Literal

import typer

outbox = typer.Typer(
    name="outbox",
    no_args_is_help=True,
    help="Look after an outbox: what waits, what was refused, what to do about it. Takes no living process's lock.",
)


def _seconds(value: float) -> float:
    if math.isnan(value):  # an older typer takes it for any bound, and no clock ever reaches it
        raise typer.BadParameter("nan is no number of seconds")
    return value


_Directory = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        envvar="PYTTRIBUTIONIO_OUTBOX_DIRECTORY",
        help="The outbox's directory.",
        show_default="the usual place for a program's state",
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print lines of JSON, for programs.")]
_Patience = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", min=0, callback=_seconds, help="How long to wait for a process that holds a shard."
    ),
]
_Waiting = Annotated[bool, typer.Option("--waiting", help="Only what waits for delivery.")]
_Dead = Annotated[bool, typer.Option("--dead", help="Only dead letters.")]
_Limit = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="So many at most.", show_default="100; with --json all")
]
_Id = Annotated[str, typer.Argument(metavar="ID", help="A transaction id, or its beginning.")]
_Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Whole transaction ids.", show_default=False)]
_All = Annotated[bool, typer.Option("--all", help="All dead letters.")]
_AllWaiting = Annotated[bool, typer.Option("--all-waiting", help="Everything that waits for delivery.")]
_AllDead = Annotated[bool, typer.Option("--all-dead", help="All dead letters.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
_Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", min=0, callback=_seconds, help="End after so long; inf has no end.")
]
_InFlight = Annotated[
    int, typer.Option(metavar="N", min=1, max=256, help="How many requests are under way at one time.")
]
_Key = Annotated[
    str | None,
    typer.Option(metavar="KEY", envvar="PYTTRIBUTIONIO_API_KEY", help="Whose entries: the account's public key."),
]
_Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="PYTTRIBUTIONIO_TRACKING_URL",
        help="Where they were meant to go.",
        show_default="the vendor's",
    ),
]
_Insecure = Annotated[bool, typer.Option("--allow-insecure-http", help="Take an http:// URL of another machine.")]


@outbox.command()
def status(*, directory: _Directory = None, as_json: _AsJson = False) -> None:
    """Show the shards: who holds them, and how much waits in them."""
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
    """List entries: those that wait, then the dead letters, shard by shard, the oldest first."""
    from pyttributionio.cli.outbox.look import list_entries

    if waiting and dead:
        raise typer.BadParameter("--waiting and --dead exclude each other; without either, both are listed")
    list_entries(directory, "waiting" if waiting else "dead" if dead else None, limit, as_json=as_json)


@outbox.command()
def show(transaction_id: _Id, *, directory: _Directory = None, as_json: _AsJson = False) -> None:
    """Show all that is known of one entry: its requests, and what the server said."""
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
    """Let dead letters wait for delivery again, once what they were refused for is mended."""
    from pyttributionio.cli.outbox.change import retry_entries

    if bool(transaction_ids) == everything:
        raise typer.BadParameter("name the dead letters by their ids, or say --all")
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
    """Remove entries for good; asks first."""
    from pyttributionio.cli.outbox.change import drop_entries

    if [bool(transaction_ids), all_waiting, all_dead].count(True) != 1:
        raise typer.BadParameter("name the entries by their ids, or say either --all-waiting or --all-dead")
    wanted: list[str] | Literal["waiting", "dead"] = transaction_ids or ("waiting" if all_waiting else "dead")
    drop_entries(directory, wanted, patience, is_agreed=yes, as_json=as_json)


@outbox.command()
def drain(
    *,
    timeout: _Timeout = 60.0,
    in_flight: _InFlight = 32,
    api_key: _Key = None,
    tracking_url: _Url = None,
    allow_insecure_http: _Insecure = False,
    directory: _Directory = None,
    as_json: _AsJson = False,
) -> None:
    """Deliver what waits in shards that no living process holds. Ctrl-C or SIGTERM ends it, and loses nothing."""
    from pyttributionio.cli.outbox.drain import Account, deliver

    account = Account(api_key, tracking_url, allow_insecure_http)
    deliver(directory, account, timeout, in_flight, as_json=as_json)


@outbox.command()
def salvage(*, patience: _Patience = 5.0, directory: _Directory = None, as_json: _AsJson = False) -> None:
    """Look every shard over, page by page; move what is readable out of damaged ones."""
    from pyttributionio.cli.outbox.change import salvage_shards

    salvage_shards(directory, patience, as_json=as_json)
