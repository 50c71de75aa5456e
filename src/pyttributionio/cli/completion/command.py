"""`pyttributionio completion`: print the script that completes the commands in a shell."""

import sys
from typing import Annotated, Literal

import typer

Shell = Literal["bash", "zsh", "fish", "powershell"]
_Shell = Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")]


def completion(context: typer.Context, shell: _Shell) -> None:
    """Print a script that completes commands, options and choices in your shell.

    It is made from this version's commands; print it again after an update. It starts no program and uses no network.

    bash, in ~/.bashrc: eval "$(pyttributionio completion bash)"

    zsh, in ~/.zshrc after compinit: eval "$(pyttributionio completion zsh)"

    fish, once: pyttributionio completion fish > ~/.config/fish/completions/pyttributionio.fish

    PowerShell, in $PROFILE: pyttributionio completion powershell | Out-String | Invoke-Expression
    """
    from pyttributionio.cli.completion import bash, fish, powershell, zsh
    from pyttributionio.cli.completion.tree import command_tree

    makers = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script, "powershell": powershell.script}
    sys.stdout.write(makers[shell](command_tree(context.find_root().command, "pyttributionio")))
