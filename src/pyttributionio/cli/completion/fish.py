"""The script for fish."""

from collections.abc import Iterator
from typing import Final

from pyttributionio.cli.completion.tree import Command, Option

_SCRIPT: Final = """\
# Completion of {name} for fish.
function __{name}_place
    set -l place {name}
    set -l option ''
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            set option ''
            continue
        end
        if test "$word" = --
            return 1
        end
        switch "$place $word"
            case {commands}
                set place "$place $word"
            case {options}
                set option $word
        end
    end
    test "$place" = "$argv"
end

complete -c {name} -e
complete -c {name} -f
{lines}
"""


def script(tree: Command) -> str:
    """Return the script that completes a command."""
    commands = [*tree.walk()]
    return _SCRIPT.format(
        name=tree.name,
        commands=" ".join(_quoted(command.place) for command in commands[1:]),
        options=" ".join(map(_quoted, tree.places_of_values)),
        lines="\n".join(line for command in commands for line in _lines(tree.name, command)),
    )


def _lines(name: str, command: Command) -> Iterator[str]:
    condition = _quoted(f"__{name}_place {command.place}")
    start = f"complete -c {name} -n {condition}"
    for each in command.commands:
        yield f"{start} -a {_quoted(each.name)} -d {_quoted(each.help)}"
    for argument in command.arguments:
        yield f"{start} {_values(argument)}"
    for option in command.options:
        # The value follows only an option that takes one; fish completes --option=value alike.
        value = f" -r {_values(option)}" if option.takes_value else ""
        yield f"{start} {_names(option)}{value} -d {_quoted(option.help)}"


def _names(option: Option) -> str:
    return " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)


def _values(option: Option) -> str:
    if option.is_path:
        return "-F"
    return f"-f -a {_quoted(' '.join(option.choices))}" if option.choices else "-f"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
