"""`python -m pyttributionio.sandbox`: serve the sandbox in the foreground until Ctrl-C."""

import argparse
import contextlib
import shlex
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence

from ._account import DEFAULT_API_KEY, DEFAULT_API_SECRET
from ._server import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM, and return the process's exit code.

    Args:
        arguments: The command line after the program's name; None takes this process's own.

    Raises:
        SystemExit: The arguments are wrong, or the sandbox cannot start; the reason is on stderr.
    """
    options = _parser().parse_args(arguments)
    # Both by hand: a shell that starts us in the background has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(_start(options)) as sandbox:
        _serve(sandbox)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pyttributionio.sandbox",
        description="Serve a local Attribution.io on 127.0.0.1 until Ctrl-C.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--db", metavar="PATH", help="keep the data in this SQLite file")
    parser.add_argument("--api-key", default=DEFAULT_API_KEY, help="default: %(default)s")
    parser.add_argument(
        "--api-secret",
        default=DEFAULT_API_SECRET,
        help="default: %(default)s; never printed, but the system's process list shows it",
    )
    return parser


def _start(options: argparse.Namespace) -> Sandbox:
    try:
        sandbox = Sandbox(
            port=options.port,
            database=options.db,
            api_key=options.api_key,
            api_secret=options.api_secret,
        )
        sandbox.start()
    except OSError as error:
        reason = f"cannot listen on 127.0.0.1:{options.port}: {error.strerror or error}"
    except sqlite3.Error as error:
        reason = f"cannot open {options.db}: {error}"
    except ValueError as error:
        reason = str(error)
    else:
        return sandbox
    print(f"error: {reason}", file=sys.stderr)
    sys.exit(1)


def _serve(sandbox: Sandbox) -> None:
    try:
        print(_greeting(sandbox), flush=True)
        while True:
            # Not Event.wait: on Windows only a sleep is ended by Ctrl-C.
            time.sleep(3600)
    finally:
        # A second Ctrl-C would cut the closing short, and with it the write-ahead log's.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def _greeting(sandbox: Sandbox) -> str:
    known = sandbox.api_secret == DEFAULT_API_SECRET
    secret = DEFAULT_API_SECRET if known else "'<the secret you gave>'"
    return "\n".join(
        [
            f"Sandbox of Attribution.io at {sandbox.tracking_url} (Ctrl-C ends it)",
            "",
            f"export PYTTRIBUTIONIO_API_KEY={shlex.quote(sandbox.api_key)}",
            f"export PYTTRIBUTIONIO_API_SECRET={secret}",
            f"export PYTTRIBUTIONIO_BASE_URL={sandbox.base_url}",
            f"export PYTTRIBUTIONIO_TRACKING_URL={sandbox.tracking_url}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
