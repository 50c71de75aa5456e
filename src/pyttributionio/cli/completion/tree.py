"""The commands, options and choices of the command line, as the scripts for shells need them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Final, Literal, Union, get_args, get_origin, get_type_hints

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_PATH: Final = "PATH"
"""The metavar of options and arguments whose value is a path."""


@dataclass(frozen=True)
class Option:
    """An option of a command, or the values of an argument, which has no names."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    is_path: bool = False
    choices: tuple[str, ...] = ()
    """The only values; empty if there are others."""


@dataclass(frozen=True)
class Command:
    """A command or a group of commands.

    Attributes:
        place: The words that lead to it, the program's name first, with a space between them.
        help: One sentence.
        options: Its options.
        arguments: Its arguments with choices or paths.
        takes_arguments: Whether it has any argument.
        commands: The commands of a group.
    """

    place: str
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Option, ...] = ()
    takes_arguments: bool = False
    commands: tuple["Command", ...] = ()

    @property
    def name(self) -> str:
        """The last word of its place."""
        return self.place.rpartition(" ")[2]

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices of its arguments."""
        return tuple(choice for argument in self.arguments for choice in argument.choices)

    @property
    def takes_path(self) -> bool:
        """Whether one of its arguments is a path."""
        return any(argument.is_path for argument in self.arguments)

    @property
    def places_of_values(self) -> list[str]:
        """The options that take a value, after the places of their commands; also those of the commands below."""
        return [
            f"{command.place} {name}"
            for command in self.walk()
            for option in command.options
            if option.takes_value
            for name in option.names
        ]

    def walk(self) -> Iterator["Command"]:
        """Yield this command and all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def command_tree(command: object, place: str) -> Command:
    """Return what is known about a command of typer, without those that are hidden.

    Args:
        command: The command or group.
        place: The words that lead to it.
    """
    assert isinstance(command, TyperCommand | TyperGroup)
    hints = get_type_hints(command.callback, include_extras=True) if command.callback else {}
    options: list[Option] = []
    arguments: list[Option] = []
    for parameter in command.params:
        assert isinstance(parameter, TyperOption | TyperArgument)
        if parameter.hidden:
            continue
        choices = _choices(hints.get(parameter.name or ""))
        is_path = parameter.metavar == _PATH
        if isinstance(parameter, TyperArgument):
            arguments.append(Option((), "", takes_value=True, is_path=is_path, choices=choices))
        else:
            names = (*parameter.opts, *parameter.secondary_opts)
            takes_value = not (parameter.is_flag or parameter.count)
            options.append(Option(names, sentence(parameter.help), takes_value, is_path, choices))
    options.append(Option(("--help",), "Show this message and exit.", takes_value=False))
    below = command.commands.values() if isinstance(command, TyperGroup) else ()
    commands = tuple(command_tree(each, f"{place} {each.name}") for each in below if not each.hidden)
    known = tuple(argument for argument in arguments if argument.choices or argument.is_path)
    return Command(place, sentence(command.help), tuple(options), known, bool(arguments), commands)


def sentence(text: str | None) -> str:
    """Return the first sentence of a help text, on one line and without its full stop."""
    line = " ".join((text or "").split("\n\n")[0].split())
    return line.partition(". ")[0].removesuffix(".")


def _choices(annotation: object) -> tuple[str, ...]:
    """Return the values of the literal type or enumeration in an annotation; empty if there is none."""
    origin = get_origin(annotation)
    if origin is Literal:
        return tuple(value for value in get_args(annotation) if isinstance(value, str))
    if origin is Annotated:
        return _choices(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return tuple(each.value for each in annotation)
    if origin in {Union, UnionType, list}:
        return tuple(value for each in get_args(annotation) if each is not NoneType for value in _choices(each))
    return ()
