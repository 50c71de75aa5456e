"""The exit code of `doctor`."""

from collections.abc import Iterable

from pyttributionio.cli.exit_codes import ExitCode, worst
from pyttributionio.diagnostics import Cause, Finding

_CODES: dict[Cause | None, ExitCode] = {
    "settings": ExitCode.NOT_DONE,
    "credentials": ExitCode.CREDENTIALS,
    "unavailable": ExitCode.UNAVAILABLE,
    None: ExitCode.NOT_DONE,
}


def code_of_findings(findings: Iterable[Finding]) -> ExitCode:
    """Return the exit code of some findings: that of the worst error. Warnings and notes are no errors."""
    return worst(_CODES[each.cause] for each in findings if each.level == "error")
