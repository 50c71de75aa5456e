"""The script for zsh: a file in a folder of `$fpath`, or text for `source`."""

from typing import Final

from pyttributionio.cli.completion.tree import Command, Option

_SCRIPT: Final = """\
#compdef {name}
# Completion of {name} for zsh.
_{name}() {{
    local place={name} option="" ended="" word
    local -a found
    integer index=2
    while (( index < CURRENT )); do
        word=${{words[index]}}
        if [[ -n $option ]]; then
            option=""
        elif [[ $word == "--" ]]; then
            ended=yes
        elif [[ -z $ended ]]; then
            case "$place $word" in
{commands}
                    place="$place $word" ;;
{options}
                    option=$word ;;
            esac
        fi
        (( index++ ))
    done
    if [[ -z $option && -z $ended && $PREFIX == --*=* ]]; then
        option=${{PREFIX%%=*}}
        compset -P 1 "*="
    fi
    if [[ -n $option ]]; then
        case "$place $option" in
{values}
        esac
        return
    fi
    case "$place" in
{places}
    esac
}}
if [[ ${{funcstack[1]}} == _{name} ]]; then
    _{name} "$@"
else
    compdef _{name} {name}
fi
"""


def script(tree: Command) -> str:
    """Return the script that completes a command."""
    commands = [*tree.walk()]
    return _SCRIPT.format(
        name=tree.name,
        commands=_pattern([command.place for command in commands[1:]]),
        options=_pattern(tree.places_of_values),
        values="\n".join(line for command in commands for option in command.options for line in _value(command, option))
        or "            *) ;;",
        places="\n".join(map(_place, commands)),
    )


def _pattern(places: list[str]) -> str:
    return " " * 16 + " |\\\n                ".join(f'"{place}"' for place in places) + ")"


def _value(command: Command, option: Option) -> list[str]:
    if not (option.is_path or option.choices):
        return []
    pattern = " | ".join(f'"{command.place} {name}"' for name in option.names)
    return [f"            {pattern}) {_offer(option)} ;;"]


def _offer(option: Option) -> str:
    return "_files" if option.is_path else f"compadd -- {' '.join(map(_quoted, option.choices))}"


def _place(command: Command) -> str:
    options = [_described(name, option.help) for option in command.options for name in option.names]
    others = [_described(each.name, each.help) for each in command.commands]
    offers = [_offer(argument) for argument in command.arguments]
    if others:
        offers.append(f"[[ -n $ended ]] || {{ found=({' '.join(others)}); _describe -t commands command found }}")
    show_options = f"found=({' '.join(options)}); _describe -t options option found"
    if not offers and not command.takes_arguments:
        offers.append(show_options)
    return f"""\
        "{command.place}")
            if [[ -z $ended && $PREFIX == -* ]]; then
                {show_options}
            else
                {"; ".join(offers) or ":"}
            fi ;;"""


def _described(name: str, text: str) -> str:
    escaped = name.replace(":", "\\:")
    return _quoted(f"{escaped}:{text}" if text else escaped)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
