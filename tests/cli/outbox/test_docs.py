"""The outbox's page describes the commands."""

import re
from pathlib import Path

import typer

from pyttributionio.cli.outbox.command import outbox

from ._running import left_behind, ran, rows

PAGE = (Path(__file__).parents[3] / "docs" / "outbox.md").read_text(encoding="utf-8")
(SECTION,) = re.findall(r"^## Command line\n(.*?)^## ", PAGE, flags=re.DOTALL | re.MULTILINE)
EVERYWHERE = {"--directory", "--json", "--help", "--patience"}
UNCOMMON = {"--allow-insecure-http"}
"""Its help is enough."""


def test_every_command_and_option_is_documented() -> None:
    """In one table; the common options are below it."""
    command = typer.main.get_command(outbox)
    assert isinstance(command, typer.core.TyperGroup)
    documented = {match[1]: match[0] for match in re.finditer(r"^\| `(?!pytt)(\w+).*$", SECTION, flags=re.MULTILINE)}
    assert {*documented} == {*command.commands}
    for name, each in command.commands.items():
        options = {option for parameter in each.params for option in parameter.opts if option.startswith("--")}
        named = {*re.findall(r"--[a-z-]+", documented[name])}
        assert named - EVERYWHERE == options - EVERYWHERE - UNCOMMON, name
    assert all(option in SECTION for option in EVERYWHERE - {"--help"})


def test_the_samples_look_like_the_commands(tmp_path: Path) -> None:
    """The same columns, in the same order."""
    (sample,) = re.findall(r"^```console\n(.*?)^```$", SECTION, flags=re.DOTALL | re.MULTILINE)
    with left_behind(tmp_path):
        for name in ("status", "list"):
            shown = rows(ran(name, "--directory", tmp_path).stdout)
            (part,) = re.findall(rf"outbox {name} .*\n([^$]*)", sample)
            assert rows(part)[0] == shown[0]
            assert {len(row) for row in rows(part)} <= {len(row) for row in shown}
