"""The options of `pyttributionio sandbox`."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class FurtherAccount:
    """A further account of the sandbox; without a secret of its own, it has the default one."""

    api_key: str
    api_secret: str | None = field(repr=False)


@dataclass(frozen=True)
class Options:
    """The options on the command line, and the secrets in the variables that they name."""

    host: str
    port: int
    database: Path | None
    api_key: str | None
    api_secret: str | None = field(repr=False)
    accounts: tuple[FurtherAccount, ...]
    customers: int
    random_seed: int
    faults: tuple[str, ...]
    event_keys: tuple[str, ...]
    """Without any, no event is marked."""
    as_json: bool


def first_secret() -> str | None:
    """Return the secret of the first account; None is the default one."""
    return os.environ.get("PYTTRIBUTIONIO_SANDBOX_SECRET") or None


def further_accounts(texts: Sequence[str]) -> tuple[FurtherAccount, ...]:
    """Return the accounts of --account, such as KEY or KEY:VARIABLE.

    Raises:
        Exit: A variable is not set; the reason is on stderr.
    """
    return tuple(map(_account, texts))


def _account(text: str) -> FurtherAccount:
    key, colon, variable = text.partition(":")
    if not colon:
        return FurtherAccount(key, None)
    secret = os.environ.get(variable) if _VARIABLE.fullmatch(variable) else None
    if not secret:
        # The message does not quote the name, which may be a secret that was given by mistake.
        fail(
            "--account takes a public key, and after a colon the name of the environment variable that has its secret, "
            "such as OTHER_KEY:OTHER_SECRET; no variable of the name given is set",
            ExitCode.USAGE,
        )
    return FurtherAccount(key, secret)
