"""`pyttributionio sandbox` and its options. Its work is in `serve`, which needs another extra."""

from pathlib import Path
from typing import Annotated

import typer

from pyttributionio.cli.output import fail
from pyttributionio.cli.sandbox.options import Options

_Host = Annotated[
    str,
    typer.Option(metavar="ADDRESS", help="The address to listen on. Any other address opens all data to the network."),
]
_Port = Annotated[int, typer.Option(help="The port to listen on; 0 is any free port.")]
_Database = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Keep the data in this SQLite file.", show_default="in memory")
]
_Key = Annotated[str | None, typer.Option(metavar="KEY", help="The account's public key.", show_default="SANDBOX_KEY")]
_Secret = Annotated[
    str | None,
    typer.Option(
        metavar="SECRET",
        envvar="PYTTRIBUTIONIO_SANDBOX_SECRET",
        help="The account's secret. It is never printed, but the process list of the system shows arguments, "
        "so prefer the variable.",
        show_default="SANDBOX_SECRET",
    ),
]
_Accounts = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY:SECRET", help="Serve a further account. Can be repeated."),
]
_Customers = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, help="Generate this number of customers with their journeys. Existing customers are kept."
    ),
]
_RandomSeed = Annotated[
    int, typer.Option(metavar="N", help="The seed of the generated journeys: the same number gives the same journeys.")
]
_Faults = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SPEC",
        help="Inject a fault, such as next=2,status=503,path=/events or share=0.1,reset or always,delay=2. "
        "Can be repeated.",
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON instead of the greeting.")]


def sandbox(
    *,
    host: _Host = "127.0.0.1",
    port: _Port = 0,
    db: _Database = None,
    api_key: _Key = None,
    api_secret: _Secret = None,
    account: _Accounts = None,
    seed: _Customers = 0,
    random_seed: _RandomSeed = 0,
    fault: _Faults = None,
    as_json: _AsJson = False,
) -> None:
    """Serve a local Attribution.io until Ctrl-C.

    It has a web page that shows requests and customers, a snippet for your site, and an example shop.
    """
    accounts, faults = tuple(account or ()), tuple(fault or ())
    given = Options(host, port, db, api_key, api_secret, accounts, seed, random_seed, faults, as_json)
    try:
        from pyttributionio.cli.sandbox.serve import serve
    except ImportError as error:
        # The sandbox names the missing extra; any other error must be visible.
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        fail(str(error))
    serve(given)
