"""The checks of the app: `manage.py check` finds here what would lose events, or slow down pages."""

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from pyttributionio.django._middleware import AttributionMiddleware
from pyttributionio.django._outbox import find_outbox, tracker_of
from pyttributionio.django._servers import missing_threads
from pyttributionio.django._settings import NAME, Options, read_options

MIDDLEWARE: Final = "pyttributionio.django.AttributionMiddleware"
_OF_THE_SESSION: Final = frozenset({"session", "user", "auser"})
"""Attributes of a request that query the database, and make Django add `Vary: Cookie` to the response."""


def check_attributionio(**_: object) -> list[CheckMessage]:
    """Check the setting `ATTRIBUTIONIO` and the list of middleware."""
    options = read_options()
    found = [
        Error(each.text, hint=each.hint, id="attributionio.E002" if each.is_name else "attributionio.E003")
        for each in options.problems
    ]
    return [*found, *chain(_key(options), _use(options), _middleware(), _consent(options))]


def check_deployment(**_: object) -> list[CheckMessage]:
    """Check the directory of the outbox and the server."""
    options = read_options()
    return [*_directory(options), *_server()]


def _has_key(options: Options) -> bool:
    in_environment = os.environ.get("PYTTRIBUTIONIO_API_KEY")
    return bool(options.api_key or in_environment or options.outbox is not None or options.is_disabled)


def _key(options: Options) -> Iterator[CheckMessage]:
    if not _has_key(options):
        yield Error(
            "There is no public key of Attribution.io, so no event can be sent.",
            hint=f'Set {NAME} = {{"API_KEY": "..."}} or the environment variable PYTTRIBUTIONIO_API_KEY; for '
            f'development, "DISABLED": True checks all calls and sends nothing.',
            id="attributionio.E001",
        )


def _use(options: Options) -> Iterator[CheckMessage]:
    """Find what only the outbox and the tracker can say, such as that there is no directory."""
    if options.problems or not _has_key(options):
        return
    try:
        tracker_of(options)
    except Exception as error:  # the project's own function can raise anything
        yield Error(
            f"{NAME} cannot be used, so nothing is tracked: {error}",
            hint="See docs/django.md for the options and their values.",
            id="attributionio.E003",
        )


def _directory(options: Options) -> Iterator[CheckMessage]:
    if settings.DEBUG or options.is_disabled or options.problems or not _has_key(options):
        return
    try:
        folder = find_outbox(options).folder.parent
    except Exception:  # it is in memory or in a store of its own, or E003 says what is wrong
        return
    hint = f'Set {NAME}["OUTBOX_DIRECTORY"] to a directory such as "/var/lib/shop/attribution-outbox".'
    if above := _above(folder, _temporary_directories()):
        yield Warning(
            f"The outbox is in {folder}, and {above} is a temporary directory: the system may delete waiting events.",
            hint=hint,
            id="attributionio.W001",
        )
    elif above := _above(folder, _code_directories()):
        yield Warning(
            f"The outbox is in {folder}, and {above} contains the code of the project: a new release of the code may "
            "replace the directory, and the waiting events in it.",
            hint=hint,
            id="attributionio.W001",
        )


def _above(folder: Path, candidates: list[Path]) -> Path | None:
    found = folder.resolve()
    return next((each for each in candidates if found.is_relative_to(each)), None)


def _temporary_directories() -> list[Path]:
    usual = ["/tmp", "/var/tmp", "/dev/shm"] if os.name == "posix" else []  # noqa: S108 - it looks for events in there
    return [Path(each).resolve() for each in (tempfile.gettempdir(), *usual)]


def _code_directories() -> list[Path]:
    """Return the project's BASE_DIR, or the folder above that of the settings module; and that of installed code."""
    base: object = getattr(settings, "BASE_DIR", None)
    module = sys.modules.get(os.environ.get("DJANGO_SETTINGS_MODULE", ""))
    file = getattr(module, "__file__", None)
    found = [Path(sys.prefix).resolve()] if sys.prefix != sys.base_prefix else []
    if isinstance(base, str | Path):
        return [*found, Path(base).resolve()]
    return [*found, *([Path(file).resolve().parent.parent] if isinstance(file, str) else [])]


def _middleware() -> Iterator[CheckMessage]:
    if not any(map(_is_ours, settings.MIDDLEWARE)):
        yield Warning(
            "The middleware of Attribution.io is missing, so a request has no visit, and `track` sends nothing.",
            hint=f'Add "{MIDDLEWARE}" to MIDDLEWARE.',
            id="attributionio.W002",
        )


def _is_ours(path: str) -> bool:
    """Return whether a middleware is ours, or a subclass."""
    if path == MIDDLEWARE:
        return True
    try:
        found: object = import_string(path)
    except Exception:  # Django itself says what is wrong with another's middleware
        return False
    return isinstance(found, type) and issubclass(found, AttributionMiddleware)


def _consent(options: Options) -> Iterator[CheckMessage]:
    if options.consent is None:
        if not any(each.text.startswith(f'{NAME}["CONSENT"]') for each in options.problems) and not options.is_disabled:
            yield Warning(
                "There is no function for consent, so every visit counts as allowed, except those with Sec-GPC: 1.",
                hint=f'Set {NAME}["CONSENT"] to the dotted path of a function of the request; '
                "`lambda request: True` says that no consent is needed.",
                id="attributionio.W004",
            )
    elif names := sorted(_OF_THE_SESSION & _names_in(options.consent)):
        yield Warning(
            f"The function for consent reads request.{names[0]}. It is asked at the first use of the visit, and then "
            "it queries the database, and adds `Vary: Cookie` to the response.",
            hint="Keep the consent in a cookie of its own, and read it from request.COOKIES.",
            id="attributionio.W003",
        )


def _names_in(function: object) -> set[str]:
    """Return the names of attributes in a function's code, nested functions included; none for code that is not Python.

    Functions that it calls are not followed.
    """
    if isinstance(function, MethodType):
        function = function.__func__
    if not isinstance(function, FunctionType):
        function = vars(type(function)).get("__call__")
    if not isinstance(function, FunctionType):
        return set()
    waiting, found = [function.__code__], set[str]()
    while waiting:
        code = waiting.pop()
        found.update(code.co_names)
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]
    return found


def _server() -> Iterator[CheckMessage]:
    if reason := missing_threads():
        yield Warning(
            reason, hint="Set `enable-threads = true` in the configuration of uWSGI.", id="attributionio.W005"
        )
