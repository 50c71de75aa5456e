"""The log of the web room. A logging handler of the program that raises must not reach a request."""

import sys
from contextlib import suppress
from itertools import count
from logging import getLogger

_log = getLogger("pyttributionio.web")
_PACKAGE = "pyttributionio."


def log(level: int, message: str, *args: object) -> None:
    """Log a line, with the line of the program's code that led to it. It has no traceback, which may show cookies."""
    with suppress(Exception):
        if _log.isEnabledFor(level):
            _log.log(level, message, *args, stacklevel=_frames_of_ours() + 1)


def _frames_of_ours() -> int:
    """Return how many frames from the caller upwards belong to this package."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    for depth in count():
        if frame.f_back is None or not str(frame.f_globals.get("__name__", "")).startswith(_PACKAGE):
            return depth
        frame = frame.f_back
    return 0
