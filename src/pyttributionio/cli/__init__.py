"""The command line: `pyttributionio sandbox` serves the local Attribution.io, `... outbox` manages outboxes.

Needs the extra: `pip install 'pyttributionio[cli]'`, which the extra `sandbox` brings along.
"""

import sys

from pyttributionio.cli import streams

__all__ = ["main"]

_HINT = (
    "error: the command line needs typer and rich: pip install 'pyttributionio[cli]', "
    "or 'pyttributionio[sandbox]' for the sandbox with its command"
)


def main() -> int:
    """Run the command in this process's arguments, and return its exit code.

    Raises:
        SystemExit: The command has ended; its code is 1 if the command failed, and 2 if the arguments are wrong.
    """
    streams.prepare()
    # Imported here, so that an installation without the extra prints the hint.
    try:
        from pyttributionio.cli.app import app
        from pyttributionio.cli.output import run
    except ModuleNotFoundError as error:
        # Only the extra's own packages: any other missing module is an error that must be visible.
        if (error.name or "").partition(".")[0] not in {"typer", "rich"}:
            raise
        print(_HINT, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # while the libraries are loaded
        return 130
    return run(app)
