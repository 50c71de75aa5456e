"""The command line: `pyttributionio sandbox` serves the local Attribution.io, `... outbox` looks after outboxes.

Needs the extra: `pip install 'pyttributionio[cli]'`, which the extra `sandbox` brings along.
"""

import sys

__all__ = ["main"]

_HINT = (
    "error: the command line needs typer and rich: pip install 'pyttributionio[cli]', "
    "or 'pyttributionio[sandbox]' for the sandbox with its command"
)


def main() -> int:
    """Run what this process's arguments ask for, and return its exit code.

    Raises:
        SystemExit: The command has ended; with 1 where it failed, and 2 where the arguments are wrong.
    """
    # In here, so that the script of an installation without the extra has something to say.
    try:
        from pyttributionio.cli.app import app
    except ModuleNotFoundError as error:
        # Only the extra's own packages: any other missing module is a fault to be seen as it is.
        if (error.name or "").partition(".")[0] not in {"typer", "rich"}:
            raise
        print(_HINT, file=sys.stderr)
        return 1
    app()
    return 0
