"""Answers to names of habit: an exception for an unknown attribute or argument says what to use.

Type checkers and editors do not see any of this: for them, the name does not exist.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import WRAPPER_ASSIGNMENTS, wraps
from inspect import iscoroutinefunction, signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from pyttributionio._shared.habit_names import ARGUMENTS, ATTRIBUTES

_SAME: Final = (*WRAPPER_ASSIGNMENTS, "__kwdefaults__")
"""The attributes that a wrapper shares with its function. Some tests and tools change a default there."""
_TAKES_ANY_NAME: Final = 0x08
"""CO_VARKEYWORDS of a code object: the function has a parameter such as `**options`."""


def _kinds(cls: type) -> Iterator[str]:
    """Yield the names of a class and of its bases as the tables have them."""
    for base in cls.__mro__:
        yield base.__name__.removeprefix("Async").removesuffix("WithRawResponse").removesuffix("Calls")


def hint_for(kind: str, name: str) -> str:
    """Return what to use in place of an attribute, with a space before it; empty if nothing is known."""
    hint = ATTRIBUTES.get(kind, {}).get(name)
    return f". {hint}" if hint else ""


class AnswersHabits:
    """A class whose unknown attributes and arguments are answered with the right names."""

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers would accept every name

        def __init_subclass__(cls, **options: object) -> None:
            super().__init_subclass__(**options)
            known = next((ARGUMENTS[kind] for kind in _kinds(cls) if kind in ARGUMENTS), {})
            for name, function in [*vars(cls).items()]:
                if name in known and isinstance(function, FunctionType):
                    setattr(cls, name, _answering(function, known[name]))

        def __getattr__(self, name: str) -> object:
            if any(name in vars(base) for base in type(self).__mro__):
                return object.__getattribute__(self, name)  # raises the error of its property or descriptor again
            kind = next((kind for kind in _kinds(type(self)) if kind in ATTRIBUTES), "")
            text = f"{type(self).__name__!r} object has no attribute {name!r}{hint_for(kind, name)}"
            raise AttributeError(text, name=name, obj=self)


def _answering(function: FunctionType, hints: Mapping[str, str]) -> Callable[..., object]:
    """Return a function that refuses arguments of habit with a hint, and is the same otherwise."""
    code = function.__code__
    if code.co_flags & _TAKES_ANY_NAME:
        return function
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    habits = frozenset(hints).difference(own)

    def unexpected(names: tuple[str, ...]) -> TypeError:
        name = next(each for each in names if each in habits)
        shown = function.__qualname__.replace("OutboxCalls", "Outbox")
        return TypeError(f"{shown}() got an unexpected keyword argument {name!r}. {hints[name]}")

    if iscoroutinefunction(function):

        @wraps(function, _SAME)
        async def answering_async(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 (any call's)
            if not habits.isdisjoint(options):
                raise unexpected(tuple(options))
            return await function(*arguments, **options)

        return answering_async

    @wraps(function, _SAME)
    def answering(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 (any call's)
        try:
            if not habits.isdisjoint(options):
                raise unexpected(tuple(options))
            return function(*arguments, **options)
        except BaseException:
            del arguments, options  # a traceback with locals would show a secret
            raise

    if function.__name__ == "__init__":
        # `inspect.getfullargspec` does not look at what was wrapped, and some containers call it with a class.
        with suppress(Exception):  # an annotation of a subclass may name what is defined later, or never
            vars(answering)["__signature__"] = signature(function, eval_str=True)
    return answering
