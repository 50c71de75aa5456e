"""`pyttributionio sandbox` and its options. Its work is in `serve` and `customers`, which need another extra."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail
from pyttributionio.cli.sandbox.options import Options, first_secret, further_accounts
from pyttributionio.cli.sandbox.shells import Shell

_Host = Annotated[
    str,
    typer.Option(metavar="ADDRESS", help="The address to listen on. Any other address opens all data to the network."),
]
_Port = Annotated[int, typer.Option(help="The port to listen on; 0 is any free port.")]
_Database = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Keep the data in this SQLite file.", show_default="in memory")
]
_Key = Annotated[str | None, typer.Option(metavar="KEY", help="The account's public key.", show_default="SANDBOX_KEY")]
_Accounts = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY[:VARIABLE]",
        help="Serve a further account; the environment variable has its secret. Can be repeated.",
    ),
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
_EventKeys = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY",
        help="Mark events whose key is none of these, so that a misspelled key is seen. Can be repeated.",
        show_default="none is marked",
    ),
]
_Url = Annotated[
    str | None,
    typer.Argument(metavar="ADDRESS", help="The address of a running sandbox, such as http://127.0.0.1:8000."),
]
_Stored = Annotated[Path | None, typer.Option(metavar="PATH", help="Read this file of a sandbox instead.")]
_KeyOfCustomers = Annotated[
    str | None, typer.Option(metavar="KEY", help="The account's public key.", show_default="the first account's")
]
_Search = Annotated[str, typer.Option(metavar="TEXT", help="Only customers with this text in an id or a visitor id.")]
_AddressOfRunning = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The address of a running sandbox, such as http://127.0.0.1:8000.")
]
_Shell = Annotated[
    Shell | None, typer.Option(help="The shell that reads the output.", show_default="the one in $SHELL")
]
_AsJsonOfEnv = Annotated[bool, typer.Option("--json", help="Print the variables as one line of JSON, for programs.")]
_AsJsonLines = Annotated[bool, typer.Option("--json", help="Print a line of JSON for each, for programs.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON instead of the greeting.")]

sandbox = typer.Typer(name="sandbox", invoke_without_command=True)


@sandbox.callback()
def serve_sandbox(
    context: typer.Context,
    *,
    host: _Host = "127.0.0.1",
    port: _Port = 0,
    db: _Database = None,
    api_key: _Key = None,
    account: _Accounts = None,
    seed: _Customers = 0,
    random_seed: _RandomSeed = 0,
    fault: _Faults = None,
    event_key: _EventKeys = None,
    as_json: _AsJson = False,
) -> None:
    """Serve a local Attribution.io until Ctrl-C.

    It has a web page that shows requests and customers, a snippet for your site, and an example shop. The variable
    PYTTRIBUTIONIO_SANDBOX_SECRET sets the secret of its account.
    """
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    accounts, faults, keys = further_accounts(account or ()), tuple(fault or ()), tuple(event_key or ())
    given = Options(host, port, db, api_key, first_secret(), accounts, seed, random_seed, faults, keys, as_json)
    with _extra_named():
        from pyttributionio.cli.sandbox.serve import serve
    serve(given)


@sandbox.command()
def customers(
    *,
    url: _Url = None,
    db: _Stored = None,
    api_key: _KeyOfCustomers = None,
    search: _Search = "",
    as_json: _AsJsonLines = False,
) -> None:
    """Print the ids of the customers, one on each line, of a sandbox that runs or of its file."""
    with _extra_named():
        from pyttributionio.cli.sandbox.customers import list_customers, print_customers
    print_customers(list_customers(url, db, api_key, search), as_json=as_json)


@sandbox.command()
def env(
    url: _AddressOfRunning, *, api_key: _KeyOfCustomers = None, shell: _Shell = None, as_json: _AsJsonOfEnv = False
) -> None:
    """Print the commands for a shell that point the SDK, and this command line, at a running sandbox.

    bash and zsh: eval "$(pyttributionio sandbox env http://127.0.0.1:8000)"

    fish: pyttributionio sandbox env http://127.0.0.1:8000 | source

    PowerShell: pyttributionio sandbox env http://127.0.0.1:8000 | Out-String | Invoke-Expression
    """
    with _extra_named():
        from pyttributionio.cli.sandbox.environment import environment_of, print_environment
    print_environment(environment_of(url, api_key), shell, as_json=as_json)


def _refuse_options_before(context: typer.Context) -> None:
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if given:
        option = "--json" if given[0] == "as_json" else f"--{given[0].replace('_', '-')}"
        command = context.invoked_subcommand
        fail(f"{option} before `{command}` has no effect: write the options after it", ExitCode.USAGE)


@contextmanager
def _extra_named() -> Generator[None, None, None]:
    """Name the extra if its packages are missing; the command line needs only its own extra."""
    try:
        yield
    except ImportError as error:
        # The sandbox names the missing extra; any other error must be visible.
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        fail(str(error))
