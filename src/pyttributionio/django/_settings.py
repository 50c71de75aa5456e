"""The setting `ATTRIBUTIONIO` of a Django project: read, checked, and with its problems in words."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from pyttributionio.outbox import Outbox
from pyttributionio.web import Consent, TrackerOptions

NAME: Final = "ATTRIBUTIONIO"


@dataclass(frozen=True)
class Problem:
    """A value of the setting that cannot be used.

    Attributes:
        text: The value, and the expected one.
        hint: The text that says what to do.
        is_name: Whether the name is wrong, and not its value.
    """

    text: str
    hint: str
    is_name: bool = False


@dataclass
class Options:
    """The values of the setting. A value that cannot be used is a problem, and has its default here."""

    api_key: str | None = None
    tracking_url: str | None = None
    outbox_directory: str | os.PathLike[str] | None = None
    outbox: Outbox | Callable[[], object] | None = None
    consent: Consent[HttpRequest] | None = None
    consent_category: str | None = None
    honour_gpc: bool = True
    honour_dnt: bool = False
    skip_bots: Callable[[str], bool] | None = None
    keep_query: Collection[str] | None = None
    site_url: str | None = None
    disabled: bool | None = None
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def is_disabled(self) -> bool:
        """Whether calls are checked, and nothing is kept or sent."""
        if self.disabled is not None:
            return self.disabled
        return os.environ.get("PYTTRIBUTIONIO_DISABLED", "").lower() in {"1", "true", "yes"}

    def of_the_tracker(self) -> TrackerOptions[HttpRequest]:
        """Return the arguments of a tracker. Those that are not set are left out."""
        found: TrackerOptions[HttpRequest] = {
            "honour_gpc": self.honour_gpc,
            "honour_dnt": self.honour_dnt,
            "debug": bool(settings.DEBUG),
        }
        if self.consent is not None:
            found["consent"] = self.consent
        if self.consent_category is not None:
            found["consent_category"] = self.consent_category
        if self.skip_bots is not None:
            found["skip_bots"] = self.skip_bots
        if self.keep_query is not None:
            found["keep_query"] = self.keep_query
        if self.site_url is not None:
            found["site_url"] = self.site_url
        return found


def read_options() -> Options:
    """Return the options of the project's settings, with a problem for each value that cannot be used."""
    given: object = getattr(settings, NAME, {})
    found = Options()
    if not isinstance(given, Mapping):
        text = f"The setting {NAME} is {_kind(given)}; it has to be a dict."
        found.problems.append(Problem(text, f'Write {NAME} = {{"API_KEY": "..."}}.'))
        return found
    for name, value in cast("Mapping[object, object]", given).items():
        reader = _READERS.get(name) if isinstance(name, str) else None
        if reader is None:
            found.problems.append(_unknown(name))
        elif value is not None:
            try:
                setattr(found, str(name).lower(), reader(value))
            except _WrongValueError as error:
                found.problems.append(Problem(f'{NAME}["{name}"] {error}', error.hint))
    return found


def _unknown(name: object) -> Problem:
    near = get_close_matches(str(name).upper(), _READERS, n=1, cutoff=0.5)
    hint = f'Write "{near[0]}".' if near else f"The names are {', '.join(sorted(_READERS))}."
    return Problem(f"{NAME} has no option {name!r}.", hint, is_name=True)


class _WrongValueError(Exception):
    """A value of an option cannot be used."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _WrongValueError(f"is {_kind(value)}; it has to be a str.", "Write a text.")
    return value


def _path(value: object) -> str | os.PathLike[str]:
    if not isinstance(value, str | os.PathLike):
        raise _WrongValueError(f"is {_kind(value)}; it has to be a str or a Path.", "Write the path of a directory.")
    return cast("str | os.PathLike[str]", value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError(f"is {_kind(value)}; it has to be a bool.", "Write True or False.")
    return value


def _names(value: object) -> Collection[str]:
    hint = 'Write a list of the names of query parameters, such as ["utm_source", "gclid"].'
    if isinstance(value, str) or not isinstance(value, Collection):
        raise _WrongValueError(f"is {_kind(value)}; it has to be a list of str.", hint)
    names = cast("Collection[object]", value)
    if wrong := next((each for each in names if not isinstance(each, str)), None):
        raise _WrongValueError(f"contains {_kind(wrong)}; it has to be a list of str.", hint)
    return cast("Collection[str]", value)


def _imported(value: object) -> object:
    """Return a value, or the object that it names by its dotted path."""
    if not isinstance(value, str):
        return value
    try:
        found: object = import_string(value)
    except Exception as error:  # the module's own code can raise anything
        hint = "Write the dotted path of a function, such as 'shop.consent.allowed', or the function itself."
        raise _WrongValueError(f"is {value!r}, which cannot be imported: {error}", hint) from None
    return found


def _function(value: object) -> Callable[..., object]:
    found = _imported(value)
    if not callable(found):
        hint = "Write the dotted path of a function, or the function itself."
        raise _WrongValueError(f"is {_kind(found)}; it has to be a function.", hint)
    return found


def _outbox(value: object) -> Outbox | Callable[[], object]:
    found = _imported(value)
    if not isinstance(found, Outbox) and not callable(found):
        hint = "Write the dotted path of an Outbox, or of a function that returns one."
        raise _WrongValueError(f"is {_kind(found)}; it has to be an Outbox.", hint)
    return found


_READERS: Final[dict[str, Callable[[object], object]]] = {
    "API_KEY": _text,
    "TRACKING_URL": _text,
    "OUTBOX_DIRECTORY": _path,
    "OUTBOX": _outbox,
    "CONSENT": _function,
    "CONSENT_CATEGORY": _text,
    "HONOUR_GPC": _flag,
    "HONOUR_DNT": _flag,
    "SKIP_BOTS": _function,
    "KEEP_QUERY": _names,
    "SITE_URL": _text,
    "DISABLED": _flag,
}
"""The options, with the functions that check their values."""
