"""The rules that hold for each command, those of later commands included."""

import re
from pathlib import Path

import pytest
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from cli.conftest import Command
from pyttributionio.cli.app import app
from pyttributionio.cli.exit_codes import ExitCode

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


def commands(command: object, place: tuple[str, ...] = ()) -> dict[tuple[str, ...], TyperCommand | TyperGroup]:
    """Return each command by the words that lead to it."""
    assert isinstance(command, TyperCommand | TyperGroup)
    found = {place: command}
    for name, each in command.commands.items() if isinstance(command, TyperGroup) else ():
        found |= commands(each, (*place, name))
    return found


COMMANDS = commands(get_command(app))
IDS = [" ".join(place) or "pyttributionio" for place in COMMANDS]


@pytest.mark.parametrize("place", COMMANDS, ids=IDS)
def test_help_has_no_colours_off_a_terminal(
    command: Command, place: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where CI asks for them, and in 20 columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    ended = command(*place, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert "\x1b" not in command(*place, "--no-such-option").err


@pytest.mark.parametrize("place", COMMANDS, ids=IDS)
def test_an_unknown_option_is_2(command: Command, place: tuple[str, ...]) -> None:
    """It is on stderr."""
    ended = command(*place, "--no-such-option")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize("place", COMMANDS, ids=IDS)
def test_each_command_has_a_help_text(place: tuple[str, ...]) -> None:
    """And each of its options."""
    assert COMMANDS[place].help
    for parameter in COMMANDS[place].params:
        assert isinstance(parameter, TyperOption | TyperArgument)
        assert parameter.help, parameter.name


def test_each_command_is_on_the_page() -> None:
    """In the first table, by its first word."""
    (table,) = re.findall(r"^\| command \| what it does \|\n(?:\|.*\n)+", PAGE, flags=re.MULTILINE)
    assert {place[0] for place in COMMANDS if place} == {
        code.split()[0]
        for cell in re.findall(r"^\| ([^|]+) \|", table, flags=re.MULTILINE)[2:]
        for code in re.findall(r"`([^`]+)`", cell)
    }


def test_the_table_of_exit_codes_is_the_one_in_the_code() -> None:
    """Numbers and names."""
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", PAGE.partition("### Exit codes")[2], flags=re.MULTILINE)
    assert {name.upper().replace(" ", "_"): int(code) for code, name in rows} == {each.name: each for each in ExitCode}
