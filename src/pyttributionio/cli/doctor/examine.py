"""Examine an account's settings, and print each finding when it is known."""

import sys

import typer
from rich.text import Text

from pyttributionio.cli.credentials import profiles
from pyttributionio.cli.credentials.options import Account
from pyttributionio.cli.display import counted, print_json
from pyttributionio.cli.doctor.codes import code_of_findings
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import console, fail, printable
from pyttributionio.diagnostics import Finding, Level, Subject, run

_STYLES: dict[Level, str] = {"ok": "green", "note": "dim", "warning": "bold yellow", "error": "bold red"}


def examine(account: Account, outbox_directory: str | None, *, as_json: bool) -> None:
    """Print all findings on stdout.

    Raises:
        Exit: There was an error; the exit code is that of the worst one.
    """
    if outbox_directory == "":
        fail("--outbox-directory is empty: give the outbox's directory, or leave it out", ExitCode.USAGE)
    found = account.credentials(needs_secret=True)
    subject = Subject(
        api_key=found.api_key,
        api_secret=found.secret,
        base_url=found.base_url,
        tracking_url=found.tracking_url,
        outbox_directory=outbox_directory,
        key_source=found.key_source,
        secret_source=found.secret_source,
        timeout=account.timeout,
        allow_insecure_http=account.allow_insecure_http,
        known_keys=profiles.known_keys(),
        use_environment=False,  # it was read above, unless a profile was named
    )
    findings: list[Finding] = []
    for finding in run(subject):
        findings.append(finding)
        if as_json:
            print_json(finding.as_json())
        else:
            console(sys.stdout).print(_text(finding), soft_wrap=True)
            sys.stdout.flush()
    if not as_json:
        _print_end(findings)
    if code := code_of_findings(findings):
        raise typer.Exit(code)


def _text(finding: Finding) -> Text:
    time = "" if finding.seconds is None else f" ({finding.seconds * 1000:,.0f} ms)"
    text = Text.assemble((f"{finding.level:<8}", _STYLES[finding.level]), f"{finding.check}: ")
    text.append(printable(f"{finding.message}{time}"))
    if finding.advice:
        text.append(printable(f"; {finding.advice}"), "bold" if finding.level == "error" else "")
    return text


def _print_end(found: list[Finding]) -> None:
    errors, warnings = ([each for each in found if each.level == level] for level in ("error", "warning"))
    text = f"{counted(len(errors), 'problem', 'problems')}, {counted(len(warnings), 'warning', 'warnings')}."
    console(sys.stdout).print(Text(text, "bold"), soft_wrap=True)
