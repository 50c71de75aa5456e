"""The script for bash: 4 and later, and 3.2, which macOS has."""

from typing import Final

from pyttributionio.cli.completion.tree import Command

_SCRIPT: Final = """\
# Completion of {name} for bash.
_{name}() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} place={name} option="" ended="" found="" index=1 word
    while [ "$index" -lt "$COMP_CWORD" ]; do
        word=${{COMP_WORDS[index]}}
        if [ -n "$option" ]; then
            # bash splits --option=value at the sign.
            [ "$word" = "=" ] || option=""
        elif [ "$word" = "--" ]; then
            ended=yes
        elif [ -z "$ended" ]; then
            case "$place $word" in
{commands}
                    place="$place $word" ;;
{options}
                    option=$word ;;
            esac
        fi
        index=$((index + 1))
    done
    [ "$current" = "=" ] && current=""
    case "$place $option" in
{values}
    esac
    if [ -z "$found" ] && [ -z "$option" ]; then
        case "$place" in
{places}
        esac
    fi
    local IFS=$' \\t\\n'
    if [ "$found" = "<path>" ]; then
        compopt -o default 2>/dev/null && return
        IFS=$'\\n'
        COMPREPLY=($(compgen -f -- "$current"))
    else
        COMPREPLY=($(compgen -W "$found" -- "$current"))
    fi
}}
complete -F _{name} {name}
"""


def script(tree: Command) -> str:
    """Return the script that completes a command."""
    commands = [*tree.walk()]
    return _SCRIPT.format(
        name=tree.name,
        commands=_pattern([command.place for command in commands[1:]]),
        options=_pattern(tree.places_of_values),
        values="\n".join(_values(commands)),
        places="\n".join(map(_place, commands)),
    )


def _pattern(places: list[str]) -> str:
    return " " * 16 + " |\\\n                ".join(f'"{place}"' for place in places) + ")"


def _values(commands: list[Command]) -> list[str]:
    lines: list[str] = []
    for command in commands:
        for option in command.options:
            if option.is_path or option.choices:
                pattern = " | ".join(f'"{command.place} {name}"' for name in option.names)
                found = "<path>" if option.is_path else " ".join(option.choices)
                lines.append(f'        {pattern}) found="{found}" ;;')
    return lines or ["        *) ;;"]


def _place(command: Command) -> str:
    options = " ".join(name for option in command.options for name in option.names)
    others = " ".join([*(each.name for each in command.commands), *command.choices])
    if not others:
        others = "<path>" if command.takes_path else "" if command.takes_arguments else options
    arguments = " ".join(command.choices) or ("<path>" if command.takes_path else "")
    return f"""\
            "{command.place}")
                case "$ended$current" in
                    -*) found="{options}" ;;
                    yes*) found="{arguments}" ;;
                    *) found="{others}" ;;
                esac ;;"""
