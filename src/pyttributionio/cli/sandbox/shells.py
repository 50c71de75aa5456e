"""Commands for shells that set environment variables."""

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final, Literal, TypeAlias

Shell: TypeAlias = Literal["bash", "zsh", "fish", "powershell"]


def usual_shell() -> Shell:
    """Return the shell of this user: fish by its name in $SHELL, PowerShell on Windows, else bash."""
    if os.name == "nt":
        return "powershell"
    return "fish" if PurePath(os.environ.get("SHELL", "")).name == "fish" else "bash"


def assignment(shell: Shell, name: str, value: str) -> str:
    """Return the command that sets a variable for the shell and the programs that it starts."""
    return _ASSIGNMENTS[shell](name, value)


def _of_posix(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _of_fish(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _of_powershell(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'"


_ASSIGNMENTS: Final[Mapping[Shell, Callable[[str, str], str]]] = {
    "bash": _of_posix,
    "zsh": _of_posix,
    "fish": _of_fish,
    "powershell": _of_powershell,
}
