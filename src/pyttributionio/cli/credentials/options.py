"""The options that a command takes for its account, and the client that is made of them."""

import getpass
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final

import httpx
import typer

from pyttributionio import Client
from pyttributionio.cli.credentials.found import Credentials, CredentialsError, Given, find
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import call_errors, fail

_LONGEST_LINE: Final = 10_000

ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="The account of this profile (also PYTTRIBUTIONIO_PROFILE): see `pyttributionio auth`.",
        show_default=False,
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help="The account's public key (also PYTTRIBUTIONIO_API_KEY).",
        show_default=False,
    ),
]
SecretStdin = Annotated[
    bool,
    typer.Option("--secret-stdin", help="Read the account's secret from the first line of stdin."),
]
BaseURL = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The server of reads (also PYTTRIBUTIONIO_BASE_URL).",
        show_default="the vendor's",
    ),
]
TrackingURL = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The server of events and identities (also PYTTRIBUTIONIO_TRACKING_URL).",
        show_default="the vendor's",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(metavar="SECONDS", help="The limit for each of connecting, sending and waiting, in one attempt."),
]
Deadline = Annotated[float, typer.Option(metavar="SECONDS", help="The limit for a whole call, with its retries.")]
AllowInsecureHTTP = Annotated[
    bool, typer.Option("--allow-insecure-http", help="Allow an http:// URL of another machine.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print lines of JSON, for programs.")]


@dataclass(frozen=True)
class Account:
    """The values of these options. Those that a command does not take have their defaults."""

    profile: str | None = None
    api_key: str | None = None
    secret_stdin: bool = False
    base_url: str | None = None
    tracking_url: str | None = None
    timeout: float = 10.0
    deadline: float = 60.0
    allow_insecure_http: bool = False

    def credentials(self, *, needs_secret: bool) -> Credentials:
        """Return the credentials, which may be incomplete, and the source of each.

        Raises:
            Exit: An option is empty, stdin has no secret, or a profile can't be used; the reason is on stderr.
        """
        for option, value in self._texts().items():
            if value == "":  # from an unset variable of a script
                fail(f"{option} is empty: give a value, or leave it out", ExitCode.USAGE)
        # Not in a variable: a traceback with locals would show it.
        try:
            return find(
                Given(
                    self.profile,
                    self.api_key,
                    secret_from_stdin() if self.secret_stdin else None,
                    self.base_url,
                    self.tracking_url,
                ),
                needs_secret=needs_secret,
            )
        except CredentialsError as error:
            fail(str(error), ExitCode.CREDENTIALS)

    @contextmanager
    def client(
        self, *, needs_secret: bool, http_client: httpx.BaseTransport | None = None
    ) -> Generator[Client, None, None]:
        """Yield the client of a command, which sends through `http_client` if one is given.

        A PyttributionioError may leave the command: it is printed in one line, and its exit code is `code_of` it.

        Raises:
            Exit: Credentials are missing or malformed; the reason is on stderr.
        """
        found = self.credentials(needs_secret=needs_secret)
        if found.api_key is None:
            fail(
                "no public key: use --api-key, set PYTTRIBUTIONIO_API_KEY, or store it with `pyttributionio auth set`",
                ExitCode.CREDENTIALS,
            )
        if needs_secret and found.secret is None:
            fail(
                "no secret, which reading customers needs: set PYTTRIBUTIONIO_API_SECRET, use --secret-stdin, or "
                "store it with `pyttributionio auth set`",
                ExitCode.CREDENTIALS,
            )
        with call_errors():
            client = Client(
                found.api_key,
                found.secret,
                base_url=found.base_url,
                tracking_url=found.tracking_url,
                timeout=self.timeout,
                deadline=self.deadline,
                http_client=http_client,
                allow_insecure_http=self.allow_insecure_http,
            )
        with client:
            yield client

    def _texts(self) -> dict[str, str | None]:
        return {
            "--profile": self.profile,
            "--api-key": self.api_key,
            "--base-url": self.base_url,
            "--tracking-url": self.tracking_url,
        }


def secret_from_stdin() -> str:
    """Return the secret: the first line of stdin, or the answer to a hidden prompt at a terminal.

    Further lines stay on stdin, such as the ids of `customers get -`.

    Raises:
        Exit: There is none; the reason is on stderr.
    """
    try:
        if sys.stdin.isatty():
            line = getpass.getpass("Secret (not shown): ", stream=sys.stderr)
        else:
            line = sys.stdin.readline(_LONGEST_LINE).removeprefix("\ufeff")
    except EOFError:
        line = ""
    except UnicodeDecodeError:
        fail("the secret on stdin is not text: write it there in one line of UTF-8", ExitCode.USAGE)
    if not line.strip():
        fail("there is no secret on stdin: write it there in one line", ExitCode.USAGE)
    return line.strip()
