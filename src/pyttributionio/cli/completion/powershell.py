"""The script for PowerShell: 5.1 of Windows, and 7 of all systems."""

from collections.abc import Iterable
from typing import Final

from pyttributionio.cli.completion.tree import Command

_SCRIPT: Final = """\
# Completion of {name} for PowerShell.
Register-ArgumentCompleter -Native -CommandName @('{name}', '{name}.exe') -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    $commands = @{{
{commands}
    }}
    $options = @{{
{options}
    }}
    # The choices of each option that takes a value; an empty list has no choices.
    $values = @{{
{values}
    }}
    # The choices of arguments.
    $arguments = @{{
{arguments}
    }}
    $place = '{name}'
    $option = ''
    $ended = $false
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {{
        if ($element.Extent.EndOffset -ge $cursorPosition) {{ break }}
        $word = $element.Extent.Text
        if ($option -ne '') {{ $option = '' }}
        elseif ($word -eq '--') {{ $ended = $true }}
        elseif (-not $ended) {{
            if ($values.ContainsKey("$place $word")) {{ $option = $word }}
            elseif ($commands.ContainsKey("$place $word")) {{ $place = "$place $word" }}
        }}
    }}
    $start = ''
    $typed = $wordToComplete
    if ($option -eq '' -and -not $ended -and $typed -match '^(--[^=]+)=(.*)$') {{
        $option = $Matches[1]
        $start = "$option="
        $typed = $Matches[2]
    }}
    if ($option -ne '') {{ $found = @($values["$place $option"]) }}
    elseif (-not $ended -and $typed -like '-*') {{ $found = @($options[$place]) }}
    else {{ $found = @($commands[$place]) + @($arguments[$place]) }}
    # Without a result, PowerShell completes the names of files.
    foreach ($each in $found) {{
        if ($null -eq $each) {{ continue }}
        $name, $help = "$each" -split "`t", 2
        if ([string]::IsNullOrEmpty($help)) {{ $help = $name }}
        if ($name.StartsWith($typed, [StringComparison]::Ordinal)) {{
            [System.Management.Automation.CompletionResult]::new("$start$name", $name, 'ParameterValue', $help)
        }}
    }}
}}
"""


def script(tree: Command) -> str:
    """Return the script that completes a command."""
    commands = [*tree.walk()]
    return _SCRIPT.format(
        name=tree.name,
        commands=_table(
            (command.place, [_described(each.name, each.help) for each in command.commands]) for command in commands
        ),
        options=_table(
            (command.place, [_described(name, option.help) for option in command.options for name in option.names])
            for command in commands
        ),
        values=_table(
            (f"{command.place} {name}", map(_quoted, option.choices))
            for command in commands
            for option in command.options
            if option.takes_value
            for name in option.names
        ),
        arguments=_table((command.place, map(_quoted, command.choices)) for command in commands if command.choices),
    )


def _table(rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    return "\n".join(f"        {_quoted(place)} = @({', '.join(values)})" for place, values in rows)


def _described(name: str, text: str) -> str:
    # A tab stands between name and help; PowerShell has no escapes within single quotes.
    return f'{_quoted(name)} + "`t" + {_quoted(text)}' if text else _quoted(name)


def _quoted(text: str) -> str:
    # PowerShell takes typographic quotes for plain ones.
    return "'" + "".join(sign * 2 if sign in "'‘’‚‛" else sign for sign in text) + "'"
