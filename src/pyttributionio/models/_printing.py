"""How a model prints: on two lines of a terminal, and first what a reader of a list looks for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, cast

from pyttributionio._shared.text import shown

_LONGEST_VALUE: Final = 40
_LONGEST_REPR: Final = 158
"""Two lines of a terminal with 80 columns."""
_FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "Event": ("created_at", "event_public_key", "revenue", "campaign", "name", "transaction_id", "client_id"),
    "Touchpoint": ("created_at", "channel", "revenue", "campaign", "source", "medium", "cost"),
    "Pageview": ("created_at", "url", "title", "referrer"),
    "Identity": ("created_at", "client_id", "aliases"),
}
"""The fields that come first, by model. The names of some may be unknown to the schemas: time, key or channel,
revenue, and campaign."""


class _Shown:
    """A text whose repr is the text itself."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _shown(value: object) -> _Shown:
    match value:
        case datetime():
            return _Shown(value.isoformat().replace("+00:00", "Z"))
        case list():
            count = len(cast("list[object]", value))
            return _Shown(f"[{count} item{'' if count == 1 else 's'}]")
        case _:
            text = shown(value)
            return _Shown(text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…")


def repr_args(kind: type, fields: Mapping[str, object], extra: Mapping[str, object]) -> list[tuple[str | None, object]]:
    """Return the fields to print, in order, with values cut and lists as their length.

    Args:
        kind: The class of the model.
        fields: The model's fields. One that is None is not printed.
        extra: The fields that the schemas do not know, and the raw values of unreadable ones.
    """
    first = next((_FIRST[base.__name__] for base in kind.__mro__ if base.__name__ in _FIRST), ())
    found = {**{name: value for name, value in fields.items() if value is not None}, **extra}
    names = [name for name in first if name in found]
    # Times are long, so the others come last, before what the schemas do not know.
    others = [name for name in found if name not in first and name not in extra]
    others.sort(key=lambda name: isinstance(found[name], datetime))
    names += [*others, *(name for name in extra if name not in first)]
    return [(name, _shown(found[name])) for name in names]


def repr_text(kind: type, pairs: Iterable[tuple[str | None, object]]) -> str:
    """Return the text of a model with these fields."""
    # The server's name of a field may have any characters, also control characters of a terminal.
    named = ((name if str(name).isidentifier() else repr(name), value) for name, value in pairs)
    text = f"{kind.__name__}({', '.join(f'{name}={value!r}' for name, value in named)})"
    return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 2]}…)"
