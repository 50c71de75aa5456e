"""`manage.py attributionio_outbox`: two commands of `pyttributionio outbox`, with the settings of the project."""

from argparse import ArgumentTypeError
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pyttributionio.django._outbox import find_outbox
from pyttributionio.django._settings import read_options


class Command(BaseCommand):
    """Show the outbox of the project, or deliver what waits in it."""

    help = "Show the outbox of the project (status), or deliver the entries that no running process has (drain)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the two commands with their options."""
        commands = parser.add_subparsers(dest="action", required=True)
        status = commands.add_parser("status", help="Show the shards: their owners, and how many entries wait in them.")
        drain = commands.add_parser("drain", help="Deliver the waiting entries of shards that no running process owns.")
        drain.add_argument("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="The longest time.")
        drain.add_argument("--in-flight", type=int, default=32, metavar="N", help="Requests at the same time.")
        for each in (status, drain):
            each.add_argument("--json", action="store_true", help="Print lines of JSON, for programs.")

    def handle(self, *_: object, **options: object) -> None:
        """Run one of the commands.

        Raises:
            CommandError: The settings cannot be used, or the extra `cli` is not installed.
            SystemExit: The command failed, with its exit code.
        """
        found = read_options()
        if found.problems:
            raise CommandError(f"{found.problems[0].text} {found.problems[0].hint}")
        try:
            folder = find_outbox(found).folder
        except (RuntimeError, TypeError, ValueError) as error:
            raise CommandError(str(error)) from None
        try:
            import typer

            from pyttributionio.cli.credentials.options import Account
            from pyttributionio.cli.outbox.drain import deliver
            from pyttributionio.cli.outbox.look import show_status
            from pyttributionio.cli.outbox.options import Delivery
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in {"rich", "typer"}:
                raise
            raise CommandError("This command needs typer and rich: pip install 'pyttributionio[cli]'") from None
        directory = str(folder.parent)
        self.stdout.ending = self.stderr.ending = ""  # the functions below end their lines themselves
        try:
            with redirect_stdout(cast("TextIO", self.stdout)), redirect_stderr(cast("TextIO", self.stderr)):
                as_json = bool(options["json"])
                if options["action"] == "status":
                    show_status(directory, as_json=as_json)
                    return
                account = Account(api_key=found.api_key, tracking_url=found.tracking_url)
                how = Delivery(cast("float", options["timeout"]), cast("int", options["in_flight"]), "always")
                deliver(directory, account, how, as_json=as_json)
        except typer.Exit as ended:
            raise SystemExit(ended.exit_code) from None


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not found >= 0:
        raise ArgumentTypeError(f"{text!r} is no number of seconds")
    return found
