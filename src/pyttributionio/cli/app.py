"""The application: all commands, from a folder for each group."""

from typing import Annotated

import typer

from pyttributionio import __version__
from pyttributionio.cli.auth.command import auth
from pyttributionio.cli.completion.command import completion
from pyttributionio.cli.customers.command import customers
from pyttributionio.cli.doctor.command import doctor
from pyttributionio.cli.outbox.command import outbox
from pyttributionio.cli.sandbox.command import sandbox
from pyttributionio.cli.track.command import track

app = typer.Typer(
    name="pyttributionio",
    no_args_is_help=True,
    add_completion=False,
    # Plain tracebacks: pretty ones can show local variables, and so the secret.
    pretty_exceptions_enable=False,
)
app.add_typer(customers)
app.add_typer(track)
app.add_typer(sandbox)
app.add_typer(outbox)
app.command()(completion)
app.command()(doctor)
app.add_typer(auth)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"pyttributionio {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Tools around the SDK for Attribution.io."""
