"""No argument and no option of any command takes a secret: all users of a machine can read the list of processes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("typer", reason="it comes with the extra cli")

import typer

from pyttributionio.cli.app import app

SECRET = re.compile(r"secret|password|token|credential|dsn", re.IGNORECASE)


def parameters(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each parameter of a command and of its subcommands."""
    for parameter in command.params:
        yield f"{path} {parameter.name}".strip(), parameter
    for name, inner in getattr(command, "commands", {}).items():
        yield from parameters(inner, f"{path} {name}")


def takes_secret(parameter: Any) -> bool:
    """Return whether the names of a parameter, or of its value, are those of a secret; a flag has no value."""
    names = [parameter.name, *parameter.opts, parameter.metavar or ""]
    return not getattr(parameter, "is_flag", False) and any(SECRET.search(name) for name in names)


def test_no_parameter_takes_a_secret() -> None:
    """Except the name of a variable that has one."""
    found = dict(parameters(typer.main.get_command(app)))
    assert {"doctor secret_stdin", "auth set secret_stdin", "customers get secret_stdin"} <= found.keys()
    assert [name for name, parameter in found.items() if takes_secret(parameter)] == []


@pytest.mark.parametrize("name", ["--api-secret", "--secret", "--password", "--account-token"])
def test_the_walk_would_find_one(name: str) -> None:
    """By its name; by the name of its value, too."""
    other = typer.Typer()

    def run(value: str = typer.Option("", name, metavar="TEXT")) -> None:
        """Take it."""

    def run_other(value: str = typer.Option("", "--value", metavar="KEY:SECRET")) -> None:
        """Take it, too."""

    other.command("one")(run)
    other.command("two")(run_other)
    found = dict(parameters(typer.main.get_command(other)))
    assert [key for key, parameter in found.items() if takes_secret(parameter)] == ["one value", "two value"]
