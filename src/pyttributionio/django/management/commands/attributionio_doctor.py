"""`manage.py attributionio_doctor`: the checks of `pyttributionio doctor`, with the settings of the project."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pyttributionio.cli.doctor.codes import code_of_findings
from pyttributionio.diagnostics import Finding, Level, Subject, run
from pyttributionio.django._outbox import find_outbox
from pyttributionio.django._settings import Options, read_options


class Command(BaseCommand):
    """Find out why the project does not reach Attribution.io. It sends no event."""

    help = "Examine settings, network, credentials and the outbox, and say what to do. Sends no event."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--json", action="store_true", help="Print lines of JSON, for programs.")

    def handle(self, *_: object, **options: object) -> None:
        """Print each finding when it is known.

        Raises:
            CommandError: The settings cannot be used.
            SystemExit: There was an error, with the exit code of `pyttributionio doctor`.
        """
        found = read_options()
        if found.problems:
            raise CommandError(f"{found.problems[0].text} {found.problems[0].hint}")
        findings: list[Finding] = []
        for finding in run(_subject(found)):
            findings.append(finding)
            self.stdout.write(json.dumps(finding.as_json()) if options["json"] else self._line(finding))
        if code := code_of_findings(findings):
            raise SystemExit(int(code))

    def _line(self, finding: Finding) -> str:
        styles = {"ok": self.style.SUCCESS, "warning": self.style.WARNING, "error": self.style.ERROR}
        style = styles.get(finding.level, str)
        return f"{style(_padded(finding.level))}{finding.as_text()}"


def _padded(level: Level) -> str:
    return f"{level:<8}"


def _subject(options: Options) -> Subject:
    """Return what is examined: the settings, and the environment for what they leave out, as in the client.

    Raises:
        CommandError: The settings cannot be used.
    """
    try:
        directory = find_outbox(options).folder.parent
    except RuntimeError:  # in memory, or in a store of the project's own
        directory = None
    except (TypeError, ValueError) as error:
        raise CommandError(str(error)) from None
    return Subject(
        api_key=options.api_key,
        tracking_url=options.tracking_url,
        outbox_directory=directory,
        key_source=None if options.api_key is None else 'ATTRIBUTIONIO["API_KEY"]',
    )
